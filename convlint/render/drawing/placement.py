"""Where each node stands: in a column that goes down with the resolution or up with it, in a row of its level.

A network goes down one column while its resolution falls; where it rises, the next column goes up beside it, which
gives an autoencoder its U. Branches stand in columns of their own to the right of the trunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convlint.render.drawing.levels import drawing_order, node_levels
from convlint.render.drawing.picture import Edge, Panel
from convlint.typed import NamedTuple

TALL, TALLEST = 14, 48
"""Rows of one level in one flight from which on it goes on beside itself: where only one layer is read further on, and
wherever it is."""
FEWEST_BESIDE = 4
"""Nodes that are worth a new column."""


class Placement(NamedTuple):
    """A place on a grid for each node; no two nodes share one.

    A flight is a group of columns in which the data flows in one direction: `step` of a node is 1 where it flows down
    the rows and -1 where it flows up. `levels` says which level each row belongs to.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    steps: tuple[int, ...]
    flights: tuple[int, ...]
    levels: tuple[int, ...]


def placement(panel: Panel) -> Placement:
    """A place for every node of a panel."""
    order = drawing_order(len(panel.nodes), panel.edges)
    when = {node: time for time, node in enumerate(order)}
    forward = [edge for edge in panel.edges if when[edge.source] < when[edge.target]]
    sources = _neighbours(len(panel.nodes), ((edge.target, edge.source) for edge in forward))
    readers = _neighbours(len(panel.nodes), ((edge.source, edge.target) for edge in forward))
    levels = node_levels(panel, order)
    flights, ranks = _flights(order, levels, sources, readers)
    rows, row_levels = _rows(levels, flights, ranks, forward)
    columns = _columns(order, flights, rows, sources, readers)
    steps = tuple(-1 if flight % 2 else 1 for flight in flights)
    return Placement(tuple(columns), tuple(rows), steps, tuple(flights), tuple(row_levels))


