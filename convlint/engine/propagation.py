"""Propagates shapes through a graph: orders the layers, runs each operator's shape function, notes what failed."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush

from convlint.catalogue import lookup
from convlint.catalogue.parameters import Values
from convlint.domain.values import (
    LARGEST,
    UNKNOWN,
    Shape,
    Shapes,
    Symbolic,
    Truth,
    UnknownSize,
    all_of,
    equal,
    is_known,
)
from convlint.engine.failures import (
    ChangingCopies,
    Contradicted,
    Failure,
    Miscounted,
    MissingOutput,
    NothingBehind,
    UnfitCopies,
    Unmet,
    WrongInputCount,
    WrongRank,
)
from convlint.engine.trace import Condition, Session, Step, Trace
from convlint.model import Graph, Layer, Learned, Port

_CHANNEL_RULES = frozenset(("channel-mismatch", "untracked-channels"))
"""What a copy fails by that is built for the channels of another."""


def execution_order(graph: Graph) -> tuple[Sequence[int], Sequence[int]]:
    """(the layers in an order in which each comes after its sources, those of them on or behind a cycle).

    Layers on or behind a cycle come last, in the order of the file.
    """
    layers = graph.layers
    if is_in_order(enumerate(layers)):
        return range(len(layers)), ()
    waiting = [0] * len(layers)
    readers: list[list[int]] = [[] for _ in layers]
    for index, layer in enumerate(layers):
        for port in layer.sources:
            if port is not None and port.layer >= 0:
                waiting[index] += 1
                readers[port.layer].append(index)
    order = [index for index, count in enumerate(waiting) if count == 0]
    for index in order:
        for reader in readers[index]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                order.append(reader)
    left = [index for index, count in enumerate(waiting) if count > 0]
    return order + left, left


def is_in_order(layers: Iterable[tuple[int, Layer]]) -> bool:
    """Whether each of some layers, which come with their numbers, stands below those that it reads."""
    for index, layer in layers:  # no `all`: this runs several times for each layer of each network
        for port in layer.sources:
            if port is not None and port.layer >= index:
                return False
    return True


def propagate(graph: Graph, inputs: Shapes, session: Session) -> Trace:
    """The trace of a graph; equal blocks and layers with equal inputs are computed once for each session."""
    key = (id(graph), inputs)
    known: Trace | None = session.known.get(key)
    if known is not None:
        return known
    if session.is_spent:
        return _unknown_trace(graph, inputs)
    before = session.before.traces.get((graph.name, inputs))
    again = None if before is None else _traced_again(before, graph, session)
    trace = session.known[key] = _traced(graph, inputs, session) if again is None else again
    return trace


def _traced(graph: Graph, inputs: Shapes, session: Session) -> Trace:
    """The trace of a graph, each layer of which is looked at."""
    order, blocked = execution_order(graph)
    results: list[Step | None] = [None] * len(graph.layers)
    built: dict[int, Layer] = {}
    for index in order:
        layer, step = _run(graph.layers[index], inputs, results, session)
        if layer is not graph.layers[index]:
            built[index] = layer
        results[index] = step
    steps = tuple([step for step in results if step is not None])
    outputs = tuple([_shape_at(port, inputs, results) for port in graph.outputs])
    return Trace(_as_was_built(graph, built), inputs, steps, outputs, all(map(_is_sound, steps)), order, blocked)


def _traced_again(before: Trace, graph: Graph, session: Session) -> Trace | None:
    """The trace of a graph that has most of its layers from that of an earlier trace; None where it does not help."""
    if before.blocked or len(before.graph.layers) != len(graph.layers):
        return None
    changed = [pair for pair in enumerate(graph.layers) if pair[1] is not before.graph.layers[pair[0]]]
    is_still_in_order = isinstance(before.order, range) and is_in_order(changed)
    order, blocked = (before.order, ()) if is_still_in_order else execution_order(graph)
    if blocked:
        return None
    results: list[Step | None] = [*before.steps]
    built: dict[int, Layer] = {}
    again = []
    for index, layer, step in _run_again(before, graph, order, results, session):
        if layer is not graph.layers[index]:
            built[index] = layer
        again.append(step)
    steps = tuple([step for step in results if step is not None])
    outputs = tuple([_shape_at(port, before.inputs, results) for port in graph.outputs])
    sound = all(map(_is_sound, again if before.sound else steps))
    return Trace(_as_was_built(graph, built), before.inputs, steps, outputs, sound, order, blocked)


def _as_was_built(graph: Graph, built: Mapping[int, Layer]) -> Graph:
    """The graph, with some layers by their numbers as they were built."""
    if not built:
        return graph
    return graph._replace(layers=tuple([built.get(index, layer) for index, layer in enumerate(graph.layers)]))


def _is_sound(step: Step) -> bool:
    """Whether nothing failed at a layer or inside it."""
    if step.failures or (step.inside is not None and not step.inside.sound):
        return False
    return not step.copies or all(copy.sound for copy in step.copies)


def retraced(before: Trace, graph: Graph, order: Iterable[int], session: Session) -> Iterator[tuple[int, Step]]:
    """(layer, its step) of each layer whose step may be another, where `graph` has other layers than that of `before`.

    `order` is that in which the layers of `graph` run, and in which they come.
    """
    for index, _, step in _run_again(before, graph, order, [*before.steps], session):
        yield index, step


def retraced_below(
    before: Trace, graph: Graph, changed: Collection[int], readers: Mapping[int, Sequence[int]], session: Session
) -> Iterator[tuple[int, Step]]:
    """As `retraced`, where each layer stands below what it reads: nothing but the `changed` layers and those below.

    `readers` holds the layers that read each layer of `before`, or are the same module once more.
    """
    results: list[Step | None] = [*before.steps]
    waiting = sorted(changed)
    met = set(waiting)
    while waiting:
        index = heappop(waiting)
        old = before.steps[index]
        _, step = _run(graph.layers[index], before.inputs, results, session)
        results[index] = step
        if index in changed or step.inputs != old.inputs or step.outputs != old.outputs:
            for reader in readers.get(index, ()):
                if reader > index and reader not in met:
                    met.add(reader)
                    heappush(waiting, reader)
        yield index, step


def _run_again(
    before: Trace, graph: Graph, order: Iterable[int], results: list[Step | None], session: Session
) -> Iterator[tuple[int, Layer, Step]]:
    """(number, layer as it was built, step) of each layer whose step may be another, which `results` has then."""
    others: set[int] = set()
    for index in order:
        layer, old = graph.layers[index], before.steps[index]
        is_changed = layer is not before.graph.layers[index]
        if not is_changed and not (others and _follows_one_of(layer, others)):
            continue
        made, step = _run(layer, before.inputs, results, session)
        results[index] = step
        if is_changed or step.inputs != old.inputs or step.outputs != old.outputs:
            others.add(index)
        yield index, made, step


def _follows_one_of(layer: Layer, others: Container[int]) -> bool:
    """Whether a layer reads one of some other layers, or is the same module as one."""
    for port in layer.sources:
        if port is not None and port.layer in others:
            return True
    return layer.shares in others


def _run(layer: Layer, inputs: Shapes, results: list[Step | None], session: Session) -> tuple[Layer, Step]:
    """A layer as it was built, and its step; `results` holds those of the layers that ran before."""
    shapes = tuple([_shape_at(port, inputs, results) for port in layer.sources])
    if layer.shares is not None:
        layer = _as_built(layer, shapes, results[layer.shares], session)
    step = (_step_over if layer.over else _step)(layer, shapes, session)
    if layer.counted is not None:
        step = _as_counted(layer, step)
    failures = _layer_failures(layer, step, results)
    return layer, step._replace(failures=(*step.failures, *failures)) if failures else step


def _as_built(layer: Layer, inputs: Shapes, first: Step | None, session: Session) -> Layer:
    """A layer that is the module of another once more, with what was inferred when that one was built."""
    if first is None or first.inputs == inputs:
        return layer
    from convlint.engine.sharing import as_built

    return as_built(layer, first, session)


def _as_counted(layer: Layer, step: Step) -> Step:
    """The step, with the channels that were counted where others come out."""
    shape = step.outputs[0]
    if not isinstance(shape, tuple) or not shape:
        return step
    channels, counted = shape[0], layer.counted
    if type(channels) is not int or type(counted) is not int or channels == counted:
        return step
    first = (counted, *shape[1:])
    return step._replace(outputs=(first, *step.outputs[1:]), failures=(*step.failures, Miscounted(channels)))


def _unknown_trace(graph: Graph, inputs: Shapes) -> Trace:
    steps = tuple(Step((UNKNOWN,) * len(layer.sources), (UNKNOWN,)) for layer in graph.layers)
    return Trace(graph, inputs, steps, (UNKNOWN,) * len(graph.outputs), True, *execution_order(graph))


def _layer_failures(layer: Layer, step: Step, results: list[Step | None]) -> list[Failure]:
    """What is wrong with a layer whatever its operator: outputs that it reads or promises and that are not there."""
    failures: list[Failure] = []
    for number, port in enumerate(layer.sources):
        if port is not None and port.output and not _exists(port, results):
            failures.append(MissingOutput(number))
    if layer.expected is not None:
        for number, expected in enumerate(layer.expected):
            if number >= len(step.outputs) or contradicts(expected, step.outputs[number]):
                failures.append(Contradicted(number))
    return failures


def _exists(port: Port, results: list[Step | None]) -> bool:
    if port.layer < 0:
        return port.output == 0
    step = results[port.layer]
    return step is None or port.output < len(step.outputs) or step.outputs == (UNKNOWN,)


def contradicts(expected: Shape, found: Shape) -> bool:
    """Whether two shapes cannot be the same, whatever their unknown sizes are."""
    return expectation(expected, found) is False


def expectation(expected: Shape, found: Shape) -> Truth:
    """The condition under which two shapes are the same; what is wholly unknown is taken to fit."""
    if not isinstance(expected, tuple) or not isinstance(found, tuple):
        return True
    if len(expected) != len(found):
        return False
    return all_of([equal(a, b) for a, b in zip(expected, found) if a is not UNKNOWN and b is not UNKNOWN])


def _shape_at(port: Port | None, inputs: Shapes, results: list[Step | None]) -> Shape:
    if port is None:
        return UNKNOWN
    if port.layer < 0:
        return inputs[-1 - port.layer] if port.output == 0 else UNKNOWN
    step = results[port.layer]
    if step is None or port.output >= len(step.outputs):
        return UNKNOWN
    return step.outputs[port.output]


def _step_over(layer: Layer, inputs: Shapes, session: Session) -> Step:
    """The step on the entries of the first axes, which come out again; its inputs are the shapes of one entry."""
    whole = [shape for shape in inputs if isinstance(shape, tuple)]
    if not whole or len(whole) < len(inputs):
        return Step(inputs, (UNKNOWN,))
    lead = whole[0][: layer.over]
    for number, shape in enumerate(whole):
        if len(shape) <= layer.over or contradicts(lead, shape[: layer.over]):
            return Step(inputs, (UNKNOWN,), (NothingBehind(number),))
    step = _step(layer, tuple([shape[layer.over :] for shape in whole]), session)
    return step._replace(
        outputs=tuple([(*lead, *shape) if isinstance(shape, tuple) else shape for shape in step.outputs])
    )


def _step(layer: Layer, inputs: Shapes, session: Session) -> Step:
    operator = layer.operator
    if operator is None:
        return Step(inputs, (UNKNOWN,))
    if isinstance(operator, Graph):
        return _block_step(layer, operator, inputs, session)
    if isinstance(operator, Learned):
        return _learned_step(operator, inputs, session)
    key = (operator, layer.parameters, inputs, layer.repeat, layer.counted is None, layer.around)
    step: Step | None = session.known.get(key)
    if step is None:
        step = session.before.steps.get(key)
        if step is None and layer.repeat > 1:
            step = _run_repeated(layer, operator, inputs, session)
        elif step is None:
            step = run_operator(operator, layer.parameters, inputs, session.every_rule)
            step = _told_by_its_inside(layer, operator, step, session)
        session.known[key] = step
    return step


def run_copy(layer: Layer, name: str, inputs: Shapes, session: Session) -> Step:
    """One copy of a layer of an operator; what is inside says what comes out where the declaration does not."""
    return _told_by_its_inside(layer, name, run_operator(name, layer.parameters, inputs, session.every_rule), session)


def _told_by_its_inside(layer: Layer, name: str, step: Step, session: Session) -> Step:
    if step.outputs == (UNKNOWN,) and _is_open(name):
        return _opened_step(layer, name, step.inputs, step, session)
    return step


def _run_repeated(layer: Layer, name: str, inputs: Shapes, session: Session) -> Step:
    """All copies in sequence, from the first input to the last output, with the conditions of all.

    What fails is said of the first copy from which no size comes out, else of the first that fails.
    """
    copies = [run_copy(layer, name, inputs, session)]
    for _ in range(layer.repeat - 1):
        outputs = copies[-1].outputs[:1]
        if outputs == copies[-1].inputs or outputs[0] is UNKNOWN:
            break
        copies.append(run_copy(layer, name, outputs, session))
    failing = [step for step in copies if not _is_sound(step)]
    failed = next((step for step in failing if not is_known(step.outputs)), failing[0] if failing else None)
    conditions = tuple([condition for step in copies for condition in step.conditions])
    whole = failed if failed is not None else copies[-1]._replace(inputs=inputs)
    whole = whole._replace(outputs=copies[-1].outputs, conditions=conditions)
    return whole if layer.counted is None or len(copies) == 1 else _built_alike(name, copies, whole)


def _is_open(name: str) -> bool:
    operator = lookup.operator(name)
    return operator is not None and operator.is_open


def _opened_step(layer: Layer, name: str, inputs: Shapes, closed: Step, session: Session) -> Step:
    """The step of an operator of which only what is inside says what comes out."""
    from convlint.engine.assembly import body_of

    if session.is_spent or any(_ends(name, failure) for failure in closed.failures):
        return closed
    body = body_of(layer, inputs, session)
    if body is None:
        return closed
    trace = propagate(body.graph, inputs, session)
    return closed._replace(outputs=trace.outputs or (UNKNOWN,), inside=trace)


def _ends(operator: str, failure: Failure) -> bool:
    """Whether nothing flows on after a failure, not even what the operator promises."""
    if not isinstance(failure, Unmet):
        return True
    return bool(lookup.declaration(operator).requirements[failure.requirement].otherwise == "nothing")


def _built_alike(name: str, copies: list[Step], whole: Step) -> Step:
    """The step of copies that change channels, which cannot be, or sizes: all are built for the counted channels."""
    misfits = [_is_for_other_channels(name, step) for step in copies]
    if any(misfits) and not misfits[0]:
        return copies[0]._replace(failures=(UnfitCopies(),))
    return whole._replace(failures=(*whole.failures, ChangingCopies()))


def _is_for_other_channels(name: str, step: Step) -> bool:
    requirements = lookup.declaration(name).requirements
    return any(
        requirements[failure.requirement].rule in _CHANNEL_RULES
        for failure in step.failures
        if isinstance(failure, Unmet)
    )


def _block_step(layer: Layer, graph: Graph, inputs: Shapes, session: Session) -> Step:
    given = (*inputs, *[UNKNOWN] * (len(graph.inputs) - len(inputs)))[: len(graph.inputs)]
    trace = propagate(graph, given, session)
    copies = [trace]
    for _ in range(layer.repeat - 1):
        following = (*trace.outputs[:1], *given[1:])
        if following == trace.inputs:
            break
        trace = propagate(graph, following, session)
        copies.append(trace)
        if session.is_spent:
            break
    failures = () if len(inputs) == len(graph.inputs) else (WrongInputCount(),)
    return Step(inputs, trace.outputs, failures, tuple(copies))


def _learned_step(operator: Learned, inputs: Shapes, session: Session) -> Step:
    key = (operator, inputs)
    step: Step | None = session.known.get(key)
    if step is None:
        step = session.known[key] = Step(inputs, operator.outputs(inputs))
    return step


def run_operator(name: str, parameters: Values, inputs: Shapes, every_rule: bool = False) -> Step:
    """One operator on given shapes.

    What ships computes the same in every file, and the same layers stand in many: the last few thousand steps are kept.
    """
    if every_rule or lookup.extension() is not None:
        return _run_operator(name, parameters, inputs, every_rule)
    key = (name, parameters, inputs)
    step = _kept.get(key)
    if step is None:
        step = _run_operator(name, parameters, inputs, False)
        if step.outputs[0] is not UNKNOWN and _all_known(parameters, inputs):
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[key] = step
    return step


_kept: dict[tuple[str, Values, Shapes], Step] = {}
"""Steps of operators that ship, for sizes that are known; none of which too little came, be it for want of steps."""
_MOST_KEPT = 4096


def _run_operator(name: str, parameters: Values, inputs: Shapes, every_rule: bool) -> Step:
    operator = lookup.operator(name)
    if operator is None:
        return Step(inputs, (UNKNOWN,))
    count = len(inputs)
    too_few_or_many = count < operator.fewest or (operator.most is not None and count > operator.most)
    if too_few_or_many or (operator.counts and count not in operator.counts):
        return Step(inputs, (UNKNOWN,), (WrongInputCount(),))
    if operator.ranks is not None:
        given = inputs
        if inputs[:1] == (UNKNOWN,) and len(operator.ranks) == 1:
            inputs = ((UNKNOWN,) * operator.ranks[0], *inputs[1:])
        if inputs and isinstance(inputs[0], tuple) and len(inputs[0]) not in operator.ranks:
            return Step(given, (UNKNOWN,), (WrongRank(),))
    conditions: Sequence[tuple[int, int, object]] = ()
    try:
        if not every_rule and _all_known(parameters, inputs):
            failed, outputs = operator.shape(parameters, inputs)
        else:
            failed, outputs, conditions = lookup.lifted_shape(name, every_rule)(parameters, inputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return Step(inputs, (UNKNOWN,))
    failures = tuple([Unmet(*failure) for failure in failed]) if failed else ()
    held = tuple([Condition(*condition) for condition in conditions]) if conditions else ()
    if isinstance(outputs, UnknownSize) or not outputs or None in outputs:  # a parameter without a value is a shape
        return Step(inputs, (UNKNOWN,), failures, (), held)
    if failures:
        outputs = _after_failures(name, failures, outputs)
    for shape in outputs:
        for size in shape if isinstance(shape, tuple) else ():
            if type(size) is int and size > LARGEST:
                return Step(inputs, _bounded(outputs), failures, (), held)
    return Step(inputs, outputs, failures, (), held)


def _bounded(outputs: Shapes) -> Shapes:
    """The outputs with sizes unknown that no tensor has: an upsampling that is repeated often doubles without end."""
    return tuple(
        tuple([UNKNOWN if type(size) is int and size > LARGEST else size for size in shape])
        if isinstance(shape, tuple)
        else shape
        for shape in outputs
    )


def _all_known(parameters: Values, inputs: Shapes) -> bool:
    for shape in inputs:
        if not isinstance(shape, tuple):
            return False
        for size in shape:
            if type(size) is not int:
                return False
    for value in parameters:  # noqa: SIM110  (`any` makes a generator for each layer)
        if isinstance(value, Symbolic):
            return False
    return True


def _after_failures(name: str, failures: tuple[Unmet, ...], outputs: Shapes) -> Shapes:
    """The outputs with the axes that failed for good made unknown."""
    requirements = lookup.declaration(name).requirements
    lost = {
        axis + 1
        for failure in failures
        if requirements[failure.requirement].otherwise == "axes"
        for axis in failure.axes
    }
    if not lost:
        return outputs
    return tuple(
        tuple(UNKNOWN if index in lost else size for index, size in enumerate(shape))
        if isinstance(shape, tuple)
        else shape
        for shape in outputs
    )
