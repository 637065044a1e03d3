"""Tells what is wrong with the keys of a mapping whose values all fit, which needs no validator.

Misspelt and missing keys are most mistakes; importing jsonschema costs as much as a whole check. What is known here are
the keywords of the schemas of layers: a value under any other is left to jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from convlint.schema.types import Schema
from convlint.typed import Any, NamedTuple

_OF_MAPPINGS = frozenset(("title", "description", "type", "properties", "required", "additionalProperties"))


class WrongKeys(NamedTuple):
    """What jsonschema's error of a keyword says of the keys of a mapping."""

    validator: str
    validator_value: object
    instance: dict[str, object]
    schema: Schema
    message: str = ""
    absolute_path: tuple[object, ...] = ()


def key_errors(schema: Schema, value: object) -> list[WrongKeys] | None:
    """The errors of a value, in jsonschema's order, where only its keys are wrong; None where something else may be."""
    if not isinstance(value, dict) or not _OF_MAPPINGS.issuperset(schema):
        return None
    known = schema.get("properties", {})
    if not all(fits(item, known[key]) for key, item in value.items() if key in known):
        return None
    required = schema.get("required", ())
    errors = [
        WrongKeys("required", required, value, schema, f"'{key}' is a required property")
        for key in required
        if key not in value
    ]
    if schema.get("additionalProperties") is False and not value.keys() <= known.keys():
        errors.append(WrongKeys("additionalProperties", False, value, schema))
    return errors


def fits(value: object, schema: Schema) -> bool:
    """Whether a value surely fits a schema: each keyword is known here, and holds."""
    return all(keyword in _KEYWORDS and _KEYWORDS[keyword](value, limit) for keyword, limit in schema.items())


def _is_of_a_type(value: object, names: str | list[str]) -> bool:
    return any(_TYPES[name](value) for name in ([names] if isinstance(names, str) else names))


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[object], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "null": lambda value: value is None,
    "number": _is_number,
    "string": lambda value: isinstance(value, str),
}
_KEYWORDS: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("title", "description", "default", "examples"), lambda value, limit: True),
    "type": _is_of_a_type,
    "anyOf": lambda value, branches: any(fits(value, branch) for branch in branches),
    "const": lambda value, word: isinstance(value, str) and value == word,
    "enum": lambda value, words: isinstance(value, str) and value in words,
    "items": lambda value, schema: not isinstance(value, list) or all(fits(item, schema) for item in value),
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not _is_number(value) or value >= least,
    "maximum": lambda value, most: not _is_number(value) or value <= most,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
}
