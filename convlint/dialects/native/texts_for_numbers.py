"""The number that a text is meant to be: with a unit, in thousands, with signs that only look like those of ASCII."""

from __future__ import annotations

import re
import unicodedata

ANY_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?"
_UNITS = r"([+-]?\d[\d_]*(?:\.\d+)?) ?(?:px|pixels?|channels?|ch|neurons|units|layers)"
_THOUSANDS = r"(\d{1,9})(?:\.(\d{1,3}))? ?([km])"
_DIGITS = {"k": 3, "m": 6}
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def plain_number(text: str) -> str | None:
    """The number in a text with a unit, a comma or semicolon behind it, or signs that only look like those of ASCII."""
    plain = _plain(text)
    found, thousands = re.fullmatch(_UNITS, plain), re.fullmatch(_THOUSANDS, plain)
    number = plain if found is None else found[1].replace("_", "")
    if thousands is not None:
        number = thousands[1] + (thousands[2] or "").ljust(_DIGITS[thousands[3]], "0")
    is_number = re.fullmatch(ANY_NUMBER, number) is not None
    return number if is_number and number != text else None


def meant_number(text: str) -> str | None:
    """The number that a text is, or is meant to be."""
    return text if re.fullmatch(ANY_NUMBER, text) else plain_number(text)


def is_in_thousands(text: str) -> bool:
    """Whether a text is a number of thousands or millions, as `10k` is, which may be meant to be 1024 each."""
    return re.fullmatch(_THOUSANDS, _plain(text)) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip().rstrip(",;").lower()
