"""Makes the schemas of layers and architectures for editors; what several operators share stands there once."""

from __future__ import annotations

import json
from collections.abc import Iterable

from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import Parameter
from convlint.schema.architecture import POSITIVE, architecture_schema, block
from convlint.schema.layers import EXPRESSION, layer_keys, meaning, shape, share_key, value_schema
from convlint.schema.types import Schema
from convlint.typed import Any

DRAFT = "http://json-schema.org/draft-07/schema#"
_WITH_AXES = ("extent", "factor", "sides")


def layer_schemas(declarations: Iterable[Declaration]) -> dict[str, Schema]:
    """The schemas `operators` (of one layer) and `architecture`, for the operators that are declared."""
    declared = sorted(declarations, key=lambda item: item.name)
    layer, definitions = _layer(declared)
    operators = {
        "$schema": DRAFT,
        "$id": "urn:convlint:schema:operators:1",
        "title": "A layer of a convlint architecture",
        "description": "One layer: an operator with its parameters.",
        **layer,
        "definitions": {"expression": EXPRESSION, **definitions},
    }
    return {"operators": operators, "architecture": _architecture(layer, definitions)}


def _layer(declared: list[Declaration]) -> tuple[Schema, dict[str, Schema]]:
    """(what every layer is, the definitions that it refers to: types of parameters, and layers of each operator).

    Operators that look alike are one definition, under the name of the first.
    """
    types: dict[str, Schema] = {}
    alike: dict[str, list[str]] = {}
    for item in declared:
        alike.setdefault(json.dumps(_parameters(item, types)), []).append(item.name)
    definitions = {names[0]: json.loads(text) for text, names in alike.items()}
    dispatch = [
        {
            "if": {"properties": {"op": {"enum": names}}, "required": ["op"]},
            "then": {"$ref": f"#/definitions/{names[0]}"},
        }
        for names in alike.values()
    ]
    keys = layer_keys() | share_key()
    layer: Schema = {
        "type": "object",
        "properties": keys,
        "if": {"required": ["share"]},
        "then": {"properties": dict.fromkeys(keys, True) | {"repeat": False}, "additionalProperties": False},
        "else": {"required": ["op"], "allOf": dispatch},
    }
    known = [{"const": item.name, "description": item.summary} for item in declared]
    layer["properties"]["op"]["anyOf"] = [*known, {"type": "string"}]
    return layer, {**dict(sorted(types.items())), **definitions}


def _parameters(item: Declaration, types: dict[str, Schema]) -> Schema:
    """The keys of a layer of an operator; what those of every layer take is said there. Adds to the types."""
    properties: Schema = dict.fromkeys(layer_keys(), True)
    for parameter in item.parameters:
        name = type_name(parameter, item.axes)
        types[name] = _with_references(value_schema(parameter, item.axes), {"expression": EXPRESSION})
        properties[parameter.name] = {"$ref": f"#/definitions/{name}", **meaning(parameter)}
    schema: Schema = {"properties": properties, "additionalProperties": False}
    required = sorted(parameter.name for parameter in item.parameters if parameter.required)
    return {**schema, "required": required} if required else schema


def type_name(parameter: Parameter, axes: tuple[int, ...] | None) -> str:
    """What tells a type of parameters from all others, such as `extent-2d-from-1`."""
    parts = [parameter.type]
    if parameter.type in _WITH_AXES:
        parts += [f"{count}d" for count in axes or (1, 2, 3)]
    parts += [f"from-{parameter.minimum:g}"] if parameter.minimum is not None else []
    parts += [f"to-{parameter.maximum:g}"] if parameter.maximum is not None else []
    parts += sorted(parameter.choices)
    parts += ["or-null"] if parameter.nullable else []
    parts += ["required"] if parameter.nullable and parameter.required else []
    return "-".join(parts)


def _with_references(schema: object, definitions: dict[str, Schema]) -> Any:
    """A schema in which what definitions say is referred to, beside what is said of it in its place."""
    if isinstance(schema, list):
        return [_with_references(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    for name, definition in definitions.items():
        if definition.items() <= schema.items():
            beside = {key: value for key, value in schema.items() if key not in definition}
            return {"$ref": f"#/definitions/{name}", **beside}
    return {key: _with_references(value, definitions) for key, value in schema.items()}


def _architecture(layer: Schema, definitions: dict[str, Schema]) -> Schema:
    """The architecture schema: what stands around its layers, and these."""
    around: dict[str, Schema] = {"positive": POSITIVE, "expression": EXPRESSION, "block": block(), "shape": shape()}
    return {
        "$schema": DRAFT,
        "$id": "urn:convlint:schema:architecture:1",
        "title": "A neural-network architecture for convlint",
        "description": "Inputs, blocks, layers and outputs of a network. The key `convlint` marks a file as an "
        "architecture.",
        **_with_references(architecture_schema(), around),
        "definitions": {**around, "layer": layer, **definitions},
    }
