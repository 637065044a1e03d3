"""What our own matcher has against a layer or a file is what jsonschema has against it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from convlint.catalogue import lookup
from convlint.dialects.native.keys import TOP_KEYS
from convlint.resources import resource_path
from convlint.schema.architecture import architecture_schema
from convlint.schema.layers import block_schema, operator_schema, sharing_schema
from convlint.schema.misfits import misfits

PLAIN = st.sampled_from([None, True, False, 0, 1, -1, 3, 3.0, 2.5, 2**70, "", "x", "same", "${1}", "None", "zeros"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    PLAIN, st.lists(PLAIN, max_size=4), st.lists(st.lists(PLAIN, max_size=2), max_size=2), st.just({})
)
BLOCK = block_schema("block", [("width", True), ("depth", False)])


ANY_LAYER: dict[str, Any] = {"$ref": "#/definitions/layer"}
FILES = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "cases" / "good").glob("*.yaml"))
]


def plain(error: Any) -> tuple[object, ...]:
    """What the explainer reads of an error."""
    return (
        error.validator,
        error.validator_value,
        error.instance,
        error.schema,
        tuple(error.relative_path),
        tuple(error.absolute_path),
        error.message if error.validator == "required" else "",
        [(part.relative_schema_path[0], plain(part)) for part in in_order(error.context)],
    )


def in_order(errors: Iterable[Any]) -> list[Any]:
    """Errors by their places: of keys that a schema does not name, jsonschema speaks in any order."""
    return sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])


def told(errors: Iterable[Any]) -> list[tuple[object, ...]]:
    return [plain(error) for error in in_order(errors)]


def opened(schema: Any) -> Any:
    """A schema in which any layer will do, as each is looked at by its operator."""
    if isinstance(schema, dict):
        return {} if schema == ANY_LAYER else {key: opened(value) for key, value in schema.items()}
    return type(schema)(map(opened, schema)) if isinstance(schema, (list, tuple)) else schema


def judged(schema: Any, value: object) -> Iterator[Any]:
    """What jsonschema has against a value, where an integer is no truth value and no 1.0."""
    checker = jsonschema.Draft7Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, item: isinstance(item, int) and not isinstance(item, bool)
    )
    validator: Any = jsonschema.validators.extend(jsonschema.Draft7Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    errors: Iterator[Any] = validator(schema).iter_errors(value)
    return errors


@pytest.mark.parametrize("name", [*sorted(lookup.operators()), "block", "sharing"])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_misfits_of_layers_are_the_errors_of_jsonschema(name: str, data: st.DataObject) -> None:
    made = {"block": BLOCK, "sharing": sharing_schema()}
    schema = made[name] if name in made else operator_schema(lookup.declaration(name))
    keys = data.draw(st.lists(st.sampled_from([*schema["properties"], "x", "kernal_size"]), unique=True, max_size=6))
    layer = {key: name if key == "op" and data.draw(st.booleans()) else data.draw(VALUES) for key in keys}
    assert told(misfits(layer, schema)) == told(judged(schema, layer))


def parts(value: object) -> Iterator[tuple[Any, Any]]:
    """(a mapping or a list, a key or an index of it), for every place below a value."""
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):  # type: ignore[arg-type]
        yield value, key
        if isinstance(item, (dict, list)):
            yield from parts(item)


def mutated(data: st.DataObject) -> dict[str, Any]:
    """A sound file in which keys are lost or misspelt, and values are others."""
    file = copy.deepcopy(data.draw(st.sampled_from(FILES)))
    for _ in range(data.draw(st.integers(1, 3))):
        above_layers = {key: value for key, value in file.items() if key != "layers"}
        where, key = data.draw(st.sampled_from([*parts(above_layers), *((file, key) for key in file)]))
        where = file if where is above_layers else where
        change = data.draw(st.sampled_from(("lost", "misspelt", "another")))
        if change == "another" or isinstance(where, list):
            where[key] = data.draw(VALUES)
            continue
        value = where.pop(key, None)
        if change == "misspelt":
            where[data.draw(st.sampled_from([key[:-1], *TOP_KEYS, "from", "x"]))] = value
    return {key: value for key, value in file.items() if isinstance(key, str)}


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_misfits_of_files_are_the_errors_of_jsonschema(data: st.DataObject) -> None:
    file, schema = mutated(data), architecture_schema()
    found = list(misfits(file, schema))
    assert opened(told(found)) == told(judged(opened(schema), file))
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as shipped:
        published = json.load(shipped)
    published["definitions"]["layer"] = {}
    assert bool(found) is any(judged(published, file))


def test_the_top_of_a_file_has_the_keys_of_the_schema() -> None:
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        assert set(json.load(file)["properties"]) == TOP_KEYS
