"""Generates `schemas/monai.schema.json` and `schemas/nnunet.schema.json` for editors: networks with their arguments."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import Parameter
from convlint.schema.generation import type_name
from convlint.schema.layers import meaning
from convlint.schema.types import Schema

_DRAFT = "http://json-schema.org/draft-07/schema#"
_HOME = "monai.networks.nets"
_CONTROL = {
    "_target_": "The class.",
    "_disabled_": "Leaves it unbuilt.",
    "_desc_": "A remark.",
    "_requires_": "What is computed before it.",
    "_mode_": "How it is called.",
}
_REFERENCE: Schema = {"type": "string", "pattern": "^[@$%]", "description": "A reference or an expression."}
_REFERENCE_TO: Schema = {"$ref": "#/definitions/reference"}
_SETTINGS = ("affine", "num_groups", "eps", "inplace", "negative_slope", "written")
_WITH_SETTINGS = {"type": "array", "description": "A name and its settings.", "minItems": 1, "maxItems": 2}


def bundle_schema() -> Schema:
    """The schema of a MONAI bundle, or of any tree of `_target_`."""
    declared = list(_declarations("monai"))
    types: dict[str, Schema] = {}
    networks = {item.name.partition(".")[2]: _component(item, types) for item in declared}
    return {
        "$schema": _DRAFT,
        "$id": "urn:convlint:schema:monai:1",
        "title": "A MONAI bundle",
        "description": "A tree of components, in which `_target_` names a class.",
        "type": "object",
        "additionalProperties": {"$ref": "#/definitions/node"},
        "definitions": {
            "node": {
                "if": {"type": "object"},
                "then": {"additionalProperties": {"$ref": "#/definitions/node"}, "allOf": list(_dispatch(declared))},
                "else": {"if": {"type": "array"}, "then": {"items": {"$ref": "#/definitions/node"}}},
            },
            "reference": _REFERENCE,
            **dict(sorted(types.items())),
            **networks,
        },
    }


def plans_schema() -> Schema:
    """The schema of nnU-Net plans of the form of today."""
    declared = list(_declarations("nnunet"))
    types: dict[str, Schema] = {}
    dispatch = [
        {
            "if": {"properties": {"network_class_name": {"pattern": rf"(^|\.){item.name.partition('.')[2]}$"}}},
            "then": {"properties": {"arch_kwargs": {"properties": _of_plans(item, types)}}},
        }
        for item in declared
    ]
    sizes = {"type": "array", "items": {"type": "integer", "minimum": 1}}
    architecture = {
        "type": "object",
        "description": "The network.",
        "required": ["network_class_name", "arch_kwargs", "_kw_requires_import"],
        "properties": {
            "network_class_name": {"type": "string", "description": "The path of the class."},
            "arch_kwargs": {"type": "object", "description": "The arguments of the class."},
            "_kw_requires_import": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Arguments whose texts are Python paths.",
            },
        },
        "allOf": dispatch,
    }
    configuration = {
        "type": "object",
        "properties": {
            "inherits_from": {"type": "string", "description": "The configuration whose keys it takes."},
            "patch_size": {**sizes, "description": "Size of what the network reads, an axis after the other."},
            "batch_size": {"type": "integer", "minimum": 1, "description": "Patches of a batch."},
            "architecture": architecture,
        },
    }
    return {
        "$schema": _DRAFT,
        "$id": "urn:convlint:schema:nnunet:1",
        "title": "nnU-Net plans",
        "description": "Configurations of a network, each with its patch.",
        "type": "object",
        "required": ["plans_name", "configurations"],
        "properties": {
            "plans_name": {"type": "string", "description": "The name of the plans.", "examples": ["nnUNetPlans"]},
            "dataset_name": {
                "type": "string",
                "description": "The name of the data set.",
                "examples": ["Dataset004_Hippocampus"],
            },
            "configurations": {
                "type": "object",
                "description": "The configurations by name.",
                "examples": [{"2d": {"patch_size": [64, 64]}}],
                "additionalProperties": configuration,
            },
        },
        "definitions": {"reference": _REFERENCE, **dict(sorted(types.items()))},
    }


def _declarations(vocabulary: str) -> Iterator[Declaration]:
    """The networks of a vocabulary, by name."""
    modules = lookup.vocabularies()[vocabulary].modules
    return (lookup.declaration(f"{vocabulary}.{name}") for name in sorted(modules))


def _dispatch(declared: list[Declaration]) -> Iterator[Schema]:
    for item in declared:
        name = item.name.partition(".")[2]
        named = {"pattern": rf"^({_HOME.replace('.', chr(92) + '.')}\.(\w+\.)?)?{name}$"}
        yield {
            "if": {"properties": {"_target_": named}, "required": ["_target_"]},
            "then": {"$ref": f"#/definitions/{name}"},
        }


def _component(item: Declaration, types: dict[str, Schema]) -> Schema:
    """A network of a bundle; what stands beside a name (`norm_num_groups`) is no argument of its own."""
    today = [parameter for parameter in item.parameters if not parameter.is_gone]
    names = [parameter.name for parameter in today if parameter.type == "choice"]
    listed = [parameter for parameter in today if not _is_setting(parameter.name, names)]
    return {
        "title": item.name.partition(".")[2],
        "description": item.summary,
        "properties": {
            **{key: {"description": text} for key, text in _CONTROL.items()},
            **{parameter.name: _argument(parameter, types) for parameter in listed},
        },
        "required": sorted(parameter.name for parameter in listed if parameter.required),
        "additionalProperties": False,
    }


def _is_setting(name: str, choices: list[str]) -> bool:
    """Whether a parameter is one of the settings beside a name: `num_groups` of `["group", {num_groups: 8}]`."""
    return any(name == f"{choice}_{setting}" for choice in choices for setting in _SETTINGS)


def _argument(parameter: Parameter, types: dict[str, Schema]) -> Schema:
    """What a parameter takes, by the name of its type, which is added to the types."""
    branches = [*_branches(parameter), _REFERENCE_TO, *([{"type": "null"}] if parameter.nullable else [])]
    name = type_name(parameter, ())
    types[name] = {"anyOf": branches}
    return {"$ref": f"#/definitions/{name}", **meaning(parameter)}


def _branches(parameter: Parameter) -> list[Schema]:
    """What a parameter takes as plain data."""
    number: Schema = {"type": "number" if parameter.type in ("number", "factor") else "integer"}
    if parameter.minimum is not None:
        number["minimum"] = parameter.minimum
    if parameter.type in ("integer", "number", "dim"):
        return [number]
    if parameter.type == "flag":
        return [{"type": "boolean"}]
    if parameter.type == "choice":
        return [{"type": "string", "examples": sorted(parameter.choices)}, _WITH_SETTINGS]
    if parameter.type == "text":
        return [{"type": "string"}]
    if parameter.type in ("counts", "integers", "extent", "factor"):
        many = {"type": "array", "items": {"anyOf": [number, _REFERENCE_TO]}}
        return [many] if parameter.type == "counts" else [number, many]
    if parameter.type == "flags":
        return [{"type": "array"}]
    if parameter.type == "extents":
        return [{"type": "array", "items": {"anyOf": [number, {"type": "array", "items": number}, _REFERENCE_TO]}}]
    return [{}]


def _of_plans(item: Declaration, types: dict[str, Schema]) -> Schema:
    """The arguments of a class in plans; classes of torch are paths there."""
    classes = ("conv_op", "norm_op", "dropout_op", "nonlin")
    return {
        parameter.name: {"type": ["string", "null"], **meaning(parameter)}
        if parameter.name in classes
        else _argument(parameter, types)
        for parameter in item.parameters
        if parameter.name != "norm_op_affine"
    }
