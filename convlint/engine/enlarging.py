"""Finds the layer that can make the smaller branch of a merge as large as the other: padding, or rounding up."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.domain.values import plain_sizes
from convlint.engine.remedies import setting_fix
from convlint.engine.trace import Step, Trace
from convlint.findings import Fix
from convlint.model import Layer, Port

_MOST_MISSING = 64


def fix(trace: Trace, index: int, axes: tuple[int, ...]) -> Fix | None:
    """A fix for layer number `index`, whose two inputs differ on the 0-based spatial `axes`; None where there is none.

    The nearest layer above the smaller branch is taken that has a parameter for it.
    """
    step = trace.steps[index]
    shapes = [sizes for shape in step.inputs if (sizes := plain_sizes(shape))]
    if len(step.inputs) != 2 or len(shapes) != 2 or not 1 < len(shapes[0]) == len(shapes[1]):
        return None
    differences = [second - first for first, second in zip(shapes[0][1:], shapes[1][1:])]
    if any(difference and axis not in axes for axis, difference in enumerate(differences)):
        return None
    for small, missing in enumerate((differences, [-difference for difference in differences])):
        if any(missing) and 0 <= min(missing) <= max(missing) <= _MOST_MISSING:
            return _enlarged(trace, trace.graph.layers[index].sources[small], missing)
    return None


def _enlarged(trace: Trace, port: Port | None, missing: list[int]) -> Fix | None:
    """The fix of the nearest layer up the chain that has a parameter for it, through layers that keep the size."""
    while port is not None and port.layer >= 0 and port.output == 0:
        layer, step = trace.graph.layers[port.layer], trace.steps[port.layer]
        if not isinstance(layer.operator, str) or layer.repeat != 1:
            return None
        parameter = lookup.declaration(layer.operator).enlarge
        if parameter:
            return _grown(layer, step, parameter, missing)
        if len(step.inputs) != 1 or not _keeps_size(step):
            return None
        port = layer.sources[0]
    return None


def _keeps_size(step: Step) -> bool:
    before, after = step.inputs[0], step.outputs[0]
    return isinstance(before, tuple) and isinstance(after, tuple) and before[1:] == after[1:]


def _grown(layer: Layer, step: Step, parameter: str, missing: list[int]) -> Fix | None:
    operator = lookup.operator(str(layer.operator))
    assert operator is not None
    value = layer.parameters[operator.positions[parameter]]
    if value is False:
        return setting_fix(layer, parameter, True)
    if isinstance(value, bool) or not isinstance(value, (int, tuple)):
        return None
    now = value if isinstance(value, tuple) else (value,) * len(missing)
    return setting_fix(layer, parameter, tuple(old + more for old, more in zip(now, missing)))
