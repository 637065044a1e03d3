"""Tells the failures of a trace that are causes from those that only follow from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.engine.failures import ChangingCopies, Contradicted, Failure, Miscounted, Unmet, WrongRank
from convlint.engine.trace import Step, Trace
from convlint.model import Layer, Port
from convlint.typed import NamedTuple

Route = tuple[int, ...]
"""The way into blocks: number and copy of each block, from the outermost."""

_BITS = 4096
"""Layers that are told apart; in a larger network, two may be taken for one."""
OF_CHANNELS = frozenset(("C", "channels", "K"))
OF_SIZES = frozenset(("L", "sizes", "O"))
_OF_SHAPES = frozenset(("x", "inputs", "rank", "y"))


class Suspects(NamedTuple):
    """The layers, as sets of bits, that decide the channels and the sizes of a shape."""

    channels: int = 0
    sizes: int = 0

    def shared(self, other: Suspects) -> Suspects:
        """The layers that are in both."""
        return Suspects(self.channels & other.channels, self.sizes & other.sizes)

    @property
    def every(self) -> int:
        """Those that decide anything of it."""
        return self.channels | self.sizes


_CHANNELS = Suspects(-1, 0)
_EVERYTHING = Suspects(-1, -1)
_NOTHING = Suspects()


class _Given(NamedTuple):
    """What the channels and the sizes of an output depend on; or that it is the input, or has its channels."""

    channels: Suspects
    sizes: Suspects
    is_input: bool = False
    passes_channels: bool = False


_ANYTHING = _Given(_EVERYTHING, _EVERYTHING)


class Origin(NamedTuple):
    """A layer that decides something of a shape: where it is, and the trace that it is part of."""

    trace: Trace
    route: Route
    number: int


class Failing(NamedTuple):
    """A failure: layer `layer` of the trace that a route leads to fails by it, as its failure `number`."""

    route: Route
    layer: int
    number: int
    failure: Failure

    @property
    def site(self) -> tuple[Route, int, int]:
        """Where it is."""
        return self.route, self.layer, self.number

    @property
    def refusal(self) -> tuple[Route, int, Failure]:
        """What is refused."""
        return self.route, self.layer, self.failure


class Causes:
    """The failures of a trace that follow from others, and what each output of its layers depends on.

    A layer that refuses what arrives may be wrong itself, or what made it arrive is. A later failure that one of these
    layers explains too is no second mistake: so long as one cause explains all, one is reported. Lost pixels accuse
    nobody, since a network may live with them.
    """

    def __init__(self, trace: Trace) -> None:
        self.following: set[tuple[Route, int, int]] = set()
        self._refused = _NOTHING
        self._accused = _NOTHING
        self._origins: list[Origin] = []
        self._given: dict[object, _Given] = {}
        self._suspected: dict[tuple[Route, int, int], int] = {}
        self._vague: set[tuple[Route, int, int]] = set()
        self._made: dict[Route, list[Suspects]] = {}
        self._is_partial = False
        self._suspects = self._walk(trace, (), [_NOTHING] * len(trace.inputs))

    def explain(self, port: Port) -> bool:
        """Whether a failure explains what is wrong with an output of the network."""
        return port.layer >= 0 and bool(self._suspects[port.layer].every & self._refused.every)

    def origins(self, route: Route, index: int, number: int) -> list[Origin]:
        """The layers that decide what a failure is about, in the order in which they run; none in a huge network."""
        bits = self._suspected.get((route, index, number), 0)
        if len(self._origins) >= _BITS:
            return []
        return [origin for place, origin in enumerate(self._origins, 1) if bits >> place & 1]

    def reach(self, route: Route, number: int, failing: tuple[Route, int, int]) -> bool:
        """Whether what a layer gives may decide what a failure is about; false only where it cannot."""
        if self._is_partial or failing in self._vague:
            return True
        others = ~self._suspected.get(failing, 0)
        made = self._made[route][number]
        return not (made.channels & others and made.sizes & others)

    def accuse_others(self, route: Route, index: int, number: int) -> bool:
        """Whether other layers decide what a failure is about."""
        return bool(self._suspected.get((route, index, number), 0))

    def _walk(self, trace: Trace, route: Route, given: Sequence[Suspects]) -> list[Suspects]:
        """The suspects of the outputs of each layer, where `given` are those of the inputs."""
        found = self._made[route] = [_NOTHING] * len(trace.graph.layers)
        for index in trace.order:
            layer, step = trace.graph.layers[index], trace.steps[index]
            arriving = [_suspects_at(port, given, found) for port in layer.sources]
            bit = self._next_bit(Origin(trace, route, index))
            found[index] = _made(layer, arriving, bit, self._given)
            self._is_partial = self._is_partial or is_partly_known(layer)
            if step.copies and not all(copy.sound for copy in step.copies):
                found[index] = self._walk_block(step, (*route, index), arriving)
            if not step.failures:
                continue
            refused = set[str]()
            for number, failure in enumerate(step.failures):
                needs = _needs_of(layer, failure)
                self._suspected[route, index, number] = _union(arriving).shared(needs).every
                if needs == _NOTHING:
                    self._vague.add((route, index, number))
                is_same = bool(refused & _names(layer, failure)) or (
                    bool(refused) and (isinstance(failure, Contradicted) or len(arriving) > 1)
                )
                if is_same or self._follows(layer, failure, arriving):
                    self.following.add((route, index, number))
                elif is_refusal(layer, failure):
                    refused |= _names(layer, failure)
                    self._accused = _union([self._accused, _differing(_needs_of(layer, failure), arriving)])
            refusals = [failure for failure in step.failures if is_refusal(layer, failure)]
            if refusals:
                doubtful = _doubtful(layer, refusals, bit)
                self._refused = _union([self._refused, doubtful])
                found[index] = _union([found[index], doubtful._replace(sizes=bit)])
        return found

    def _walk_block(self, step: Step, route: Route, arriving: list[Suspects]) -> Suspects:
        result = _NOTHING
        for number, copy in enumerate(step.copies):
            given = [*arriving, *[_NOTHING] * len(copy.inputs)][: len(copy.inputs)]
            inside = self._walk(copy, (*route, number), given)
            result = _union([_suspects_at(port, given, inside) for port in copy.graph.outputs])
            arriving = [result, *arriving[1:]]
        return result

    def _next_bit(self, origin: Origin) -> int:
        self._origins.append(origin)
        return 1 << (len(self._origins) % _BITS)

    def _follows(self, layer: Layer, failure: Failure, arriving: list[Suspects]) -> bool:
        """Whether a failure of another layer explains this one."""
        if isinstance(failure, Miscounted):
            return False
        needs, refused = _needs_of(layer, failure), self._refused
        if len(arriving) > 1:  # what reads a wrong layer gets wrong channels, and brings wrong sizes to a merge
            refused = Suspects(refused.every, refused.every)
        if _union(arriving).shared(needs).shared(refused).every:
            return True
        suspects = _differing(needs, arriving)
        return is_refusal(layer, failure) and bool(suspects.shared(self._accused).every)


def failing(trace: Trace, route: Route, causes: Causes) -> Iterator[Failing]:
    """The failures that follow from no other, blocks included, in the order in which they are said."""
    for index, step in enumerate(trace.steps):
        for number, item in enumerate(step.failures):
            if (route, index, number) not in causes.following:
                yield Failing(route, index, number, item)
        for number, copy in enumerate(step.copies):
            if not copy.sound:
                yield from failing(copy, (*route, index, number), causes)


def is_partly_known(layer: Layer) -> bool:
    """Whether what a layer gives depends on more than its declaration says of the shapes that it reads."""
    if layer.over or layer.shares is not None:
        return True
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    return operator is not None and operator.is_open


def _suspects_at(port: Port | None, given: Sequence[Suspects], found: Sequence[Suspects]) -> Suspects:
    if port is None:
        return _NOTHING
    return found[port.layer] if port.layer >= 0 else given[-1 - port.layer]


def _union(suspects: Iterable[Suspects]) -> Suspects:
    channels = sizes = 0
    for one in suspects:
        channels, sizes = channels | one.channels, sizes | one.sizes
    return Suspects(channels, sizes)


def _doubtful(layer: Layer, refusals: list[Failure], bit: int) -> Suspects:
    """What is in doubt of the output of a layer that refuses what it needs: all, but after channels alone the sizes.

    Neither are the channels, where the layer itself says how many there are and that is not what it is refused for.
    """
    needs_channels_alone = all(_needs_of(layer, failure) == _CHANNELS for failure in refusals)
    says_channels = all(_says_channels(layer, failure) for failure in refusals)
    return Suspects(0 if says_channels else bit, 0 if needs_channels_alone else bit)


def _says_channels(layer: Layer, failure: Failure) -> bool:
    """Whether the channels of the output are numbers of the layer that a failure has nothing to do with."""
    if not isinstance(failure, Unmet) or not isinstance(layer.operator, str):
        return False
    declaration = lookup.declaration(layer.operator)
    output = declaration.outputs if isinstance(declaration.outputs, str) else declaration.outputs[0]
    if isinstance(output, str):
        return False
    decided_by = lookup.names_needed(declaration, output[0])
    return decided_by.isdisjoint(_names(layer, failure) | OF_CHANNELS | OF_SIZES | _OF_SHAPES)


def _differing(needs: Suspects, arriving: list[Suspects]) -> Suspects:
    """The layers that may be wrong where shapes do not fit: those that not all of several inputs share."""
    every = _union(arriving).shared(needs)
    common = reduce(Suspects.shared, arriving, _EVERYTHING)
    apart = Suspects(every.channels & ~common.channels, every.sizes & ~common.sizes)
    return apart if apart.every else every


def is_refusal(layer: Layer, failure: Failure) -> bool:
    """Whether a network with this failure cannot run."""
    if not isinstance(failure, Unmet) or not isinstance(layer.operator, str):
        return not isinstance(failure, (Miscounted, ChangingCopies))
    return lookup.refuses(layer.operator, failure.requirement)


def _needs_of(layer: Layer, failure: Failure) -> Suspects:
    """What a failure depends on of the shapes that arrive; one of the layer's own numbers alone depends on none."""
    if isinstance(failure, (WrongRank, Contradicted)):
        return _EVERYTHING
    if not isinstance(failure, Unmet) or not isinstance(layer.operator, str):
        return _NOTHING
    declaration = lookup.declaration(layer.operator)
    return _needs(declaration, declaration.requirements[failure.requirement].that, layer.parameters)


