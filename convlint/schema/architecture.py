"""What stands around the layers of an architecture, as a JSON Schema."""

from __future__ import annotations

from convlint.limits import LARGEST_SIZE
from convlint.schema.layers import EXPRESSION, shape
from convlint.schema.types import Schema

POSITIVE = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}
_LAYER = {"$ref": "#/definitions/layer"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "number"}
_FLAG = {"type": "boolean"}


def architecture_schema() -> Schema:
    """A whole file; what its layers are is referred to."""
    return {
        "type": "object",
        "properties": {
            "convlint": {"type": "integer", "const": 1, "description": "Version of the format.", "examples": [1]},
            "name": {**_TEXT, "description": "The name of the network.", "examples": ["unet-small"]},
            "description": {**_TEXT, "description": "What the network is for.", "examples": ["Segments cells."]},
            "sizes": {
                "type": "object",
                "description": "Named sizes, and what they may be.",
                "examples": [{"H": {"min": 64, "max": 1024, "multiple_of": 8}}],
                "additionalProperties": {"anyOf": [POSITIVE, _range()]},
            },
            "constants": {
                "type": "object",
                "description": "Named values for expressions.",
                "examples": [{"width": 64}],
                "additionalProperties": {
                    "anyOf": [
                        _NUMBER,
                        _FLAG,
                        _TEXT,
                        {"type": "array", "items": {"anyOf": [_NUMBER, _FLAG, EXPRESSION]}},
                    ]
                },
            },
            "inputs": {
                "type": "object",
                "description": "The inputs of the network with their shapes, without the batch.",
                "examples": [{"image": [3, 224, 224]}],
                "minProperties": 1,
                "additionalProperties": shape(),
            },
            "blocks": {
                "type": "object",
                "description": "Groups of layers that are used like an operator.",
                "examples": [{"ConvReLU": {"params": {"channels": None}, "layers": [{"op": "ReLU"}]}}],
                "additionalProperties": block(),
            },
            "layers": {
                "type": "array",
                "description": "The layers, in any order; a layer without `from` reads the one above it.",
                "examples": [[{"op": "Conv2d", "out_channels": 64, "kernel_size": 3}]],
                "items": _LAYER,
                "minItems": 1,
            },
            "outputs": {
                "description": "The outputs of the network; without it, the last layer.",
                "examples": [["head"], {"mask": {"from": "head", "shape": [2, 256, 256]}}],
                "anyOf": [
                    _TEXT,
                    _TEXTS,
                    {"type": "object", "additionalProperties": {"anyOf": [_TEXT, _output()]}},
                ],
            },
        },
        "required": ["convlint", "inputs", "layers"],
        "additionalProperties": False,
    }


def block() -> Schema:
    """A group of layers that is used like an operator."""
    return {
        "type": "object",
        "properties": {
            "description": {**_TEXT, "description": "What the block does.", "examples": ["Two convolutions."]},
            "params": {
                "type": "object",
                "description": "Parameters with their defaults; null means required.",
                "examples": [{"channels": None, "kernel": 3}],
                "additionalProperties": {
                    "anyOf": [
                        _NUMBER,
                        _FLAG,
                        _TEXT,
                        {"type": "null"},
                        {"type": "array", "items": {"type": ["number", "boolean", "string", "null"]}},
                    ]
                },
            },
            "inputs": {
                "type": "array",
                "description": "Names for what the block is given; without it, `input`.",
                "examples": [["x", "skip"]],
                "items": _TEXT,
                "minItems": 1,
            },
            "layers": {
                "type": "array",
                "description": "The layers of the block.",
                "items": _LAYER,
                "minItems": 1,
            },
            "output": {
                **_TEXT,
                "description": "The layer that gives the output; without it, the last.",
                "examples": ["sum"],
            },
        },
        "required": ["layers"],
        "additionalProperties": False,
    }


def _range() -> Schema:
    """What a named size may be, where it is not a number."""
    return {
        "type": "object",
        "properties": {
            "min": {**POSITIVE, "description": "The smallest size.", "examples": [64]},
            "max": {**POSITIVE, "description": "The largest size.", "examples": [1024]},
            "multiple_of": {**POSITIVE, "description": "The step between sizes.", "examples": [32]},
        },
        "additionalProperties": False,
    }


def _output() -> Schema:
    """An output with what is asked of it."""
    return {
        "type": "object",
        "properties": {
            "from": {**_TEXT, "description": "The layer that gives the output.", "examples": ["head"]},
            "shape": shape(),
            "loss": {
                **_TEXT,
                "description": "The class of the loss that the output goes into.",
                "examples": ["CrossEntropyLoss"],
            },
        },
        "required": ["from"],
        "additionalProperties": False,
    }
