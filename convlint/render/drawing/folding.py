"""What a picture leaves out: the middle of long chains of layers that keep the resolution."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.render.drawing.picture import DrawnNode, Edge, Panel

LONG = 20
"""Layers in a chain from which on it is folded."""
KEPT = 3
"""Layers that are still drawn at either end."""


def folded(panel: Panel) -> Panel:
    """The panel with one node in the place of the middle of each long chain.

    A chain is a run of layers without findings, each of which reads only the one before and is read only by the next,
    at one resolution.
    """
    runs = [run[KEPT:-KEPT] for run in _runs(panel) if len(run) >= LONG]
    if not runs:
        return panel
    place: dict[int, int] = {}
    stands_for = {node: run for run in runs for node in run}
    nodes: list[DrawnNode] = []
    for number, node in enumerate(panel.nodes):
        run = stands_for.get(number)
        if run is None or number == run[0]:
            nodes.append(node if run is None else _fold([panel.nodes[inner] for inner in run]))
        place[number] = len(nodes) - 1 if run is None or number == run[0] else place[run[0]]
    inside = [(place[edge.source], edge.output, place[edge.target]) for edge in panel.edges]
    kept = [Edge(*ends) for ends in inside if ends[0] != ends[2] or nodes[ends[0]].kind != "fold"]
    return Panel(panel.title, tuple(nodes), tuple(kept))


def _fold(nodes: Sequence[DrawnNode]) -> DrawnNode:
    first, last = nodes[0], nodes[-1]
    details = (
        (f"{len(nodes)} layers, {first.details[0]} to {last.details[0]}",) if first.details and last.details else ()
    )
    return DrawnNode("fold", f"{first.path} ... {last.path}", "⋯", f"{len(nodes)} layers", last.shapes, None, details)


def _runs(panel: Panel) -> list[list[int]]:
    sources: list[list[int]] = [[] for _ in panel.nodes]
    readers: list[list[int]] = [[] for _ in panel.nodes]
    for edge in panel.edges:
        sources[edge.target].append(edge.source)
        readers[edge.source].append(edge.target)
    runs: list[list[int]] = []
    for number, node in enumerate(panel.nodes):
        if not _is_link(node) or len(sources[number]) != 1 or len(readers[number]) != 1:
            continue
        last = runs[-1][-1] if runs else -1
        if sources[number] == [last] and _resolution(panel.nodes[last]) == _resolution(node):
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _is_link(node: DrawnNode) -> bool:
    return node.kind in ("layer", "block") and node.mark is None and len(node.shapes) == 1


def _resolution(node: DrawnNode) -> object:
    return None if node.shapes[0] is None else tuple(node.shapes[0][1:])
