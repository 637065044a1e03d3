"""Outputs of a network that see less than its input; asked only where a rule that is off by default is on."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.domain.values import plain_sizes
from convlint.engine.costs import output_fields
from convlint.engine.reporting import axis_name, report
from convlint.engine.trace import Trace
from convlint.findings import Finding
from convlint.model import Architecture


def field_findings(architecture: Architecture, trace: Trace) -> Iterator[Finding]:
    """One finding for each output whose receptive field is smaller than the input, at the axis that lacks the most."""
    sizes = _sizes(architecture)
    for name, port, field in output_fields(architecture, trace):
        if port.layer < 0 or len(field) != len(sizes):
            continue
        lacks = [size - seen for size, seen in zip(sizes, field)]
        axis = lacks.index(max(lacks)) if lacks else 0
        if lacks and lacks[axis] > 0:
            arguments = {
                "name": name,
                "field": field[axis],
                "axis": axis_name(axis, len(sizes)),
                "size": sizes[axis],
            }
            layer = architecture.graph.layers[port.layer]
            yield report("small-receptive-field", layer.places.at("name"), arguments, layer=layer.name)


def _sizes(architecture: Architecture) -> tuple[int, ...]:
    """The spatial sizes that all inputs have; empty where they differ or are not known."""
    found = {shape[1:] for shape in architecture.inputs if isinstance(shape, tuple)}
    return plain_sizes(found.pop()) or () if len(found) == 1 else ()
