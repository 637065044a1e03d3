"""What autograd keeps of a forward pass for the backward one: the memory that training takes beside the weights.

Tensors are counted by where they lie, as `torch.autograd.graph.saved_tensors_hooks` shows them: one that two layers
keep, or a view of it, counts once; inputs and parameters do not count. What an operator keeps is declared (`saves`), or
follows from what is inside it; where nothing is declared nothing is counted, so that the sum is a lower bound.
"""

from __future__ import annotations

from math import prod

from convlint.catalogue import lookup
from convlint.domain.values import Shape, plain_sizes
from convlint.engine.opening import inside_of
from convlint.engine.propagation import run_copy
from convlint.engine.trace import Session, Step, Trace, one_entry
from convlint.model import Graph, Layer, Learned, Port
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FLOAT_BYTES = 4
MOST_STEPS = 200_000
"""Layers, copies counted, beyond which nothing is told."""
_SAVES = ("saves.inputs", "saves.output", "saves.bytes", "saves.view", "saves.rearranges", "saves.copies")


class _Value(NamedTuple):
    """One tensor: the storage in which it lies, None for what does not count, and whether a gradient flows to it.

    `rearranged` is the storage of a copy in the order of its axes, where that is another one.
    """

    storage: int | None
    has_gradient: bool
    rearranged: int | None = None


_GIVEN = _Value(None, False)


class _Rule(NamedTuple):
    """What an operator keeps in one place: so many of its inputs, its output, bytes of its own; views make nothing."""

    inputs: int
    output: bool
    own_bytes: int
    is_view: bool
    rearranges: bool
    copies: bool


_NOTHING = _Rule(0, False, 0, False, False, False)


class _Found(NamedTuple):
    """What is known of an operator for what it is given: the flow inside it, or what it keeps; whether it learns."""

    flow: Trace | None
    rule: _Rule
    learns: bool


class _TooMany(Exception):
    """More layers than are followed."""


def kept_bytes(trace: Trace, session: Session) -> tuple[int, ...] | None:
    """For each layer of a network, the bytes of what it makes and autograd keeps, for one sample; None if too many."""
    keeper = _Keeper(session)
    values: dict[Port, _Value] = {Port(-1 - number): _GIVEN for number in range(len(trace.graph.inputs))}
    try:
        owners = keeper.rows(trace, values)
    except _TooMany:
        return None
    return tuple([keeper.kept_between(first, last) for first, last in owners])


