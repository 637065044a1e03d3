"""What layers see too little or too much of the input; asked only where a rule that is off by default is on."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.domain.values import plain_sizes
from convlint.engine.costs import LeastSeen, brings_together, least_seen, output_fields
from convlint.engine.reporting import axis_name, report, shape_text
from convlint.engine.trace import Trace
from convlint.findings import Finding, Part
from convlint.model import Architecture


def field_findings(architecture: Architecture, trace: Trace) -> Iterator[Finding]:
    """Outputs that see less than the input, and layers with a kernel that arrives where all is seen."""
    yield from _narrow_outputs(architecture, trace)
    yield from _unproductive_layers(architecture, trace)


def _unproductive_layers(architecture: Architecture, trace: Trace) -> Iterator[Finding]:
    """One finding for each layer whose kernel brings together what has seen the whole input; a block says it once."""
    sizes = _sizes(architecture)
    told = set[int]()
    for item in least_seen(architecture, trace) if sizes else ():
        layer, step = item.trace.graph.layers[item.number], item.trace.steps[item.number]
        sees_all = len(item.pixels) == len(sizes) and all(seen >= size for seen, size in zip(item.pixels, sizes))
        place = layer.places.at(Part.OPERATOR)
        if sees_all and place.start not in told and brings_together(layer, step):
            told.add(place.start)
            yield _unproductive(item, trace, sizes)


def _unproductive(item: LeastSeen, whole: Trace, sizes: tuple[int, ...]) -> Finding:
    from convlint.engine.failure_findings import Scene

    scene = Scene(whole, "", (), whole.inputs)
    for number, copy in zip(item.route[::2], item.route[1::2]):
        scene = scene.inside(number, copy, scene.trace.steps[number].copies[copy])
    layer = item.trace.graph.layers[item.number]
    arguments = {"layer": layer.title, "field": shape_text(item.pixels), "size": shape_text(sizes)}
    path = scene.layer_path(item.number)
    return report("unproductive-layer", layer.places.at(Part.OPERATOR), arguments, layer=path, related=scene.uses)


def _narrow_outputs(architecture: Architecture, trace: Trace) -> Iterator[Finding]:
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
            yield report("small-receptive-field", layer.places.at(Part.NAME), arguments, layer=layer.name)


def _sizes(architecture: Architecture) -> tuple[int, ...]:
    """The spatial sizes that all inputs have; empty where they differ or are not known."""
    found = {shape[1:] for shape in architecture.inputs if isinstance(shape, tuple)}
    return plain_sizes(found.pop()) or () if len(found) == 1 else ()
