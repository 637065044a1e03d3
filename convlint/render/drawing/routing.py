"""How each connection runs over the grid: straight where the way is free, else through the gaps between the nodes.

Between two columns is a gutter, between two rows a gap. A connection that runs along one takes a lane of it; all
connections from the same output share their lanes, and those of others never lie on top of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convlint.render.drawing.picture import Edge
from convlint.render.drawing.placement import Placement
from convlint.typed import Literal, NamedTuple

Net = tuple[int, int]
"""(node, output): what connections from the same output have in common."""

EXIT, ENTRY, BACK = 7, -5, -10
"""Connections that turn in a gutter leave the right border of a node a little below its middle, and reach the left and
the right border of one a little above it, so that none hides another."""
BESIDE = -14
"""Connections from aside reach the upper or lower border of a node left of those that come straight."""
APART, MOST_APART = 10, 4
"""Pixels between connections that leave from different outputs of a node, and outputs that are kept apart."""


class At(NamedTuple):
    """One coordinate of a corner: of a node, by its column or row, or of a lane.

    `place` numbers columns and rows, gutters (gutter k is left of column k) or gaps (gap k is above row k). `side` is
    -1 for the left or upper border of a node, 1 for the right or lower one, 0 for its middle; `aside` is in pixels.
    """

    kind: Literal["node", "lane"]
    place: int
    side: int = 0
    aside: int = 0


Corner = tuple[At, At]
Route = tuple[Corner, ...]
"""The corners of a connection, from the border of one node to that of another."""


class Routing(NamedTuple):
    """A route for each edge, and the lane that a net has in a gutter and in a gap: (place, net) to a number."""

    routes: tuple[Route, ...]
    gutters: Mapping[tuple[int, Net], int]
    gaps: Mapping[tuple[int, Net], int]


def leaves_aside(route: Route) -> bool:
    """Whether a connection starts at the right border of its node, not at the upper or lower one."""
    return route[0][0].side == 1


def routing(edges: Sequence[Edge], placed: Placement) -> Routing:
    """A way for every edge, short ones first."""
    grid = _Grid(placed)
    found: dict[int, Route] = {}
    for number in sorted(range(len(edges)), key=lambda number: (_length(edges[number], placed), number)):
        found[number] = grid.route(edges[number])
    routes = tuple(found[number] for number in range(len(edges)))
    return Routing(routes, _lanes(grid.gutters), _lanes(grid.gaps))


def _length(edge: Edge, placed: Placement) -> tuple[int, int]:
    across = abs(placed.columns[edge.source] - placed.columns[edge.target])
    return across, abs(placed.rows[edge.source] - placed.rows[edge.target])


class _Stretch(NamedTuple):
    """A part of a gutter or a gap, in half cells: 2k is gap or gutter k, 2k + 1 row or column k."""

    first: int
    last: int


class _Ends(NamedTuple):
    """An edge on the grid. `step` is the direction of the data at the target: 1 down, -1 up."""

    net: Net
    column: int
    row: int
    to_column: int
    to_row: int
    step: int
    same_flight: bool
    apart: int

    @property
    def flows(self) -> bool:
        """Whether the edge runs with the data of one flight."""
        return self.same_flight and (self.to_row - self.row) * self.step > 0


class _Grid:
    """What every cell holds, and which nets run through it and along each gutter and gap."""

    def __init__(self, placed: Placement) -> None:
        self._placed = placed
        self._nodes = set(zip(placed.columns, placed.rows))
        self._cells: dict[tuple[str, tuple[int, int], int], Net] = {}
        self.gutters: dict[tuple[int, Net], _Stretch] = {}
        self.gaps: dict[tuple[int, Net], _Stretch] = {}

    def route(self, edge: Edge) -> Route:
        """The first way that is free."""
        placed = self._placed
        ends = _Ends(
            (edge.source, edge.output),
            placed.columns[edge.source],
            placed.rows[edge.source],
            placed.columns[edge.target],
            placed.rows[edge.target],
            placed.steps[edge.target],
            placed.flights[edge.source] == placed.flights[edge.target],
            min(edge.output, MOST_APART),
        )
        for way in (self._straight, self._branching, self._joining, self._level, self._turning, self._aside):
            route = way(ends)
            if route is not None:
                return route
        return self._around(ends)

    def _straight(self, ends: _Ends) -> Route | None:
        """Along the column."""
        aside = ends.apart * APART
        between = _between(ends.row, ends.to_row)
        if not ends.flows or ends.column != ends.to_column:
            return None
        if not self._free("column", ends.column, between, aside, ends.net):
            return None
        self._take("column", ends.column, between, aside, ends.net)
        x = At("node", ends.column, 0, aside)
        return (x, At("node", ends.row, ends.step)), (x, At("node", ends.to_row, -ends.step))

    def _branching(self, ends: _Ends) -> Route | None:
        """Over to the column of the target at once, then along it."""
        if not ends.flows or ends.column == ends.to_column:
            return None
        between = _between(ends.row, ends.to_row)
        aside = self._entry(ends, ends.row)
        if not self._free("column", ends.to_column, between, aside, ends.net):
            return None
        self._take("column", ends.to_column, between, aside, ends.net)
        return self._through_gap(ends, ends.row + 1 if ends.step > 0 else ends.row, aside)

    def _joining(self, ends: _Ends) -> Route | None:
        """Along the column of the source, then over to the target."""
        if not ends.flows or ends.column == ends.to_column:
            return None
        between = _between(ends.row, ends.to_row)
        if not self._free("column", ends.column, between, ends.apart * APART, ends.net):
            return None
        self._take("column", ends.column, between, ends.apart * APART, ends.net)
        return self._through_gap(
            ends, ends.to_row if ends.step > 0 else ends.to_row + 1, self._entry(ends, ends.to_row - ends.step)
        )

    def _through_gap(self, ends: _Ends, gap: int, aside: int) -> Route:
        self._use(self.gaps, gap, ends.net, 2 * ends.column + 1, 2 * ends.to_column + 1)
        x, to_x = At("node", ends.column, 0, ends.apart * APART), At("node", ends.to_column, 0, aside)
        y = At("lane", gap)
        return (x, At("node", ends.row, ends.step)), (x, y), (to_x, y), (to_x, At("node", ends.to_row, -ends.step))

    def _entry(self, ends: _Ends, row: int) -> int:
        """Where a connection that comes into the column of its target below (or above) a row reaches its border.

        That is the middle, which it then keeps for itself, unless something else may run there.
        """
        cell = (ends.to_column, row)
        if cell in self._nodes or self._cells.get(("column", cell, 0), ends.net) != ends.net:
            return BESIDE
        self._cells["column", cell, 0] = ends.net
        return 0

    def _level(self, ends: _Ends) -> Route | None:
        """Straight to the right."""
        aside = _side_exit(ends.apart)
        between = range(ends.column + 1, ends.to_column)
        if ends.row != ends.to_row or ends.column >= ends.to_column:
            return None
        if not self._free("row", ends.row, between, aside, ends.net):
            return None
        self._take("row", ends.row, between, aside, ends.net)
        y = At("node", ends.row, 0, aside)
        return (At("node", ends.column, 1), y), (At("node", ends.to_column, -1), y)

    def _turning(self, ends: _Ends) -> Route | None:
        """To the right as far as the column of the target, then along it, with the data of that flight."""
        if ends.same_flight or ends.column >= ends.to_column or (ends.to_row - ends.row) * ends.step <= 0:
            return None
        aside = _side_exit(ends.apart)
        across = range(ends.column + 1, ends.to_column + 1)
        along = (ends.row, *_between(ends.row, ends.to_row))
        if not self._free("row", ends.row, across, aside, ends.net):
            return None
        for to_aside in (0, BESIDE):
            if self._free("column", ends.to_column, along, to_aside, ends.net):
                self._take("row", ends.row, across, aside, ends.net)
                self._take("column", ends.to_column, along, to_aside, ends.net)
                y, to_x = At("node", ends.row, 0, aside), At("node", ends.to_column, 0, to_aside)
                return (At("node", ends.column, 1), y), (to_x, y), (to_x, At("node", ends.to_row, -ends.step))
        return None

    def _aside(self, ends: _Ends) -> Route | None:
        """To the right through one gutter, along the row of the source or that of the target."""
        if ends.column >= ends.to_column:
            return None
        between = range(ends.column + 1, ends.to_column)
        ways = (
            (ends.row, EXIT + _side_exit(ends.apart), ends.to_column),
            (ends.to_row, ENTRY, ends.column + 1),
        )
        for row, aside, gutter in ways:
            if self._free("row", row, between, aside, ends.net):
                self._take("row", row, between, aside, ends.net)
                return self._through_gutter(ends, gutter, At("node", ends.to_column, -1))
        return None

    def _through_gutter(self, ends: _Ends, gutter: int, border: At) -> Route:
        self._use(self.gutters, gutter, ends.net, 2 * ends.row + 1, 2 * ends.to_row + 1)
        y = At("node", ends.row, 0, EXIT + _side_exit(ends.apart))
        to_y = At("node", ends.to_row, 0, ENTRY if border.side < 0 else BACK)
        x = At("lane", gutter)
        return (At("node", ends.column, 1), y), (x, y), (x, to_y), (border, to_y)

    def _around(self, ends: _Ends) -> Route:
        """Through gutters and gaps alone, which always works; in the same column an arc to the right of it."""
        right = At("node", ends.to_column, 1)
        if ends.column == ends.to_column:
            return self._through_gutter(ends, ends.column + 1, right)
        ahead = ends.column < ends.to_column
        gap = ends.to_row if ends.row <= ends.to_row else ends.to_row + 1
        first, last = ends.column + 1, ends.to_column if ahead else ends.to_column + 1
        self._use(self.gutters, first, ends.net, 2 * ends.row + 1, 2 * gap)
        self._use(self.gaps, gap, ends.net, 2 * first, 2 * last)
        self._use(self.gutters, last, ends.net, 2 * gap, 2 * ends.to_row + 1)
        y = At("node", ends.row, 0, EXIT + _side_exit(ends.apart))
        to_y = At("node", ends.to_row, 0, ENTRY if ahead else BACK)
        start, end = At("node", ends.column, 1), At("node", ends.to_column, -1) if ahead else right
        x, to_x, track = At("lane", first), At("lane", last), At("lane", gap)
        return (start, y), (x, y), (x, track), (to_x, track), (to_x, to_y), (end, to_y)

    def _free(self, line: str, place: int, cells: Iterable[int], aside: int, net: Net) -> bool:
        return not any(
            _cell(line, place, at) in self._nodes or self._cells.get((line, _cell(line, place, at), aside), net) != net
            for at in cells
        )

    def _take(self, line: str, place: int, cells: Iterable[int], aside: int, net: Net) -> None:
        for at in cells:
            self._cells[line, _cell(line, place, at), aside] = net

    def _use(self, lanes: dict[tuple[int, Net], _Stretch], place: int, net: Net, start: int, end: int) -> None:
        known = lanes.get((place, net), _Stretch(start, start))
        lanes[(place, net)] = _Stretch(min(known.first, start, end), max(known.last, start, end))


def _cell(line: str, place: int, at: int) -> tuple[int, int]:
    return (place, at) if line == "column" else (at, place)


def _between(row: int, to_row: int) -> range:
    return range(min(row, to_row) + 1, max(row, to_row))


def _side_exit(apart: int) -> int:
    return 2 * apart


def _lanes(stretches: Mapping[tuple[int, Net], _Stretch]) -> dict[tuple[int, Net], int]:
    """A lane for each stretch, short ones first; those that touch are in different lanes."""
    lanes: dict[tuple[int, Net], int] = {}
    taken: dict[int, list[list[_Stretch]]] = {}
    for (place, net), stretch in sorted(stretches.items(), key=lambda item: (item[1].last - item[1].first, item)):
        rows = taken.setdefault(place, [])
        free = next((lane for lane, others in enumerate(rows) if not _meets(stretch, others)), len(rows))
        if free == len(rows):
            rows.append([])
        rows[free].append(stretch)
        lanes[(place, net)] = free
    return lanes


def _meets(stretch: _Stretch, others: Sequence[_Stretch]) -> bool:
    return any(stretch.first <= other.last and other.first <= stretch.last for other in others)
