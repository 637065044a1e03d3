"""What texts for people share: colours, escapes, widths, and words for the variants of a finding."""

from __future__ import annotations

from convlint.findings import Finding

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "bold": "1", "frame": "1;34", "help": "1;36"}
_CHANGES = {"added": "32", "removed": "31", "replaced": "33", "changed": "33", "rewired": "36", "moved": "36"}


class Paint:
    """Wraps text in ANSI colours, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def severity(self, severity: str, text: str) -> str:
        """Text in the colour of a severity."""
        return self._wrapped(severity, text)

    def bold(self, text: str) -> str:
        """Bold text."""
        return self._wrapped("bold", text)

    def frame(self, text: str) -> str:
        """Text in the colour of line numbers and arrows."""
        return self._wrapped("frame", text)

    def help(self, text: str) -> str:
        """Text in the colour of help."""
        return self._wrapped("help", text)

    def change(self, change: str, text: str) -> str:
        """Text in the colour of a change: green for what is new, red for what is gone."""
        return self._coloured(_CHANGES[change], text)

    def _wrapped(self, kind: str, text: str) -> str:
        return self._coloured(_CODES[kind], text)

    def _coloured(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


def variants_text(finding: Finding) -> str:
    """` (only scale l, x)` where a finding holds for some variants only."""
    if not finding.variants:
        return ""
    return f" (only {finding.variant_word} {', '.join(map(one_line, finding.variants))})"


def printable(text: str) -> str:
    """The text with control and invisible characters escaped, so that no file can write to the terminal.

    `##[` and `##vso[` are broken up: Azure Pipelines and GitHub look for their commands anywhere in a line.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() or char == "\t" else _escape(char) for char in text)
    if "##" in text:
        text = text.replace("##[", "#\\x23[").replace("##vso[", "#\\x23vso[")
    return text


def one_line(text: str) -> str:
    """The text on one line, with what cannot be seen escaped."""
    if not text.isprintable():
        text = " ".join(line.strip() for line in text.splitlines()).replace("\t", " ")
    return printable(text)


def shown_path(path: str) -> str:
    """A path as it begins a line: one that looks like a command of GitHub Actions (`::...`) counts from `./`."""
    return one_line(f"./{path}" if path.lstrip().startswith("::") else path)


def visible(text: str) -> str:
    """The text with its line ends, and what else cannot be seen escaped; for formats that encode line ends."""
    return (
        text
        if text.isprintable()
        else "".join(_escape(c) if not c.isprintable() and c not in "\r\n" else c for c in text)
    )


def display_width(text: str) -> int:
    """How many columns of a terminal printable text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    drawn = [char for char in text if category(char) not in ("Mn", "Me")]
    return len(drawn) + sum([east_asian_width(char) in "WF" for char in drawn])


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
