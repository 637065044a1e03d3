"""Explains a merge whose branches differ in size: the two producers, and the layer on the way that lost the size."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shape, Size, on_axis, plain_sizes, rank_of
from convlint.engine.reporting import axis_name, shape_text
from convlint.engine.trace import Step, Trace
from convlint.findings import Part, Related
from convlint.model import Graph, Port
from convlint.typed import NamedTuple

_LARGEST_RATIO = 64
"""By how much levels of one network differ in size at most."""
_SIZE_WORDS = {"height": "high", "width": "wide", "length": "long", "depth": "deep"}


class Loss(NamedTuple):
    """A layer whose output is no exact share of its input: `size` does not divide into `result`."""

    layer: int
    size: int
    result: int


def explain_mismatch(trace: Trace, index: int, axes: tuple[int, ...]) -> tuple[str, str, tuple[Related, ...]]:
    """(message, help, related places) for layer number `index`, whose inputs differ on the 0-based spatial `axes`."""
    graph, step = trace.graph, trace.steps[index]
    axis = axes[0]
    sizes = [_size(shape, axis) for shape in step.inputs]
    first, second = _odd_pair(sizes)
    ports = graph.layers[index].sources
    axis_count = rank_of(step.inputs[0]) - 1
    name = axis_name(axis, axis_count)
    word = _SIZE_WORDS.get(name, f"on {name}")
    one, other = graph.port_title(ports[first]), graph.port_title(ports[second])
    message = f"{one} is {sizes[first]} {word}, {other} is {sizes[second]}"
    others = [axis_name(further, axis_count) for further in axes[1:]]
    if others:
        message += f" (and they differ in {' and '.join(others)})"
    loss = loss_of(trace, index, axis)
    related = [
        Related(
            graph.layers[port.layer].places.at(Part.LAYER),
            f"{graph.port_title(port)} is {shape_text(step.inputs[number])}",
        )
        for number, port in ((first, ports[first]), (second, ports[second]))
        if port is not None and port.layer >= 0
    ]
    ways = _ways(one, step.inputs[first], other, step.inputs[second])
    if loss is None:
        return message, _help_for_ratio(sizes[first], sizes[second], ways), tuple(related)
    layer = graph.layers[loss.layer]
    message += f": {layer.title} makes {loss.size} into {loss.result}"
    place = layer.places.at(Part.LAYER)
    if loss.result > loss.size:
        related.append(Related(place, f"the {name} grows here: {loss.size} becomes {loss.result}"))
        return message, _help_for_growth(layer.title, loss, ways), tuple(related)
    related.append(Related(place, f"the {name} is lost here: {loss.size} becomes {loss.result}"))
    return message, f"give {layer.title} a {name} that it divides exactly, or {ways}", tuple(related)


def loss_of(trace: Trace, index: int, axis: int) -> Loss | None:
    """The layer that lost pixels on the way to a merge whose inputs differ on a 0-based spatial axis."""
    first, second = _odd_pair([_size(shape, axis) for shape in trace.steps[index].inputs])
    ports = trace.graph.layers[index].sources
    return _origin(trace, ports[first], ports[second], axis)


def producers_text(trace: Trace, index: int) -> str:
    """What layer number `index` reads, with shapes: `conv is 512x16x16, image is 256x16x16`."""
    ports = trace.graph.layers[index].sources
    named = [(trace.graph.port_title(port), shape) for port, shape in zip(ports, trace.steps[index].inputs)]
    return ", ".join(f"{name} is {shape_text(shape)}" for name, shape in named)


def _ways(one: str, shape: Shape, other: str, second: Shape) -> str:
    """`pad up1 to 125x128 or crop relu1 to 124x128`, where one branch is the larger on all axes."""
    sizes, others = plain_sizes(shape), plain_sizes(second)
    if sizes is None or others is None or len(sizes) != len(others):
        return "pad or crop one branch"
    sizes, others = sizes[1:], others[1:]
    if all(a <= b for a, b in zip(sizes, others)):
        return f"pad {one} to {shape_text(others)} or crop {other} to {shape_text(sizes)}"
    if all(a >= b for a, b in zip(sizes, others)):
        return f"pad {other} to {shape_text(sizes)} or crop {one} to {shape_text(others)}"
    return "pad or crop one branch"


def _help_for_ratio(a: object, b: object, ways: str) -> str:
    if not (type(a) is int and type(b) is int):  # sizes that depend on an unknown one have no order
        return "bring both branches to one size"
    small, large = sorted((a, b))
    ratio = round(large / small) if small else 0
    if 2 <= ratio <= _LARGEST_RATIO and abs(large - ratio * small) < ratio:
        return (
            f"one branch is {ratio} times the other: another level of the network is meant, or a resampling is missing"
        )
    return ways


def _help_for_growth(title: str, loss: Loss, ways: str) -> str:
    """What helps where a layer enlarges by no whole factor; the factor that is meant is the nearest one."""
    factor = max(round(loss.result / loss.size), 1)
    if factor == 1:
        return f"let {title} keep its size, or {ways}"
    return f"let {title} make {factor} times its size, which is {factor * loss.size}, or {ways}"


def _odd_pair(sizes: list[Size]) -> tuple[int, int]:
    """Two inputs that differ: the first known one, and the first that is not like it."""
    known = [number for number, size in enumerate(sizes) if size is not UNKNOWN]
    start = next((number for number in known if sizes[number] != 1), known[0])
    unlike = [number for number in known if sizes[number] != sizes[start]]
    return start, next((number for number in unlike if sizes[number] != 1), unlike[0] if unlike else known[-1])


def _size(shape: Shape, axis: int) -> Size:
    return shape[axis + 1] if isinstance(shape, tuple) and axis + 1 < len(shape) else UNKNOWN


def _origin(trace: Trace, first: Port | None, second: Port | None, axis: int) -> Loss | None:
    """The layer between the branches' nearest common source and their meeting that lost pixels, the latest such."""
    above_first, above_second = _ancestors(trace.graph, first), _ancestors(trace.graph, second)
    candidates = (above_first | above_second) - (above_first & above_second)
    losses = [loss for index in sorted(candidates) if (loss := _loss(trace, index, axis)) is not None]
    return losses[0] if losses else None


