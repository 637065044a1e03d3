"""Where the features of a layer come from: the map that was flattened to make them."""

from __future__ import annotations

from convlint.domain.values import equal, product
from convlint.engine.trace import Trace


def flattened_map(trace: Trace, index: int) -> tuple[str, tuple[object, ...]] | None:
    """(the layer that flattened, the shape before it) on the way to layer number `index`; None where none did.

    Layers between that change no shape (an activation, a dropout) are looked through.
    """
    graph = trace.graph
    port = graph.layers[index].sources[0] if graph.layers[index].sources else None
    seen: set[int] = set()
    while port is not None and port.layer >= 0 and port.layer not in seen:
        seen.add(port.layer)
        step = trace.steps[port.layer]
        before, after = step.inputs[:1], step.outputs[:1]
        if len(step.inputs) != 1 or not isinstance(before[0], tuple) or not isinstance(after[0], tuple):
            return None
        if len(before[0]) > len(after[0]) and equal(product(before[0]), product(after[0])) is True:
            return graph.layers[port.layer].name, before[0]
        if before != after:
            return None
        port = graph.layers[port.layer].sources[0]
    return None