def _names(layer: Layer, failure: Failure) -> set[str]:
    """What the condition of a failure is about, to tell two mistakes of one layer from one."""
    if not isinstance(failure, Unmet) or not isinstance(layer.operator, str):
        return {"inputs"}
    declaration = lookup.declaration(layer.operator)
    return lookup.names_needed(declaration, declaration.requirements[failure.requirement].that)


def names_in(declaration: Declaration, expression: str, parameters: tuple[object, ...] = ()) -> set[str]:
    """The names that an expression of a declaration uses, and those that parameters without a value are inferred of."""
    names = lookup.names_needed(declaration, expression)
    for parameter, value in zip(declaration.parameters, parameters):
        if parameter.name in names and value is None and parameter.infer is not None:
            names |= lookup.names_needed(declaration, parameter.infer)
    return names


def _needs(declaration: Declaration, expression: str, parameters: tuple[object, ...] = ()) -> Suspects:
    names = names_in(declaration, expression, parameters)
    decides_channels = not names.isdisjoint(OF_CHANNELS | _OF_SHAPES)
    decides_sizes = not names.isdisjoint(OF_SIZES | _OF_SHAPES)
    return Suspects(-decides_channels, -decides_sizes)


def _made(layer: Layer, arriving: list[Suspects], bit: int, known: dict[object, _Given]) -> Suspects:
    """The suspects of what a layer gives: those of what it passes on, and itself where it decides something.

    `known` remembers what the first output of each operator depends on.
    """
    whole = arriving[0] if len(arriving) == 1 else _union(arriving)
    given = known.get(layer.operator) if isinstance(layer.operator, str) else _ANYTHING
    if given is None:
        given = known[layer.operator] = _given(str(layer.operator))
    if given.is_input and arriving:
        return arriving[0]
    channels = (given.channels.channels & whole.channels) | (given.channels.sizes & whole.sizes) | bit
    sizes = (given.sizes.channels & whole.channels) | (given.sizes.sizes & whole.sizes) | bit
    return Suspects(arriving[0].channels if given.passes_channels and arriving else channels, sizes)


def _given(operator: str) -> _Given:
    """What decides the first output of an operator."""
    if lookup.operator(operator) is None:
        return _ANYTHING
    declaration = lookup.declaration(operator)
    output = declaration.outputs if isinstance(declaration.outputs, str) else declaration.outputs[0]
    if isinstance(output, str):
        needs = _needs(declaration, output)
        return _Given(needs, needs, is_input=output == "x")
    first, *others = [_needs(declaration, part) for part in output]
    return _Given(first, _union(others), passes_channels=output[0] == "C")
