"""Other values that a parameter of a layer may have been meant to have, and other layers that it may read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from math import prod

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.engine.arguments import is_computed, written_at
from convlint.engine.siblings import IN_DOUBT, Share, Siblings, role_of
from convlint.engine.trace import Step, Trace
from convlint.engine.what_if import KeyChange
from convlint.model import Layer, Port
from convlint.typed import Any, NamedTuple

MOST_USUAL = 4
"""Values of siblings that are tried for one parameter."""
_NUMBERS = frozenset(("count", "integer", "integers", "extent", "dim", "dims", "factor", "sides"))
MOST_UNREAD = 3
"""Layers that nothing reads that are tried as a source."""
MOST_LEVELS, MOST_FORKS = 4, 2
"""Ends of levels, and layers that several read or that read several, that are tried as a source."""
_FOR_UNREAD, _FOR_KIN, _FOR_LEVEL, _FOR_FORK, _FOR_ABOVE = 0.6, 0.5, 0.2, 0.1, -0.2
"""How likely it is that a layer was meant to read one that nothing reads; the last of another level, with the same name
but for its numbers or with another one; one that several layers read, or that reads several; the one above it."""
Pairs = tuple[tuple[int, int], ...]
"""(what arrives, what is wanted) at a layer that refuses its inputs."""


class Alternative(NamedTuple):
    """A change of a layer; `gain` is how much more usual the new value is, from -1 to 1.

    `is_fitted` says that the value was computed from what is wanted.
    """

    change: KeyChange
    gain: float
    is_fitted: bool = False


def alternatives(
    suspect: tuple[Layer, Step], pairs: Pairs, refusing: Layer, names: Container[str], every: Mapping[str, Siblings]
) -> Iterator[Alternative]:
    """What parameters of some names may be: what is wanted where it is refused, what siblings have, the default.

    The numbers of the layer that refuses are in doubt themselves: they are hardly an example for another layer. `every`
    holds the layers of the network by operator.
    """
    layer, step = suspect
    operator = lookup.operator(str(layer.operator))
    if operator is None:
        return
    siblings = every.get(operator.name) or Siblings()
    doubtful = None if layer is refusing else written_at(refusing)
    for position, parameter in enumerate(operator.parameters):
        now = layer.parameters[position]
        if parameter.type not in _NUMBERS or now is None or parameter.name not in names:
            continue
        share = siblings.share(layer, step, doubtful, position, is_computed(layer, parameter.name))
        for value, is_fitted in _values(operator, layer, position, share, pairs).items():
            if value is not REJECTED and value is not None and value != now and _may_be(parameter, value):
                gain = share.get(value, 0.0) - share.get(now, 0.0)
                yield Alternative(KeyChange(parameter.name, position, value), gain, is_fitted)


def _values(operator: Operator, layer: Layer, position: int, share: Share, pairs: Pairs) -> dict[object, bool]:
    """The values to try for a parameter, and whether each was computed from what is wanted."""
    parameter, now = operator.parameters[position], layer.parameters[position]
    usual = sorted((value for value in share if share[value] > IN_DOUBT), key=lambda value: -share[value])
    usual = usual[:MOST_USUAL]
    found: dict[object, bool] = dict.fromkeys((*usual, operator.defaults[position]), False)
    if parameter.type == "extent":
        found |= dict.fromkeys((*_near(parameter, now), *_extents(operator, layer)), False)
    elif parameter.type == "dim":
        found |= dict.fromkeys((now + 1, now - 1), False)
    fits = _fitting_extent(now, pairs, operator.axes) if parameter.type == "extent" else _fitting(now, pairs)
    for value in fits:
        found.setdefault(accept(parameter, operator.axes, value), True)
    return found


def _may_be(parameter: Parameter, value: object) -> bool:
    """Whether a number is not below what the parameter may be."""
    numbers = value if isinstance(value, tuple) else (value,)
    return parameter.minimum is None or all(item >= parameter.minimum for item in numbers if type(item) is int)


def _fitting(now: Any, pairs: Pairs) -> Iterable[object]:
    """The values that bring what arrives to what is wanted, if it grows with the parameter by one or in proportion."""
    if type(now) is int:
        for found, wanted in pairs:
            yield now + wanted - found
            if found and now * wanted % found == 0:
                yield now * wanted // found
    elif _is_whole(now):
        if len(set(now)) == 1:
            yield from ((value,) * len(now) for value in dict.fromkeys(_fitting(now[0], pairs)))
        for index, item in enumerate(now):
            for value in dict.fromkeys(_fitting(item, pairs)):
                yield (*now[:index], value, *now[index + 1 :])


def _fitting_extent(now: Any, pairs: Pairs, axes: tuple[int, ...] | None) -> Iterable[object]:
    """Likewise for what is one for each axis: no more than doubled, and in proportion to the root of a product."""
    whole = (now,) * (axes or (1,))[0] if type(now) is int else now
    if not _is_whole(whole):
        return
    for value in _fitting(now, pairs):
        if max(value if isinstance(value, tuple) else (value,)) <= 2 * max(whole) + 1:
            yield value
    for found, wanted in pairs:
        scaled = tuple([round(item * (wanted / found) ** (1 / len(whole))) if found else item for item in whole])
        if prod(scaled) * found == prod(whole) * wanted:
            yield scaled if len(set(scaled)) > 1 or type(now) is not int else scaled[0]


def _is_whole(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(item) is int for item in value)


def _near(parameter: Parameter, now: Any) -> Iterable[object]:
    """The neighbours of a small number that is one for each axis."""
    smallest = parameter.minimum if parameter.minimum is not None else 0
    for step in (1, -1, 2, -2):
        if type(now) is int and now + step >= smallest:
            yield now + step
        elif _is_whole(now) and min(now) + step >= smallest:
            yield tuple(item + step for item in now)


def _extents(operator: Operator, layer: Layer) -> list[object]:
    """All values of a layer that are one for each axis: a stride may be meant to be as large as the kernel."""
    return [value for one, value in zip(operator.parameters, layer.parameters) if one.type == "extent"]


class Wires:
    """What the layers of a graph read, and what each may have been meant to read.

    `leave_unread` says that nothing reads some layer.
    """

    def __init__(self, trace: Trace) -> None:
        graph = trace.graph
        ports = [port for layer in graph.layers for port in layer.sources] + list(graph.outputs)
        self._graph = graph
        self._readers = Counter([port.layer for port in ports if port is not None])
        self._unread = [index for index in range(len(graph.layers)) if index not in self._readers]
        self.leave_unread = bool(self._unread)
        self._forks = [index for index in range(len(graph.layers)) if self._readers[index] > 1]
        self._merges = [index for index, layer in enumerate(graph.layers) if len(layer.sources) > 1]
        self._levels = sorted(set(_ends_of_levels(trace)))

    def others(self, index: int) -> Iterator[Alternative]:
        """What else layer number `index` may have been meant to read, and how likely each is.

        What it reads now must have another reader, or nothing would read that instead.
        """
        sources = self._graph.layers[index].sources
        for number, source in enumerate(sources):
            if source is None or self._readers[source.layer] < 2:
                continue
            for other, likely in self._candidates(index, source).items():
                if Port(other) not in sources and source.layer != other:
                    yield Alternative(KeyChange("from", -1 - number, Port(other)), likely)

    def _candidates(self, index: int, source: Port) -> dict[int, float]:
        """Layers above that nothing reads, ends of other levels, forks of the way, and the layer above."""
        found: dict[int, float] = {}
        for other in [other for other in self._unread if other < index][-MOST_UNREAD:]:
            found[other] = _FOR_UNREAD
        for other in self._like_those_beside(index):
            found[other] = _FOR_KIN
        role = role_of(self._graph.name_at(source))
        for other in sorted([other for other in self._levels if other < index], key=lambda at: abs(at - source.layer)):
            is_kin = bool(role) and role_of(self._graph.layers[other].name) == role
            found.setdefault(other, _FOR_KIN if is_kin else _FOR_LEVEL)
            if len(found) > MOST_UNREAD + MOST_LEVELS:
                break
        for other in [other for other in self._forks if other < index][-MOST_FORKS:]:
            found.setdefault(other, _FOR_FORK)
        for other in [other for other in self._merges if other < index][-MOST_FORKS:]:
            found.setdefault(other, _FOR_FORK)
        if index:
            found.setdefault(index - 1, _FOR_ABOVE)
        return found

    def _like_those_beside(self, index: int) -> list[int]:
        """The layers above a merge of more than two that are called like one that it reads, but for numbers."""
        sources = self._graph.layers[index].sources
        if len(sources) <= 2:
            return []
        roles = {role_of(self._graph.name_at(port)) for port in sources if port is not None}
        return [other for other in range(index) if role_of(self._graph.layers[other].name) in roles]


def _ends_of_levels(trace: Trace) -> Iterator[int]:
    """The layers whose output a layer of one input brings to another size: the last of each level of a network."""
    for layer, step in zip(trace.graph.layers, trace.steps):
        if len(layer.sources) != 1 or layer.sources[0] is None or layer.sources[0].layer < 0 or not step.outputs:
            continue
        before, after = step.inputs[0], step.outputs[0]
        if isinstance(before, tuple) and isinstance(after, tuple) and before[1:] != after[1:]:
            yield layer.sources[0].layer
