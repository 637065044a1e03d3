"""Tells of a shape that a layer is given and that is written with the batch, or with its channels last."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.editing import with_value
from convlint.engine.failures import Failure
from convlint.engine.remedies import holds_expression
from convlint.engine.swapped_numbers import Swap
from convlint.engine.trace import Session, Trace
from convlint.engine.what_if import KeyChange, WhatIf
from convlint.findings import Edit, Fix
from convlint.model import Layer, Port

_BATCH = -1
_FEWEST_AXES = 3


def batch_in_given_shape(trace: Trace, source: Port | None) -> tuple[str, Fix] | None:
    """What to write for a shape that begins with -1, as the batch does in torch, and the fix that leaves that out."""
    if source is None or source.layer < 0:
        return None
    layer = trace.graph.layers[source.layer]
    for _, name, shape in _shapes_given(layer):
        first, second = layer.places.at(name, 0), layer.places.at(name, 1)
        if shape[0] == _BATCH and first.start < second.start and first.origin is None:
            fix = Fix("leave out the batch", (Edit(first.start, second.start, ""),), False)
            return f"the batch is left out of shapes: {name}: {list(shape[1:])} in {layer.title}", fix
    return None


def channels_last(trace: Trace, index: int, failure: Failure, session: Session) -> Swap | None:
    """The shape with its last size first that a layer above is given, where that mends a failure and breaks nothing."""
    source = trace.graph.layers[index].sources[0] if trace.graph.layers[index].sources else None
    if source is None or source.layer < 0:
        return None
    layer, step = trace.graph.layers[source.layer], trace.steps[source.layer]
    for position, name, shape in _shapes_given(layer):
        meant = (shape[-1], *shape[:-1])
        if len(shape) < _FEWEST_AXES or step.outputs != (shape,) or meant == shape:
            continue
        change = KeyChange(name, position, meant)
        outcome = WhatIf(trace, session).asked({(source.layer,): (change,)}, ((), index, failure))
        if not outcome.broken and ((), index, failure) in outcome.mended:
            says = f"channels come first: {name}: {list(meant)} in {layer.title}"
            return Swap(says, _fix(layer, change), outcome.mended)
    return None


def _shapes_given(layer: Layer) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """(position, name, sizes) of the parameters of a layer that are lists of several numbers."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    for position, parameter in enumerate(operator.parameters if operator is not None else ()):
        value = layer.parameters[position]
        if parameter.type == "integers" and isinstance(value, tuple) and len(value) > 1:
            yield position, parameter.name, value


def _fix(layer: Layer, change: KeyChange) -> Fix | None:
    """Writes the shape; None where it is computed."""
    text, node = layer.places.written()
    written = node.get(change.key) if node is not None else None
    edits = None if written is None or holds_expression(written) else with_value(text, written, change.value)
    return Fix(f"put the channels first in {change.key}", edits, False) if edits else None
