"""From the grid to pixels: the boxes, lines and labels of one panel, none of which lies on another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

from convlint.render.drawing.lettering import clipped, text_width
from convlint.render.drawing.levels import Role, drawing_order, node_roles
from convlint.render.drawing.picture import Panel, edge_text
from convlint.render.drawing.placement import Placement, placement
from convlint.render.drawing.routing import (
    APART,
    MOST_APART,
    At,
    Net,
    Route,
    Routing,
    leaves_aside,
    routing,
)
from convlint.typed import Literal, NamedTuple

HEADING, CAPTION, LABEL = 12.0, 10.0, 9.5
"""Font sizes, in pixels."""
_BOX_HEIGHT = 36
_WIDEST_TEXT, _WIDEST_LABEL = 180, 220
_NARROWEST_BOX = 64
_LANE = 7
_GUTTER_MARGIN = 12
_LABEL_ROOM = 16
_LOWEST_GAP = 22
_BETWEEN_LEVELS = 12
_MARGIN = 12


class Box(NamedTuple):
    """A node: its upper left corner, its size, and its texts as far as they fit."""

    x: float
    y: float
    width: float
    height: float
    heading: str
    caption: str


class Label(NamedTuple):
    """The shape that leaves a node; `y` is the base line of the text."""

    x: float
    y: float
    text: str


class Polyline(NamedTuple):
    """A connection as the corners of a polyline; `skips` says that it runs past other layers to a merge."""

    corners: tuple[tuple[float, float], ...]
    skips: bool


class Layout(NamedTuple):
    """One panel in pixels: a box and a role for each node, a line for each edge, (top, height) of the levels."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    roles: tuple[Role, ...]
    lines: tuple[Polyline, ...]
    labels: tuple[Label, ...]
    bands: tuple[tuple[float, float], ...]


class _Said(NamedTuple):
    """The text at an exit of a node, on one of its sides; right of it, so many pixels below its middle."""

    node: int
    side: Literal["flow", "right"]
    text: str
    below: int


def layout(panel: Panel) -> Layout:
    """The panel in pixels, from (0, 0)."""
    placed = placement(panel)
    routed = routing(panel.edges, placed)
    said = _labels(panel, placed, routed)
    scale = _Scale(panel, placed, routed, said)
    boxes = tuple(scale.box(node) for node in range(len(panel.nodes)))
    skips = _skips(panel, routed)
    levels = [placed.levels[row] for row in placed.rows]
    lines = tuple(
        Polyline(scale.corners(route, (edge.source, edge.output)), skip)
        for edge, route, skip in zip(panel.edges, routed.routes, skips)
    )
    labels = tuple(scale.label(one) for one in said)
    return Layout(scale.width, scale.height, boxes, node_roles(panel, levels), lines, labels, tuple(scale.bands()))


def _skips(panel: Panel, routed: Routing) -> list[bool]:
    """For each edge, whether it leaves its flight or column for a merge that waits for another edge."""
    when = {node: time for time, node in enumerate(drawing_order(len(panel.nodes), panel.edges))}
    latest: dict[int, int] = {}
    for edge in panel.edges:
        latest[edge.target] = max(latest.get(edge.target, -1), when[edge.source])
    return [
        leaves_aside(route) and when[edge.source] < latest[edge.target]
        for edge, route in zip(panel.edges, routed.routes)
    ]


def _labels(panel: Panel, placed: Placement, routed: Routing) -> list[_Said]:
    """The shapes at the exits: on the way of the data, and again on the way to another flight."""
    texts: dict[tuple[int, Literal["flow", "right"]], dict[int, str]] = {}
    below: dict[int, int] = {}
    flowing = {edge.source for edge, route in zip(panel.edges, routed.routes) if not leaves_aside(route)}
    for edge, route in zip(panel.edges, routed.routes):
        text = edge_text(panel, edge)
        if leaves_aside(route):
            below[edge.source] = max(below.get(edge.source, 0), route[0][1].aside)
        across = placed.flights[edge.source] != placed.flights[edge.target]
        if not text or (leaves_aside(route) and edge.source in flowing and not across):
            continue
        side: Literal["flow", "right"] = "right" if leaves_aside(route) else "flow"
        texts.setdefault((edge.source, side), {})[edge.output] = text
    return [_Said(node, side, _joined(found), below.get(node, 0)) for (node, side), found in sorted(texts.items())]


