"""Makes the JSON Schemas from the operator declarations: `python -m convlint.schema.generation` rewrites `schemas/`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import LARGEST_VALUE, LONGEST_LIST, Parameter
from convlint.model import MOST_REPEATS
from convlint.resources import resource_path

DRAFT = "http://json-schema.org/draft-07/schema#"
EXPRESSION = {"type": "string", "pattern": r"^\$\{.*\}$", "description": "An expression, such as ${width * 2}."}
_PLAIN = {"type": ["number", "boolean", "string", "null"]}
_ANY_PLAIN = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN}]}
HAND_WRITTEN = ("positive", "expression", "block")
Schema = dict[str, Any]


def layer_keys() -> Schema:
    """The keys that every layer has, whatever its operator."""
    return {
        "name": {
            "type": "string",
            "minLength": 1,
            "description": "The name by which other layers read this one.",
            "examples": ["enc1"],
        },
        "op": {
            "type": "string",
            "description": "An operator (the class name in torch.nn where there is one) or a block of this file.",
            "examples": ["Conv2d", "Concat"],
        },
        "from": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "What the layer reads: a layer, an input, layer.k for its output k, or a list of these. "
            "Without it, the layer above.",
            "examples": ["enc1", ["up1", "enc1"], "lstm.0"],
        },
        "repeat": {
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_REPEATS}, EXPRESSION],
            "description": "Puts that many copies in sequence.",
            "examples": [3],
        },
        "expect": {
            "anyOf": [shape(), {"type": "array", "items": shape(), "minItems": 1}],
            "description": "The shape of the output, without the batch; it is checked.",
            "examples": [[64, 56, 56]],
        },
    }


def shape() -> Schema:
    """A list of sizes."""
    size = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST_VALUE},
            {"type": "string", "pattern": r"^([^\W\d]\w*|\$\{.*\})$"},
        ],
        "description": "A size, the name of a size, or an expression.",
    }
    return {
        "type": "array",
        "items": size,
        "minItems": 1,
        "description": "Channels, then the spatial axes; the batch is left out.",
        "examples": [[3, 224, 224], [3, "H", "W"]],
    }


def parameter_schema(parameter: Parameter, axes: tuple[int, ...] | None) -> Schema:
    """What a parameter takes."""
    branches = _branches(parameter, axes)
    if parameter.nullable and not parameter.required:
        branches.append({"type": "null"})
    branches.append(EXPRESSION)
    schema: Schema = {"anyOf": branches}
    if parameter.summary:
        schema["description"] = parameter.summary
    if parameter.default is not None:
        default = parameter.default
        schema["default"] = list(default) if isinstance(default, tuple) else default
    return schema


def _branches(parameter: Parameter, axes: tuple[int, ...] | None) -> list[Schema]:
    kind = parameter.type
    if kind == "flag":
        return [{"type": "boolean"}]
    if kind == "choice":
        return [{"type": "string", "enum": sorted(parameter.choices)}]
    if kind == "text":
        return [{"type": "string", "maxLength": LONGEST_LIST}]
    number = _bounded({"type": "number" if kind in ("number", "factor") else "integer"}, parameter)
    if kind in ("integer", "number", "dim"):
        return [number]
    if kind in ("extent", "factor"):
        item = {"anyOf": [number, {"type": "null"}, EXPRESSION]} if parameter.nullable else _or_expression(number)
        lists = [_list_of(item, count) for count in axes or (1, 2, 3)]
        words = [{"type": "string", "enum": sorted(parameter.choices)}] if parameter.choices else []
        return [number, *lists, *words]
    if kind == "sides":
        return [number, *(_list_of(_or_expression(number), 2 * count) for count in axes or (1, 2, 3))]
    many = {"type": "array", "items": _or_expression(number), "minItems": 1, "maxItems": LONGEST_LIST}
    return [number, many]


def _or_expression(schema: Schema) -> Schema:
    return {"anyOf": [schema, EXPRESSION]}


def _list_of(item: Schema, count: int) -> Schema:
    return {"type": "array", "items": item, "minItems": count, "maxItems": count}


def _bounded(schema: Schema, parameter: Parameter) -> Schema:
    least = (
        parameter.minimum if parameter.minimum is not None else -LARGEST_VALUE if schema["type"] == "integer" else None
    )
    most = (
        parameter.maximum if parameter.maximum is not None else LARGEST_VALUE if schema["type"] == "integer" else None
    )
    if least is not None:
        schema["minimum"] = least
    if most is not None:
        schema["maximum"] = most
    return schema


def operator_schema(declaration: Declaration) -> Schema:
    """One layer of an operator."""
    keys = layer_keys()
    keys["op"] = {**keys["op"], "const": declaration.name}
    properties = keys | {
        parameter.name: parameter_schema(parameter, declaration.axes) for parameter in declaration.parameters
    }
    required = ["op", *sorted(parameter.name for parameter in declaration.parameters if parameter.required)]
    return {
        "title": declaration.name,
        "description": declaration.summary,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def block_schema(name: str, parameters: Iterable[tuple[str, bool]]) -> Schema:
    """One layer that uses a block; each parameter is (its name, whether it is required)."""
    listed = list(parameters)
    return {
        "title": name,
        "type": "object",
        "properties": layer_keys() | {key: _ANY_PLAIN for key, _ in listed},
        "required": ["op", *sorted(key for key, required in listed if required)],
        "additionalProperties": False,
    }


def generated(declarations: Iterable[Declaration]) -> dict[str, Schema]:
    """The schemas that depend on the declarations, by name."""
    definitions = {item.name: operator_schema(item) for item in sorted(declarations, key=lambda item: item.name)}
    dispatch = [
        {
            "if": {"properties": {"op": {"const": name}}, "required": ["op"]},
            "then": {"$ref": f"#/definitions/{name}"},
        }
        for name in definitions
    ]
    layer: Schema = {"type": "object", "properties": layer_keys(), "required": ["op"], "allOf": dispatch}
    layer["properties"]["op"]["anyOf"] = [{"enum": list(definitions)}, {"type": "string"}]
    operators = {
        "$schema": DRAFT,
        "$id": "urn:convlint:schema:operators:1",
        "title": "A layer of a convlint architecture",
        "description": "One layer: an operator with its parameters.",
        **layer,
        "definitions": definitions,
    }
    return {"operators": operators, "architecture": _architecture(layer, definitions)}


def _architecture(layer: Schema, definitions: dict[str, Schema]) -> Schema:
    """The architecture schema: its upper part is written by hand in the file itself, the layers are generated in."""
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        current: Schema = json.load(file)
    by_hand = {name: current["definitions"][name] for name in HAND_WRITTEN}
    return {**current, "definitions": {**by_hand, "shape": shape(), "layer": layer, **definitions}}


def as_text(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Rewrites the generated files of `schemas/`."""
    from convlint.schema.form_generation import config_schema, rules_schema
    from convlint.schema.row_generation import row_schema

    names = lookup.operators()
    schemas = generated(lookup.declaration(operator) for operator in names)
    schemas |= {"ultralytics": row_schema(), "rules": rules_schema(), "config": config_schema()}
    for name, schema in schemas.items():
        path = os.path.join(resource_path("schemas"), f"{name}.schema.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(as_text(schema))


if __name__ == "__main__":
    main()
