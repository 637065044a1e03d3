"""Builds one network with torch, runs it in training and in evaluation mode, and compares it with the engine."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from math import inf
from time import monotonic

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from convlint.dialects import registry
from convlint.dialects.registry import Dialect
from convlint.domain.values import UNKNOWN, is_known
from convlint.engine import costs
from convlint.engine.propagation import propagate
from convlint.engine.reporting import shape_text
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import Part, Place
from convlint.model import Architecture, Graph, Layer
from convlint.options import TorchLimits
from convlint.torch_check import BuildError, MissingPackageError
from convlint.torch_check.inputs import batched, with_concrete_inputs
from convlint.torch_check.learned_rows import OUT_OF_TIME, compare_rows, has_learned
from convlint.torch_check.network import Layered, RefusedError, copy_path, error_text
from convlint.typed import NamedTuple

BATCH = 2
OUT_OF_MEMORY = "needs more memory than --torch-memory gives"
MOST_LAYERS = 100_000
"""Layers, copies counted, beyond which a network is not built."""
MACS_A_SECOND = 4e10
WEIGHTS_A_SECOND = 1e8
"""What a processor computes and initialises; only decides what is worth a try."""
MOST_TOLD = 10**12
"""MiB beyond which it is not said how many a network needs."""
SHARE_OF_TIME = 0.7
"""Of the time limit, after which computing is given up for shapes alone."""


class Disagreement(NamedTuple):
    """One thing that torch says otherwise: the rule, its arguments, the layer at fault and the places of its uses."""

    rule: str
    arguments: dict[str, str]
    layer: str
    place: Place
    uses: tuple[tuple[Place, str], ...] = ()


class Verdict(NamedTuple):
    """What torch says of one network, and how it was asked."""

    remarks: tuple[Disagreement, ...] = ()
    notes: tuple[str, ...] = ()


class Expectation(NamedTuple):
    """What the engine says of one layer or copy; `parameters` is None where a count is unknown."""

    layer: Layer
    outputs: tuple[object, ...]
    parameters: int | None
    uses: tuple[tuple[Place, str], ...]


def compare(architecture: Architecture, dialect: Dialect, limits: TorchLimits) -> Verdict:
    """What torch says of a network in which the engine finds no error."""
    concrete = with_concrete_inputs(architecture)
    if concrete is None:
        return Verdict(notes=("not compared with torch: its input sizes are not known",))
    architecture, chosen = concrete
    trace = propagate(architecture.graph, architecture.inputs, Session({}))
    if _count_layers(trace) > MOST_LAYERS:
        reason = f"the network has more than {MOST_LAYERS:,} layers"
        return Verdict((_of_network("torch-unfinished", architecture, reason),))
    notes = tuple(f"compared with torch at {name} = {size}" for name, size in chosen.items())
    if has_learned(architecture):
        return _of_rows(architecture, trace, limits, notes)
    device, reason = _device_for(architecture, trace, limits)
    deadline = monotonic() + limits.seconds * SHARE_OF_TIME
    try:
        verdict = _compare_on(device, architecture, trace, dialect, deadline)
    except _TooLargeError as error:
        reason = str(error)
        verdict = _compare_on("meta", architecture, trace, dialect, inf)
    remarks = verdict.remarks
    if reason and not remarks:
        remarks = (_of_network("torch-shapes-only", architecture, reason),)
    return Verdict(remarks, (*notes, *verdict.notes))


def _of_rows(architecture: Architecture, trace: Trace, limits: TorchLimits, notes: tuple[str, ...]) -> Verdict:
    """The rows of a repository's own builder, each by what is inside it."""
    compared = compare_rows(trace, monotonic() + limits.seconds * SHARE_OF_TIME)
    remarks = [
        Disagreement("torch-shape-mismatch", remark.arguments, remark.layer.name, remark.layer.places.at(Part.OPERATOR))
        for remark in compared.remarks
    ]
    if compared.left_out:
        remarks.append(_of_network("torch-shapes-only", architecture, compared.left_out))
    rows = f"{compared.compared} of {len(trace.graph.layers)} rows"
    note = f"{rows} compared by what is inside them: the repository that builds them is never imported"
    return Verdict(tuple(remarks), (*notes, note))


class _TooLargeError(Exception):
    """Computing the network takes more memory or time than there is; the message says which."""


# --- what is worth a try


def _count_layers(trace: Trace) -> int:
    """Layers with all copies, counted no further than MOST_LAYERS."""
    known: dict[int, int] = {}

    def count(inner: Trace) -> int:
        if id(inner) not in known:
            known[id(inner)] = sum(_of_layer(layer, step) for layer, step in zip(inner.graph.layers, inner.steps))
        return known[id(inner)]

    def _of_layer(layer: Layer, step: Step) -> int:
        if not step.copies:
            return layer.repeat
        return sum(map(count, step.copies)) + count(step.copies[-1]) * (layer.repeat - len(step.copies))

    return count(trace)


