"""The table of `convlint show` as comma-separated values: whole numbers, and nothing where something is unknown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from convlint.facts import NetworkFacts
from convlint.render.table import flattened, shape_text
from convlint.render.text import one_line

COLUMNS = (
    "variant", "index", "name", "op", "from", "output",
    "parameters", "macs", "activation_bytes", "receptive_field", "jump",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")
"""How a text begins that spreadsheets compute."""


def render_csv(path: str, networks: Sequence[NetworkFacts]) -> Iterator[str]:
    """One row a layer, of all variants in one table."""
    yield _line(COLUMNS)
    for network in networks:
        for number, layer in flattened(network.layers):
            outputs = None if layer.outputs is None else " ".join(map(shape_text, layer.outputs))
            texts = (
                network.variant,
                number,
                layer.path or layer.name,
                layer.operator,
                " ".join(layer.sources),
                outputs,
            )
            counts = (layer.parameters, layer.macs, layer.activation_bytes)
            fields = (_sizes(layer.receptive_field), _sizes(layer.jump))
            yield _line((*(_cell(text or "") for text in texts), *counts, *fields))


def _cell(text: str | int) -> str | int:
    """A text as a cell that a spreadsheet takes for text: with a quote before it where it would be a formula."""
    if isinstance(text, int):
        return text
    written = one_line(text)
    return f"'{written}" if written.startswith(_FORMULA) else written


def _sizes(values: Sequence[object] | None) -> str | None:
    return None if values is None else "x".join(map(str, values))


def _line(cells: Sequence[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
