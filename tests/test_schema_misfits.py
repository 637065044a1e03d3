"""What a layer is told without jsonschema is what jsonschema says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlint.catalogue import lookup
from convlint.dialects.native.keys import TOP_KEYS
from convlint.resources import resource_path
from convlint.schema.explanation import _validated
from convlint.schema.layers import block_schema, operator_schema, sharing_schema
from convlint.schema.misfits import misfits

PLAIN = st.sampled_from([None, True, False, 0, 1, -1, 3, 3.0, 2.5, 2**70, "", "x", "same", "${1}", "None", "zeros"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    PLAIN, st.lists(PLAIN, max_size=4), st.lists(st.lists(PLAIN, max_size=2), max_size=2), st.just({})
)
BLOCK = block_schema("block", [("width", True), ("depth", False)])


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
        [(part.relative_schema_path[0], plain(part)) for part in error.context],
    )


@pytest.mark.parametrize("name", [*sorted(lookup.operators()), "block", "sharing"])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_misfits_of_layers_are_the_errors_of_jsonschema(name: str, data: st.DataObject) -> None:
    made = {"block": BLOCK, "sharing": sharing_schema()}
    schema = made[name] if name in made else operator_schema(lookup.declaration(name))
    keys = data.draw(st.lists(st.sampled_from([*schema["properties"], "x", "kernal_size"]), unique=True, max_size=6))
    layer = {key: name if key == "op" and data.draw(st.booleans()) else data.draw(VALUES) for key in keys}
    assert list(map(plain, misfits(layer, schema))) == list(map(plain, _validated(schema, layer)))


def test_the_top_of_a_file_has_the_keys_of_the_schema() -> None:
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        assert set(json.load(file)["properties"]) == TOP_KEYS
