"""Functions of one unknown size as short formulas, for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import gcd

from convlint.typed import Protocol

LONGEST_WRITTEN = 8
"""The longest period of a table that is written out where it has no closed form."""


class Periodic(Protocol):
    """A function f of an unknown size with f(h + period) = f(h) + growth from `start` on (`convlint.domain.tables`)."""

    symbol: str
    growth: int
    table: tuple[int, ...]

    @property
    def period(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def known_to(self) -> int | None: ...
    def __call__(self, size: int) -> int: ...


def formula(table: Periodic) -> str:
    """A short form of a table: `⌊(H+1)/2⌋`, else its values in one period: `3*⌊H/4⌋+[0, 0, 1, 2][H mod 4]`."""
    growth, period, symbol = table.growth, table.period, table.symbol
    if table.known_to is not None:
        return "?"
    if not growth:
        return _periodic(table)
    common = gcd(growth, period)
    up, down = growth // common, period // common
    first = down * table(table.start) - up * table.start
    for shift in range(first, first + down):
        if all((up * size + shift) // down == table(size) for size in range(table.start, table.start + period)):
            return _written(symbol, up, down, shift)
    lift, rest = _stepped(table)
    if lift is not None:
        inner = _written(symbol, 1, lift[1], lift[2])
        return f"{lift[0]}*{inner}" + (f"{rest:+d}" if rest else "")
    return _periodic(table)


def product_formula(factor: int, tables: Sequence[Periodic]) -> str:
    """`4*⌊H/2⌋*⌊W/2⌋`."""
    parts = [formula(table) for table in tables]
    if "?" in parts:
        return "?"
    texts = [f"({text})" if _is_sum(text) else text for text in parts]
    return "*".join(texts if factor == 1 else [str(factor), *texts])


def _is_sum(text: str) -> bool:
    outside = re.sub(r"⌊[^⌋]*⌋|\[[^\]]*\]", "", text)
    return "+" in outside or "-" in outside


def _periodic(table: Periodic) -> str:
    """The values of one period, where they are few; else `about 3/4*H`."""
    growth, period, symbol = table.growth, table.period, table.symbol
    if period > LONGEST_WRITTEN:
        return f"about {Fraction(growth, period)}*{symbol}" if growth > 0 else "?"
    aligned = -(-table.start // period) * period
    values = [table(size) - growth * (aligned // period) for size in range(aligned, aligned + period)]
    steps = f"{growth}*⌊{symbol}/{period}⌋+" if growth else ""
    return f"{steps}{values}[{symbol} mod {period}]" if period > 1 else str(values[0])


def _stepped(table: Periodic) -> tuple[tuple[int, int, int] | None, int]:
    """`a * floor((h + b) / p) + c` where every value of the table is the same modulo its growth."""
    growth, period = table.growth, table.period
    rest = table.table[0] % growth
    if growth < 2 or any(value % growth != rest for value in table.table):
        return None, 0
    sizes = range(table.start, table.start + period)
    for constant in (rest, rest - growth):
        first = (table(table.start) - constant) // growth * period - table.start
        for shift in range(first, first + period):
            if all(growth * ((size + shift) // period) + constant == table(size) for size in sizes):
                return (growth, period, shift), constant
    return None, 0


def _written(symbol: str, up: int, down: int, shift: int) -> str:
    scaled = symbol if up == 1 else f"{up}*{symbol}"
    if down == 1:
        return scaled if not shift else f"{scaled}{shift:+d}"
    if not shift:
        return f"⌊{scaled}/{down}⌋"
    return f"⌊({scaled}{shift:+d})/{down}⌋"
