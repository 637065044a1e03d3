"""What texts for people share: colours, and words for the variants of a finding."""

from __future__ import annotations

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
    return f" (only scale {', '.join(finding.variants)})" if finding.variants else ""


def printable(text: str) -> str:
    """The text with control characters made visible, so that a file cannot write to the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in text)
