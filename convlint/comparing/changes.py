"""What changed between two graphs: rows added, removed, replaced, changed, rewired, moved; never a new number."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from convlint.comparing.matching import Partners, match
from convlint.comparing.rows import ComparedLayer, Forms, rows_of
from convlint.findings import Place
from convlint.model import Architecture, Graph, Port
from convlint.typed import Literal, NamedTuple

Kind = Literal["added", "removed", "replaced", "changed", "rewired", "moved"]
KINDS: tuple[Kind, ...] = ("added", "removed", "replaced", "changed", "rewired", "moved")

_DEEPEST = 16
_BELOW = "/"
"""Stands in the path of a layer between a block and what is in it."""


class Side(NamedTuple):
    """One side of a change: the path of the layer, what the file calls its operator, and where it stands."""

    layer: str
    operator: str
    place: Place | None


class ParameterChange(NamedTuple):
    """A parameter that is given another value; None where it is not given."""

    name: str
    old: object
    new: object


class Change(NamedTuple):
    """One change; `old` is None for what was added, `new` for what was removed.

    `parameters` of a `changed` row are what it is given, those of a `rewired` one what it reads (`from`). `also` are
    the other layers, by their new paths, in which the same line of a block changed.
    """

    change: Kind
    old: Side | None
    new: Side | None
    parameters: tuple[ParameterChange, ...] = ()
    also: tuple[str, ...] = ()


class _Pairing(NamedTuple):
    """Two graphs, their rows and which belong together, and the path of the block around them.

    `moved` are those of the pairs that stand elsewhere: what reads through them reads the same.
    """

    old: Graph
    new: Graph
    old_rows: Sequence[ComparedLayer]
    new_rows: Sequence[ComparedLayer]
    partners: Partners
    path: str
    moved: Partners

    @property
    def owners(self) -> Partners:
        """Old rows by new ones."""
        return {b: a for a, b in self.partners.items()}


def changes_between(old: Architecture, new: Architecture) -> tuple[tuple[Change, ...], Partners]:
    """(the changes in the order of the new file, what was removed where it stood; the rows that belong together)."""
    forms = Forms()
    pairing = _paired(old.graph, new.graph, forms, "")
    inside = _gathered(_graph_changes(pairing, forms, 0))
    return (*_input_changes(old, new), *inside, *_output_changes(old, new, pairing)), pairing.partners


def _gathered(changes: Iterator[Change]) -> list[Change]:
    """The changes, of those of one line of a block that is used often only the first, with the others' layers."""
    found: dict[Hashable, tuple[Change, list[str]]] = {}
    for change in changes:
        side = change.new or change.old
        assert side is not None
        first, also = found.setdefault(_lines_of(change) if _BELOW in side.layer else len(found), (change, []))
        if first is not change:
            also.append(side.layer)
    return [change._replace(also=tuple(also)) for change, also in found.values()]


def _lines_of(change: Change) -> Hashable:
    """What a change is, and where both sides stand."""
    sides = (change.old, change.new)
    return change.change, *[side and side.place and (side.place.start, side.place.end) for side in sides]


def _paired(old: Graph, new: Graph, forms: Forms, path: str) -> _Pairing:
    old_rows, new_rows = rows_of(old, forms), rows_of(new, forms)
    pairing = _Pairing(old, new, old_rows, new_rows, match(old_rows, new_rows), path, {})
    return pairing._replace(moved=_moved(pairing))


def _graph_changes(pairing: _Pairing, forms: Forms, depth: int) -> Iterator[Change]:
    owners = pairing.owners
    removed = [row for row in pairing.old_rows if row.number not in pairing.partners]
    for row in pairing.new_rows:
        owner = owners.get(row.number)
        last = owner if owner is not None else -1
        while removed and removed[0].number < last:
            yield Change("removed", _side(removed.pop(0), pairing.path), None)
        if owner is None:
            yield Change("added", None, _side(row, pairing.path))
            continue
        yield from _row_changes(pairing, pairing.old_rows[owner], row, forms, depth)
    for row in removed:
        yield Change("removed", _side(row, pairing.path), None)


def _row_changes(
    pairing: _Pairing, old: ComparedLayer, new: ComparedLayer, forms: Forms, depth: int
) -> Iterator[Change]:
    sides = _side(old, pairing.path), _side(new, pairing.path)
    if old.key != new.key:
        yield from _content_changes(sides, pairing, old, new, forms, depth)
    elif not _shares_the_same(pairing, old, new):
        share = ParameterChange("share", old.given.get("share"), new.given.get("share"))
        yield Change("changed", *sides, (share,))
    if old.number in pairing.moved:
        yield Change("moved", *sides)
    elif not _reads_the_same(pairing, old, new):
        yield Change("rewired", *sides, (_wires(pairing, old, new),))


def _content_changes(
    sides: tuple[Side, Side],
    pairing: _Pairing,
    old: ComparedLayer,
    new: ComparedLayer,
    forms: Forms,
    depth: int,
) -> Iterator[Change]:
    if old.operator != new.operator:
        yield Change("replaced", *sides)
        return
    parameters = _parameter_changes(old, new)
    if parameters or old.inside is None or new.inside is None or depth > _DEEPEST:
        yield Change("changed", *sides, parameters)
        return
    path = f"{pairing.path}{new.layer.name}{_BELOW}"
    yield from _graph_changes(_paired(old.inside, new.inside, forms, path), forms, depth + 1)


