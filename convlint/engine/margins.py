"""How many of the outer pixels of each map are padding: a window that drops no more of them loses nothing.

A network may pad by a layer of its own, as Keras does before every strided convolution. What lies at the end of an axis
and holds nothing of the image is followed through pads, windows, and whatever works pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Computed, Scalar, at_most, either, least, on_axis
from convlint.engine.failures import Unmet
from convlint.engine.trace import Step, Trace
from convlint.model import Graph, Layer, Port

Margin = tuple[Scalar, ...]
"""Pixels of padding at the end of each spatial axis; empty where none is known."""
Route = tuple[int, ...]
MOST_LAYERS = 20_000
"""Layers, those of blocks for each use, whose margins are followed."""


class Margins:
    """The margins that arrive at each layer of a trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._arriving: dict[Route, Margin] | None = None
        self._known: dict[tuple[int, tuple[Margin, ...]], Margin] = {}  # by the id of a step, which equal layers share
        self._left = MOST_LAYERS

    def _at(self, route: Route) -> Margin:
        if self._arriving is None:
            self._arriving = {}
            self._walk(self._trace, (), [()] * len(self._trace.inputs))
        return self._arriving.get(route, ())

    def condition(self, route: Route, layer: Layer, step: Step, requirement: int, axis: int, holds: object) -> object:
        """When a requirement holds on an axis, given when it does if no outer pixel is padding.

        `route` leads to the layer: number and copy of each block on the way, then its own number.
        """
        lost = self._lost(route, layer, step, requirement)
        if lost is None:
            return holds
        number = on_axis(lost, axis)
        margin = self._at(route)
        if axis >= len(margin):
            return holds
        return either(lambda: holds, lambda: at_most(number, margin[axis]))

    def axes_that_lose(self, route: Route, layer: Layer, step: Step, failure: Unmet) -> tuple[int, ...]:
        """The axes of a failure on which more is dropped than padding."""
        return tuple(
            axis
            for axis in failure.axes
            if self.condition(route, layer, step, failure.requirement, axis, False) is not True
        )

    def _lost(self, route: Route, layer: Layer, step: Step, number: int) -> Computed | None:
        """The pixels at the end of each axis that a requirement is about; None where it is about none."""
        if number < 0 or not isinstance(layer.operator, str):
            return None
        requirement = lookup.declaration(layer.operator).requirements[number]
        if not requirement.spares or not any(part is not UNKNOWN and part != 0 for part in self._at(route)):
            return None
        return _evaluated(layer, step, requirement.spares, ())

    def _walk(self, trace: Trace, route: Route, given: Sequence[Margin]) -> list[Margin]:
        """The margins of the first output of each layer."""
        found: list[Margin] = [()] * len(trace.graph.layers)
        for index in trace.order:
            layer, step = trace.graph.layers[index], trace.steps[index]
            self._left -= 1
            if self._left < 0:
                break
            way = (*route, index)
            margins = [_margin_at(port, given, found) for port in layer.sources]
            if isinstance(layer.operator, Graph):
                found[index] = self._walk_block(step, way, margins)
            elif layer.operator is not None and layer.repeat == 1 and margins:
                assert self._arriving is not None
                self._arriving[way] = margins[0]
                key = (id(step), tuple(margins))
                if key not in self._known:
                    self._known[key] = _made(layer, step, margins)
                found[index] = self._known[key]
        return found

    def _walk_block(self, step: Step, way: Route, margins: list[Margin]) -> Margin:
        result: Margin = ()
        for number, copy in enumerate(step.copies):
            given = [*margins, *[()] * len(copy.inputs)][: len(copy.inputs)]
            inside = self._walk(copy, (*way, number), given)
            result = _margin_at(copy.graph.outputs[0], given, inside) if copy.graph.outputs else ()
            margins = [result, *margins[1:]]
        return result


def _margin_at(port: Port | None, given: Sequence[Margin], found: Sequence[Margin]) -> Margin:
    if port is None or port.output:
        return ()
    return found[port.layer] if port.layer >= 0 else given[-1 - port.layer]


def _made(layer: Layer, step: Step, margins: list[Margin]) -> Margin:
    """What is padding of the output of a layer, given the margins of its inputs."""
    if lookup.operator(str(layer.operator)) is None or not step.outputs or not isinstance(step.outputs[0], tuple):
        return ()
    costs = dict(lookup.declaration(str(layer.operator)).costs)
    reach, margin = costs.get("reach"), costs.get("margin")
    if margin is not None:
        axes = len(step.inputs[0]) - 1 if isinstance(step.inputs[0], tuple) else 0
        arriving = margins[0] or (0,) * axes
        found = _evaluated(layer, step, margin, arriving)
        return () if found is None else tuple(on_axis(found, axis) for axis in range(axes))
    if reach == "'same'":
        return margins[0]
    if reach == "'all-inputs'" and all(margins):
        return tuple(least(*parts) if len(parts) > 1 else parts[0] for parts in zip(*margins))
    return ()


def _evaluated(layer: Layer, step: Step, expression: str, margin: Margin) -> Computed | None:
    """The value of an expression on a layer, a list where it is taken axis by axis; None where it is not known."""
    try:
        name = str(layer.operator)
        (value,) = lookup.evaluate(name, (expression,), layer.parameters, step.inputs, step.outputs, margin)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return None if value is UNKNOWN else value
