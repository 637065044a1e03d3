"""The table of `convlint show`: its columns, and the table as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convlint.facts import LayerFacts, NetworkFacts
from convlint.render.text import display_width, one_line

_HEADINGS = (
    "#", "name", "op", "from", "output", "params", "MACs", "activation bytes", "receptive field", "jump",
)  # fmt: skip
_ROW_HEADINGS = ("#", "from", "n", "params", "module", "arguments", "output")
"""The columns of a row format, in the order of its training log."""
NUMERIC = frozenset(("#", "n", "params", "MACs", "activation bytes"))
"""Columns that are set flush right."""


def render_text(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One table a variant, each with its totals."""
    for network in networks:
        yield title(path, network) + "\n"
        columns = headings(network)
        rows = [columns, *text_rows(network)]
        widths = [max(display_width(row[column]) for row in rows) for column in range(len(columns))]
        for row in rows:
            yield "  ".join(map(_padded, row, widths, columns)).rstrip() + "\n"
        yield totals(network) + "\n\n"


def title(path: str, network: NetworkFacts) -> str:
    """The file, the variant and the inputs, in one line."""
    inputs = ", ".join(f"{name} {shape_text(shape)}" for name, shape in network.inputs)
    variant = f", {network.variant_word} {network.variant}" if network.variant is not None else ""
    return one_line(f"{path}{variant}: {inputs}")


def headings(network: NetworkFacts) -> tuple[str, ...]:
    """The columns of a table."""
    return _ROW_HEADINGS if any(layer.arguments for layer in network.layers) else _HEADINGS


def totals(network: NetworkFacts) -> str:
    """What the whole network costs, and how much of the input its output sees."""
    counts = (f"{_number(network.parameters)} parameters", f"{_number(network.macs)} MACs")
    memory = f"{_number(network.activation_bytes)} activation bytes"
    field = f"receptive field {_sizes(network.receptive_field)}, jump {_sizes(network.jump)}"
    if network.kept_bytes:
        field += f"; training keeps at least {_number(network.kept_bytes)} bytes a sample"
    return f"total: {', '.join(counts)}, {memory}; {field}"


def text_rows(network: NetworkFacts) -> Iterator[tuple[str, ...]]:
    """The cells of every row, those inside blocks after the row of their block."""
    columns = headings(network)
    for number, layer in flattened(network.layers):
        is_inner = columns is _ROW_HEADINGS and "/" in layer.path  # rows have numbers, and what is inside has names
        cells = {"#": layer.path if is_inner else number, **layer_cells(layer)}
        yield tuple(one_line(cells[column]) for column in columns)


def layer_cells(layer: LayerFacts) -> dict[str, str]:
    """The text of every column of a row but its number."""
    return {
        "name": layer.path or layer.name,
        "op": layer.title,
        "module": layer.operator,
        "from": ", ".join(layer.sources),
        "n": str(layer.repeat),
        "arguments": layer.arguments,
        "output": "?" if layer.outputs is None else ", ".join(shape_text(shape) for shape in layer.outputs),
        "params": _number(layer.parameters),
        "MACs": _number(layer.macs),
        "activation bytes": _number(layer.activation_bytes),
        "receptive field": _sizes(layer.receptive_field),
        "jump": _sizes(layer.jump),
    }


def flattened(layers: Sequence[LayerFacts], prefix: str = "") -> Iterator[tuple[str, LayerFacts]]:
    """(number, row) of every row, `3.0` for the first layer of the block in row 3."""
    for layer in layers:
        yield f"{prefix}{layer.number}", layer
        yield from flattened(layer.layers, f"{prefix}{layer.number}.")


def _padded(text: str, width: int, heading: str) -> str:
    space = " " * (width - display_width(text))
    return space + text if heading in NUMERIC else text + space


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _sizes(values: Sequence[int | Fraction] | None) -> str:
    return "?" if values is None else "x".join(map(str, values))


def shape_text(shape: Sequence[object] | None) -> str:
    """`64x56x56`, with `?` for what is not known."""
    if shape is None:
        return "?"
    return (
        " x ".join(map(_size_text, shape))
        if any(_is_formula(size) for size in shape)
        else "x".join(map(_size_text, shape))
    )


def _size_text(size: object) -> str:
    return "?" if size is None else str(size)


def _is_formula(size: object) -> bool:
    return size is not None and not isinstance(size, int)