def _ancestors(graph: Graph, port: Port | None) -> set[int]:
    found: set[int] = set()
    waiting = [port]
    while waiting:
        port = waiting.pop()
        if port is not None and port.layer >= 0 and port.layer not in found:
            found.add(port.layer)
            waiting += graph.layers[port.layer].sources
    return found


def above(graph: Graph, index: int) -> set[int]:
    """The layers that a layer depends on."""
    return set().union(*[_ancestors(graph, port) for port in graph.layers[index].sources])


def _loss(trace: Trace, index: int, axis: int) -> Loss | None:
    layer, step = trace.graph.layers[index], trace.steps[index]
    if len(step.inputs) != 1 or not step.outputs:
        return None
    size, result = _size(step.inputs[0], axis), _size(step.outputs[0], axis)
    if rank_of(step.inputs[0]) != rank_of(step.outputs[0]):
        return None
    scale = _scale(layer.operator, layer.parameters, step, axis)
    if scale is None:
        return None
    stride, up = scale
    if not isinstance(size, int) or not isinstance(result, int) or result * stride == size * up:
        return None
    return Loss(index, size, result)


def _scale(operator: object, parameters: tuple[object, ...], step: Step, axis: int) -> tuple[float, float] | None:
    """(input positions for one output position, output positions for one input position) of a layer on an axis.

    None where there is no such ratio: a layer that resizes to a given size loses nothing on the way.
    """
    if isinstance(operator, Graph):
        return _block_scale(step, axis)
    if not isinstance(operator, str):
        return None
    costs = dict(lookup.declaration(operator).costs)
    if costs.get("reach") == "'same'":
        return 1, 1
    if "stride" not in costs:
        return None
    wanted = (costs["stride"], costs.get("up", "1"))
    try:
        stride, up = lookup.evaluate(operator, wanted, parameters, step.inputs, step.outputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    down, larger = on_axis(stride, axis), on_axis(up, axis)
    if isinstance(down, (int, float)) and isinstance(larger, (int, float)):
        return down, larger
    return None


def _block_scale(step: Step, axis: int) -> tuple[float, float] | None:
    """The scale of a block along the chain of first inputs from its output back to its input; None without one."""
    stride: float = 1
    up: float = 1
    for trace in step.copies:
        port = trace.graph.outputs[0] if trace.graph.outputs else None
        while port is not None and port.layer >= 0:
            layer, inner = trace.graph.layers[port.layer], trace.steps[port.layer]
            if len(inner.inputs) == 1:
                scale = _scale(layer.operator, layer.parameters, inner, axis)
                if scale is None:
                    return None
                stride, up = stride * scale[0], up * scale[1]
            if not layer.sources:
                return None
            port = layer.sources[0]
    return stride, up
