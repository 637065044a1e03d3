"""The tensors of a network as `state_dict()` names them: those of every layer, opened where it has a body.

`network_state(architecture)` gives all of a network, in the order of torch; `state_of_file` those of a file. Names are
those of the package that builds the format: a reader says what stands before the names of its layers
(`Architecture.prefix`).
"""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text.

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from convlint.catalogue import lookup
from convlint.checking import conclude, study, unreadable
from convlint.collector import collector_paused
from convlint.dialects.texts import text_of
from convlint.domain.values import Scalar
from convlint.engine.opening import Opened, opened, untouched
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import FileResult, Part, Place
from convlint.limits import DEEPEST_BODY, MOST_TENSORS
from convlint.model import Architecture, Graph, Layer, Learned
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.typed import NamedTuple

_OWN_TENSORS = {"Parameter": 0, "Constant": 1}
"""Operators that are tensors of the module around them."""


class StateTensor(NamedTuple):
    """One entry of a state: its name, its shape (an unknown size is None), and the layer of the file that has it.

    `is_alias` says that the same tensor is listed under another name already, `is_shared` that it belongs to a module
    which layers have in common: how often it is there is not told.
    """

    name: str
    shape: tuple[int | None, ...]
    is_buffer: bool
    layer: str
    place: Place
    is_alias: bool = False
    is_shared: bool = False


class NetworkState(NamedTuple):
    """The tensors of a network in the order of torch, and the layers whose tensors cannot be told."""

    variant: str | None
    tensors: tuple[StateTensor, ...]
    unknown: tuple[str, ...]


class _Entry(NamedTuple):
    name: str
    shape: tuple[Scalar, ...] | None
    is_buffer: bool
    is_alias: bool
    is_shared: bool = False


class _Walk(NamedTuple):
    """What is shared by all layers of a network: what was opened, and how many layers may still be met."""

    session: Session
    room: list[int]


_Copy = Callable[[str, int], Iterator[_Entry]]
"""From the path and the depth of a copy to its tensors."""


class _Untold(Exception):
    """The tensors of a layer cannot be told."""


def state_of_file(path: str, options: Options = Options()) -> tuple[tuple[NetworkState, ...], FileResult]:
    """The tensors of each network of a file, and what is wrong with the file."""
    source = text_of(path)
    if not isinstance(source, Source):
        return (), unreadable(path, source)
    with lookup.extended(options.extension), collector_paused():
        text = study(source, options)
        states = tuple([network_state(item.architecture, item.trace) for item in text.networks])
        return states, conclude(text, options)


def network_state(
    architecture: Architecture, trace: Trace | None = None, session: Session | None = None
) -> NetworkState:
    """All tensors of a network; `trace` and `session` are those of an earlier propagation, if there was one."""
    session = session or Session({})
    trace = trace or propagate(architecture.graph, architecture.inputs, session)
    walk = _Walk(session, [MOST_TENSORS])
    tensors: list[StateTensor] = []
    unknown = []
    for layer, step in _registered(trace):
        try:
            entries = list(_of_layer(layer, step, architecture.path_of(layer.name), walk, 0))
        except _Untold:
            unknown.append(layer.name)
            continue
        place = layer.places.at(Part.LAYER)
        tensors += [
            StateTensor(
                entry.name,
                _sizes(entry.shape),
                entry.is_buffer,
                layer.name,
                place,
                entry.is_alias,
                entry.is_shared,
            )
            for entry in entries
        ]
        if len(tensors) > MOST_TENSORS:
            return NetworkState(architecture.variant, (), tuple(layer.name for layer in architecture.graph.layers))
    return NetworkState(architecture.variant, tuple(tensors), tuple(unknown))


def _sizes(shape: Sequence[object] | None) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape or ())


def _of_layer(layer: Layer, step: Step, name: str, walk: _Walk, depth: int) -> Iterator[_Entry]:
    """The tensors of a layer; raises _Untold."""
    walk.room[0] -= 1
    if layer.operator is None or depth > DEEPEST_BODY or walk.room[0] < 0:
        raise _Untold
    copies = list(_copies(layer, step, walk))
    if not copies:
        return
    for number in range(layer.repeat):
        path = f"{name}.{number}" if layer.repeat > 1 else name
        yield from copies[min(number, len(copies) - 1)](path, depth + 1)


def _copies(layer: Layer, step: Step, walk: _Walk) -> Iterator[_Copy]:
    """One for each copy that differs from the one before."""
    if isinstance(layer.operator, Graph):
        if not step.copies:
            raise _Untold
        for trace in step.copies:
            yield partial(_of_graph, trace, walk)
        return
    inside = opened(layer, step, walk.session)
    if not inside and (isinstance(layer.operator, Learned) or may_have_tensors(str(layer.operator))):
        raise _Untold
    for copy in inside:
        yield partial(_of_body, copy, walk)


def _of_graph(trace: Trace, walk: _Walk, path: str, depth: int) -> Iterator[_Entry]:
    for layer, step in _registered(trace):
        yield from _of_layer(layer, step, f"{path}.{layer.name}", walk, depth)


def _registered(trace: Trace) -> list[tuple[Layer, Step]]:
    """The layers of a graph in the order of its state: those that are tensors of its own come first.

    A layer that is the module of another once more has no tensors of its own.
    """
    pairs = [pair for pair in zip(trace.graph.layers, trace.steps) if pair[0].shares is None]
    return sorted(pairs, key=lambda pair: _OWN_TENSORS.get(str(pair[0].operator), len(_OWN_TENSORS)))


def _of_body(inside: Opened, walk: _Walk, path: str, depth: int) -> Iterator[_Entry]:
    for slot in inside.body.slots:
        name = f"{path}.{slot.path}" if path and slot.path else path or slot.path
        if slot.module is None:
            yield _Entry(name, slot.shape, slot.is_buffer, slot.is_alias)
            continue
        step = inside.trace.steps[slot.layer] if slot.layer >= 0 else untouched(slot.module)
        for entry in _of_layer(slot.module, step, name, walk, depth):
            is_alias, is_shared = entry.is_alias or slot.is_alias, entry.is_shared or slot.is_shared
            yield entry._replace(is_alias=is_alias, is_shared=is_shared)


def may_have_tensors(name: str) -> bool:
    """Whether an operator has tensors, or may have some that are not declared: a count of parameters says so."""
    return lookup.body(name) is not None or "parameters" in dict(lookup.declaration(name).costs)
