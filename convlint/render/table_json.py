"""The table of `convlint show` as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

from convlint.facts import LayerFacts, NetworkFacts
from convlint.source.nodes import LineIndex


def render_json(path: str, dialect: str | None, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One object for the file, with a table for each variant."""
    yield json.dumps(as_json(path, dialect, networks), indent=1) + "\n"


def as_json(path: str, dialect: str | None, networks: Sequence[NetworkFacts]) -> dict[str, object]:
    """The networks as `show --output-format json` prints them."""
    return {"version": 1, "path": path, "dialect": dialect, "models": [_model(network) for network in networks]}


def _model(network: NetworkFacts) -> dict[str, object]:
    index = LineIndex(network.layers[0].place.source.text if network.layers else "")
    return {
        "variant": network.variant,
        "inputs": {name: _shape(shape) for name, shape in network.inputs},
        "parameters": network.parameters,
        "macs": network.macs,
        "activation_bytes": network.activation_bytes,
        "training_bytes": network.kept_bytes,
        "receptive_field": _numbers(network.receptive_field),
        "jump": _numbers(network.jump),
        "layers": [_layer(layer, index) for layer in network.layers],
    }


def _layer(layer: LayerFacts, index: LineIndex) -> dict[str, object]:
    """One row; `layers` is there where rows inside blocks were asked for, `shares` where it is a module once more."""
    row = {
        "index": layer.number,
        "name": layer.name,
        "op": layer.operator,
        "from": list(layer.sources),
        "outputs": None if layer.outputs is None else [_shape(shape) for shape in layer.outputs],
        "parameters": layer.parameters,
        "macs": layer.macs,
        "activation_bytes": layer.activation_bytes,
        "training_bytes": layer.kept_bytes,
        "receptive_field": _numbers(layer.receptive_field),
        "jump": _numbers(layer.jump),
        "path": layer.path or layer.name,
        "line": index.position(layer.place.start)[0],
    }
    row |= {"shares": layer.shares} if layer.shares else {}
    return {**row, "layers": [_layer(inner, index) for inner in layer.layers]} if layer.layers else row


def _shape(shape: Sequence[object] | None) -> list[int | None] | None:
    return None if shape is None else [size if isinstance(size, int) else None for size in shape]


def _numbers(values: Sequence[int | Fraction] | None) -> list[int | float] | None:
    if values is None:
        return None
    return [int(value) if value == int(value) else float(value) for value in values]
