"""How wide text is at most, whatever sans-serif font a viewer takes, so that what is drawn around it never meets it."""

from __future__ import annotations

from unicodedata import category, east_asian_width

_NARROW = frozenset("iljI.,:;'|")
_SLIM = frozenset('frt()[]-/\\" !`')
_WIDE = frozenset("mwMW@%⋯…")
_BOLD = 1.14
"""Widths are those of DejaVu Sans, the widest of the common fonts, rounded up."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that a text of a font size takes at most."""
    return sum(map(_ems, text)) * size * (_BOLD if bold else 1.0)


def clipped(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """As much of a text as fits into so many pixels."""
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = 0
    while kept < len(text) and text_width(text[: kept + 1] + "…", size, bold=bold) <= width:
        kept += 1
    return text[:kept].rstrip() + "…"


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The lines of a text of which none is wider than so many pixels; a word that is, is clipped."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(clipped(word, size, width, bold=bold))
    return lines


def _ems(char: str) -> float:
    if char in _NARROW:
        return 0.36
    if char in _SLIM:
        return 0.5
    if char in _WIDE:
        return 1.0
    if char.isascii() and char.isalnum():
        return 0.8 if char.isupper() else 0.64
    if category(char) in ("Mn", "Me"):
        return 0.0
    return 1.05 if east_asian_width(char) in "WF" else 0.88
