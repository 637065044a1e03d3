"""Tries of a class with arguments and inputs: the first that can be followed, and others that have the same layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN
from convlint.engine.opening import Opened
from convlint.forks import learning
from convlint.learned.blocks import Given
from convlint.learned.samples import Sample, arguments_to_try, constructor_names, inputs_to_try
from convlint.model import Graph, Layer, Learned
from convlint.python_source import containers, records
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.operations import holds_unknown
from convlint.python_source.recording import Inside
from convlint.python_source.values import Class, Core, Function, GaveUp, Instance, PythonError
from convlint.typed import NamedTuple

MOST_TRIES = 60
MOST_INPUTS = 6
OTHER_VALUES = 3
"""Values that an argument is tried with beside the first."""
OTHER_SIZE = 2
"""How many times larger an input is made, to see which numbers follow from it."""


class _Run(NamedTuple):
    """A try that was followed to its end."""

    sample: Sample
    record: Instance
    inside: Inside


class Tried(NamedTuple):
    """All tries of a class that are alike: the first, others with another argument, and one with a larger input.

    `fixed` are the arguments that decide which layers there are. Without a try that was followed, `reason` says why.
    """

    kind: Class
    runs: tuple[_Run, ...]
    larger: _Run | None
    fixed: Mapping[str, object]
    reason: str
    record: Instance | None


class _Reason(NamedTuple):
    """Why a try was not followed; of several, the first of the lowest rank is told: inputs may be the wrong ones."""

    text: str
    rank: int


_NO_REASON = _Reason("no arguments were found that it takes", 3)


def tried(kind: Class, given: Mapping[str, object], inputs: Given) -> Tried:
    constructor = records.class_member(kind, "__init__")
    reason, last = _NO_REASON, None
    tries = 0
    for arguments in arguments_to_try(constructor, given):
        record, problem = _made(kind, arguments)
        if record is None:
            reason = min(reason, _Reason(problem, 2), key=lambda reason: reason.rank)
            continue
        last = last or record
        for sample in _samples(record, kind, arguments, inputs):
            tries += 1
            run, why = _followed(record, sample)
            why = why._replace(rank=why.rank + sample.is_list)  # of a list that it does not take nothing is learned
            reason = min(reason, why, key=lambda reason: reason.rank)
            if run is not None:
                return _with_others(kind, constructor, run, inputs)
            if tries > MOST_TRIES:
                break
        if tries > MOST_TRIES:
            break
    return Tried(kind, (), None, {}, reason.text, last)


def _made(kind: Class, arguments: Mapping[str, object]) -> tuple[Instance | None, str]:
    record = records.instantiate(Interpreter(), kind, [], dict(arguments), kind.module.label)
    if not isinstance(record, Instance):
        return None, "it makes no module"
    problem = learning.construct(record, learning.StepBudget())
    return (None, str(problem)) if problem else (record, "")


def _samples(record: Instance, kind: Class, arguments: Mapping[str, object], inputs: Given) -> Iterator[Sample]:
    if inputs:
        yield Sample(arguments, inputs, is_list=False)
        yield Sample(arguments, inputs, is_list=True)
        return
    yield from inputs_to_try(kind, arguments, _leaves(record))


def _leaves(record: Instance) -> list[Core]:
    """The modules of torch.nn in a record that have tensors, in their order."""
    found = []
    try:
        for _, part in containers.walk(Interpreter(), record):
            if part.core is not None and lookup.operator(part.core.name) is not None:
                found.append(part.core)
    except (PythonError, GaveUp, RecursionError):
        return found
    return found


def _followed(record: Instance, sample: Sample) -> tuple[_Run | None, _Reason]:
    reasons = []
    for training in (False, True):
        try:
            inside = learning.written_down(record, sample.inputs, sample.is_list, (), training=training)
        except learning.NotFollowed as error:
            reasons.append(_Reason(str(error), int(error.is_refused)))
            continue
        problem = inside.reason or _gap(inside.opened, record.name)
        if not problem:
            return _Run(sample, record, inside), _NO_REASON
        reasons.append(_Reason(problem, 0))
    return None, min(reasons, key=lambda reason: reason.rank)


def _gap(inside: Opened | None, name: str) -> str:
    """What of a graph a file cannot say, in the modules in it too; empty where it can say all."""
    if inside is None:
        return f"what is in {name} was not followed"
    graph = inside.body.graph
    if not graph.outputs or None in graph.outputs:
        return f"what {name} gives was not followed"
    for layer, step in zip(graph.layers, inside.trace.steps):
        if UNKNOWN in step.outputs or holds_unknown(list(step.outputs)):
            return f"the shape of {layer.name} is not known"
        if None in layer.sources:
            return f"what {layer.name} reads was not followed"
        if isinstance(layer.operator, Learned) and (gap := _gap(layer.operator.inside(()), layer.name)):
            return gap
    return ""


def _with_others(kind: Class, constructor: object, first: _Run, inputs: Given) -> Tried:
    """The first try, and others that show what follows from which argument."""
    defaults = constructor.defaults if isinstance(constructor, Function) else {}
    names = constructor_names(constructor)
    values = {name: first.sample.arguments.get(name, defaults.get(name)) for name in names}
    form = form_of(first.inside.graph)
    runs = [first]
    fixed: dict[str, object] = {}
    moved: dict[str, object] = {}
    for name, value in values.items():
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            if isinstance(value, (bool, str, list, tuple)):
                fixed[name] = value
            continue
        alike = [other for other in names if type(values[other]) is type(value) and values[other] == value]
        for together in ([name], alike):
            others = list(_other_runs(kind, together, value, first, form, inputs))
            runs += others
            if others:
                moved.update({key: others[-1].sample.arguments[key] for key in together})
                break
        else:
            fixed[name] = value
    if len(moved) > 1:
        both = _alike(kind, {**first.sample.arguments, **moved}, first, form, inputs)
        runs += [both] if both is not None else []
    wide = None if inputs else _larger(first, form)
    return Tried(kind, tuple(runs), wide, fixed, "", first.record)


def _larger(first: _Run, form: object) -> _Run | None:
    """The first try with a larger input: more pixels, or more tokens."""
    for channels in (0, -1):
        shapes = tuple(_enlarged(shape, channels) for shape in first.sample.inputs)
        run, _ = _followed(first.record, first.sample._replace(inputs=shapes))
        if run is not None and form_of(run.inside.graph) == form:
            return run
    return None


def _enlarged(shape: tuple[int, ...], channels: int) -> tuple[int, ...]:
    return tuple(size if at == channels % len(shape) else size * OTHER_SIZE for at, size in enumerate(shape))


def _other_runs(
    kind: Class, names: list[str], value: float, first: _Run, form: object, inputs: Given
) -> Iterator[_Run]:
    """Tries in which some arguments have other values, if they have the same layers."""
    found = 0
    for other in dict.fromkeys((2 * value, 3 * value, value + 2, value + 1, 4 * value)):
        changed = dict.fromkeys(names, other)
        run = _alike(kind, {**first.sample.arguments, **changed}, first, form, inputs)
        if run is not None:
            yield run
            found += 1
        if found == OTHER_VALUES:
            return


def _alike(kind: Class, arguments: Mapping[str, object], first: _Run, form: object, inputs: Given) -> _Run | None:
    """A try with other arguments, if it has the same layers."""
    record, _ = _made(kind, arguments)
    if record is None:
        return None
    ranks = [len(shape) for shape in first.sample.inputs]
    tried = [Sample(arguments, first.sample.inputs, first.sample.is_list)]
    tried += [] if inputs else list(inputs_to_try(kind, arguments, _leaves(record)))
    fitting = [sample for sample in tried if [len(shape) for shape in sample.inputs] == ranks]
    for sample in fitting[:MOST_INPUTS]:
        run, _ = _followed(record, sample)
        if run is not None and form_of(run.inside.graph) == form:
            return run
    return None


def form_of(graph: Graph) -> object:
    """What two tries have in common that differ in numbers alone."""
    return (graph.outputs, tuple(_layer_form(layer) for layer in graph.layers))


def _layer_form(layer: Layer) -> object:
    inner: object = layer.operator
    if isinstance(layer.operator, Learned):
        opened = layer.operator.inside(())
        inner = (layer.operator.name, form_of(opened.body.graph) if opened is not None else None)
    lengths = tuple(len(value) if isinstance(value, (list, tuple)) else -1 for value in layer.parameters)
    return (layer.name, inner, layer.sources, layer.label, layer.over, lengths)
