"""What to write in place of a value that its key does not take: the slips of people who think in Python."""

from __future__ import annotations

import re
from typing import Any

from convlint.editing import number_text
from convlint.source.scalars import resolve_plain

_EXACT = 2**53
_NUMBER = r"[+-]?\d+(\.\d+)?"
_LIST = r"[(\[]([^()\[\]]*?),?\s*[)\]]"
_SIZES = r"\d+( ?[x×*] ?\d+)+"


def value_hint(value: Any, expected: str) -> str:
    """What would be right, for a value where something else is `expected` (in words); empty where it is not clear."""
    if isinstance(value, float) and value.is_integer() and "integer" in expected:
        return f"write {int(value)}"
    if isinstance(value, str):
        return _text_hint(value.strip(), expected)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return 'an expression needs quotes here: "${...}"'
    return ""


def _text_hint(text: str, expected: str) -> str:
    lowered = text.lower()
    if lowered in ("none", "null", "~"):
        if "null" in expected:
            return "write null"
        return "None is a text in YAML, which writes null; a key that has a default can be left out"
    if lowered in ("true", "false") and "true" in expected:
        return f"write {lowered} without quotes"
    if text.startswith("$"):
        return "an expression is written ${...}, in quotes inside [ ] and { }"
    if re.fullmatch(_NUMBER, text) and ("integer" in expected or "number" in expected):
        return f"write {text} without quotes"
    inner = re.fullmatch(_LIST, text)
    if inner is not None:
        return f"a list is written [{inner.group(1)}]" + (", without quotes" if text.startswith("[") else "")
    if re.fullmatch(_SIZES, text) and "list" in expected:
        return f"a list is written [{', '.join(re.findall(r'[0-9]+', text))}]"
    number = lowered.replace("e", "", 1)
    if "e" in lowered and number.replace(".", "").isdigit():
        return f"PyYAML reads {text} as text; write the number out"
    return ""


def meant_value(value: Any, expected: str) -> str | None:
    """How YAML writes the value that was meant, where a value of another type can mean only that; else None."""
    if isinstance(value, float) and value.is_integer() and "integer" in expected:
        return str(int(value))
    if not isinstance(value, str):
        return None
    lowered = value.strip().lower()
    if lowered in ("none", "null", "~") and "null" in expected:
        return "null"
    if lowered in ("true", "false") and "true" in expected:
        return lowered
    return _meant_number(lowered, expected)


def _meant_number(text: str, expected: str) -> str | None:
    if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", text) is None:
        return None
    if float(text).is_integer() and "integer" in expected and abs(float(text)) < _EXACT:
        return str(int(float(text)))
    if "number" not in expected:
        return None
    return number_text(text) if "e" in text else text if not resolve_plain(text)[1] else None


def part_hint(path: tuple[Any, ...], value: Any) -> str:
    """What a part of the file looks like (`inputs` and `layers`), where it is of the wrong kind."""
    if path == ("inputs",):
        sizes = ", ".join(map(str, value)) if _is_shape(value) else "3, 224, 224"
        return f"each input has a name and a shape: inputs: {{image: [{sizes}]}}"
    if path and path[-1] == "layers" and isinstance(value, dict):
        return "layers are a list: each begins with a dash"
    return ""


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(item) is int for item in value)
