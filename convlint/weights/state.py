"""The tensors of a network as `state_dict()` names them: those of every layer, opened where it has a body.

`network_state(architecture)` gives all of a network, in the order of torch. Names are those of the package that builds
the format: a reader says what stands before the names of its layers (`Architecture.prefix`).
"""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text.

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from convlint.catalogue import lookup
from convlint.engine.opening import DEEPEST, Opened, opened, untouched
from convlint.engine.propagation import Session, Shapes, Step, Trace, propagate
from convlint.findings import Place
from convlint.model import Architecture, Graph, Layer

MOST_TENSORS = 200_000
"""Tensors that are listed; a network with more is not told."""


class Tensor(NamedTuple):
    """One entry of a state: its name, its shape (an unknown size is None), and the layer of the file that has it.

    `is_alias` says that the same tensor is listed under another name already.
    """

    name: str
    shape: tuple[int | None, ...]
    is_buffer: bool
    layer: str
    place: Place
    is_alias: bool = False


class State(NamedTuple):
    """The tensors of a network in the order of torch, and the layers whose tensors cannot be told."""

    tensors: tuple[Tensor, ...]
    unknown: tuple[str, ...]


class _Entry(NamedTuple):
    name: str
    shape: Any
    is_buffer: bool
    is_alias: bool


_Copy = Callable[[str, int], Iterator[_Entry]]
"""From the path and the depth of a copy to its tensors."""


class _Untold(Exception):
    """The tensors of a layer cannot be told."""


def network_state(architecture: Architecture, trace: Trace | None = None, session: Session | None = None) -> State:
    """All tensors of a network; `trace` and `session` are those of an earlier propagation, if there was one."""
    session = session or Session({})
    trace = trace or propagate(architecture.graph, architecture.inputs, session)
    tensors: list[Tensor] = []
    unknown = []
    for layer, step in zip(architecture.graph.layers, trace.steps):
        try:
            entries = list(_of_layer(layer, step, architecture.prefix + layer.name, session, 0))
        except _Untold:
            unknown.append(layer.name)
            continue
        place = layer.places.at("")
        tensors += [
            Tensor(entry.name, _sizes(entry.shape), entry.is_buffer, layer.name, place, entry.is_alias)
            for entry in entries
        ]
        if len(tensors) > MOST_TENSORS:
            return State((), tuple(layer.name for layer in architecture.graph.layers))
    return State(tuple(tensors), tuple(unknown))


def _sizes(shape: Shapes) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


def _of_layer(layer: Layer, step: Step, name: str, session: Session, depth: int) -> Iterator[_Entry]:
    """The tensors of a layer; raises _Untold."""
    if layer.operator is None or depth > DEEPEST:
        raise _Untold
    copies = list(_copies(layer, step, session))
    if not copies:
        return
    for number in range(layer.repeat):
        path = f"{name}.{number}" if layer.repeat > 1 else name
        yield from copies[min(number, len(copies) - 1)](path, depth + 1)


def _copies(layer: Layer, step: Step, session: Session) -> Iterator[_Copy]:
    """One for each copy that differs from the one before."""
    if isinstance(layer.operator, Graph):
        if not step.copies:
            raise _Untold
        for trace in step.copies:
            yield partial(_of_graph, trace, session)
        return
    inside = opened(layer, step, session)
    if not inside and may_have_tensors(str(layer.operator)):
        raise _Untold
    for copy in inside:
        yield partial(_of_body, copy, session)


def _of_graph(trace: Trace, session: Session, path: str, depth: int) -> Iterator[_Entry]:
    for layer, step in zip(trace.graph.layers, trace.steps):
        yield from _of_layer(layer, step, f"{path}.{layer.name}", session, depth)


def _of_body(inside: Opened, session: Session, path: str, depth: int) -> Iterator[_Entry]:
    for slot in inside.body.slots:
        name = f"{path}.{slot.path}" if path else slot.path
        if slot.module is None:
            yield _Entry(name, slot.shape, slot.is_buffer, slot.is_alias)
            continue
        step = inside.trace.steps[slot.layer] if slot.layer >= 0 else untouched(slot.module)
        for entry in _of_layer(slot.module, step, name, session, depth):
            yield entry._replace(is_alias=True) if slot.is_alias else entry


def may_have_tensors(name: str) -> bool:
    """Whether an operator has tensors, or may have some that are not declared: a count of parameters says so."""
    return lookup.body(name) is not None or "parameters" in dict(lookup.declaration(name).costs)