class _Keeper:
    """Follows the tensors of a network, and notes which storages are kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sizes: list[int] = []
        self._kept: set[int] = set()
        self._steps = 0
        self._entries = 1
        self._found: dict[object, _Found] = {}

    def kept_between(self, first: int, last: int) -> int:
        """The bytes that are kept of the storages from one number up to another."""
        return sum(self._sizes[number] for number in range(first, last) if number in self._kept)

    def rows(self, trace: Trace, values: dict[Port, _Value]) -> list[tuple[int, int]]:
        """Runs a network; the numbers of the storages that each layer makes."""
        owners = [(0, 0)] * len(trace.steps)
        for index in trace.order:
            first = len(self._sizes)
            self._run(trace, index, values)
            owners[index] = (first, len(self._sizes))
        return owners

    def _run(self, trace: Trace, index: int, values: dict[Port, _Value]) -> None:
        layer, step = trace.graph.layers[index], trace.steps[index]
        given = tuple([values.get(port, _GIVEN) if port is not None else _Value(None, True) for port in layer.sources])
        for number, value in enumerate(self._layer(layer, step, given)):
            values[Port(index, number)] = value

    def _graph(self, trace: Trace, given: tuple[_Value, ...]) -> tuple[_Value, ...]:
        values = {Port(-1 - number): value for number, value in enumerate(given)}
        for index in trace.order:
            self._run(trace, index, values)
        return tuple(
            [values.get(port, _GIVEN) if port is not None else _Value(None, True) for port in trace.graph.outputs]
        )

    def _layer(self, layer: Layer, step: Step, given: tuple[_Value, ...]) -> Iterable[_Value]:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMany
        if layer.over:
            return self._over(layer, step, given)
        operator = layer.operator
        if operator is None or isinstance(operator, Learned):
            return [self._new(shape, True) for shape in step.outputs]
        if isinstance(operator, Graph):
            return self._block(layer, step, given)
        return self._operators(layer, operator, step, given)

    def _over(self, layer: Layer, step: Step, given: tuple[_Value, ...]) -> Iterable[_Value]:
        """A layer on each entry of the first axes: what it keeps, so many times."""
        inside, entries = one_entry(step, layer.over)
        before = self._entries
        self._entries *= entries or 0
        found = tuple(self._layer(layer._replace(over=0), inside, given))
        self._entries = before
        return found

    def _block(self, layer: Layer, step: Step, given: tuple[_Value, ...]) -> Iterable[_Value]:
        if not step.copies:
            return [self._new(shape, True) for shape in step.outputs]
        outputs = given
        for number in range(layer.repeat):
            outputs = self._graph(step.copies[min(number, len(step.copies) - 1)], given)
            given = (*outputs[:1], *given[1:])
        return outputs

    def _operators(self, layer: Layer, name: str, step: Step, given: tuple[_Value, ...]) -> Iterable[_Value]:
        """All copies of an operator in sequence."""
        if layer.repeat == 1:
            return self._operator(layer, name, step, given)
        outputs: Iterable[_Value] = ()
        inputs = step.inputs
        for _ in range(layer.repeat):
            one = run_copy(layer, name, inputs, self._session)._replace(inputs=inputs)
            outputs = tuple(self._operator(layer, name, one, given))
            given, inputs = tuple(outputs)[:1], one.outputs[:1]
        return outputs

    def _operator(self, layer: Layer, name: str, step: Step, given: tuple[_Value, ...]) -> Iterable[_Value]:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMany
        key = (name, layer.parameters, step.inputs, step.outputs, layer.around)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look_up(layer, name, step)
        if found.flow is not None:
            return self._graph(found.flow, given)
        if not step.inputs:  # a tensor of its own
            return [_Value(None, found.learns)]
        return self._atomic(found.rule, step, given, found.learns)

    def _look_up(self, layer: Layer, name: str, step: Step) -> _Found:
        inside = inside_of(layer, step.inputs, self._session)
        costs = dict(lookup.declaration(name).costs)
        if inside is not None and inside.trace.steps and costs.keys().isdisjoint(_SAVES):
            return _Found(inside.trace, _NOTHING, True)
        learns = "parameters" in costs or (inside is not None and any(not slot.is_buffer for slot in inside.body.slots))
        return _Found(None, _rule_of(name, costs, layer.parameters, step), learns)

    def _atomic(self, rule: _Rule, step: Step, given: tuple[_Value, ...], learns: bool) -> Iterable[_Value]:
        has_gradient = learns or any(value.has_gradient for value in given)
        if rule.copies:
            given = tuple([value if value.rearranged is None else _Value(value.rearranged, True) for value in given])
        if rule.is_view:
            outputs = [self._view(given[0], shape, rule, has_gradient) for shape in step.outputs]
        else:
            outputs = [self._new(shape, has_gradient) for shape in step.outputs]
        if has_gradient:
            self._keep(given[: rule.inputs])
            self._keep(outputs if rule.output else ())
            if rule.own_bytes:
                self._keep([self._of_bytes(rule.own_bytes * self._entries, True)])
        return outputs

    def _view(self, value: _Value, shape: Shape, rule: _Rule, has_gradient: bool) -> _Value:
        """A view of a tensor; the copy of one that is rearranged, or a part of such a one, would be new."""
        is_rearranged = (rule.rearranges or value.rearranged is not None) and value.storage is not None
        copy = self._new(shape, True).storage if is_rearranged else None
        return _Value(value.storage, has_gradient, copy)

    def _keep(self, values: Iterable[_Value]) -> None:
        self._kept.update([value.storage for value in values if value.storage is not None])

    def _new(self, shape: Shape, has_gradient: bool) -> _Value:
        sizes = plain_sizes(shape)
        return self._of_bytes(0 if sizes is None else FLOAT_BYTES * prod(sizes) * self._entries, has_gradient)

    def _of_bytes(self, count: int, has_gradient: bool) -> _Value:
        self._sizes.append(count)
        return _Value(len(self._sizes) - 1, has_gradient)


def _rule_of(name: str, costs: dict[str, str], parameters: tuple[object, ...], step: Step) -> _Rule:
    wanted = tuple(costs.get(key, "0") for key in _SAVES)
    if set(wanted) == {"0"}:
        return _NOTHING
    try:
        values = lookup.evaluate(name, wanted, parameters, step.inputs, step.outputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return _NOTHING
    count, output, own_bytes, *others = [value if isinstance(value, int) else 0 for value in values]
    return _Rule(int(count), bool(output), max(0, own_bytes), *map(bool, others))
