"""Tells of a layer whose numbers of inputs and of outputs stand in each other's place."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.editing import with_value
from convlint.engine.causes import Route
from convlint.engine.failures import Failure
from convlint.engine.inferring import inferred
from convlint.engine.remedies import holds_expression
from convlint.engine.trace import Session, Step, Trace
from convlint.engine.what_if import KeyChange, Refusal, WhatIf
from convlint.findings import Edit, Fix
from convlint.model import Layer
from convlint.typed import NamedTuple


class Swap(NamedTuple):
    """What to write in words, the fix that does it, and what refuses no more then."""

    help: str
    fix: Fix | None
    mended: tuple[Refusal, ...]


def swapped(trace: Trace, index: int, failure: Failure, session: Session) -> Swap | None:
    """The swap of two numbers of a layer of the network that mends its failure and that of a layer below; else None."""
    layer, step = trace.graph.layers[index], trace.steps[index]
    for first, second in _pairs(layer, step):
        route: Route = ()
        outcome = WhatIf(trace, session).asked({(index,): (first, second)}, (route, index, failure))
        layers = {(route, number) for route, number, _ in outcome.mended}
        if not outcome.broken and (route, index, failure) in outcome.mended and len(layers) > 1:
            says = f"{first.key} and {second.key} are swapped: {first.key} {first.value}, {second.key} {second.value}"
            return Swap(says, _fix(layer, (first, second)), outcome.mended)
    return None


def _pairs(layer: Layer, step: Step) -> Iterator[tuple[KeyChange, KeyChange]]:
    """A number that should follow from the input, and another that is what follows, each with the other's value."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    for position, parameter in enumerate(operator.parameters if operator is not None else ()):
        value = layer.parameters[position]
        if parameter.infer is None or type(value) is not int:
            continue
        found = inferred(str(layer.operator), parameter.infer, layer.parameters, step.inputs)
        for other, written in enumerate(layer.parameters):
            if type(found) is int and found != value and type(written) is int and written == found:
                key = operator.parameters[other].name if operator is not None else ""
                yield KeyChange(parameter.name, position, found), KeyChange(key, other, value)


def _fix(layer: Layer, changes: tuple[KeyChange, ...]) -> Fix | None:
    """Writes both numbers; None where one is computed."""
    text, node = layer.places.written()
    edits: list[Edit] = []
    for change in changes:
        written = node.get(change.key) if node is not None else None
        part = None if written is None or holds_expression(written) else with_value(text, written, change.value)
        if not part:
            return None
        edits += part
    return Fix(f"swap {changes[0].key} and {changes[1].key}", tuple(edits), False)
