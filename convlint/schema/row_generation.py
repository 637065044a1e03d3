"""Generates `schemas/ultralytics.schema.json` for editors: rows as tuples, with the args of every module."""

from __future__ import annotations

import json

from convlint.catalogue import lookup
from convlint.catalogue.parameters import Parameter
from convlint.catalogue.rows import Row, Vocabulary
from convlint.dialects.ultralytics.modules import TORCH, torch_row
from convlint.dialects.ultralytics.recognition import DEFAULT
from convlint.schema.types import Schema

_NUMBER: Schema = {"type": ["integer", "number", "boolean", "string"]}
_LIST: Schema = {"type": ["array", "integer", "string"]}
_TYPES: dict[str, Schema] = {
    "integer": _NUMBER,
    "number": _NUMBER,
    "flag": _NUMBER,
    "choice": {"type": "string"},
    "text": {"type": ["string", "null"]},
    "activation": {"type": ["boolean", "integer", "null", "string"]},
}


def row_schema() -> Schema:
    """The schema of a model file of the default vocabulary."""
    vocabulary = lookup.vocabularies()[DEFAULT]
    modules = _modules(vocabulary)
    alike = _alike(modules)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:convlint:schema:ultralytics:1",
        "title": "An Ultralytics model file",
        "description": "Rows of [from, repeats, module, args] in backbone and head, for each scale.",
        "type": "object",
        "required": ["backbone", "head", "nc"],
        "properties": {
            "nc": {"type": "integer", "minimum": 1, "description": "How many classes there are.", "examples": [80]},
            "scales": {
                "type": "object",
                "description": "The scales of the network; the file name picks one (yolov8n.yaml picks n).",
                "examples": [{"n": [0.33, 0.25, 1024]}],
                "additionalProperties": {
                    "type": "array",
                    "description": "[depth, width, max_channels]",
                    "items": [{"type": "number", "exclusiveMinimum": 0} for _ in range(3)],
                    "minItems": 3,
                    "maxItems": 3,
                },
            },
            "depth_multiple": {
                "type": "number",
                "description": "Scales repeats, in a file without scales.",
                "examples": [0.33],
            },
            "width_multiple": {
                "type": "number",
                "description": "Scales channels, in a file without scales.",
                "examples": [0.5],
            },
            "activation": {
                "type": "string",
                "description": "The activation of Conv, such as nn.ReLU().",
                "examples": ["nn.ReLU()"],
            },
            "end2end": {"type": "boolean", "description": "Gives heads a second set of branches.", "examples": [True]},
            "reg_max": {
                "type": "integer",
                "minimum": 1,
                "description": "Bins of the box distribution.",
                "examples": [16],
            },
            "kpt_shape": {
                "type": "array",
                "description": "[keypoints, numbers for each (2 or 3)]",
                "examples": [[17, 3]],
                "items": [{"type": "integer", "minimum": 1}, {"enum": [2, 3]}],
                "minItems": 2,
                "maxItems": 2,
            },
            "channels": {
                "type": "integer",
                "minimum": 1,
                "description": "Input channels of a classifier.",
                "examples": [3],
            },
            "backbone": _rows("The rows that read the image.", [-1, 1, "Conv", [64, 3, 2]]),
            "head": _rows("The rows behind the backbone; the last is the head.", [[15, 18, 21], 1, "Detect", ["nc"]]),
        },
        "definitions": {"row": _row(modules, alike), **{_definition(names): _arguments(row) for row, names in alike}},
    }


def _alike(modules: dict[str, Row]) -> list[tuple[Row, list[str]]]:
    """Modules whose rows look alike: how the first is read, and the names of all."""
    found: dict[str, tuple[Row, list[str]]] = {}
    for name, row in modules.items():
        look = json.dumps([_sources(row), _arguments(row)])
        found.setdefault(look, (row, []))[1].append(name)
    return list(found.values())


def _definition(names: list[str]) -> str:
    return f"args-of-{names[0]}"


def _rows(description: str, example: list[object]) -> Schema:
    rows = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/row"}}
    return {**rows, "description": description, "examples": [[example]]}


def _modules(vocabulary: Vocabulary) -> dict[str, Row]:
    of_torch = {
        f"{TORCH}{name}": row for name in sorted(vocabulary.torch_names) if (row := torch_row(name)) is not None
    }
    return {**of_torch, **vocabulary.modules}


def _row(modules: dict[str, Row], alike: list[tuple[Row, list[str]]]) -> Schema:
    summaries = [lookup.declaration(row.operator).summary for row in modules.values()]
    known = [{"const": name, "description": text} for name, text in zip(modules, summaries)]
    return {
        "type": "array",
        "description": "[from, repeats, module, args]",
        "items": [
            {
                "description": "The row that is read, or a list of them: -1 is the one above.",
                "anyOf": [{"type": "integer"}, {"type": "array", "minItems": 1, "items": {"type": "integer"}}],
            },
            {"type": ["integer", "number"], "description": "How often it is repeated, before the depth multiple."},
            {"type": "string", "description": "The module.", "anyOf": [*known, {"type": "string"}]},
            {"type": "array", "description": "The args of the module."},
        ],
        "minItems": 4,
        "maxItems": 4,
        "allOf": [
            {
                "if": {"items": [{}, {}, {"enum": names}]},
                "then": {"items": [_sources(row), {}, {}, {"$ref": f"#/definitions/{_definition(names)}"}]},
            }
            for row, names in alike
        ],
    }


def _sources(row: Row) -> Schema:
    return {"type": "array"} if row.several else {"type": "integer"}


def _arguments(row: Row) -> Schema:
    operator = lookup.operator(row.operator)
    declared = lookup.declaration(row.operator)
    assert operator is not None
    by_name = {parameter.name: parameter for parameter in declared.parameters}
    schema: Schema = {
        "type": "array",
        "description": f"[{', '.join(row.arguments)}]",
        "minItems": row.fewest,
    }
    if row.arguments:
        schema["items"] = [_argument(by_name[name]) for name in row.arguments]
    return schema if row.ignores_rest else {**schema, "maxItems": len(row.arguments)}


def _argument(parameter: Parameter) -> Schema:
    schema = dict(_TYPES.get(parameter.type, _LIST))
    if parameter.nullable and "null" not in schema["type"]:
        schema["type"] = [*_as_list(schema["type"]), "null"]
    if parameter.type in ("extent", "factor"):
        schema["type"] = [*_as_list(schema["type"]), "boolean", "number"]
    return {**schema, "description": f"{parameter.name}: {parameter.summary}" if parameter.summary else parameter.name}


def _as_list(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds
