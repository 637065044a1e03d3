"""What a key of a file takes: how it is checked, and the JSON Schema that says the same to editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convlint.catalogue import data_checks
from convlint.catalogue.data_checks import Check, Misfit, found
from convlint.typed import NamedTuple

Schema = dict[str, object]


class Takes(NamedTuple):
    """What a value may be, as a check and as a schema."""

    check: Check
    schema: Schema

    def where(self, key: str, otherwise: Takes) -> Takes:
        """This for a table that has a key, something else for any other value."""

        def check(name: str, value: object) -> None:
            (self if isinstance(value, dict) and key in value else otherwise).check(name, value)

        return Takes(check, {"if": {"required": [key]}, "then": self.schema, "else": otherwise.schema})

    def and_also(self, further: Check) -> Takes:
        """This, and a check that no schema can state."""

        def check(name: str, value: object) -> None:
            self.check(name, value)
            further(name, value)

        return self._replace(check=check)


class Key(NamedTuple):
    """A key of a table: what it takes, what it means (a sentence in Markdown), and an example."""

    takes: Takes
    means: str
    example: object


def _refuse(key: str, expected: str, value: object) -> Misfit:
    return Misfit(key, f"expected {expected}, found {found(value)}")


def _string(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise _refuse(key, "text", value)


def _expression(key: str, value: object) -> None:
    if not isinstance(value, (str, int, float)) or value == "":
        raise _refuse(key, "an expression", value)


def _number(key: str, value: object) -> None:
    if type(value) not in (int, float):
        raise _refuse(key, "a number", value)


def _optional_number(key: str, value: object) -> None:
    if value is not None:
        _number(key, value)


def _count(key: str, value: object) -> None:
    if type(value) is not int or value < 0:
        raise _refuse(key, "an integer of at least 0", value)


def _anything(key: str, value: object) -> None:
    pass


ANYTHING = Takes(_anything, {})
STRING = Takes(_string, {"type": "string"})
TEXT = Takes(data_checks.text, {"type": "string", "minLength": 1})
TEXTS = Takes(data_checks.texts, {"type": "array", "items": TEXT.schema})
FLAG = Takes(data_checks.flag, {"type": "boolean"})
NUMBER = Takes(_number, {"type": "number"})
OPTIONAL_NUMBER = Takes(_optional_number, {"type": ["number", "null"]})
COUNT = Takes(_count, {"type": "integer", "minimum": 0})
EXPRESSION = Takes(_expression, {"type": ["string", "number", "boolean"], "minLength": 1})


def choice(choices: Iterable[str | bool]) -> Takes:
    """One of some words; of false (which YAML makes of the word no) too, where it is among them."""
    known = tuple(choices)
    check_text = data_checks.one_of(word for word in known if isinstance(word, str))

    def check(key: str, value: object) -> None:
        if not (value is False and False in known):
            check_text(key, value)

    return Takes(check, {"enum": list(known)})


def optional(takes: Takes) -> Takes:
    """Something, or nothing (null)."""

    def check(key: str, value: object) -> None:
        if value is not None:
            takes.check(key, value)

    return Takes(check, {"anyOf": [takes.schema, {"type": "null"}]})


def list_of(item: Takes, fewest: int = 0) -> Takes:
    """A list of some things."""
    words = "a list" if fewest == 0 else "a list that is not empty"

    def check(key: str, value: object) -> None:
        if not isinstance(value, list) or len(value) < fewest:
            raise _refuse(key, words, value)
        for part in value:
            item.check(key, part)

    return Takes(check, {"type": "array", "items": item.schema, **({"minItems": fewest} if fewest else {})})


def table_of(item: Takes, fewest: int = 0) -> Takes:
    """A table with keys that the author chooses."""
    check_items = data_checks.table_of(item.check)

    def check(key: str, value: object) -> None:
        check_items(key, value)
        if isinstance(value, dict) and len(value) < fewest:
            raise _refuse(key, "a table that is not empty", value)

    schema: Schema = {"type": "object", "additionalProperties": item.schema}
    return Takes(check, schema | ({"minProperties": fewest} if fewest else {}))


def table(keys: Mapping[str, Key], required: tuple[str, ...] = (), one_of: tuple[str, ...] = ()) -> Takes:
    """A table with known keys; the `required` ones must be there, and one of `one_of`."""
    check_keys = data_checks.table({name: key.takes.check for name, key in keys.items()}, required)

    def check(key: str, value: object) -> None:
        check_keys(key, value)
        if one_of and not any(name in data_checks.expect_table(key, value) for name in one_of):
            raise Misfit(key, f"the key '{one_of[0]}' is missing")

    schema: Schema = {
        "type": "object",
        "properties": {name: _described(key) for name, key in keys.items()},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    if one_of:
        schema["anyOf"] = [{"required": [name]} for name in one_of]
    return Takes(check, schema)


def table_with(keys: Mapping[str, Key], further: Takes) -> Takes:
    """A table with known keys and further ones, which all take the same."""

    def check(key: str, value: object) -> None:
        for name, item in data_checks.expect_table(key, value).items():
            takes = keys[name].takes if name in keys else further
            takes.check(data_checks.within(key, str(name)), item)

    properties = {name: _described(key) for name, key in keys.items()}
    return Takes(check, {"type": "object", "properties": properties, "additionalProperties": further.schema})


def _described(key: Key) -> Schema:
    return {**key.takes.schema, "description": key.means, "examples": [key.example]}


def whichever(mapping: Takes | None = None, sequence: Takes | None = None, other: Takes | None = None) -> Takes:
    """One thing for a table, one for a list, and one for all else."""
    fallback = other or mapping or sequence
    assert fallback is not None

    def check(key: str, value: object) -> None:
        takes = mapping if isinstance(value, dict) else sequence if isinstance(value, list) else other
        (takes or fallback).check(key, value)

    schemas = [takes.schema for takes in (other, mapping, sequence) if takes is not None]
    return Takes(check, schemas[0] if len(schemas) == 1 else {"anyOf": schemas})
