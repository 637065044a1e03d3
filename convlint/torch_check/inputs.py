"""Input sizes to run a network with: the declared ones, and the smallest valid one for each that is not declared."""

from __future__ import annotations

from convlint.domain.values import plain_sizes
from convlint.model import Architecture, SizeRange
from convlint.solving.solving import AxisSizes, solve, with_sizes

LARGEST_TRIED = 100_000
"""Input sizes beyond this are not looked at."""


def with_concrete_inputs(architecture: Architecture) -> tuple[Architecture, dict[str, int]] | None:
    """(the architecture with all input sizes known, the sizes that were chosen); None where there is none to choose."""
    chosen: dict[str, int] = {}
    while True:
        unknown = [axis for axis in solve(architecture) if axis.declared is None] if _lacks_sizes(architecture) else []
        if not unknown:
            break
        size = _smallest(unknown[0], architecture.ranges)
        if size is None:
            return None
        chosen[unknown[0].symbol] = size
        architecture = with_sizes(architecture, {unknown[0].symbol: size})
    return None if _lacks_sizes(architecture) else (architecture, chosen)


def _lacks_sizes(architecture: Architecture) -> bool:
    return any(plain_sizes(shape) is None for shape in architecture.inputs)


def _smallest(axis: AxisSizes, ranges: tuple[SizeRange, ...]) -> int | None:
    """The smallest value of the unknown of an axis that is valid, and within the declared range if there is one."""
    declared = next((item for item in ranges if item.name == axis.symbol), None)
    least, step = (declared.least, declared.step) if declared is not None else (1, 1)
    most = declared.most if declared is not None and declared.most is not None else LARGEST_TRIED
    grows = axis.size.growth > 0  # else the set holds values of the unknown itself
    tried = range(least, min(most, LARGEST_TRIED) + 1, step)
    return next((value for value in tried if (axis.size(value) if grows else value) in axis.valid), None)


def batched(architecture: Architecture, batch: int) -> tuple[tuple[int, ...], ...]:
    """The shapes of the inputs of a network that `with_concrete_inputs` gave, with the batch in front."""
    return tuple((batch, *(plain_sizes(shape) or ())) for shape in architecture.inputs)
