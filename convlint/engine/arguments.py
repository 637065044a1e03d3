"""Where a number of a layer is written, and which layers change with it: those of all uses of a block, or of one."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.engine.causes import Route
from convlint.engine.remedies import holds_expression
from convlint.engine.trace import Trace
from convlint.engine.what_if import Changes, KeyChange, Path
from convlint.model import Graph, Layer
from convlint.typed import NamedTuple

_LEAST_FACTOR = 4
"""Smaller numbers are too frequent to tell which is computed from which."""


class ChangeSpot(NamedTuple):
    """Where a change is written: a key of layer number `number` of a trace, which is a block where it is an argument.

    `key` is empty where only the layer is known. `changes` holds what changes with it.
    """

    trace: Trace
    route: Route
    number: int
    key: str
    now: object
    value: object
    changes: Changes

    @property
    def layer(self) -> Layer:
        """The layer, or the use of a block."""
        return self.trace.graph.layers[self.number]


class Spots:
    """Finds where changes of the layers of a network are written."""

    def __init__(self, whole: Trace) -> None:
        self._whole = whole
        self._alike: dict[tuple[int, int], list[tuple[Path, Layer]]] | None = None

    def of(self, trace: Trace, route: Route, number: int, change: KeyChange) -> ChangeSpot:
        """Where a change of a layer is written."""
        layer = trace.graph.layers[number]
        path = (*route[::2], number)
        if not route:
            return ChangeSpot(trace, route, number, change.key, change.now(layer), change.value, {path: (change,)})
        if change.position < 0 or not is_computed(layer, change.key):
            changes: Changes = {other: (change,) for other, _ in self._written_like(path, layer)}
            return ChangeSpot(trace, route, number, change.key, change.now(layer), change.value, changes)
        return self._argument(route, layer, change, path)

    def _written_like(self, path: Path, layer: Layer) -> list[tuple[Path, Layer]]:
        """All uses of a layer, or of a block inside a block, that is written once."""
        if self._alike is None:
            self._alike = {}
            for other, found in _every(self._whole.graph, ()):
                self._alike.setdefault(written_at(found), []).append((other, found))
        return self._alike.get(written_at(layer), [(path, layer)])

    def _argument(self, route: Route, layer: Layer, change: KeyChange, path: Path) -> ChangeSpot:
        """The argument of a block that gives a parameter of a layer inside, at the innermost use that is a number."""
        now, value = _plain(change.now(layer)), _plain(change.value)
        uses = list(uses_on(self._whole, route))
        spot = ChangeSpot(*uses[-1], "", None, None, {path: (change,)})
        for trace, way, number in reversed(uses):
            use = trace.graph.layers[number]
            found = _given(use, change.key, now, value)
            if found is None:
                return spot
            key, now, value = found
            at = (*way[::2], number)
            is_last = not is_computed(use, key)
            below = dict[Path, tuple[KeyChange, ...]]({path: (change,)})
            for other, alike in self._written_like(at, use) if is_last else [(at, use)]:
                below |= _computed_below(alike, other, key, now, value, change)
            spot = ChangeSpot(trace, way, number, key, now, value, below)
            if is_last:
                return spot
        return spot


def uses_on(whole: Trace, route: Route) -> Iterator[tuple[Trace, Route, int]]:
    """The uses of blocks that a route goes through, the outermost first."""
    trace = whole
    for depth in range(0, len(route), 2):
        yield trace, route[:depth], route[depth]
        trace = trace.steps[route[depth]].copies[route[depth + 1]]


def _given(use: Layer, key: str, now: object, value: object) -> tuple[str, object, object] | None:
    """(the argument that a value comes from, its value, what it should be); None where no one argument can be told."""
    given = use.given or ()
    equal = [(name, argument) for name, argument in given if _plain(argument) == now]
    named = [item for item in equal if item[0] == key]
    if not named and type(now) is int and now >= _LEAST_FACTOR:
        named = equal
    if named:
        return named[0][0], now, value
    if type(now) is not int or type(value) is not int:
        return None
    factors = [
        (name, argument)
        for name, argument in given
        if type(argument) is int
        and _LEAST_FACTOR <= argument <= now
        and now % argument == 0
        and value % (now // argument) == 0
    ]
    if len(factors) != 1:
        return None
    name, argument = factors[0]
    return name, argument, value // (now // argument)


def _computed_below(
    use: Layer, path: Path, key: str, now: object, value: object, change: KeyChange
) -> dict[Path, tuple[KeyChange, ...]]:
    """What changes in the layers inside a use with one of its arguments: equal values, and multiples of a count."""
    assert isinstance(use.operator, Graph)
    others = {argument for name, argument in use.given or () if name != key and type(argument) is int}
    found: dict[Path, tuple[KeyChange, ...]] = {}
    for inside, layer in _leaves(use.operator, path):
        operator = lookup.operator(str(layer.operator))
        for position, parameter in enumerate(operator.parameters if operator is not None else ()):
            has = layer.parameters[position]
            if type(now) is int and type(value) is int and type(has) is int and has not in others:
                is_same = has == now or (now >= _LEAST_FACTOR and has % now == 0)
                wanted: object = has // now * value if now else value
            else:
                is_same, wanted = _plain(has) == now and parameter.name == change.key, _like(has, value)
            if is_same and has is not None and is_computed(layer, parameter.name):
                found[inside] = (*found.get(inside, ()), KeyChange(parameter.name, position, wanted))
    return found


def _like(has: object, value: object) -> object:
    """A value in the form of another: for each axis, where that is so."""
    return (value,) * len(has) if isinstance(has, tuple) and not isinstance(value, tuple) else value


def _plain(value: object) -> object:
    """A value as a file gives it: one number for axes that have the same."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def is_computed(layer: Layer, key: str) -> bool:
    """Whether an expression gives the value of a key, which may have another value in another use of the block."""
    _, node = layer.places.written()
    return node is None or holds_expression(node.get(key))


def written_at(layer: Layer) -> tuple[int, int]:
    """Where the text of a layer begins and ends, which tells whether two are written once."""
    place = layer.places.span()
    return place.start, place.end


def _leaves(graph: Graph, path: Path) -> Iterator[tuple[Path, Layer]]:
    """The layers of a graph that are no blocks, and those inside its blocks."""
    return (item for item in _every(graph, path) if not isinstance(item[1].operator, Graph))


def _every(graph: Graph, path: Path) -> Iterator[tuple[Path, Layer]]:
    """The layers of a graph, and those inside its blocks."""
    for index, layer in enumerate(graph.layers):
        yield (*path, index), layer
        if isinstance(layer.operator, Graph):
            yield from _every(layer.operator, (*path, index))
