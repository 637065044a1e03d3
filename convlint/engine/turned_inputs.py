"""Tells of an input of the network whose two axes were written the other way round, by the layer that refuses it."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.domain.values import Shape, plain_sizes
from convlint.engine.inferring import inferred
from convlint.engine.trace import Step, Trace
from convlint.model import Layer


def turned_input(trace: Trace, index: int, given: tuple[Shape, ...]) -> str:
    """`write [200, 80] for speech: 80 is its first axis`, for a layer that takes the other axis of an input.

    `given` holds the shapes of the inputs of the network. Empty where the layer reads no such input.
    """
    layer, step = trace.graph.layers[index], trace.steps[index]
    sizes = plain_sizes(step.inputs[0]) if step.inputs else None
    source = layer.sources[0] if layer.sources else None
    if sizes is None or len(sizes) != 2 or source is None or source.layer >= 0 or sizes not in given:
        return ""
    first, last = sizes
    if _is_refused(layer, step, found=last, wanted=first):
        return f"write [{last}, {first}] for {trace.graph.port_name(source)}: {first} is its first axis"
    if _is_refused(layer, step, found=first, wanted=last):
        return f"write [{last}, {first}] for {trace.graph.port_name(source)}: {last} is its last axis"
    return ""


def _is_refused(layer: Layer, step: Step, found: int, wanted: int) -> bool:
    """Whether a parameter that follows from the input is written as one number where another follows."""
    if found == wanted or not isinstance(layer.operator, str):
        return False
    return any(
        parameter.infer is not None
        and value == wanted
        and inferred(layer.operator, parameter.infer, layer.parameters, step.inputs) == found
        for parameter, value in zip(lookup.declaration(layer.operator).parameters, layer.parameters)
    )
