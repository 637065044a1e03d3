"""The table of `convlint show`: its columns, and the table as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from convlint.facts import LayerFacts, NetworkFacts
from convlint.render.text import display_width, one_line

HEADINGS = (
    "#", "name", "op", "from", "output", "params", "MACs", "activation bytes", "receptive field", "jump",
)  # fmt: skip
NUMERIC = (0, 5, 6, 7)
"""Columns that are set flush right."""


def render_text(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One table a variant, each with its totals."""
    for network in networks:
        yield title(path, network) + "\n"
        rows = [HEADINGS, *text_rows(network)]
        widths = [max(display_width(row[column]) for row in rows) for column in range(len(HEADINGS))]
        for row in rows:
            yield "  ".join(_cell(text, widths[column], column) for column, text in enumerate(row)).rstrip() + "\n"
        yield totals(network) + "\n\n"


def title(path: str, network: NetworkFacts) -> str:
    """The file, the variant and the inputs, in one line."""
    inputs = ", ".join(f"{name} {shape_text(shape)}" for name, shape in network.inputs)
    variant = f", scale {network.variant}" if network.variant is not None else ""
    return one_line(f"{path}{variant}: {inputs}")


def totals(network: NetworkFacts) -> str:
    """What the whole network costs, and how much of the input its output sees."""
    counts = (f"{_number(network.parameters)} parameters", f"{_number(network.macs)} MACs")
    memory = f"{_number(network.activation_bytes)} activation bytes"
    field = f"receptive field {_sizes(network.receptive_field)}, jump {_sizes(network.jump)}"
    return f"total: {', '.join(counts)}, {memory}; {field}"


def text_rows(network: NetworkFacts) -> Iterator[tuple[str, ...]]:
    """The cells of every row, those inside blocks after the row of their block."""
    for number, layer in flattened(network.layers):
        outputs = "?" if layer.outputs is None else ", ".join(shape_text(shape) for shape in layer.outputs)
        texts = (number, layer.path or layer.name, layer.operator, ", ".join(layer.sources), outputs)
        counts = (layer.parameters, layer.macs, layer.activation_bytes)
        yield (*map(one_line, texts), *map(_number, counts), _sizes(layer.receptive_field), _sizes(layer.jump))


def flattened(layers: Sequence[LayerFacts], prefix: str = "") -> Iterator[tuple[str, LayerFacts]]:
    """(number, row) of every row, `3.0` for the first layer of the block in row 3."""
    for layer in layers:
        yield f"{prefix}{layer.number}", layer
        yield from flattened(layer.layers, f"{prefix}{layer.number}.")


def _cell(text: str, width: int, column: int) -> str:
    space = " " * (width - display_width(text))
    return space + text if column in NUMERIC else text + space


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _sizes(values: Sequence[int | Fraction] | None) -> str:
    return "?" if values is None else "x".join(map(str, values))


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
