"""What a layer of an operator or of a block looks like, as a JSON Schema made from its declaration."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import LONGEST_LIST, Parameter
from convlint.limits import LARGEST_SIZE, MOST_REPEATS
from convlint.schema.types import Schema

EXPRESSION = {"type": "string", "pattern": r"^\$\{.*\}$", "description": "An expression, such as ${width * 2}."}
_PLAIN = {"type": ["number", "boolean", "string", "null"]}
_ANY_PLAIN = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN}]}


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
        "over": {
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": 8}, EXPRESSION],
            "description": "Takes the entries of so many first axes, the batch left out, for samples: the same layer, "
            "with the same weights, on each frame, window or image.",
            "examples": [1],
        },
        "expect": {
            "anyOf": [shape(), {"type": "array", "items": shape(), "minItems": 1}],
            "description": "The shape of the output, without the batch; it is checked.",
            "examples": [[64, 56, 56]],
        },
    }


def share_key() -> Schema:
    """The key of a layer that is the module of another once more."""
    return {
        "share": {
            "type": "string",
            "minLength": 1,
            "description": "A layer above: this is the same module once more, with the same weights, on what it reads "
            "here. Its operator and parameters are those of that layer, and are not repeated.",
            "examples": ["encoder"],
        },
    }


def shape() -> Schema:
    """A list of sizes."""
    size = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE},
            {"type": "string", "pattern": r"^(?!([Nn]one|NONE|null)$)([^\W\d]\w*|\$\{.*\})$"},
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
    """What a parameter takes and means."""
    return value_schema(parameter, axes) | meaning(parameter)


def value_schema(parameter: Parameter, axes: tuple[int, ...] | None) -> Schema:
    """What a parameter takes."""
    branches = _branches(parameter, axes)
    if parameter.nullable and not parameter.required:
        branches.append({"type": "null"})
    branches.append(EXPRESSION)
    return {"anyOf": branches}


def meaning(parameter: Parameter) -> Schema:
    """What a parameter means, and its default."""
    schema: Schema = {}
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
        parameter.minimum if parameter.minimum is not None else -LARGEST_SIZE if schema["type"] == "integer" else None
    )
    most = parameter.maximum if parameter.maximum is not None else LARGEST_SIZE if schema["type"] == "integer" else None
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


def sharing_schema() -> Schema:
    """One layer that is the module of another once more, as often as that is repeated."""
    properties = {key: value for key, value in layer_keys().items() if key != "repeat"} | share_key()
    return {"type": "object", "properties": properties, "additionalProperties": False}


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
