"""What texts for people share: colours, escapes, widths, and words for the variants of a finding."""

from __future__ import annotations

from unicodedata import category, east_asian_width

from convlint.findings import Finding

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "bold": "1", "frame": "1;34", "help": "1;36"}


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

    def _wrapped(self, kind: str, text: str) -> str:
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self._colour and text else text


def variants_text(finding: Finding) -> str:
    """` (only scale l, x)` where a finding holds for some variants only."""
    return f" (only scale {', '.join(map(one_line, finding.variants))})" if finding.variants else ""


def printable(text: str) -> str:
    """The text with control and invisible characters escaped, so that no file can write to the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\t" else _escape(char) for char in text)


def one_line(text: str) -> str:
    """The text on one line, with what cannot be seen escaped."""
    if text.isprintable():
        return text
    return printable(" ".join(line.strip() for line in text.splitlines()).replace("\t", " "))


def display_width(text: str) -> int:
    """How many columns of a terminal printable text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if east_asian_width(char) in "WF":
        return 2
    return 0 if category(char) in ("Mn", "Me") else 1


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
