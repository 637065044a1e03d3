"""What a schema has against a value: the errors that jsonschema gives, for the keywords that architectures need.

Importing jsonschema costs more than twice a whole check; the tests hold this to what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from convlint.schema.types import Schema
from convlint.schema.words import is_of_type
from convlint.typed import Any


class SchemaMisfit:
    """An error as `jsonschema.ValidationError` has it, as far as somebody reads it.

    `validator` is the keyword that does not hold, `context` what each alternative has against the instance.
    `relative_path` leads to the instance from that of its `parent`; `relative_schema_path` is the number of the
    alternative of that.
    """

    __slots__ = (
        "context",
        "instance",
        "message",
        "parent",
        "relative_path",
        "relative_schema_path",
        "schema",
        "validator",
        "validator_value",
    )

    def __init__(
        self,
        validator: str,
        validator_value: Any,
        instance: Any,
        schema: Schema,
        message: str = "",
        context: Sequence[SchemaMisfit] = (),
    ) -> None:
        self.validator = validator
        self.validator_value = validator_value
        self.instance = instance
        self.schema = schema
        self.message = message
        self.context = context
        self.relative_path: tuple[object, ...] = ()
        self.relative_schema_path: tuple[int, ...] = ()
        self.parent: SchemaMisfit | None = None
        for part in context:
            part.parent = self

    @property
    def absolute_path(self) -> tuple[object, ...]:
        """What leads to the instance from the whole value."""
        return self.relative_path if self.parent is None else (*self.parent.absolute_path, *self.relative_path)


def misfits(value: object, schema: Schema) -> Iterator[SchemaMisfit]:
    """What a schema has against a value, in jsonschema's order; raises LookupError for a keyword that is not known."""
    for keyword, limit in schema.items():
        if keyword in _PARTS:
            yield from _PARTS[keyword](value, limit, schema)
        elif keyword not in _REMARKS and not _HOLDS[keyword](value, limit):
            yield SchemaMisfit(keyword, limit, value, schema)


def _below(part: object, value: object, schema: Schema) -> Iterator[SchemaMisfit]:
    """What a schema has against a part of a value."""
    for misfit in misfits(value, schema):
        misfit.relative_path = (part, *misfit.relative_path)
        yield misfit


def _properties(value: object, properties: dict[str, Schema], _: Schema) -> Iterator[SchemaMisfit]:
    for key, schema in properties.items() if isinstance(value, dict) else ():
        if key in value:  # type: ignore[operator]
            yield from _below(key, value[key], schema)  # type: ignore[index]


def _items(value: object, schema: Schema, _: Schema) -> Iterator[SchemaMisfit]:
    for number, item in enumerate(value) if isinstance(value, list) else ():
        yield from _below(number, item, schema)


def _any_of(value: object, branches: list[Schema], schema: Schema) -> Iterator[SchemaMisfit]:
    context: list[SchemaMisfit] = []
    for number, branch in enumerate(branches):
        found = list(misfits(value, branch))
        if not found:
            return
        for misfit in found:
            misfit.relative_schema_path = (number,)
        context += found
    yield SchemaMisfit("anyOf", branches, value, schema, context=context)


def _required(value: object, keys: list[str], schema: Schema) -> Iterator[SchemaMisfit]:
    for key in keys if isinstance(value, dict) else ():
        if key not in value:  # type: ignore[operator]
            yield SchemaMisfit("required", keys, value, schema, f"'{key}' is a required property")


def _additional_properties(value: object, allowed: Schema | bool, schema: Schema) -> Iterator[SchemaMisfit]:
    known = schema.get("properties", {})
    further = [key for key in value if key not in known] if isinstance(value, dict) else []
    if isinstance(allowed, dict):
        for key in further:
            yield from _below(key, value[key], allowed)  # type: ignore[index]
    elif further and not allowed:
        yield SchemaMisfit("additionalProperties", allowed, value, schema)


def _is_number(value: object) -> bool:
    return is_of_type(value, "number")


def _is_same(value: object, other: object) -> bool:
    """Whether two plain values are one; a truth value is no number."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)


_REMARKS = frozenset(("title", "description", "default", "examples", "$ref"))
"""What asks nothing of a value; references are to layers, which are looked at one by one, each by its operator."""
_PARTS: dict[str, Callable[[object, Any, Schema], Iterator[SchemaMisfit]]] = {
    "properties": _properties,
    "items": _items,
    "anyOf": _any_of,
    "required": _required,
    "additionalProperties": _additional_properties,
}
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "type": is_of_type,
    "const": _is_same,
    "enum": lambda value, words: any(_is_same(value, word) for word in words),
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "minProperties": lambda value, least: not isinstance(value, dict) or len(value) >= least,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "minimum": lambda value, least: not _is_number(value) or not value < least,
    "maximum": lambda value, most: not _is_number(value) or not value > most,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
}
