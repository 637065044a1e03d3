"""What a plain scalar means to PyYAML (YAML 1.1), and whether YAML 1.2 reads it differently.

Sources: PyYAML `resolver.py` and `constructor.py` (SafeConstructor); the core schema of YAML 1.2.2, chapter 10.3.
"""

from __future__ import annotations

import re

from convlint.typed import Any

_YAML_11 = r"""(?P<int>[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+
        |[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$
    |(?P<float>[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
        |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}$|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?
        :[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?$)"""
_YAML_12 = r"""(?P<int>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$
    |(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"""
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLS_12 = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BOOLS_11 = _BOOLS_12 | {
    spelling: value
    for words, value in (("yes on", True), ("no off", False))
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
}
_NUMERIC_START = frozenset("-+.0123456789")
_WORDS: dict[str, tuple[object, bool]] = {
    **dict.fromkeys(_NULLS, (None, False)),
    "0": (0, False),
    **{text: (value, text not in _BOOLS_12) for text, value in _BOOLS_11.items()},
}
_LONGEST_NUMBER = 400


plain_values: dict[str, tuple[Any, bool, str]] = {}
"""What `kept_plain` gave in this process for some short texts: the same few words stand in all files."""
_MOST_KEPT = 4096
_LONGEST_KEPT = 32


def kept_plain(text: str) -> tuple[Any, bool, str]:
    """(value, ambiguous, text) of a plain scalar, kept where it may come again: a file then holds each text once."""
    resolved = (*resolve_plain(text), text)
    if len(text) <= _LONGEST_KEPT:
        if len(plain_values) >= _MOST_KEPT:
            plain_values.clear()
        plain_values[text] = resolved
    return resolved


def resolve_plain(text: str) -> tuple[Any, bool]:
    """(value, ambiguous) of a plain scalar, as PyYAML reads it; a date stays text."""
    known = _WORDS.get(text)
    if known is not None:
        return known
    if text[0] not in _NUMERIC_START or len(text) > _LONGEST_NUMBER:
        return text, False
    plain = _plain_number(text)
    if plain is not None:
        return plain, False
    value_11, value_12 = _number_11(text), _number_12(text)
    return value_11, type(value_11) is not type(value_12) or repr(value_11) != repr(value_12)


def _plain_number(text: str) -> int | float | None:
    """The value of a number that both versions read as everybody does (`64`, `-1`, `0.25`); None for any other text."""
    whole, point, fraction = text.removeprefix("-").partition(".")
    if not text.isascii() or not whole.isdecimal() or not (fraction.isdecimal() or not fraction):
        return None
    if point:
        return float(text)
    return int(text) if whole[0] != "0" else None


def resolve_yaml_12(text: str) -> object:
    """The value that the core schema of YAML 1.2 gives a plain scalar."""
    if text in _NULLS:
        return None
    return _BOOLS_12[text] if text in _BOOLS_12 else _number_12(text)


def resolve_tagged(tag: str, text: str) -> object:
    """The value of a scalar with an explicit core tag; text that does not fit the tag stays text."""
    if tag == "tag:yaml.org,2002:int" or tag == "tag:yaml.org,2002:float":
        value = _number_11(text)
        if isinstance(value, str):
            return text
        return float(value) if tag.endswith("float") else value
    if tag == "tag:yaml.org,2002:bool":
        return _BOOLS_11.get(text, text)
    if tag == "tag:yaml.org,2002:null":
        return None
    return text


def _number_11(text: str) -> Any:
    match = re.match(_YAML_11, text, re.X)
    if match is None:
        return text
    if match.lastgroup == "date":
        return _Date(text)
    digits = text.replace("_", "")
    return _integer_11(digits) if match.lastgroup == "int" else _float_11(digits)


class _Date(str):
    """A text that YAML 1.1 takes for a date."""


def _integer_11(text: str) -> int:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if digits == "0":
        return 0
    if digits.startswith("0b"):
        return sign * int(digits[2:] or "0", 2)
    if digits.startswith("0x"):
        return sign * int(digits[2:] or "0", 16)
    if digits[0] == "0":
        return sign * int(digits, 8)
    if ":" in digits:
        return sign * int(_sexagesimal(digits))
    return sign * int(digits)


def _float_11(text: str) -> float:
    sign = -1.0 if text[0] == "-" else 1.0
    digits = text.lstrip("+-").lower()
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    return sign * (_sexagesimal(digits) if ":" in digits else float(digits))


def _sexagesimal(digits: str) -> float:
    total: float = 0
    for part in digits.split(":"):
        total = total * 60 + (float(part) if "." in part else int(part))
    return total


def _number_12(text: str) -> object:
    match = re.match(_YAML_12, text, re.X)
    if match is None:
        return text
    if match.lastgroup == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    return int(text)