def _device_for(architecture: Architecture, trace: Trace, limits: TorchLimits) -> tuple[str, str]:
    """(the device to run on, why it is not the CPU)."""
    facts = costs.network_facts(architecture, trace)
    needed = (costs.FLOAT_BYTES * (facts.parameters or 0) + BATCH * (facts.activation_bytes or 0)) // 2**20
    if needed > limits.memory:
        return "meta", f"needs about {min(needed, MOST_TOLD):,} MiB, more than the {limits.memory:,} of --torch-memory"
    seconds = (facts.macs or 0) * BATCH * 2 / MACS_A_SECOND + (facts.parameters or 0) / WEIGHTS_A_SECOND
    if seconds > limits.seconds:
        return "meta", f"takes about {seconds:,.0f} seconds, more than the {limits.seconds:g} of --torch-timeout"
    return "cpu", ""


# --- running


def _compare_on(device: str, architecture: Architecture, trace: Trace, dialect: Dialect, deadline: float) -> Verdict:
    expectations = dict(_expectations(trace, "", ()))
    build: Callable[[Architecture, Trace], Layered] = registry.builder(dialect)
    try:
        with torch.device(device):
            network = build(architecture, trace)
    except RefusedError as error:
        if _is_of_memory(error.message):
            raise _TooLargeError(OUT_OF_MEMORY) from error
        return Verdict(
            (_remark("torch-build-failed", error.layer, expectations[error.layer], {"text": error.message}),)
        )
    except MissingPackageError as error:
        arguments = {"package": error.package, "reason": error.reason}
        return Verdict((_remark("torch-package-missing", "", next(iter(expectations.values())), arguments),))
    except BuildError as error:
        return Verdict(notes=(f"not compared with torch: {error}",))
    shapes = batched(architecture, BATCH)
    trained = _run(network, shapes, device, training=True, deadline=deadline)
    if isinstance(trained, str):
        return Verdict(notes=(trained,))
    evaluated = _run(network, shapes, device, training=False, deadline=deadline)
    notes = network.notes
    if isinstance(evaluated, str):
        notes, evaluated = (*notes, f"{evaluated} (in evaluation mode)"), trained
    remarks = [*_failures(trained, evaluated, expectations, architecture), *_shapes(trained, evaluated, expectations)]
    return Verdict((*remarks, *_parameters(trained.modules, expectations)), notes)


class ForwardPass(NamedTuple):
    """One forward pass: the output shapes of each layer by path, and where and how it failed."""

    outputs: dict[str, tuple[tuple[int, ...], ...]]
    modules: dict[str, nn.Module]
    failed: str = ""
    text: str = ""


def _run(
    network: Layered, shapes: tuple[tuple[int, ...], ...], device: str, *, training: bool, deadline: float
) -> ForwardPass | str:
    """A forward pass on random values; a text where the device cannot say."""
    modules = dict(network.layers())
    outputs: dict[str, tuple[tuple[int, ...], ...]] = {}
    open_layers: list[str] = []
    network.train(training)
    hooks = [hook for path in modules for hook in _watch(network, modules[path], path, open_layers, outputs, deadline)]
    try:
        with warnings.catch_warnings(), torch.no_grad(), torch.device(device):
            warnings.simplefilter("ignore")
            network(*[torch.rand(shape) for shape in shapes])
    except _TooLargeError:
        raise
    except Exception as error:
        text = error_text(error)
        if _is_of_memory(text):
            raise _TooLargeError(OUT_OF_MEMORY) from error
        if device == "meta" and (isinstance(error, NotImplementedError) or "meta tensors" in text):
            return f"not compared with torch: {text}"
        return ForwardPass(outputs, modules, open_layers[-1] if open_layers else "", text)
    finally:
        for hook in hooks:
            hook.remove()
    return ForwardPass(outputs, modules)


def _watch(
    network: Layered,
    module: nn.Module,
    path: str,
    open_layers: list[str],
    outputs: dict[str, tuple[tuple[int, ...], ...]],
    deadline: float,
) -> Iterator[RemovableHandle]:
    def enter(_: nn.Module, inputs: object) -> None:
        if monotonic() > deadline:
            raise _TooLargeError(OUT_OF_TIME)
        open_layers.append(path)

    def leave(_: nn.Module, inputs: object, result: object) -> None:
        open_layers.pop()
        seen = network.seen(path, result)
        if seen is not None:
            outputs.setdefault(path, tuple(tuple(item.shape[1:]) for item in seen))  # of shared modules the first call

    yield module.register_forward_pre_hook(enter)
    yield module.register_forward_hook(leave)


