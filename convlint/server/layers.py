"""What an editor shows of layers: their shapes behind them, their costs under the pointer, and the outline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from lsprotocol import types

from convlint.facts import LayerFacts, NetworkFacts
from convlint.findings import Part, Place
from convlint.model import Architecture, Graph, Layer
from convlint.render.table import layer_cells
from convlint.server.documents import Analysis
from convlint.typed import NamedTuple

_COLUMNS = ("output", "params", "MACs", "receptive field", "jump")
_MOST_ROWS = 12
"""Uses of a block that are listed for a layer inside it."""

_MOST_OUTLINED = 10_000
"""Layers of an outline; nothing else is answered while it is put into words for the editor."""


class LayerUse(NamedTuple):
    """The facts of a layer in one variant, at one of its uses."""

    variant: str
    facts: LayerFacts

    @property
    def output(self) -> str:
        """Its output shapes; empty where none is known."""
        outputs = self.facts.outputs
        return layer_cells(self.facts)["output"] if outputs is not None and any(outputs) else ""


def inlay_hints(analysis: Analysis, wanted: types.Range) -> list[types.InlayHint]:
    """The output shape at the end of the first line of each layer, where it is the same at all its uses."""
    return list(_inlay_hints(analysis, wanted))


def _inlay_hints(analysis: Analysis, wanted: types.Range) -> Iterator[types.InlayHint]:
    first, last = analysis.positions.offset(wanted.start), analysis.positions.offset(wanted.end)
    numbered = bool(analysis.architectures and analysis.architectures[0].layer_word)
    for start, rows in _rows(analysis).items():
        if not first <= start <= last:
            continue
        shape = _shape_hint(rows)
        number = rows[0].facts.name if numbered else ""
        text = f"{number} → {shape}".lstrip() if shape else number
        if text:
            yield types.InlayHint(analysis.positions.end_of_line(start), text, padding_left=True)


def _shape_hint(rows: Sequence[LayerUse]) -> str:
    """The shape of a layer; of one that differs between variants that of the first, named."""
    first = [row.output for row in rows if row.variant == rows[0].variant]
    if len(set(first)) != 1 or not first[0]:
        return ""
    is_same = len({row.output for row in rows}) == 1
    return first[0] if is_same else f"{rows[0].variant}: {first[0]}"


def hover(analysis: Analysis, position: types.Position) -> types.Hover | None:
    """What the layer under a position gives and costs; at the name of its operator, what that does and takes too."""
    offset = analysis.positions.offset(position)
    layer = layer_at(analysis.architectures, offset)
    if layer is None:
        return None
    rows = _rows(analysis).get(layer.places.at(Part.LAYER).start, [])
    texts = [_costs(rows)] if rows else []
    op = layer.places.at(Part.OPERATOR)
    if op.start <= offset <= op.end and isinstance(layer.operator, str):
        texts.append(f"```text\n{analysis.operator_page(layer.operator)}```")
    if not texts:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(texts))
    return types.Hover(content, analysis.positions.of(layer.places.span()))


def _costs(rows: Sequence[LayerUse]) -> str:
    """A table of what a layer gives and costs, one line a variant and use."""
    lines = [f"| | {' | '.join(_COLUMNS)} |", f"| --- |{' --- |' * len(_COLUMNS)}"]
    for row in rows[:_MOST_ROWS]:
        cells = layer_cells(row.facts)
        name = " ".join(filter(None, (cells["name"], row.variant)))
        lines.append(f"| {' | '.join(_escaped(text) for text in (name, *(cells[column] for column in _COLUMNS)))} |")
    more = len(rows) - _MOST_ROWS
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>|#" else sign for sign in text)


def symbols(analysis: Analysis) -> list[types.DocumentSymbol]:
    """The first layers of the network, for the outline; those of the first variant, where there are several."""
    if not analysis.networks:
        return []
    layers = zip(analysis.architectures[0].graph.layers, analysis.networks[0].layers)
    return [_symbol(analysis, layer, facts) for layer, facts in islice(layers, _MOST_OUTLINED)]


def _symbol(analysis: Analysis, layer: Layer, facts: LayerFacts) -> types.DocumentSymbol:
    cells = layer_cells(facts)
    kind = types.SymbolKind.Module if isinstance(layer.operator, Graph) else types.SymbolKind.Function
    return types.DocumentSymbol(
        name=facts.name,
        kind=kind,
        range=analysis.positions.of(layer.places.span()),
        selection_range=analysis.positions.of(layer.places.at(Part.LAYER)),
        detail=f"{cells['op']} → {cells['output']}",
    )


def layer_at(architectures: Iterable[Architecture], offset: int) -> Layer | None:
    """The layer that stands at an offset, be it inside a block."""
    for architecture in architectures:
        for graph in architecture.graph.with_blocks():
            for layer in graph.layers:
                span = layer.places.span()
                if span.start <= offset <= span.end:
                    return layer
    return None


def _rows(analysis: Analysis) -> Mapping[int, list[LayerUse]]:
    """The facts of each layer by the offset at which it stands, for all variants and uses."""
    rows: dict[int, list[LayerUse]] = {}
    for network in analysis.networks:
        for facts in _flattened(network.layers):
            if _is_written(facts.place):
                rows.setdefault(facts.place.start, []).append(LayerUse(_variant(network), facts))
    return rows


def _flattened(layers: Iterable[LayerFacts]) -> Iterator[LayerFacts]:
    """Layers and those in their blocks; what is inside a module stands at the module, and is not shown there."""
    for facts in layers:
        yield facts
        yield from _flattened(inner for inner in facts.layers if inner.place.start != facts.place.start)


def _variant(network: NetworkFacts) -> str:
    return network.variant or ""


def _is_written(place: Place) -> bool:
    """Whether a layer stands where its place says, and did not come in through an alias."""
    return place.origin is None
