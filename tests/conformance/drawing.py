"""Random draws that the generators of cases are made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
Shape = tuple[int, ...]
Written = dict[str, Any]


class Draw:
    """Draws from a seeded generator; most give something that fits, and now and then something that does not."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def chance(self, share: float) -> bool:
        """True in that share of the draws."""
        return self.rng.random() < share

    def number(self, least: int, most: int) -> int:
        """An integer of a range, both ends included."""
        return self.rng.randint(least, max(least, most))

    def one(self, options: Sequence[T]) -> T:
        """One of some values."""
        return self.rng.choice(options)

    def numbers(self, count: int, least: int, most: int) -> list[int]:
        """A list of integers of a range."""
        return [self.number(least, most) for _ in range(count)]

    def mostly(self, value: int, share: float = 0.92) -> int:
        """The value, now and then one beside it; at least 1."""
        return value if self.chance(share) else max(1, value + self.one((-1, 1, 2)))

    def extent(self, values: Iterable[int]) -> Any:
        """One value an axis, as a list, or as one number where all are the same."""
        sizes = list(values)
        return sizes[0] if len(set(sizes)) == 1 and self.chance(0.7) else sizes

    def per_axis(self, axes: int, pick: Callable[[], int]) -> list[int]:
        """A value for each axis; the same for all in half of the draws."""
        return [pick()] * axes if self.chance(0.5) else [pick() for _ in range(axes)]

    def some(self, written: Written, share: float = 0.6) -> Written:
        """The keys that happen to be written."""
        return {key: value for key, value in written.items() if self.chance(share)}

    def holding(self, least: Iterable[int], axes_too_small: float = 0.1) -> list[int]:
        """Sizes that hold what needs `least`, now and then with one axis that does not."""
        needs = list(least)
        sizes = [max(1, need) + self.one((0, 0, 1, 2, 3, 5, 7)) for need in needs]
        index = self.rng.randrange(len(sizes))
        if self.chance(axes_too_small) and needs[index] > 1:
            sizes[index] = self.number(max(1, needs[index] - 2), needs[index] - 1)
        return sizes

    def divisor(self, value: int) -> int:
        """A divisor of the value, now and then another number."""
        divisors = [part for part in range(1, value + 1) if value % part == 0]
        return self.one(divisors) if self.chance(0.9) else self.number(1, 5)

    def dim(self, rank: int, first: int = 1) -> int:
        """A dimension of an input with `rank` axes and its batch, from `first` on, now and then one that is not there."""
        if self.chance(0.06):
            return self.one((-rank - 2, rank + 1))
        dim = self.number(first, rank)
        return dim if self.chance(0.6) else dim - rank - 1

    def shape(self, rank: int, most: int = 6) -> Shape:
        """Any shape."""
        return tuple(self.numbers(rank, 1, most))

    def similar(self, shape: Shape, changed: float = 0.3) -> Shape:
        """The shape, now and then with one size, or the number of axes, changed."""
        sizes = list(shape)
        if self.chance(changed):
            index = self.rng.randrange(len(sizes))
            sizes[index] = self.one((1, sizes[index] + 1, self.number(1, 6)))
        elif self.chance(0.06):
            sizes = sizes[1:] if len(sizes) > 1 and self.chance(0.5) else [2, *sizes]
        return tuple(sizes)


def product(sizes: Iterable[int]) -> int:
    """The product of sizes."""
    result = 1
    for size in sizes:
        result *= size
    return result
