"""Input sizes to run a network with: the declared ones, and the smallest valid one for each that is not declared."""

from __future__ import annotations

from convlint.engine.solving import AxisSizes, solve, with_sizes
from convlint.engine.values import UNKNOWN
from convlint.model import Architecture, SizeRange

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
    return any(shape is UNKNOWN or any(type(size) is not int for size in shape) for shape in architecture.inputs)


def _smallest(axis: AxisSizes, ranges: tuple[SizeRange, ...]) -> int | None:
    """The smallest size of an axis that is valid and, where a range is declared, allowed."""
    declared = next((item for item in ranges if item.name == axis.symbol), None)
    least, step = (declared.least, declared.step) if declared is not None else (1, 1)
    most = declared.most if declared is not None and declared.most is not None else LARGEST_TRIED
    below, residues = frozenset(axis.valid.below), frozenset(axis.valid.residues)
    for size in range(least, min(most, LARGEST_TRIED) + 1, step):
        if size in below or (size >= axis.valid.first and size % axis.valid.modulus in residues):
            return size
    return None