def _is_of_memory(text: str) -> bool:
    """Whether torch says that memory is short."""
    return any(words in text for words in ("can't allocate memory", "bad_alloc", "not enough memory", "MemoryError"))


# --- comparing


def _failures(
    trained: ForwardPass, evaluated: ForwardPass, expectations: dict[str, Expectation], architecture: Architecture
) -> Iterator[Disagreement]:
    """`torch-forward-failed`, once where both modes fail alike."""
    size = ", ".join(shape_text(shape) for shape in batched(architecture, BATCH))
    same = (trained.failed, trained.text) == (evaluated.failed, evaluated.text)
    for run, mode in ((trained, "" if same else "in training mode "), (evaluated, "in evaluation mode ")):
        if run.text and not (same and run is evaluated):
            arguments = {"text": run.text, "mode": mode, "size": size}
            if run.failed in expectations:
                yield _remark("torch-forward-failed", run.failed, expectations[run.failed], arguments)
            else:
                place = architecture.graph.layers[0].places.at(Part.OPERATOR)
                yield Disagreement("torch-forward-failed", arguments, "", place)


def _shapes(
    trained: ForwardPass, evaluated: ForwardPass, expectations: dict[str, Expectation]
) -> Iterator[Disagreement]:
    """`torch-shape-mismatch` of the first layer whose shape is another: what comes after it follows from it."""
    for run in (trained, evaluated):
        for path, found in run.outputs.items():
            item = expectations[path]
            if _differ(item.outputs, found):
                texts = [", ".join(shape_text(shape) for shape in shapes) for shapes in (found, item.outputs)]
                arguments = {"found": texts[0], "expected": texts[1], "what": "gives"}
                yield _remark("torch-shape-mismatch", path, item, arguments)
                return


def _differ(expected: tuple[object, ...], found: tuple[tuple[int, ...], ...]) -> bool:
    """Whether known sizes are others; an unknown shape, or the number of outputs beside one, says nothing."""
    if len(expected) != len(found) and is_known(expected):
        return True
    return any(
        isinstance(ours, tuple)
        and (len(ours) != len(theirs) or any(is_known(a) and a != b for a, b in zip(ours, theirs)))
        for ours, theirs in zip(expected, found)
    )


def _parameters(modules: dict[str, nn.Module], expectations: dict[str, Expectation]) -> Iterator[Disagreement]:
    """`torch-shape-mismatch` of each operator whose count of parameters is another."""
    for path, module in modules.items():
        item = expectations[path]
        if isinstance(item.layer.operator, Graph) or item.parameters is None:
            continue
        parameters = list(module.parameters())
        if any(is_lazy(parameter) for parameter in parameters):
            continue  # a lazy layer that did not run
        count = sum(parameter.numel() for parameter in parameters)
        if count != item.parameters:
            texts = {"found": f"{count:,} parameters", "expected": f"{item.parameters:,}"}
            yield _remark("torch-shape-mismatch", path, item, {"what": "has", **texts})


def _remark(rule: str, path: str, item: Expectation, arguments: dict[str, str]) -> Disagreement:
    operator = item.layer.operator
    name = operator.name if isinstance(operator, Graph) else item.layer.label or str(operator)
    return Disagreement(rule, {"op": name, **arguments}, path, item.layer.places.at(Part.OPERATOR), item.uses)


def _of_network(rule: str, architecture: Architecture, reason: str) -> Disagreement:
    place = architecture.graph.layers[0].places.at(Part.OPERATOR)
    return Disagreement(rule, {"reason": reason}, "", place)


def _expectations(trace: Trace, path: str, uses: tuple[tuple[Place, str], ...]) -> Iterator[tuple[str, Expectation]]:
    for layer, step in zip(trace.graph.layers, trace.steps):
        here = path + layer.name
        inside = tuple(shape if shape is UNKNOWN else shape[layer.over :] for shape in step.outputs)
        yield here, Expectation(layer, inside, costs.layer_parameters(layer, step), uses)
        if not isinstance(layer.operator, Graph):
            if layer.repeat > 1:  # where torch refuses one copy, it is this layer
                for number in range(layer.repeat):
                    yield copy_path(here, layer, number), Expectation(layer, (UNKNOWN,), None, uses)
            continue
        used = (*uses, (layer.places.at(Part.OPERATOR), f"{layer.operator.name} is used here"))
        last = len(step.copies) - 1
        for number in range(layer.repeat):
            yield from _expectations(step.copies[min(number, last)], copy_path(here, layer, number) + "/", used)
