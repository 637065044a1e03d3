"""At which height a layer is drawn: how often the resolution was halved on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import log2

from convlint.domain.tables import SizeTable
from convlint.domain.values import KnownShape, Size
from convlint.render.drawing.picture import Edge, Panel
from convlint.typed import Literal, NamedTuple

Role = Literal["", "down", "up", "merge"]
"""What a node does: it makes maps smaller or larger, or brings several together."""

_ENOUGH = 0.35
"""How much a step may fall short of halving a map, as a logarithm: a window on a small map leaves more than half."""
_EXAMPLE = 2048
"""What an unknown size is taken for, to compare it with others."""


class _Scale(NamedTuple):
    """The level of a map and what later maps are compared with: its shape, and the mean logarithm of its sizes.

    A sequence is a map whose only axis may hold features: its size then says nothing of a resolution.
    """

    level: int
    shape: KnownShape
    doublings: float
    is_sequence: bool = False


def drawing_order(count: int, edges: Sequence[Edge]) -> list[int]:
    """Every node after those that it reads, else in the order of the file; of a cycle, the first node first."""
    waiting = [0] * count
    readers: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        waiting[edge.target] += 1
        readers[edge.source].append(edge.target)
    ready = [node for node in range(count) if not waiting[node]]
    heapify(ready)
    return list(_taken(ready, waiting, readers))


def _taken(ready: list[int], waiting: list[int], readers: list[list[int]]) -> Iterator[int]:
    done = [False] * len(waiting)
    first_open = 0
    while True:
        while ready:
            node = heappop(ready)
            if done[node]:
                continue
            done[node] = True
            yield node
            for reader in readers[node]:
                waiting[reader] -= 1
                if not waiting[reader]:
                    heappush(ready, reader)
        while first_open < len(done) and done[first_open]:
            first_open += 1
        if first_open == len(done):
            return
        ready.append(first_open)


def node_levels(panel: Panel, order: Sequence[int]) -> list[int]:
    """The level of each node: 0 at the resolution of the largest input, one more each time that it is halved.

    A level is counted from that of the node that is read, so that the pixels that unpadded convolutions take at the
    border add up to nothing. What is unknown, has other axes, or is pooled to one pixel stays where it comes from.
    """
    sources: list[list[Edge]] = [[] for _ in panel.nodes]
    for edge in panel.edges:
        sources[edge.target].append(edge)
    given = [shape for node, read in zip(panel.nodes, sources) if not read for shape in node.shapes]
    largest = max((_doublings(shape) or 0.0 for shape in given), default=0.0)
    scales: dict[int, _Scale] = {}
    for node in order:
        own = panel.nodes[node].shapes[0] if panel.nodes[node].shapes else None
        read = [edge for edge in sources[node] if edge.source in scales]
        scale = _next_scale(scales[_main_source(panel, read, own).source], own) if read else _first_scale(own, largest)
        if scale is not None:
            scales[node] = scale
    return _filled({node: scale.level for node, scale in scales.items()}, order, panel.edges)


def _filled(levels: dict[int, int], order: Sequence[int], edges: Sequence[Edge]) -> list[int]:
    """Levels for the other nodes too: that of their first reader."""
    readers: list[list[int]] = [[] for _ in order]
    for edge in edges:
        readers[edge.source].append(edge.target)
    for node in reversed(order):
        if node not in levels:
            levels[node] = next((levels[reader] for reader in readers[node] if reader in levels), 0)
    return [levels[node] for node in range(len(order))]


def node_roles(panel: Panel, levels: Sequence[int]) -> tuple[Role, ...]:
    """The role of each node; `levels` are theirs."""
    sources: list[list[Edge]] = [[] for _ in panel.nodes]
    for edge in panel.edges:
        sources[edge.target].append(edge)
    return tuple(_role(panel, levels, number, read) for number, read in enumerate(sources))


def _role(panel: Panel, levels: Sequence[int], node: int, read: Sequence[Edge]) -> Role:
    if panel.nodes[node].kind in ("input", "output"):
        return ""
    if len(set(read)) > 1:
        return "merge"
    after = panel.nodes[node].shapes[0]
    before = _shape_of(panel, read[0]) if read else None
    if before is None or after is None or len(before) != len(after):
        return ""
    was, now = _doublings(before), _doublings(after)
    if was is None or now is None:
        return ""
    steps = levels[node] - levels[read[0].source] if len(after) == 2 else _halvings(was - now)
    return "down" if steps > 0 else "up" if steps < 0 else ""


def _first_scale(shape: KnownShape | None, largest: float) -> _Scale | None:
    """The scale of a map that nothing is known to lead to; None for features, which have no height of their own."""
    doublings = _doublings(shape)
    if shape is None or doublings is None or doublings == 0.0:
        return None
    return _Scale(round(largest - doublings), shape, doublings)


def _next_scale(before: _Scale, shape: KnownShape | None) -> _Scale:
    doublings = _doublings(shape)
    if shape is None or doublings is None or doublings == 0.0:
        return before
    if len(shape) != len(before.shape):
        return _Scale(before.level, shape, doublings, is_sequence=len(shape) == 2)
    if len(shape) == 2 and (before.is_sequence or (shape != before.shape and shape == before.shape[::-1])):
        return _Scale(before.level, shape, doublings, is_sequence=True)
    return _Scale(before.level + _halvings(before.doublings - doublings), shape, doublings)


def _halvings(doublings: float) -> int:
    """Whole steps; what a crop or a fractional resize takes is none."""
    return int(abs(doublings) + _ENOUGH) * (1 if doublings > 0 else -1)


def _main_source(panel: Panel, read: Sequence[Edge], own: KnownShape | None) -> Edge:
    """The edge that arrives at the resolution of the node, else the first."""
    if own is None:
        return read[0]
    return next((edge for edge in read if _sizes_of(panel, edge) == own[1:]), read[0])


def _sizes_of(panel: Panel, edge: Edge) -> KnownShape | None:
    shape = _shape_of(panel, edge)
    return None if shape is None else shape[1:]


def _shape_of(panel: Panel, edge: Edge) -> KnownShape | None:
    shapes = panel.nodes[edge.source].shapes
    return shapes[edge.output] if edge.output < len(shapes) else None


def _doublings(shape: KnownShape | None) -> float | None:
    """The mean of the base-2 logarithms of the sizes of a map; 0 for one pixel, None where a size is unknown."""
    if shape is None:
        return None
    sizes = [_example(size) for size in shape[1:]]
    known = [log2(size) for size in sizes if size is not None and size > 0]
    if len(known) < len(sizes):
        return None
    return sum(known) / len(known) if known else 0.0


def _example(size: Size | None) -> int | None:
    """The size itself, or what a size that depends on unknown ones is for an example of them."""
    if isinstance(size, int):
        return size
    if not isinstance(size, SizeTable):
        return None
    value = size.at_sizes(dict.fromkeys(size.symbols, _EXAMPLE))
    return value if isinstance(value, int) else None
