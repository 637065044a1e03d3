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
from convlint.typed import NamedTuple

_MOST_SAID = 4


class FixedNumber(NamedTuple):
    """What to do about a number that is fixed, in words, and the fix that does it."""

    help: str
    fix: Fix | None


class FixedNumbers:
    """The fixed numbers in the blocks of a network; `whole` is its trace."""

    def __init__(self, whole: Trace) -> None:
        self._whole = whole
        self._known: dict[object, FixedNumber | None] = {}

    def of(self, layer: Layer) -> FixedNumber | None:
        """The number of a layer of a block that is fixed where its uses give it several; None without one.

        Each use that fails asks, and all uses are looked at to tell, so what was found is kept.
        """
        if not isinstance(layer.operator, str):
            return None
        key = (written_at(layer), layer.operator, layer.parameters)
        if key not in self._known:
            self._known[key] = _fixed_number(self._whole, layer, layer.operator)
        return self._known[key]


def _fixed_number(whole: Trace, layer: Layer, name: str) -> FixedNumber | None:
    operator = lookup.operator(name)
    text, node = layer.places.written()
    if operator is None or node is None:
        return None
    for parameter, value in zip(operator.parameters, layer.parameters):
        if parameter.infer is None or type(value) is not int:
            continue
        if node.get(parameter.name) is None or is_computed(layer, parameter.name):
            continue
        found = sorted({item for item in _arriving(whole, layer, parameter.infer) if type(item) is int})
        if len(found) > 1:
            edits = without_entry(text, node, parameter.name)
            fix = None if edits is None else Fix(f"leave {parameter.name} out", edits, False)
            values = " or ".join(map(str, found[:_MOST_SAID]))
            return FixedNumber(f"leave {parameter.name} out: the block is used with {values}", fix)
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
