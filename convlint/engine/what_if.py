"""What would fail in a network if one thing about it were another; only what differs is computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from convlint.engine.causes import Route, is_refusal
from convlint.engine.failures import Failure
from convlint.engine.propagation import execution_order, is_in_order, retraced, retraced_below
from convlint.engine.trace import Session, Step, Trace
from convlint.model import Graph, Layer
from convlint.typed import NamedTuple

Path = tuple[int, ...]
"""The numbers of the layers that lead to one: those of the blocks around it, then its own."""
Refusal = tuple[Route, int, Failure]


class KeyChange(NamedTuple):
    """Another value for one key of a layer: a parameter of its operator, or one of what it reads.

    `position` is the number of the parameter, or -1 less the number of the source.
    """

    key: str
    position: int
    value: object

    def now(self, layer: Layer) -> object:
        """What the layer has instead."""
        return layer.parameters[self.position] if self.position >= 0 else layer.sources[-1 - self.position]

    def applied(self, layer: Layer) -> Layer:
        """The layer with it."""
        values = layer.parameters if self.position >= 0 else layer.sources
        at = self.position if self.position >= 0 else -1 - self.position
        changed = (*values[:at], self.value, *values[at + 1 :])
        return layer._replace(parameters=changed) if self.position >= 0 else layer._replace(sources=changed)


Changes = Mapping[Path, tuple[KeyChange, ...]]


class Effect(NamedTuple):
    """What changes mend and what they break; `steps` layers were computed for it.

    `watched` is what then comes of the layer that was asked about. `is_hidden` says that what breaks could not be seen
    before, since what arrives there was not known.
    """

    mended: tuple[Refusal, ...]
    broken: tuple[Refusal, ...]
    steps: int
    watched: Step | None
    is_hidden: bool = True


class WhatIf:
    """Asks what changes would do to a network."""

    def __init__(self, trace: Trace, session: Session) -> None:
        self._trace = trace
        self._session = Session(dict(session.known), session.every_rule, before=session.before)
        self._readers = _readers(trace.graph)
        self._known: dict[object, Effect] = {}

    def refusing(self) -> list[tuple[Layer, Step]]:
        """The layers that refuse something, with their steps."""
        return list(_refusing(self._trace))

    def asked(self, changes: Changes, refusal: Refusal) -> Effect:
        """The outcome of changes that shall mend a refusal; it ends where they do not, or at what breaks first.

        What was asked before costs no steps: a number of a block is written once for all its uses.
        """
        key = frozenset(changes.items()), refusal
        if key in self._known:
            return self._known[key]._replace(steps=0)
        found = self._known[key] = self._outcome(changes, refusal)
        return found

    def _outcome(self, changes: Changes, refusal: Refusal) -> Effect:
        watched = (*refusal[0], refusal[1])
        graph = _changed(self._trace.graph, changes, {})
        mended: list[Refusal] = []
        steps = 0
        seen = None
        for index, step in self._retraced(graph, changes):
            steps += 1
            if index == watched[0]:
                seen = _step_at(step, watched)
            before = self._trace.steps[index]
            if not (step.failures or step.copies or before.failures or before.copies):
                continue
            old = dict.fromkeys(_refusals(self._trace.graph.layers[index], before, (), index))
            new = dict.fromkeys(_refusals(graph.layers[index], step, (), index))
            mended += [item for item in old if item not in new]
            broken = tuple([item for item in new if item not in old])
            if broken or (index == watched[0] and refusal in new):
                return Effect(tuple(mended), broken, steps, seen, not _is_known(before))
        return Effect(tuple(mended), (), steps, seen)

    def _retraced(self, graph: Graph, changes: Changes) -> Iterator[tuple[int, Step]]:
        """The layers of the changed graph whose step may be another."""
        changed = {path[0] for path in changes}
        rewired = {path[0] for path, parts in changes.items() if any(change.position < 0 for change in parts)}
        if isinstance(self._trace.order, range) and is_in_order((index, graph.layers[index]) for index in rewired):
            return retraced_below(self._trace, graph, changed, self._readers, self._session)
        order = execution_order(graph)[0] if rewired else self._trace.order
        return retraced(self._trace, graph, order, self._session)


def _readers(graph: Graph) -> dict[int, list[int]]:
    """The layers that read each layer, or are the same module once more, in the order of the file."""
    found: dict[int, list[int]] = {}
    for index, layer in enumerate(graph.layers):
        for port in layer.sources:
            if port is not None and port.layer >= 0:
                found.setdefault(port.layer, []).append(index)
        if layer.shares is not None:
            found.setdefault(layer.shares, []).append(index)
    return found


def _refusing(trace: Trace) -> Iterator[tuple[Layer, Step]]:
    for layer, step in zip(trace.graph.layers, trace.steps):
        if any(is_refusal(layer, failure) for failure in step.failures):
            yield layer, step
        for copy in step.copies:
            if not copy.sound:
                yield from _refusing(copy)


def _refusals(layer: Layer, step: Step, route: Route, index: int) -> Iterator[Refusal]:
    """What is refused at a layer and inside it, where it is a block."""
    for failure in step.failures:
        if is_refusal(layer, failure):
            yield route, index, failure
    for number, copy in enumerate(step.copies):
        if not copy.sound:
            inside = (*route, index, number)
            for inner, (part, one) in enumerate(zip(copy.graph.layers, copy.steps)):
                yield from _refusals(part, one, inside, inner)


def _step_at(step: Step, route: Route) -> Step | None:
    """The step that a route leads to, from that of its first layer on; None where it leads to none."""
    for copy, index in zip(route[1::2], route[2::2]):
        if copy >= len(step.copies):
            return None
        step = step.copies[copy].steps[index]
    return step


def _is_known(step: Step) -> bool:
    return all(isinstance(shape, tuple) and all(type(size) is int for size in shape) for shape in step.inputs)


def _changed(graph: Graph, changes: Changes, known: dict[tuple[int, frozenset[Path]], Graph]) -> Graph:
    """The graph with the layers at some paths changed; what is the same stays the same object."""
    key = (id(graph), frozenset(changes))
    if key in known:
        return known[key]
    below: dict[int, dict[Path, tuple[KeyChange, ...]]] = {}
    for path, parts in changes.items():
        below.setdefault(path[0], {})[path[1:]] = parts
    layers = list(graph.layers)
    for index, rest in below.items():
        layer = layers[index]
        if () in rest:
            layers[index] = reduce(lambda changed, part: part.applied(changed), rest[()], layer)
        elif isinstance(layer.operator, Graph):
            layers[index] = layer._replace(operator=_changed(layer.operator, rest, known))
    found = known[key] = graph._replace(layers=tuple(layers))
    return found
