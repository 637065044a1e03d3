"""What a network costs: parameters, multiply-accumulates and receptive fields, from the declarations.

Receptive fields follow Araujo et al., "Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019):
size' = size + (window - 1) * jump and jump' = jump * stride, extended to upsampling by jump' = jump / up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import prod

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Computed, Shape, Shapes, on_axis, plain_sizes
from convlint.engine.assembly import Slot
from convlint.engine.keeping import kept_bytes
from convlint.engine.opening import flow_of, inside_of, opened, untouched
from convlint.engine.propagation import run_copy
from convlint.engine.trace import Session, Step, Trace, known_shape, one_entry
from convlint.facts import LayerFacts, NetworkFacts
from convlint.findings import Part, Place
from convlint.model import Architecture, Graph, Layer, Learned, Port
from convlint.typed import NamedTuple, Union


class Field(NamedTuple):
    """The receptive field on one axis: its size in input pixels, and the input pixels from one output to the next."""

    size: Fraction
    jump: Fraction


Fields = Union[tuple[Field, ...], None]
"""A tuple of `Field`, one an axis, or None where it is not known."""


SEES_NOTHING: Fields = ()
"""The field of what has no spatial axis, and of what comes from no input: a learned tensor, and what is made of it."""


class Cost(NamedTuple):
    """Counts of a layer; None where they are not known. `activation_bytes` is that of float32 and a batch of one.

    `shared` is what one module learns that several layers have in common: it counts once, however many have it.
    """

    parameters: int | None
    macs: int | None
    activation_bytes: int | None
    shared: int = 0

    def plus(self, other: Cost, times: int = 1) -> Cost:
        """The sum of this cost and `times` times another."""
        return Cost(
            _sum(self.parameters, other.parameters, times),
            _sum(self.macs, other.macs, times),
            _sum(self.activation_bytes, other.activation_bytes, times),
            max(self.shared, other.shared),
        )

    def all_parameters(self) -> int | None:
        """The learned parameters, those of a module in common once."""
        return None if self.parameters is None else self.parameters + self.shared

    def times(self, count: int) -> Cost:
        """The cost of several copies."""
        return NOTHING.plus(self, count)


NOTHING = Cost(0, 0, 0)
UNTOLD = Cost(None, None, None)
FLOAT_BYTES = 4
MOST_ROWS = 10_000
"""Rows inside blocks beyond which blocks stay closed."""
MOST_COPIES = 1000
"""Copies of a layer that a receptive field is followed through."""
MOST_FIELD_STEPS = 50_000
"""Layers, copies counted, beyond which receptive fields are unknown."""


class _Pricing(NamedTuple):
    """What one table shares: the costs of blocks by the identity of their copies, which the engine shares between equal
    blocks, and of operators by what they are given; by its number of axes, the field that sees a whole input; how many
    layers may still be asked for their field; what was opened; and which of several fields a merge has."""

    known: dict[tuple[object, ...], Cost]
    whole: dict[int, Fields]
    field_steps: list[int]
    session: Session
    pick: Callable[[Iterable[Fraction]], Fraction] = max


def network_facts(architecture: Architecture, trace: Trace, depth: int = 0) -> NetworkFacts:
    """The table of `convlint show` for one variant, with the rows inside blocks that are at most `depth` deep."""
    pricing = _Pricing({}, _whole_fields(architecture.inputs), [MOST_FIELD_STEPS], Session({}))
    starts = tuple(_start_field(shape) for shape in architecture.inputs)
    fields = _graph_fields(trace, starts, pricing)
    rows = _rows(_View(trace, starts, "", 1), pricing, depth, [MOST_ROWS])
    is_sized = any(isinstance(shape, tuple) and plain_sizes(shape) is not None for shape in architecture.inputs)
    kept = kept_bytes(trace, pricing.session) if is_sized else None
    if kept is not None:
        rows = tuple([row._replace(kept_bytes=count) for row, count in zip(rows, kept)])
    total = _trace_cost(trace, pricing)
    last = [_field_at(port, starts, fields) for port in _output_ports(architecture)]
    field = _widest(tuple(last)) if last else None
    inputs = tuple((name, known_shape(shape)) for name, shape in zip(architecture.graph.inputs, architecture.inputs))
    results = tuple(_results(architecture))
    word = architecture.variant_word
    training = sum(kept) if kept is not None else None
    counts = total.all_parameters(), total.macs, total.activation_bytes
    return NetworkFacts(
        architecture.variant, inputs, rows, *counts, _pixels(field), _jump(field), results, word, training
    )


def output_fields(architecture: Architecture, trace: Trace) -> list[tuple[str, Port, tuple[int, ...]]]:
    """(name, port, pixels of the input that it sees, an axis) of each output whose receptive field is known."""
    pricing = _Pricing({}, _whole_fields(architecture.inputs), [MOST_FIELD_STEPS], Session({}))
    starts = tuple(_start_field(shape) for shape in architecture.inputs)
    fields = _graph_fields(trace, starts, pricing)
    found = [
        (name or trace.graph.port_title(port), port, _pixels(_field_at(port, starts, fields)))
        for name, port in _results(architecture)
        if port is not None
    ]
    return [(name, port, field) for name, port, field in found if field]


class LeastSeen(NamedTuple):
    """What arrives at layer `number` of a trace that a route leads to has seen at least, in pixels, an axis."""

    route: tuple[int, ...]
    trace: Trace
    number: int
    pixels: tuple[int, ...]


def least_seen(architecture: Architecture, trace: Trace) -> Iterator[LeastSeen]:
    """What arrives first at each layer of an operator has seen by the way on which it sees the least."""
    pricing = _Pricing({}, _whole_fields(architecture.inputs), [MOST_FIELD_STEPS], Session({}), min)
    waiting: list[tuple[tuple[int, ...], Trace, tuple[Fields, ...]]] = [
        ((), trace, tuple(_start_field(shape) for shape in architecture.inputs))
    ]
    for route, inner, starts in waiting:
        fields = _graph_fields(inner, starts, pricing)
        for number, (layer, step) in enumerate(zip(inner.graph.layers, inner.steps)):
            given = tuple(_field_at(port, starts, fields) for port in layer.sources)
            pixels = _pixels(given[0]) if given else None
            if pixels and isinstance(layer.operator, str) and layer.operator:
                yield LeastSeen(route, inner, number, pixels)
            for copy, block in enumerate(step.copies):
                waiting.append(((*route, number, copy), block, _padded(given, block)))
                given = (_field_after(block, given, pricing), *given[1:])


def brings_together(layer: Layer, step: Step) -> bool:
    """Whether a layer has learned windows that reach over more than one position."""
    window = dict(lookup.declaration(str(layer.operator)).costs).get("window")
    taken = step.inputs[0] if step.inputs else UNKNOWN
    if window is None or not isinstance(taken, tuple):
        return False
    (found,) = _evaluate(layer, step, (window,))
    windows = [on_axis(found, axis) for axis in range(len(taken) - 1)]
    return any(type(size) is int and size > 1 for size in windows) and bool(layer_parameters(layer, step))


def trace_parameters(trace: Trace) -> int | None:
    """The learned parameters of a whole network; None where some are not known."""
    return _trace_cost(trace, _Pricing({}, {}, [0], Session({}))).all_parameters()


def layer_parameters(layer: Layer, step: Step) -> int | None:
    """The learned parameters of a layer with all its copies; None where they are not known."""
    return layer_cost(layer, step).all_parameters()


def layer_cost(layer: Layer, step: Step) -> Cost:
    """What a layer costs with all its copies."""
    return _layer_cost(layer, step, _Pricing({}, {}, [0], Session({})))


def _output_ports(architecture: Architecture) -> tuple[Port | None, ...]:
    return tuple(port for _, port in _results(architecture))


def _results(architecture: Architecture) -> list[tuple[str, Port | None]]:
    declared = [(output.name, output.port) for output in architecture.outputs]
    return declared or [("", port) for port in architecture.graph.outputs]


class _View(NamedTuple):
    """A trace as a table shows it: the fields of its inputs, the path before its layers, the copies it stands for.

    `place` is that of the layer whose inside it is, where its own layers have none; `is_shared` says that its tensors
    count elsewhere.
    """

    trace: Trace
    starts: tuple[Fields, ...]
    path: str
    copies: int
    place: Place | None = None
    is_shared: bool = False


def _rows(view: _View, pricing: _Pricing, depth: int, room: list[int]) -> tuple[LayerFacts, ...]:
    graph = view.trace.graph
    fields = _graph_fields(view.trace, view.starts, pricing)
    rows = []
    for index, (layer, step) in enumerate(zip(graph.layers, view.trace.steps)):
        cost = _layer_cost(layer, step, pricing).times(view.copies)
        if view.is_shared:
            cost = cost._replace(parameters=0, shared=0)
        row = _row(graph, index, step, cost, fields[index])._replace(path=view.path + layer.name)
        if view.place is not None:
            row = row._replace(place=view.place)
        if depth and layer.operator is not None:
            given = tuple(_field_at(port, view.starts, fields) for port in layer.sources)
            around = view._replace(starts=given, path=row.path)
            inside = [item for item in _inside(around, layer, step, pricing) if item.trace.steps]
            room[0] -= sum(len(copy.trace.steps) for copy in inside)
            if inside and room[0] >= 0:
                layers = tuple(r for copy in inside for r in _rows(copy, pricing, depth - 1, room))
                row = row._replace(layers=layers, results=inside[-1].trace.graph.outputs)
        rows.append(row)
    return tuple(rows)


def _inside(view: _View, layer: Layer, step: Step, pricing: _Pricing) -> list[_View]:
    """One view for each copy of a block or module that differs from the one before; the last stands for all like it."""
    views: list[_View] = []
    given = view.starts
    is_block = isinstance(layer.operator, Graph)
    copies = step.copies if is_block else tuple(item.trace for item in opened(layer, step, pricing.session))
    place = view.place if is_block else view.place or layer.places.at(Part.LAYER)
    last = len(copies) - 1
    for number, trace in enumerate(copies):
        alike = layer.repeat - last if number == last else 1
        for _ in range(min(alike, MOST_COPIES) - 1):  # the row of several copies shows the fields of the last
            given = (_field_after(trace, given, pricing), *given[1:])
        label = f"[{number}]" if alike == 1 else f"[{number}..{layer.repeat - 1}]"
        path = view.path + (label if layer.repeat > 1 else "") + ("/" if view.place is None else ".")
        is_shared = view.is_shared or layer.shares is not None
        views.append(_View(trace, _padded(given, trace), path, view.copies * alike, place, is_shared))
        given = (_field_after(trace, given, pricing), *given[1:])
    return views


def _row(graph: Graph, index: int, step: Step, cost: Cost, field: Fields) -> LayerFacts:
    layer = graph.layers[index]
    operator = layer.label or _operator_name(layer.operator)
    outputs = tuple(known_shape(shape) for shape in step.outputs)
    sources = tuple(graph.port_name(port) for port in layer.sources)
    known = None if outputs[:1] == (None,) else outputs
    return LayerFacts(
        index,
        layer.name,
        operator,
        sources,
        known,
        cost.all_parameters(),
        cost.macs,
        _pixels(field),
        layer.places.at(Part.LAYER),
        cost.activation_bytes,
        _jump(field),
        layer.repeat,
        _arguments_text(layer.arguments),
        ports=layer.sources,
        results=layer.operator.outputs if isinstance(layer.operator, Graph) else (),
        shares=graph.layers[layer.shares].name if layer.shares is not None else "",
    )


def _operator_name(operator: str | Graph | Learned | None) -> str:
    if isinstance(operator, (Graph, Learned)):
        return operator.name
    return lookup.plain_name(operator) if operator is not None else "?"


def _pixels(field: Fields) -> tuple[int, ...] | None:
    return None if not field else tuple(-(-part.size.numerator // part.size.denominator) for part in field)


def _jump(field: Fields) -> tuple[Fraction, ...] | None:
    return None if not field else tuple(part.jump for part in field)


def _arguments_text(arguments: Iterable[object] | None) -> str:
    """The arguments of a row, as a training log writes them; empty for formats that give parameters by name."""
    if arguments is None:
        return ""
    texts = [_arguments_text(value) if isinstance(value, tuple) else repr(value) for value in arguments]
    return f"[{', '.join(texts)}]"


def _sum(a: int | None, b: int | None, times: int) -> int | None:
    return None if a is None or b is None else a + b * times


def _trace_cost(trace: Trace, pricing: _Pricing) -> Cost:
    total = NOTHING
    for layer, step in zip(trace.graph.layers, trace.steps):
        total = total.plus(_layer_cost(layer, step, pricing))
    return total


def _layer_cost(layer: Layer, step: Step, pricing: _Pricing) -> Cost:
    if layer.operator is None:
        return UNTOLD
    if layer.shares is not None:  # its tensors count where they are first
        return _layer_cost(layer._replace(shares=None), step, pricing)._replace(parameters=0)
    if isinstance(layer.operator, Learned):
        return _source_cost(layer.operator, step, pricing)
    if layer.over:
        return _cost_over(layer, step, pricing)
    if not isinstance(layer.operator, Graph):
        return _repeated_cost(layer, layer.operator, step, pricing)
    key = (id(step.copies), layer.repeat)
    if key not in pricing.known:
        pricing.known[key] = _block_cost(layer, step, pricing)
    return pricing.known[key]


def _source_cost(operator: Learned, step: Step, pricing: _Pricing) -> Cost:
    """The cost of a module that was read from source: its work is that of what flows in it."""
    flow = flow_of(operator, step.inputs, pricing.session)
    macs = _trace_cost(flow.trace, pricing).macs if flow is not None else None
    return Cost(operator.parameters(), macs, _bytes(step.outputs))


def _cost_over(layer: Layer, step: Step, pricing: _Pricing) -> Cost:
    """The cost of a layer that goes over axes: its tensors once, its work for each entry."""
    inside, entries = one_entry(step, layer.over)
    one = _layer_cost(layer._replace(over=0), inside, pricing)
    if entries is None:
        return one._replace(macs=None, activation_bytes=None)
    return one.times(entries)._replace(parameters=one.parameters)


def _repeated_cost(layer: Layer, name: str, step: Step, pricing: _Pricing) -> Cost:
    total, inputs = NOTHING, step.inputs
    for copy in range(layer.repeat):
        one = run_copy(layer, name, inputs, pricing.session) if layer.repeat > 1 else step
        cost = _known_cost(layer, name, one._replace(inputs=inputs), pricing)
        if one.outputs[:1] == inputs:
            return total.plus(cost, layer.repeat - copy)
        total = total.plus(cost)
        inputs = one.outputs[:1]
    return total


def _block_cost(layer: Layer, step: Step, pricing: _Pricing) -> Cost:
    if not step.copies:
        return UNTOLD
    total, last = NOTHING, NOTHING
    for trace in step.copies:
        last = _trace_cost(trace, pricing)
        total = total.plus(last)
    return total.plus(last, layer.repeat - len(step.copies))


def _known_cost(layer: Layer, name: str, step: Step, pricing: _Pricing) -> Cost:
    key = (name, layer.parameters, step.inputs, step.outputs, layer.around)
    if key not in pricing.known:
        pricing.known[key] = _operator_cost(layer, name, step, pricing)
    return pricing.known[key]


def _operator_cost(layer: Layer, name: str, step: Step, pricing: _Pricing) -> Cost:
    """What is inside an operator, and what its declaration counts beside that."""
    costs = dict(lookup.declaration(name).costs)
    wanted = tuple(costs.get(key, "0") for key in ("parameters", "macs"))
    own = Cost(0, 0, _bytes(step.outputs))
    if wanted != ("0", "0"):
        learned, macs = _evaluate(layer, step, wanted)
        own = Cost(_count(learned), _count(macs), own.activation_bytes)
    return own if lookup.body(name) is None else own.plus(_inside_cost(layer, step.inputs, pricing))


def _inside_cost(layer: Layer, inputs: Shapes, pricing: _Pricing) -> Cost:
    """The parameters of what an operator registers, each once, and the MACs of what flows."""
    inside = inside_of(layer, inputs, pricing.session)
    if inside is None:
        return UNTOLD._replace(activation_bytes=0)
    layers, steps = inside.trace.graph.layers, inside.trace.steps
    flowing = [_layer_cost(layer, step, pricing) for layer, step in zip(layers, steps)]
    total = NOTHING
    for slot in inside.body.slots:
        total = total.plus(_slot_cost(slot, flowing, pricing))
    for cost in flowing:
        total = total.plus(Cost(0, cost.macs, 0))
    return total


def _slot_cost(slot: Slot, flowing: list[Cost], pricing: _Pricing) -> Cost:
    """What a slot learns, alone or as a module that other layers have too."""
    if slot.is_alias or (slot.module is None and slot.is_buffer):
        return NOTHING
    if slot.module is None:
        sizes = plain_sizes(slot.shape)
        return NOTHING._replace(parameters=None if sizes is None else prod(sizes))
    cost = flowing[slot.layer] if slot.layer >= 0 else _layer_cost(slot.module, untouched(slot.module), pricing)
    if slot.is_shared and cost.parameters is not None:
        return NOTHING._replace(shared=cost.parameters)
    return NOTHING._replace(parameters=cost.parameters, shared=cost.shared)


def _bytes(outputs: Shapes) -> int | None:
    """The memory of the outputs of a layer; those after the first count where their shape is known."""
    if outputs[:1] == (UNKNOWN,):
        return None
    shapes = [shape for shape in outputs if isinstance(shape, tuple)]
    known = [sizes for shape in shapes if (sizes := plain_sizes(shape)) is not None]
    return FLOAT_BYTES * sum(map(prod, known)) if len(known) == len(shapes) else None


def _evaluate(layer: Layer, step: Step, expressions: tuple[str, ...]) -> tuple[Computed, ...]:
    try:
        return lookup.evaluate(str(layer.operator), expressions, layer.parameters, step.inputs, step.outputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return (UNKNOWN,) * len(expressions)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


# --- receptive fields


def _start_field(shape: Shape) -> Fields:
    return tuple(Field(Fraction(1), Fraction(1)) for _ in shape[1:]) if isinstance(shape, tuple) else None


def _whole_fields(shapes: Shapes) -> dict[int, Fields]:
    """By its number of axes, the field of an output that sees every pixel of an input; None where inputs differ."""
    found: dict[int, Fields] = {}
    for shape in shapes:
        if not isinstance(shape, tuple):
            return {}
        sizes, axes = plain_sizes(shape[1:]), len(shape) - 1
        field = None if sizes is None else tuple(Field(Fraction(size), Fraction(size)) for size in sizes)
        found[axes] = field if found.get(axes, field) == field else None
    return found


def _graph_fields(trace: Trace, starts: tuple[Fields, ...], pricing: _Pricing) -> list[Fields]:
    fields: list[Fields] = [None] * len(trace.steps)
    pricing.field_steps[0] -= len(trace.steps)
    if pricing.field_steps[0] < 0:
        return fields
    for index in trace.order:
        layer = trace.graph.layers[index]
        given = tuple(_field_at(port, starts, fields) for port in layer.sources)
        fields[index] = _layer_field(layer, trace.steps[index], given, pricing)
    return fields


def _field_at(port: Port | None, starts: tuple[Fields, ...], fields: list[Fields]) -> Fields:
    if port is None:
        return None
    return starts[-1 - port.layer] if port.layer < 0 else fields[port.layer]


def _layer_field(layer: Layer, step: Step, given: tuple[Fields, ...], pricing: _Pricing) -> Fields:
    if layer.operator is None or layer.over:
        return None
    if not given:
        return SEES_NOTHING
    if isinstance(layer.operator, Learned):
        flow = flow_of(layer.operator, step.inputs, pricing.session)
        return None if flow is None else _field_after(flow.trace, given, pricing)
    if isinstance(layer.operator, Graph):
        return _block_field(layer, step, given, pricing)
    field: Fields = given[0]
    for _ in range(min(layer.repeat, MOST_COPIES)):
        field = _operator_field(layer, step, (field, *given[1:]), pricing)
    return field


def _block_field(layer: Layer, step: Step, given: tuple[Fields, ...], pricing: _Pricing) -> Fields:
    if not step.copies:
        return None
    field: Fields = given[0]
    last = len(step.copies) - 1
    for number in range(min(layer.repeat, MOST_COPIES)):
        field = _field_after(step.copies[min(number, last)], (field, *given[1:]), pricing)
    return field


def _field_after(trace: Trace, given: tuple[Fields, ...], pricing: _Pricing) -> Fields:
    """The field of the first output of a block."""
    if not trace.graph.outputs:
        return None
    starts = _padded(given, trace)
    return _field_at(trace.graph.outputs[0], starts, _graph_fields(trace, starts, pricing))


def _padded(given: tuple[Fields, ...], trace: Trace) -> tuple[Fields, ...]:
    """A field for each input of a block, None for those that it is not given."""
    return (*given, *[None] * (len(trace.graph.inputs) - len(given)))


def _operator_field(layer: Layer, step: Step, given: tuple[Fields, ...], pricing: _Pricing) -> Fields:
    given = tuple(field for field in given if field != SEES_NOTHING)
    if not given:
        return SEES_NOTHING
    name = str(layer.operator)
    costs = dict(lookup.declaration(name).costs)
    reach = costs.get("reach")
    if reach == "'same'":
        return given[0]
    if reach == "'all'":
        return _sees_all(step, given[0], pricing.whole)
    if reach == "'all-inputs'":
        return _merged(given, pricing.pick)
    if "window" not in costs:
        return _field_inside(layer, step, given, pricing)
    if given[0] is None:
        return None
    wanted = (*[costs.get(key, "1") for key in ("window", "stride", "up")], costs.get("all", "False"))
    window, stride, up, sees_all = _evaluate(layer, step, wanted)
    if sees_all is not UNKNOWN and sees_all:
        return _sees_all(step, given[0], pricing.whole)
    found = []
    for axis, part in enumerate(given[0]):
        factors = plain_sizes((on_axis(window, axis), on_axis(stride, axis), on_axis(up, axis)))
        if factors is None or min(factors) <= 0:
            return None
        wide, down, larger = factors
        found.append(Field(part.size + (wide - 1) * part.jump, part.jump * down / larger))
    return tuple(found)


def _field_inside(layer: Layer, step: Step, given: tuple[Fields, ...], pricing: _Pricing) -> Fields:
    """The field of the first output of what is inside an operator; None where nothing can be told."""
    inside = inside_of(layer, step.inputs, pricing.session)
    return None if inside is None else _field_after(inside.trace, given, pricing)


def _sees_all(step: Step, given: Fields, whole: dict[int, Fields]) -> Fields:
    """The field of what sees the whole input; where the map keeps its size, its pixels stay where they are.

    What is not known to come from the whole input (behind a `Slice`, say) sees nobody knows how much of it.
    """
    everything = None if given is None else whole.get(len(given))
    shapes = (step.inputs[0], step.outputs[0])
    is_kept = all(type(shape) is tuple for shape in shapes) and shapes[0][1:] == shapes[1][1:]
    if not everything or given is None or not is_kept:
        return everything
    return tuple(Field(max(all_of.size, part.size), part.jump) for all_of, part in zip(everything, given))


def _widest(given: tuple[Fields, ...]) -> Fields:
    return _merged(given, max)


def _merged(given: tuple[Fields, ...], pick: Callable[[Iterable[Fraction]], Fraction]) -> Fields:
    known = [field for field in given if field is not None]
    if len(known) < len(given) or len({len(field) for field in known}) != 1:
        return None
    return tuple(Field(pick(part.size for part in parts), max(part.jump for part in parts)) for parts in zip(*known))