def _joined(texts: dict[int, str]) -> str:
    """`8×28×28 | 16×28×28`: the shapes of the outputs of one node."""
    return clipped(" | ".join(dict.fromkeys(texts[output] for output in sorted(texts))), LABEL, _WIDEST_LABEL)


class _Scale:
    """Where columns, rows and lanes are."""

    def __init__(self, panel: Panel, placed: Placement, routed: Routing, said: Sequence[_Said]) -> None:
        self._panel, self._placed, self._routed = panel, placed, routed
        self._reach = _reach(panel)
        self._texts = {(one.node, one.side): one.text for one in said}
        columns = max(placed.columns, default=-1) + 1
        self._halves = [self._box_width(column) / 2 for column in range(columns)]
        widths = [half + max(half, self._label_reach(column)) for column, half in enumerate(self._halves)]
        gutters = [self._gutter_width(gutter) for gutter in range(columns + 1)]
        self._gutter_x, left, self.width = _alternating(gutters, widths)
        self._middles = [x + half for x, half in zip(left, self._halves)]
        gaps = [self._gap_height(gap) for gap in range(len(placed.levels) + 1)]
        self._gap_y, self._row_y, self.height = _alternating(gaps, [_BOX_HEIGHT] * len(placed.levels))

    def box(self, number: int) -> Box:
        """The box of a node, in the middle of its cell."""
        node = self._panel.nodes[number]
        heading = clipped(node.heading, HEADING, _WIDEST_TEXT, bold=True)
        caption = clipped(node.caption, CAPTION, _WIDEST_TEXT)
        column, row = self._placed.columns[number], self._placed.rows[number]
        half = self._halves[column]
        return Box(self._middles[column] - half, self._row_y[row], 2 * half, _BOX_HEIGHT, heading, caption)

    def corners(self, route: Route, net: Net) -> tuple[tuple[float, float], ...]:
        """A route in pixels."""
        return tuple((self._x(x, net), self._y(y, net)) for x, y in route)

    def label(self, said: _Said) -> Label:
        """A label to the right of the line that leaves its node, or below it."""
        box = self.box(said.node)
        if said.side == "right":
            return Label(box.x + box.width + 4, box.y + box.height / 2 + said.below + LABEL + 3, said.text)
        below = self._placed.steps[said.node] > 0
        y = box.y + box.height + 13 if below else box.y - 4
        return Label(box.x + box.width / 2 + self._reach[said.node] + 5, y, said.text)

    def bands(self) -> Iterator[tuple[float, float]]:
        """(top, height) of each level."""
        levels = self._placed.levels
        starts = [row for row, level in enumerate(levels) if not row or levels[row - 1] != level]
        tops = [0.0, *[self._row_y[row] - self._gap_above(row) for row in starts[1:]], self.height]
        for top, bottom in pairwise(tops):
            yield top, bottom - top

    def _gap_above(self, row: int) -> float:
        """The part of the gap above the first row of a level that belongs to it."""
        return self._label_room(row, -1) + _BETWEEN_LEVELS / 2

    def _x(self, at: At, net: Net) -> float:
        if at.kind == "lane":
            lane = self._routed.gutters[at.place, net]
            return self._gutter_x[at.place] + self._label_zone(at.place) + _GUTTER_MARGIN + lane * _LANE
        return self._middles[at.place] + self._halves[at.place] * at.side + at.aside

    def _y(self, at: At, net: Net) -> float:
        if at.kind == "lane":
            lane = self._routed.gaps[at.place, net]
            return self._gap_y[at.place] + self._label_room(at.place - 1, 1) + _LANE / 2 + lane * _LANE
        return self._row_y[at.place] + _BOX_HEIGHT * (1 + at.side) / 2 + at.aside

    def _box_width(self, column: int) -> float:
        """All boxes of a column are as wide as its longest text needs."""
        widths = [float(_NARROWEST_BOX)]
        for number in self._nodes_of(column):
            node = self._panel.nodes[number]
            widths.append(min(_WIDEST_TEXT, text_width(node.heading, HEADING, bold=True)) + 16)
            widths.append(min(_WIDEST_TEXT, text_width(node.caption, CAPTION)) + 12)
        return 2.0 * round(max(widths) / 2)

    def _label_reach(self, column: int) -> float:
        """How far right of the middle of a column the labels below and above its boxes go."""
        said = [(number, self._texts.get((number, "flow"))) for number in self._nodes_of(column)]
        reach = (text_width(text, LABEL) + self._reach[number] + 5 for number, text in said if text)
        return float(round(max(reach, default=0)))

    def _nodes_of(self, column: int) -> list[int]:
        return [number for number, own in enumerate(self._placed.columns) if own == column]

    def _label_zone(self, gutter: int) -> float:
        """The part of a gutter that is kept for labels."""
        if not gutter:
            return 0.0
        said = [self._texts.get((number, "right")) for number in self._nodes_of(gutter - 1)]
        width = max((text_width(text, LABEL) for text in said if text), default=0.0)
        inside = self._label_reach(gutter - 1) - self._halves[gutter - 1]
        return float(round(max(0.0, width - max(0.0, inside))))

    def _gutter_width(self, gutter: int) -> float:
        lanes = _lane_count(self._routed.gutters, gutter)
        outer = gutter in (0, max(self._placed.columns, default=-1) + 1)
        if outer and not lanes:
            return _MARGIN + self._label_zone(gutter)
        return self._label_zone(gutter) + 2 * _GUTTER_MARGIN + lanes * _LANE

    def _gap_height(self, gap: int) -> float:
        lanes = _lane_count(self._routed.gaps, gap)
        levels = self._placed.levels
        outer = gap in (0, len(levels))
        height = self._label_room(gap - 1, 1) + lanes * _LANE + self._label_room(gap, -1)
        if outer:
            return max(_MARGIN, height)
        return max(_LOWEST_GAP, height) + (_BETWEEN_LEVELS if levels[gap - 1] != levels[gap] else 0)

    def _label_room(self, row: int, step: int) -> float:
        """The room below (step 1) or above the boxes of a row for the labels and the heads of arrows."""
        exits = (
            node
            for node, side in self._texts
            if self._placed.rows[node] == row and (side == "right" or self._placed.steps[node] == step)
        )
        return _LABEL_ROOM if next(exits, None) is not None else 8


def _reach(panel: Panel) -> list[int]:
    """How far right of the middle of each node its outputs leave."""
    reach = [0] * len(panel.nodes)
    for edge in panel.edges:
        reach[edge.source] = max(reach[edge.source], min(edge.output, MOST_APART) * APART)
    return reach


def _lane_count(lanes: Mapping[tuple[int, Net], int], place: int) -> int:
    return max((lane + 1 for (at, _), lane in lanes.items() if at == place), default=0)


def _alternating(outer: Sequence[float], inner: Sequence[float]) -> tuple[list[float], list[float], float]:
    """Where the outer and the inner parts begin that take turns, and where the last ends."""
    sizes = [size for pair in zip(outer, [*inner, 0.0]) for size in pair]
    ends = list(accumulate(sizes))
    starts = [0.0, *ends]
    return starts[: 2 * len(outer) : 2], starts[1 : 2 * len(inner) + 1 : 2], ends[-1]
