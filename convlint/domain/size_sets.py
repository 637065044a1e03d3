"""Sets of sizes: what a truth table says, and how it is put in words."""

from __future__ import annotations

from convlint.domain.tables import SizeTable
from convlint.typed import NamedTuple

MOST_LISTED = 12
_MOST_SHOWN = 512


class SizeSet(NamedTuple):
    """A set of sizes: those in `below`, and every h >= `first` with h mod `modulus` in `residues` (none: finite).

    Where `known_to` is given, nothing is known of larger sizes.
    """

    first: int
    modulus: int
    residues: tuple[int, ...]
    below: tuple[int, ...]
    known_to: int | None = None

    def __contains__(self, size: object) -> bool:
        if not isinstance(size, int) or size < 1:
            return False
        return size in self.below or (size >= self.first and size % self.modulus in self.residues)

    def knows(self, size: int) -> bool:
        """Whether it is known if a size is in the set."""
        return self.known_to is None or size <= self.known_to

    @property
    def is_empty(self) -> bool:
        return not self.below and not self.residues

    @property
    def smallest(self) -> int | None:
        """The smallest size of the set."""
        if self.below:
            return self.below[0]
        if not self.residues:
            return None
        return min(self.first + (residue - self.first) % self.modulus for residue in self.residues)

    def nearest(self, size: int) -> tuple[int | None, int | None]:
        """(the largest size of the set that is not above `size`, the smallest that is not below it)."""
        down = next((value for value in range(size, max(0, size - self._reach(size)), -1) if value in self), None)
        up = next((value for value in range(size, size + self._reach(size) + 1) if value in self), None)
        return down, up

    def _reach(self, size: int) -> int:
        return self.modulus + max([self.first, size, *self.below])


def size_set(condition: object) -> SizeSet:
    """The sizes for which a condition (True, False or a truth table) holds."""
    if not isinstance(condition, SizeTable):
        return SizeSet(1, 1, (0,) if condition else (), ())
    start, period = condition.start, condition.period
    below = tuple([size for size in range(1, start) if condition(size)])
    if condition.known_to is not None:
        return SizeSet(start, 1, (), below, condition.known_to)
    valid = [size for size in range(start, start + period) if condition(size)]
    if not valid:
        return SizeSet(below[-1] + 1 if below else 1, 1, (), below)
    return SizeSet(valid[0], period, tuple(sorted(size % period for size in valid)), below)


def describe(sizes: SizeSet) -> str:
    """A set in words: `multiples of 32`, `h mod 32 in {0, 25..31} from 25`, `223..254`."""
    words = _described(settled(sizes))
    return words if sizes.known_to is None else f"{words}; known up to {sizes.known_to}"


def settled(sizes: SizeSet) -> SizeSet:
    """A listed set with the period that its upper half shows, where it shows one; other sets as they are."""
    if sizes.known_to is None:
        return sizes
    members = set(sizes.below)
    holds = [size in members for size in range(1, sizes.known_to + 1)]
    half = len(holds) // 2
    modulus = next((step for step in range(1, _MOST_SHOWN) if holds[half + step :] == holds[half:-step]), None)
    if modulus is None or not any(holds[half:]):
        return sizes
    start = half
    while start and holds[start - 1] == holds[start - 1 + modulus]:
        start -= 1
    first = next(size for size in range(start + 1, len(holds) + 1) if size in members)
    residues = tuple(sorted({size % modulus for size in range(first, first + modulus) if size in members}))
    return SizeSet(first, modulus, residues, tuple(size for size in sizes.below if size < first), sizes.known_to)


def _described(sizes: SizeSet) -> str:
    if sizes.is_empty:
        return "no size"
    below = f"{_ranges(sizes.below)}" if sizes.below else ""
    if not sizes.residues:
        return below
    if sizes.modulus == 1:
        rule = "any size" if sizes.first == 1 else f"{sizes.first} or more"
    elif sizes.residues == (0,):
        rule = f"multiples of {sizes.modulus}"
        if sizes.first > sizes.modulus:
            rule += f" from {sizes.first}"
    else:
        some = f"= {sizes.residues[0]}" if len(sizes.residues) == 1 else f"in {{{_ranges(sizes.residues)}}}"
        rule = f"h mod {sizes.modulus} {some} from {sizes.first}"
    return f"{below}, then {rule}" if below else rule


def _ranges(numbers: tuple[int, ...]) -> str:
    """`1, 2, 3, 7` as `1..3, 7`, and no more than a line of it."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    texts = [
        str(low) if low == high else f"{low}, {high}" if high == low + 1 else f"{low}..{high}" for low, high in parts
    ]
    return ", ".join(texts[:MOST_LISTED]) + (", ..." if len(texts) > MOST_LISTED else "")


def examples(sizes: SizeSet, count: int = 3) -> list[int]:
    """The first sizes of a set."""
    found = list(sizes.below[:count])
    size = sizes.first
    while sizes.residues and len(found) < count:
        if size in sizes and size not in sizes.below:
            found.append(size)
        size += 1
    return found
