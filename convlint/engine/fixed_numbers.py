"""Tells of a number inside a block that should follow from the input, and cannot be right in all uses of the block."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.editing import without_entry
from convlint.engine.arguments import is_computed, written_at
from convlint.engine.inferring import inferred
from convlint.engine.trace import Step, Trace
from convlint.findings import Fix
from convlint.model import Layer

_MOST_SAID = 4


def fixed_number(whole: Trace, layer: Layer) -> tuple[str, Fix | None] | None:
    """(help, fix) for a layer of a block, of which a number is fixed where its uses give it several; None without one.

    `whole` is the trace of the network that uses the block.
    """
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    text, node = layer.places.written()
    for position, parameter in enumerate(operator.parameters if operator is not None and node is not None else ()):
        if parameter.infer is None or type(layer.parameters[position]) is not int or is_computed(layer, parameter.name):
            continue
        if node is None or node.get(parameter.name) is None:
            continue
        found = sorted({value for value in _arriving(whole, layer, parameter.infer) if type(value) is int})
        if len(found) > 1:
            edits = without_entry(text, node, parameter.name)
            fix = None if edits is None else Fix(f"leave {parameter.name} out", edits, False)
            values = " or ".join(map(str, found[:_MOST_SAID]))
            return f"leave {parameter.name} out: the block is used with {values}", fix
    return None


def _arriving(whole: Trace, layer: Layer, infer: str) -> Iterator[object]:
    """What a parameter of a layer would be in each use of the block that it stands in."""
    for step in _steps(whole, written_at(layer)):
        yield inferred(str(layer.operator), infer, layer.parameters, step.inputs)


def _steps(trace: Trace, written: tuple[int, int]) -> Iterator[Step]:
    """The steps of the layers that are written at one place."""
    for layer, step in zip(trace.graph.layers, trace.steps):
        if written_at(layer) == written:
            yield step
        for copy in step.copies:
            yield from _steps(copy, written)
