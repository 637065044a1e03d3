"""Where two versions of a text, or of a list of nodes, differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convlint.typed import NamedTuple


class Stretch(NamedTuple):
    """Items `start` to `old_end` of one version are `start` to `new_end` of another; the rest is the same."""

    start: int
    old_end: int
    new_end: int


def changed(old: Sequence[object], new: Sequence[object]) -> Stretch:
    """The one stretch in which two versions differ."""
    shorter = min(len(old), len(new))
    start = _same(shorter, lambda low, high: old[low:high] == new[low:high])
    same = _same(
        shorter - start,
        lambda low, high: old[len(old) - high : len(old) - low] == new[len(new) - high : len(new) - low],
    )
    return Stretch(start, len(old) - same, len(new) - same)


def _same(most: int, agree: Callable[[int, int], bool]) -> int:
    """How many of at most so many items agree, counted from one end."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if agree(low, middle) else (low, middle - 1)
    return low
