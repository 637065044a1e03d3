"""The table of `convlint show`, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convlint.facts import LayerFacts, NetworkFacts
from convlint.render.text import display_width, one_line
from convlint.source.nodes import LineIndex

_HEADINGS = ("#", "name", "op", "from", "output", "params", "MACs", "receptive field")
_ROW_HEADINGS = ("#", "from", "n", "params", "module", "arguments", "output")
"""The columns of a row format, in the order of its training log."""
_NUMERIC = frozenset(("#", "n", "params", "MACs"))


def render_text(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One table a variant, each with its totals."""
    for network in networks:
        yield _title(path, network)
        headings = _ROW_HEADINGS if any(layer.arguments for layer in network.layers) else _HEADINGS
        rows = [headings, *(tuple(_cells(layer)[name] for name in headings) for layer in network.layers)]
        widths = [max(display_width(row[column]) for row in rows) for column in range(len(headings))]
        for row in rows:
            yield "  ".join(map(_padded, row, widths, headings)).rstrip() + "\n"
        yield f"total: {_number(network.parameters)} parameters, {_number(network.macs)} MACs\n\n"


def _title(path: str, network: NetworkFacts) -> str:
    inputs = ", ".join(f"{name} {shape_text(shape)}" for name, shape in network.inputs)
    variant = f", scale {network.variant}" if network.variant is not None else ""
    return one_line(f"{path}{variant}: {inputs}") + "\n"


def _cells(layer: LayerFacts) -> dict[str, str]:
    """The text of every column."""
    outputs = "?" if layer.outputs is None else ", ".join(shape_text(shape) for shape in layer.outputs)
    name, sources = one_line(layer.name), one_line(", ".join(layer.sources))
    operator = one_line(layer.operator)
    return {
        "#": str(layer.number),
        "name": name,
        "op": operator,
        "module": operator,
        "from": sources,
        "n": str(layer.repeat),
        "arguments": one_line(layer.arguments),
        "output": one_line(outputs),
        "params": _number(layer.parameters),
        "MACs": _number(layer.macs),
        "receptive field": "?" if layer.receptive_field is None else shape_text(layer.receptive_field),
    }


def _padded(text: str, width: int, heading: str) -> str:
    space = " " * (width - display_width(text))
    return space + text if heading in _NUMERIC else text + space


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def shape_text(shape: Sequence[Any] | None) -> str:
    """`64x56x56`, with `?` for what is not known."""
    if shape is None:
        return "?"
    return (
        " x ".join(map(_size_text, shape))
        if any(_is_formula(size) for size in shape)
        else "x".join(map(_size_text, shape))
    )


def _size_text(size: Any) -> str:
    return "?" if size is None else str(size)


def _is_formula(size: Any) -> bool:
    return size is not None and not isinstance(size, int)


def as_json(path: str, dialect: str | None, networks: Sequence[NetworkFacts]) -> dict[str, Any]:
    """The networks as `show --output-format json` prints them."""
    return {
        "version": 1,
        "path": path,
        "dialect": dialect,
        "models": [
            {
                "variant": network.variant,
                "inputs": {name: _shape(shape) for name, shape in network.inputs},
                "parameters": network.parameters,
                "macs": network.macs,
                "layers": _layers(network),
            }
            for network in networks
        ],
    }


def _layers(network: NetworkFacts) -> list[dict[str, Any]]:
    if not network.layers:
        return []
    index = LineIndex(network.layers[0].place.source.text)
    return [
        {
            "index": layer.number,
            "name": layer.name,
            "op": layer.operator,
            "from": list(layer.sources),
            "outputs": None if layer.outputs is None else [_shape(shape) for shape in layer.outputs],
            "parameters": layer.parameters,
            "macs": layer.macs,
            "receptive_field": None if layer.receptive_field is None else list(layer.receptive_field),
            "line": index.position(layer.place.start)[0],
        }
        for layer in network.layers
    ]


def _shape(shape: Sequence[Any] | None) -> list[int | None] | None:
    return None if shape is None else [size if isinstance(size, int) else None for size in shape]