def _parameter_changes(old: ComparedLayer, new: ComparedLayer) -> tuple[ParameterChange, ...]:
    """What a row is given otherwise; where that is the same, what it is built with."""
    for mine, theirs in ((old.given, new.given), (old.built, new.built)):
        names = [*mine, *[name for name in theirs if name not in mine]]
        found = [
            ParameterChange(name, mine.get(name), theirs.get(name))
            for name in names
            if repr(mine.get(name)) != repr(theirs.get(name))
        ]
        if found:
            return tuple(found)
    return ()


def _side(row: ComparedLayer, path: str) -> Side:
    return Side(path + row.layer.name, row.operator, row.layer.places.span())


# --- what rows read


def _reads_the_same(pairing: _Pairing, old: ComparedLayer, new: ComparedLayer) -> bool:
    """Whether two rows read the same, through what was added above the new one and removed above the old one."""
    if len(old.sources) != len(new.sources):
        return False
    for mine, theirs in zip(old.sources, new.sources):
        if mine is None or theirs is None:
            if mine is not theirs:
                return False
            continue
        if not _meet(pairing, mine, theirs):
            return False
    return True


def _shares_the_same(pairing: _Pairing, old: ComparedLayer, new: ComparedLayer) -> bool:
    """Whether two rows are modules of their own, or those of layers that belong together."""
    mine, theirs = old.layer.shares, new.layer.shares
    return mine is theirs if mine is None or theirs is None else pairing.partners.get(mine) == theirs


def _meet(pairing: _Pairing, mine: Port, theirs: Port) -> bool:
    """Whether an old and a new port lead to the same, through rows that only one side has or that were moved."""
    moved = pairing.moved
    old = _origins(mine, pairing.old_rows, pairing.partners, moved)
    new = _origins(theirs, pairing.new_rows, pairing.owners, {b: a for a, b in moved.items()})
    return not new.isdisjoint(
        [port if port.layer < 0 else Port(pairing.partners[port.layer], port.output) for port in old]
    )


def _origins(port: Port, rows: Sequence[ComparedLayer], paired: Partners, moved: Partners) -> set[Port]:
    """The port itself; for an output of a row that has no partner or was moved, what this row reads."""
    waiting, seen, found = [port], {port}, set[Port]()
    while waiting:
        current = waiting.pop()
        if current.layer < 0 or current.layer in paired:
            found.add(current)
            if current.layer not in moved:
                continue
        for source in rows[current.layer].sources:
            if source is not None and source not in seen:
                seen.add(source)
                waiting.append(source)
    return found


def _moved(pairing: _Pairing) -> Partners:
    """The pairs that read something else and stand elsewhere in the order of those that belong together."""
    pairs = sorted((b, a) for a, b in pairing.partners.items())
    kept = _longest_increasing([a for _, a in pairs])
    return {
        a: b
        for position, (b, a) in enumerate(pairs)
        if position not in kept and not _reads_the_same(pairing, pairing.old_rows[a], pairing.new_rows[b])
    }


def _longest_increasing(values: Sequence[int]) -> set[int]:
    """The positions of a longest increasing sequence."""
    from bisect import bisect_left

    tails: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    for position, value in enumerate(values):
        length = bisect_left(tails, value)
        before.append(positions[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        positions[length : length + 1] = [position]
    kept, position = set(), positions[-1] if positions else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept


def _wires(pairing: _Pairing, old: ComparedLayer, new: ComparedLayer) -> ParameterChange:
    mine = [pairing.old.port_name(port) for port in old.sources]
    return ParameterChange("from", mine, [pairing.new.port_name(port) for port in new.sources])


# --- the ends of a network


def _input_changes(old: Architecture, new: Architecture) -> Iterator[Change]:
    mine = dict(zip(old.graph.inputs, old.inputs))
    theirs = dict(zip(new.graph.inputs, new.inputs))
    for name in [*mine, *[name for name in theirs if name not in mine]]:
        side = Side(name, "input", None)
        if name not in mine or name not in theirs:
            yield Change("removed", side, None) if name in mine else Change("added", None, side)
        elif repr(mine[name]) != repr(theirs[name]):
            yield Change("changed", side, side, (ParameterChange("shape", _shape(mine[name]), _shape(theirs[name])),))


def _shape(shape: object) -> object:
    return list(shape) if isinstance(shape, tuple) else None


def _output_changes(old: Architecture, new: Architecture, pairing: _Pairing) -> Iterator[Change]:
    """Outputs that the files declare; those that follow from the order of the rows say nothing of their own."""
    mine = {output.name: output for output in old.outputs}
    theirs = {output.name: output for output in new.outputs}
    for name in [*mine, *[name for name in theirs if name not in mine]]:
        before, after = mine.get(name), theirs.get(name)
        sides = (
            None if before is None else Side(name, "output", before.place),
            None if after is None else Side(name, "output", after.place),
        )
        if before is None or after is None:
            if mine and theirs:
                yield Change("added" if before is None else "removed", *sides)
            continue
        if before.port is None or after.port is None:
            continue
        if not _meet(pairing, before.port, after.port):
            names = ParameterChange("from", old.graph.port_name(before.port), new.graph.port_name(after.port))
            yield Change("rewired", *sides, (names,))
