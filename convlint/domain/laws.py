"""Laws: functions of h >= 1 with f(h + period) = f(h) + growth from some h on, in their shortest form."""

from __future__ import annotations

from functools import cache

from convlint.typed import Final

LONGEST_PERIOD: Final = 20_000
LATEST_START: Final = 100_000


class Law:
    """What a function says, whatever the name of its size: (growth, head, table). Hashed once.

    `head` holds f(1) to f(start - 1), `table` f(start) to f(start + period - 1); an empty table leaves the function
    unknown behind its head.
    """

    __slots__ = ("_hash", "parts")

    def __init__(self, growth: int, head: tuple[int, ...], table: tuple[int, ...]) -> None:
        self.parts = (growth, head, table)
        self._hash = hash(self.parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Law) and self._hash == other._hash and self.parts == other.parts)

    def times(self, factor: int) -> Law:
        """The law of the function times a number that is not 0; it stays in its shortest form."""
        growth, head, table = self.parts
        return Law(
            growth * factor, tuple([value * factor for value in head]), tuple([value * factor for value in table])
        )

    def plus(self, number: int) -> Law:
        """The law of the function plus a number; it stays in its shortest form."""
        growth, head, table = self.parts
        return Law(growth, tuple([value + number for value in head]), tuple([value + number for value in table]))


def shortest(growth: int, values: list[int], start: int) -> Law | int:
    """The law of f(1), f(2), ... with the smallest period and the earliest start; a number where it is constant.

    The values from `start` on are one period.
    """
    head = start - 1
    table = values[head:]
    if not table:
        return Law(0, tuple(values), ())
    period = len(table)
    for divisor in _divisors(period):
        if (growth * divisor) % period:
            continue
        step = growth * divisor // period
        if table[divisor:] == ([value + step for value in table[:-divisor]] if step else table[:-divisor]):
            table, growth, period = table[:divisor], step, divisor
            break
    back = 0
    while back < head and values[head - 1 - back] == table[-1 - back % period] - growth * (back // period + 1):
        back += 1
    head -= back
    table = values[head : head + period]
    if not growth and not head and period == 1:
        return table[0]
    return Law(growth, tuple(values[:head]), tuple(table))


@cache
def _divisors(number: int) -> list[int]:
    small = [divisor for divisor in range(1, int(number**0.5) + 1) if number % divisor == 0]
    return sorted({*small, *(number // divisor for divisor in small)} - {number})
