"""Tells what of each layer above one decides what it refuses: its channels, its sizes, or how many axes it has."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from convlint.domain.values import UNKNOWN, Shape
from convlint.engine.causes import OF_CHANNELS, OF_SIZES, Route, is_partly_known, names_in
from convlint.engine.failures import Failure, Unmet
from convlint.engine.propagation import run_operator
from convlint.engine.trace import Step, Trace
from convlint.model import Graph, Layer, Port
from convlint.typed import NamedTuple

NOTHING = 0
_CHANNELS, _SIZES, _RANK = 1, 2, 4
ANYTHING = _CHANNELS | _SIZES | _RANK
_OF_ANYTHING = frozenset(("x", "inputs", "y"))
_LARGEST = 4096
"""Layers of a network that is gone through; of a larger one, anything may decide."""


class Deciding(NamedTuple):
    """What decides a failure, of each layer of a network by its number; `inside` is that of all layers in blocks.

    Where a number of a layer in a block is written, those of others may be, so these are taken together.
    """

    layers: tuple[int, ...]
    inside: int

    def of(self, route: Route, number: int) -> int:
        """What of a layer decides it."""
        return self.inside if route else self.layers[number]


def deciding(trace: Trace, number: int, failure: Failure) -> Deciding:
    """What decides a failure of layer `number` of a network."""
    layers = trace.graph.layers
    if len(layers) > _LARGEST or any(layer.shares is not None for layer in layers):
        return Deciding((ANYTHING,) * len(layers), ANYTHING)
    walk, wanted = _Walk(), [NOTHING] * len(layers)
    _want(wanted, layers[number].sources, _needed_for(layers[number], failure) or ANYTHING)
    walk.up(trace, wanted)
    return Deciding(tuple(wanted), walk.inside)


def parameters_that_decide(operator: str, wanted: int) -> frozenset[str]:
    """The parameters of an operator that may decide what is wanted of its output."""
    if not wanted or lookup.operator(operator) is None:
        return frozenset()
    declaration = lookup.declaration(operator)
    if _passes_on(declaration):
        return frozenset()
    names = frozenset([parameter.name for parameter in declaration.parameters])
    channels, sizes = _formulas(declaration)
    if channels is None:
        return names
    formulas = [channels] * bool(wanted & _CHANNELS) + list(sizes) * bool(wanted & _SIZES)
    return names & set().union(*[lookup.names_needed(declaration, formula) for formula in formulas])


class _Walk:
    """Goes from the layers that read to what they read; `inside` gathers what is wanted of layers in blocks."""

    def __init__(self) -> None:
        self.inside = NOTHING
        self._given: dict[str, tuple[int, int] | None] = {}
        self._tried: dict[object, tuple[int, int] | None] = {}

    def up(self, trace: Trace, wanted: list[int]) -> int:
        """Adds to what is wanted of each layer what those want that read it; what is wanted of the inputs."""
        of_inputs = NOTHING
        for index in reversed(trace.order):
            if wanted[index]:
                layer = trace.graph.layers[index]
                of_inputs |= _want(wanted, layer.sources, self._needed(layer, trace.steps[index], wanted[index]))
        return of_inputs

    def _needed(self, layer: Layer, step: Step, wanted: int) -> int:
        """What of the inputs of a layer decides what is wanted of its outputs."""
        if isinstance(layer.operator, Graph):
            return self._needed_by_a_block(step, wanted)
        is_odd = layer.repeat > 1 or len(step.outputs) > 1 or is_partly_known(layer)
        if not isinstance(layer.operator, str) or is_odd:
            return ANYTHING
        given = self._given_by(layer.operator, layer.parameters, step)
        if given is None:
            return ANYTHING
        for_channels, for_sizes = given
        return wanted & _RANK | (for_channels if wanted & _CHANNELS else 0) | (for_sizes if wanted & _SIZES else 0)

    def _given_by(self, operator: str, parameters: tuple[object, ...], step: Step) -> tuple[int, int] | None:
        """(what of its inputs decides the channels that a layer gives, what decides the sizes); None where anything."""
        if operator not in self._given:
            self._given[operator] = _given(lookup.declaration(operator))
        given = self._given[operator]
        if given is not None:
            return given
        key = operator, parameters, step.inputs
        if key not in self._tried:
            self._tried[key] = _tried(operator, parameters, step)
        return self._tried[key]

    def _needed_by_a_block(self, step: Step, wanted: int) -> int:
        """Likewise for a block; one that stands several times in a row is not looked into."""
        if len(step.copies) != 1:
            self.inside = ANYTHING
            return ANYTHING
        (copy,) = step.copies
        inner = [NOTHING] * len(copy.graph.layers)
        needed = _want(inner, copy.graph.outputs, wanted) | self.up(copy, inner)
        for aspects in inner:
            self.inside |= aspects
        return needed


def _want(wanted: list[int], ports: Iterable[Port | None], needed: int) -> int:
    """Adds what is needed of some ports to what is wanted of their layers; what of that is wanted of the inputs."""
    of_inputs = NOTHING
    for port in ports:
        if port is not None and port.layer >= 0:
            wanted[port.layer] |= needed
        elif port is not None:
            of_inputs |= needed
    return of_inputs


def _needed_for(layer: Layer, failure: Failure) -> int:
    """What of the inputs of a layer a failure is about."""
    if not isinstance(failure, Unmet) or not isinstance(layer.operator, str) or is_partly_known(layer):
        return ANYTHING
    declaration = lookup.declaration(layer.operator)
    return _named(names_in(declaration, declaration.requirements[failure.requirement].that, layer.parameters))


def _named(names: set[str]) -> int:
    """What of the inputs an expression is about that uses some names."""
    if names & _OF_ANYTHING:
        return ANYTHING
    found = _CHANNELS * bool(names & OF_CHANNELS) | _SIZES * bool(names & OF_SIZES) | _RANK * ("rank" in names)
    return found | _RANK if found else NOTHING


def _passes_on(declaration: Declaration) -> bool:
    """Whether what an operator gives is its input."""
    return declaration.outputs in ("x", ("x",))


def _formulas(declaration: Declaration) -> tuple[str | None, tuple[str, ...]]:
    """The formulas of the channels and of the sizes that an operator gives; None where it has others."""
    outputs = declaration.outputs
    if isinstance(outputs, str) or len(outputs) > 1 or isinstance(outputs[0], str):
        return None, ()
    return outputs[0][0], outputs[0][1:]


def _given(declaration: Declaration) -> tuple[int, int] | None:
    """(what of its inputs decides the channels that an operator gives, what decides the sizes), by its formulas.

    None where they do not tell, since there are none for each, or they depend on its parameters.
    """
    if _passes_on(declaration):
        return _CHANNELS, _SIZES
    channels, sizes = _formulas(declaration)
    if channels is None or any(" is None" in formula for formula in (channels, *sizes)):
        return None
    inferred = (None,) * len(declaration.parameters)
    of_sizes = NOTHING
    for size in sizes:
        of_sizes |= _named(names_in(declaration, size, inferred))
    return _named(names_in(declaration, channels, inferred)), of_sizes


def _tried(operator: str, parameters: tuple[object, ...], step: Step) -> tuple[int, int] | None:
    """As `_given`, by what is still known of the output where the channels or the sizes of the inputs are not."""
    found = [NOTHING, NOTHING]
    for aspect, unknown in ((_CHANNELS, _without_channels), (_SIZES, _without_sizes)):
        (given, *_) = run_operator(operator, parameters, tuple(map(unknown, step.inputs))).outputs
        if not isinstance(given, tuple) or not given:
            return None
        found[0] |= (aspect | _RANK) * (given[0] is UNKNOWN)
        found[1] |= (aspect | _RANK) * (UNKNOWN in given[1:])
    return found[0], found[1]


def _without_channels(shape: Shape) -> Shape:
    return (UNKNOWN, *shape[1:]) if isinstance(shape, tuple) else shape


def _without_sizes(shape: Shape) -> Shape:
    return (*shape[:1], *[UNKNOWN] * (len(shape) - 1)) if isinstance(shape, tuple) else shape