def _neighbours(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    lists: list[list[int]] = [[] for _ in range(count)]
    for node, other in pairs:
        if other not in lists[node]:
            lists[node].append(other)
    return lists


# --- flights and rows


def _flights(
    order: Sequence[int], levels: Sequence[int], sources: Sequence[list[int]], readers: Sequence[list[int]]
) -> tuple[list[int], list[int]]:
    """(flight, rank) of each node; a rank counts the nodes before it in its flight and level."""
    flights, ranks = [0] * len(order), [0] * len(order)
    narrow = _narrow_places(order, readers)
    for node in order:
        flight = max((flights[source] for source in sources[node]), default=0)
        near = [source for source in sources[node] if flights[source] == flight]
        if any(_turns(flight, levels[source], levels[node]) for source in near):
            flights[node] = flight + 1
            continue
        rank = max((ranks[source] + 1 for source in near if levels[source] == levels[node]), default=0)
        ends = rank >= TALLEST or (rank >= TALL and node in narrow)
        flights[node], ranks[node] = (flight + 2, 0) if ends else (flight, rank)
    for node in order:
        if not sources[node] and readers[node]:
            _move_to_readers(node, flights, ranks, levels, readers)
    return flights, ranks


def _narrow_places(order: Sequence[int], readers: Sequence[list[int]]) -> set[int]:
    """The nodes before which only one node is still to be read."""
    when = {node: time for time, node in enumerate(order)}
    open_until = {node: max((when[reader] for reader in readers[node]), default=-1) for node in order}
    ending: dict[int, int] = {}
    narrow: set[int] = set()
    still_read = 0
    for time, node in enumerate(order):
        if still_read == 1 and len(order) - time >= FEWEST_BESIDE:
            narrow.add(node)
        still_read -= ending.pop(time, 0)
        if open_until[node] > time:
            ending[open_until[node]] = ending.get(open_until[node], 0) + 1
            still_read += 1
    return narrow


def _turns(flight: int, before: int, after: int) -> bool:
    return before < after if flight % 2 else before > after


def _move_to_readers(
    node: int, flights: list[int], ranks: list[int], levels: Sequence[int], readers: Sequence[list[int]]
) -> None:
    """Puts a node that reads nothing just before the first that reads it."""
    flight = min(flights[reader] for reader in readers[node])
    near = [reader for reader in readers[node] if flights[reader] == flight]
    if any(_turns(flight, levels[node], levels[reader]) for reader in near):
        return
    before = [ranks[reader] - 1 for reader in near if levels[reader] == levels[node]]
    if flight > flights[node] and min(before, default=0) < 0:
        return
    flights[node] = flight
    ranks[node] = max(0, min(before, default=0))


def _rows(
    levels: Sequence[int], flights: Sequence[int], ranks: Sequence[int], edges: Sequence[Edge]
) -> tuple[list[int], list[int]]:
    """(row of each node, level of each row); the parts of a level are shifted so that connections are level."""
    parts: dict[tuple[int, int], list[int]] = {}
    for node, (level, flight) in enumerate(zip(levels, flights)):
        parts.setdefault((level, flight), []).append(node)
    rows = [0] * len(levels)
    row_levels: list[int] = []
    for level in sorted(set(levels)):
        own = {flight: nodes for (of, flight), nodes in parts.items() if of == level}
        heights = {flight: 1 + max(ranks[node] for node in nodes) for flight, nodes in own.items()}
        tallest = max(heights.values())
        across = [edge for edge in edges if levels[edge.source] == level == levels[edge.target]]
        placed: set[int] = set()
        for flight in sorted(own, key=lambda flight: (-heights[flight], flight)):
            _place_part(own[flight], flight, heights[flight], tallest, ranks, rows, placed, across)
            placed.update(own[flight])
        for node in placed:
            rows[node] += len(row_levels)
        row_levels += [level] * tallest
    return rows, row_levels


def _place_part(
    nodes: Sequence[int],
    flight: int,
    height: int,
    tallest: int,
    ranks: Sequence[int],
    rows: list[int],
    placed: set[int],
    across: Sequence[Edge],
) -> None:
    """Rows of one part of a level, shifted to where the connections to the parts that are placed are shortest."""
    own = set(nodes)
    for node in nodes:
        rows[node] = height - 1 - ranks[node] if flight % 2 else ranks[node]
    ties = [(edge.source, edge.target) for edge in across if edge.source in own and edge.target in placed]
    ties += [(edge.target, edge.source) for edge in across if edge.target in own and edge.source in placed]
    distances = [rows[other] - rows[node] for node, other in ties]
    shifts = range(tallest - height + 1) if flight % 2 == 0 else range(tallest - height, -1, -1)
    best = min(shifts, key=lambda shift: sum(abs(distance - shift) for distance in distances))
    for node in nodes:
        rows[node] += best


# --- columns


class _Chain(NamedTuple):
    """Nodes below each other in one column, and the rows that they and the lines to them take."""

    nodes: list[int]
    first_row: int
    last_row: int


def _columns(
    order: Sequence[int],
    flights: Sequence[int],
    rows: Sequence[int],
    sources: Sequence[list[int]],
    readers: Sequence[list[int]],
) -> list[int]:
    """The column of each node: those of a flight are to the right of those of the flights before it."""
    chains: dict[int, list[_Chain]] = {}
    for nodes in _chains(order, flights, sources, readers):
        chain = _with_lines(nodes, flights, rows, sources, readers)
        chains.setdefault(flights[nodes[0]], []).append(chain)
    columns = [0] * len(order)
    first = 0
    for flight in sorted(chains):
        first += _pack(chains[flight], first, columns)
    return columns


def _chains(
    order: Sequence[int], flights: Sequence[int], sources: Sequence[list[int]], readers: Sequence[list[int]]
) -> list[list[int]]:
    """Every node in one chain; a node goes on with the reader from which the end of its flight is farthest."""
    ahead = [0] * len(order)
    wish: dict[int, int] = {}
    for node in reversed(order):
        near = [reader for reader in readers[node] if flights[reader] == flights[node]]
        if near:
            wish[node] = max(near, key=lambda reader: (ahead[reader], -reader))
            ahead[node] = ahead[wish[node]] + 1
    behind = [0] * len(order)
    chain_of: dict[int, list[int]] = {}
    chains: list[list[int]] = []
    for node in order:
        near = [source for source in sources[node] if flights[source] == flights[node]]
        behind[node] = max((behind[source] + 1 for source in near), default=0)
        willing = [source for source in near if wish[source] == node]
        if willing:
            chain_of[node] = chain_of[max(willing, key=lambda source: (behind[source], -source))]
            chain_of[node].append(node)
        else:
            chain_of[node] = [node]
            chains.append(chain_of[node])
    return chains


def _with_lines(
    nodes: list[int],
    flights: Sequence[int],
    rows: Sequence[int],
    sources: Sequence[list[int]],
    readers: Sequence[list[int]],
) -> _Chain:
    """A chain with the rows that the lines to it take, from the nodes that it branches from and joins again."""
    flight = flights[nodes[0]]
    step = -1 if flight % 2 else 1
    taken = [rows[node] for node in nodes]
    taken += [rows[other] - step for other in readers[nodes[-1]] if flights[other] == flight]
    taken += [rows[other] + step for other in sources[nodes[0]] if flights[other] == flight]
    return _Chain(nodes, min(taken), max(taken))


def _pack(chains: Sequence[_Chain], first: int, columns: list[int]) -> int:
    """Gives chains columns from `first` on, the trunk first and short ones close to it; says how many columns."""
    trunk = max(range(len(chains)), key=lambda number: (len(chains[number].nodes), -number))
    rest = [chain for number, chain in enumerate(chains) if number != trunk]
    rest.sort(key=lambda chain: (chain.last_row - chain.first_row, chain.nodes[0]))
    taken: list[list[_Chain]] = []
    for chain in (chains[trunk], *rest):
        free = next((place for place, others in enumerate(taken) if not _meets(chain, others)), len(taken))
        if free == len(taken):
            taken.append([])
        taken[free].append(chain)
        for node in chain.nodes:
            columns[node] = first + free
    return len(taken)


def _meets(chain: _Chain, others: Sequence[_Chain]) -> bool:
    return any(chain.first_row <= other.last_row and other.first_row <= chain.last_row for other in others)
