"""What is told of keys without jsonschema is what jsonschema says."""

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
from convlint.schema.fitting import fits, key_errors
from convlint.schema.layers import block_schema, operator_schema, sharing_schema

PLAIN = st.sampled_from([None, True, False, 0, 1, -1, 3, 3.0, 2.5, 2**70, "", "x", "same", "${1}", "None", "zeros"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    PLAIN, st.lists(PLAIN, max_size=4), st.lists(st.lists(PLAIN, max_size=2), max_size=2), st.just({})
)
BLOCK = block_schema("block", [("width", True), ("depth", False)])


def plain(errors: Any) -> list[tuple[object, ...]]:
    """What the explainer reads of errors."""
    return [
        (one.validator, one.validator_value, one.instance, one.message if one.validator == "required" else "")
        for one in errors
    ]


@pytest.mark.parametrize("name", [*sorted(lookup.operators()), "block", "sharing"])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_errors_of_keys_are_those_of_jsonschema(name: str, data: st.DataObject) -> None:
    made = {"block": BLOCK, "sharing": sharing_schema()}
    schema = made[name] if name in made else operator_schema(lookup.declaration(name))
    keys = data.draw(st.lists(st.sampled_from([*schema["properties"], "x", "kernal_size"]), unique=True, max_size=6))
    layer = {key: name if key == "op" else data.draw(VALUES) for key in keys}
    found = key_errors(schema, layer)
    wanted = list(_validated(schema, layer))
    values_are_wrong = any(one.validator not in ("required", "additionalProperties") for one in wanted)
    assert (found is None) is values_are_wrong
    if found is not None:
        assert plain(found) == plain(wanted)


@settings(deadline=None)
@given(VALUES)
def test_a_keyword_that_is_not_known_is_left_to_jsonschema(value: object) -> None:
    assert not fits(value, {"multipleOf": 1})
    assert key_errors({"minProperties": 0}, {}) is None


def test_the_top_of_a_file_has_the_keys_of_the_schema() -> None:
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        assert set(json.load(file)["properties"]) == TOP_KEYS
