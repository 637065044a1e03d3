"""What a network costs: parameters, multiply-accumulates and receptive fields, from the declarations.

Receptive fields follow Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019):
size' = size + (window - 1) * jump and jump' = jump * stride, extended to upsampling by jump' = jump / up.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from convlint.engine import catalogue
from convlint.engine.propagation import Shapes, Step, Trace, known_shape, run_operator
from convlint.engine.values import UNKNOWN
from convlint.facts import LayerFacts, NetworkFacts
from convlint.model import Architecture, Graph, Layer, Port


class Field(NamedTuple):
    """The receptive field on one axis: its size in input pixels, and the input pixels from one output to the next."""

    size: Fraction
    jump: Fraction


Fields = Any
"""A tuple of `Field`, one an axis, or None where it is not known."""


class Cost(NamedTuple):
    """Counts of a layer; None where they are not known."""

    parameters: int | None
    macs: int | None

    def plus(self, other: Cost, times: int = 1) -> Cost:
        """The sum of this cost and `times` times another."""
        return Cost(_sum(self.parameters, other.parameters, times), _sum(self.macs, other.macs, times))


NOTHING = Cost(0, 0)


def network_facts(architecture: Architecture, trace: Trace) -> NetworkFacts:
    """The table of `convlint show` for one variant."""
    graph = architecture.graph
    whole = _whole_field(architecture.inputs)
    starts = tuple(_start_field(shape) for shape in architecture.inputs)
    fields = _graph_fields(trace, starts, whole)
    rows = []
    total = NOTHING
    for index, (layer, step) in enumerate(zip(graph.layers, trace.steps)):
        cost = _layer_cost(layer, step)
        total = total.plus(cost)
        rows.append(_row(graph, index, layer, step, cost, fields[index]))
    inputs = tuple((name, known_shape(shape)) for name, shape in zip(graph.inputs, architecture.inputs))
    return NetworkFacts(architecture.variant, inputs, tuple(rows), total.parameters, total.macs)


def _row(graph: Graph, index: int, layer: Layer, step: Step, cost: Cost, field: Fields) -> LayerFacts:
    operator = layer.operator.name if isinstance(layer.operator, Graph) else layer.label or layer.operator or "?"
    outputs = tuple(known_shape(shape) for shape in step.outputs)
    sources = tuple(_port_name(graph, port) for port in layer.sources)
    sizes = None if not field else tuple(-(-part.size.numerator // part.size.denominator) for part in field)
    known = None if outputs[:1] == (None,) else outputs
    return LayerFacts(
        index,
        layer.name,
        operator,
        sources,
        known,
        cost.parameters,
        cost.macs,
        sizes,
        layer.places.at(""),
        layer.repeat,
        layer.arguments,
    )


def _port_name(graph: Graph, port: Port | None) -> str:
    if port is None:
        return "?"
    name = graph.layers[port.layer].name if port.layer >= 0 else graph.inputs[-1 - port.layer]
    return f"{name}.{port.output}" if port.output else name


def _sum(a: int | None, b: int | None, times: int) -> int | None:
    return None if a is None or b is None else a + b * times


def _layer_cost(layer: Layer, step: Step) -> Cost:
    if isinstance(layer.operator, Graph):
        return _block_cost(layer, step)
    if layer.operator is None:
        return Cost(None, None)
    total, inputs = NOTHING, step.inputs
    for copy in range(layer.repeat):
        one = run_operator(layer.operator, layer.parameters, inputs) if layer.repeat > 1 else step
        cost = _operator_cost(layer.operator, layer.parameters, inputs, one.outputs)
        if one.outputs[:1] == inputs:
            return total.plus(cost, layer.repeat - copy)
        total = total.plus(cost)
        inputs = one.outputs[:1]
    return total


def _block_cost(layer: Layer, step: Step) -> Cost:
    if not step.copies:
        return Cost(None, None)
    total, last = NOTHING, NOTHING
    for trace in step.copies:
        last = NOTHING
        for inner, inner_step in zip(trace.graph.layers, trace.steps):
            last = last.plus(_layer_cost(inner, inner_step))
        total = total.plus(last)
    return total.plus(last, layer.repeat - len(step.copies))


def _operator_cost(name: str, parameters: Shapes, inputs: Shapes, outputs: Shapes) -> Cost:
    costs = dict(catalogue.declaration(name).costs)
    wanted = tuple(costs.get(key, "0") for key in ("parameters", "macs"))
    if wanted == ("0", "0"):
        return NOTHING
    return Cost(*[_count(value) for value in _evaluate(name, wanted, parameters, inputs, outputs)])


def _evaluate(name: str, expressions: tuple[str, ...], parameters: Shapes, inputs: Shapes, outputs: Shapes) -> Shapes:
    try:
        return catalogue.evaluate(name, expressions, parameters, inputs, outputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return (UNKNOWN,) * len(expressions)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) else None


# --- receptive fields


def _start_field(shape: Any) -> Fields:
    return None if shape is UNKNOWN else tuple(Field(Fraction(1), Fraction(1)) for _ in shape[1:])


def _whole_field(shapes: Shapes) -> Fields:
    """The field of an output that sees every pixel of the first input."""
    if not shapes or shapes[0] is UNKNOWN or not all(type(size) is int for size in shapes[0][1:]):
        return None
    return tuple(Field(Fraction(size), Fraction(size)) for size in shapes[0][1:])


def _graph_fields(trace: Trace, starts: tuple[Fields, ...], whole: Fields) -> list[Fields]:
    from convlint.engine.propagation import execution_order

    fields: list[Fields] = [None] * len(trace.steps)
    for index in execution_order(trace.graph)[0]:
        layer = trace.graph.layers[index]
        given = tuple(_field_at(port, starts, fields) for port in layer.sources)
        fields[index] = _layer_field(layer, trace.steps[index], given, whole)
    return fields


def _field_at(port: Port | None, starts: tuple[Fields, ...], fields: list[Fields]) -> Fields:
    if port is None:
        return None
    return starts[-1 - port.layer] if port.layer < 0 else fields[port.layer]


def _layer_field(layer: Layer, step: Step, given: tuple[Fields, ...], whole: Fields) -> Fields:
    if layer.operator is None or not given:
        return None
    if isinstance(layer.operator, Graph):
        return _block_field(layer, step, given, whole)
    field: Fields = given[0]
    for _ in range(min(layer.repeat, 1000)):
        field = _operator_field(layer, step, (field, *given[1:]), whole)
    return field


def _block_field(layer: Any, step: Step, given: tuple[Fields, ...], whole: Fields) -> Fields:
    if not step.copies or not layer.operator.outputs:
        return None
    field: Fields = given[0]
    last = len(step.copies) - 1
    for number in range(min(layer.repeat, 1000)):
        trace = step.copies[min(number, last)]
        fields = _graph_fields(trace, (field, *given[1:], *[None] * len(trace.graph.inputs)), whole)
        field = _field_at(trace.graph.outputs[0], (field, *given[1:]), fields)
    return field


def _operator_field(layer: Layer, step: Step, given: tuple[Fields, ...], whole: Fields) -> Fields:
    name = str(layer.operator)
    costs = dict(catalogue.declaration(name).costs)
    reach = costs.get("reach")
    if reach == "'same'":
        return given[0]
    if reach == "'all'":
        return whole
    if reach == "'all-inputs'":
        return _widest(given)
    if "window" not in costs or given[0] is None:
        return None
    wanted = tuple(costs.get(key, "1") for key in ("window", "stride", "up"))
    window, stride, up = _evaluate(name, wanted, layer.parameters, step.inputs, step.outputs)
    axes = range(len(given[0]))
    windows, strides, ups = ([_on_axis(value, axis) for axis in axes] for value in (window, stride, up))
    if not all(isinstance(value, int) and value > 0 for value in (*windows, *strides, *ups)):
        return None
    return tuple(
        Field(part.size + (windows[axis] - 1) * part.jump, part.jump * strides[axis] / ups[axis])
        for axis, part in enumerate(given[0])
    )


def _on_axis(value: Any, axis: int) -> Any:
    return value[axis] if isinstance(value, list) and axis < len(value) else value


def _widest(given: tuple[Fields, ...]) -> Fields:
    known = [field for field in given if field is not None]
    if len(known) < len(given) or len({len(field) for field in known}) != 1:
        return None
    return tuple(Field(max(part.size for part in parts), max(part.jump for part in parts)) for parts in zip(*known))
