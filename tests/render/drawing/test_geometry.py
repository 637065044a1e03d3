"""The layout of any graph: nothing lies on anything else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from hypothesis import given, settings

from convlint.render.drawing.geometry import LABEL, Box, Label, Layout, layout
from convlint.render.drawing.lettering import text_width
from convlint.render.drawing.picture import Panel
from tests.render.drawing.networks import panels

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _of_box(box: Box) -> Rectangle:
    return box.x, box.y, box.x + box.width, box.y + box.height


def _of_label(label: Label) -> Rectangle:
    return label.x, label.y - LABEL * 0.75, label.x + text_width(label.text, LABEL), label.y


def _segments(panel: Panel, drawn: Layout) -> Iterator[tuple[int, int, Rectangle]]:
    """(source, output, the rectangle that a straight part of its connection fills)."""
    for edge, line in zip(panel.edges, drawn.lines):
        for start, end in pairwise(line.corners):
            yield edge.source, edge.output, _rectangle(start, end)


def _rectangle(start: tuple[float, float], end: tuple[float, float]) -> Rectangle:
    return min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1])


def _meet(a: Rectangle, b: Rectangle) -> bool:
    """Whether two rectangles share more than a border."""
    near = 0.01
    return a[0] < b[2] - near and b[0] < a[2] - near and a[1] < b[3] - near and b[1] < a[3] - near


@settings(max_examples=100, deadline=None)
@given(panels())
def test_no_two_boxes_overlap(panel: Panel) -> None:
    boxes = [_of_box(box) for box in layout(panel).boxes]
    assert len(boxes) == len(panel.nodes)
    assert not [pair for pair in combinations(boxes, 2) if _meet(*pair)]


@settings(max_examples=100, deadline=None)
@given(panels())
def test_no_connection_runs_through_a_box(panel: Panel) -> None:
    drawn = layout(panel)
    for _, _, segment in _segments(panel, drawn):
        left, top, right, bottom = segment
        thick = (left - 0.5, top, right + 0.5, bottom) if left == right else (left, top - 0.5, right, bottom + 0.5)
        assert not [box for box in drawn.boxes if _meet(thick, _of_box(box))]


@settings(max_examples=100, deadline=None)
@given(panels())
def test_connections_begin_and_end_at_the_border_of_their_nodes(panel: Panel) -> None:
    drawn = layout(panel)
    for edge, line in zip(panel.edges, drawn.lines):
        for node, (x, y) in ((edge.source, line.corners[0]), (edge.target, line.corners[-1])):
            left, top, right, bottom = _of_box(drawn.boxes[node])
            assert left <= x <= right and top <= y <= bottom
            assert x in (left, right) or y in (top, bottom)


@settings(max_examples=100, deadline=None)
@given(panels())
def test_connections_of_different_outputs_never_lie_on_each_other(panel: Panel) -> None:
    drawn = layout(panel)
    parts = {(segment, source, output) for source, output, segment in _segments(panel, drawn)}
    last = [_rectangle(*line.corners[-2:]) for line in drawn.lines]
    into = {(segment, edge.source, edge.output, edge.target) for segment, edge in zip(last, panel.edges)}
    for (first, *net), (second, *other) in combinations(sorted(parts), 2):
        if net == other:
            continue
        if any((first, *net, node) in into and (second, *other, node) in into for node in range(len(panel.nodes))):
            continue  # what reaches the same node may come together before it
        both = (max(first[0], second[0]), max(first[1], second[1]), min(first[2], second[2]), min(first[3], second[3]))
        vertical = first[0] == first[2] == second[0] == second[2] and both[3] - both[1] > 0.01
        level = first[1] == first[3] == second[1] == second[3] and both[2] - both[0] > 0.01
        assert not vertical and not level, (net, other, first, second)


@settings(max_examples=100, deadline=None)
@given(panels())
def test_labels_lie_on_no_box_and_on_no_other_label(panel: Panel) -> None:
    drawn = layout(panel)
    labels = [_of_label(label) for label in drawn.labels]
    assert not [pair for pair in combinations(labels, 2) if _meet(*pair)]
    assert not [label for label in labels for box in drawn.boxes if _meet(label, _of_box(box))]


@settings(max_examples=100, deadline=None)
@given(panels())
def test_everything_lies_within_the_picture(panel: Panel) -> None:
    drawn = layout(panel)
    whole = (0.0, 0.0, drawn.width, drawn.height)
    parts = [*map(_of_box, drawn.boxes), *map(_of_label, drawn.labels)]
    parts += [segment for _, _, segment in _segments(panel, drawn)]
    for left, top, right, bottom in parts:
        assert whole[0] <= left and whole[1] <= top and right <= whole[2] and bottom <= whole[3]
