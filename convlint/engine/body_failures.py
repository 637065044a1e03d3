"""Finds what fails inside operators of which only the body says what comes out."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.engine.failures import Failure, Unmet
from convlint.engine.trace import Trace
from convlint.typed import NamedTuple


class InnerFailure(NamedTuple):
    """A failure of layer number `number` of a trace inside an operator; `path` leads to the layers of that trace."""

    trace: Trace
    path: str
    number: int
    failure: Failure


def first_failures(trace: Trace, path: str) -> Iterator[InnerFailure]:
    """What torch refuses inside an operator, in the order of the flow; lost pixels are what its author meant."""
    for number, (layer, step) in enumerate(zip(trace.graph.layers, trace.steps)):
        for failure in step.failures:
            if not isinstance(failure, Unmet) or lookup.refuses(str(layer.operator), failure.requirement):
                yield InnerFailure(trace, path, number, failure)
        if step.inside is not None and not step.inside.sound:
            yield from first_failures(step.inside, f"{path}{layer.name}/")
