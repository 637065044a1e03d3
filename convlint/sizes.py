"""The exact domain for unknown sizes: period tables.

Along a network every size is a function f of an unknown input size h >= 1 with f(h + period) = f(h) + growth for all
h >= start. Such tables are closed under what the operators of a network compute: sums, multiples, floor division and
remainder by a constant, minimum, comparison and choice. A condition is a table of truth values; the sizes for which a
network works are the intersection of its conditions, known exactly for all h at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from math import gcd, lcm
from typing import Any, Final

from convlint.engine.values import UNKNOWN, Symbolic

LONGEST_PERIOD: Final = 20_000
LATEST_START: Final = 100_000


class SizeTable(Symbolic):
    """A function of one unknown size: `head` holds f(1) to f(start - 1), `table` f(start) to f(start + period - 1).

    `symbol` names the unknown size. Values are integers, or truth values (then `growth` is 0). Immutable; equal tables
    are equal values, because a table is always reduced to its smallest period and earliest start.
    """

    __slots__ = ("_hash", "growth", "head", "symbol", "table")

    def __init__(self, symbol: str, growth: int, head: tuple[Any, ...], table: tuple[Any, ...]) -> None:
        self.symbol = symbol
        self.growth = growth
        self.head = head
        self.table = table
        self._hash = hash((symbol, growth, head, table))

    @property
    def period(self) -> int:
        return len(self.table)

    @property
    def start(self) -> int:
        return len(self.head) + 1

    def __call__(self, size: int) -> Any:
        """f(size), for size >= 1."""
        if size < self.start:
            return self.head[size - 1]
        turns, rest = divmod(size - self.start, self.period)
        value = self.table[rest]
        return value + turns * self.growth if self.growth else value

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SizeTable)
            and self._hash == other._hash
            and (self.symbol, self.growth, self.head, self.table)
            == (other.symbol, other.growth, other.head, other.table)
        )

    def __repr__(self) -> str:
        from convlint.sizes_text import formula

        return formula(self)

    # --- arithmetic

    def __add__(self, other: Any) -> Any:
        if type(other) is int:
            return self._shifted(other)
        return _linear(operator.add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if type(other) is int:
            return self._shifted(-other)
        return _linear(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _linear(operator.sub, other, self)

    def __neg__(self) -> Any:
        return _linear(operator.sub, 0, self)

    def __pos__(self) -> Any:
        return self

    def __mul__(self, other: Any) -> Any:
        if type(other) is not int:
            return _product(self, other)
        if other == 0 or other == 1:
            return self if other else 0
        head, table = (tuple([value * other for value in part]) for part in (self.head, self.table))
        return SizeTable(self.symbol, self.growth * other, head, table)

    __rmul__ = __mul__

    def _shifted(self, by: int) -> SizeTable:
        """The table plus a constant; it stays reduced."""
        if not by:
            return self
        head, table = (tuple([value + by for value in part]) for part in (self.head, self.table))
        return SizeTable(self.symbol, self.growth, head, table)

    def __floordiv__(self, other: Any) -> Any:
        if type(other) is not int or other == 0:
            return UNKNOWN
        if other == 1:
            return self
        turns = abs(other) // gcd(self.growth, other)
        growth = self.growth * turns // other
        return make(self.symbol, growth, self.start, self.period * turns, lambda size: self(size) // other)

    def __mod__(self, other: Any) -> Any:
        if type(other) is not int or other == 0:
            return UNKNOWN
        if other == 1:
            return 0
        turns = abs(other) // gcd(self.growth, other)
        return make(self.symbol, 0, self.start, self.period * turns, lambda size: self(size) % other)

    # --- what the rules language asks of a value

    def is_equal(self, other: Any) -> Any:
        return _compared(operator.eq, self, other)

    def is_less(self, other: Any) -> Any:
        return _compared(operator.lt, self, other)

    def is_at_most(self, other: Any) -> Any:
        return _compared(operator.le, self, other)

    def is_more(self, other: Any) -> Any:
        return _compared(operator.gt, self, other)

    def is_at_least(self, other: Any) -> Any:
        return _compared(operator.ge, self, other)

    def is_false(self) -> Any:
        return _simplest(make(self.symbol, 0, self.start, self.period, lambda size: not self(size)))

    def and_also(self, other: Any) -> Any:
        return _logical(self, other, lambda a, b: bool(a and b), False)

    def or_else(self, other: Any) -> Any:
        return _logical(self, other, lambda a, b: bool(a or b), True)

    def choose(self, yes: Any, no: Any) -> Any:
        """`yes` where this condition holds, else `no`."""
        return _chosen(self, yes, no)

    def floored(self) -> Any:
        return self

    @property
    def least(self) -> int | None:
        """The smallest value, where there is one."""
        if self.growth < 0:
            return None
        lowest: int = min(min(self.head, default=self.table[0]), min(self.table))
        return lowest


class Product(Symbolic):
    """`factor` times one table of each of several unknown sizes, as a flattened map has: C * f(h) * g(w)."""

    __slots__ = ("factor", "tables")

    def __init__(self, factor: int, tables: tuple[SizeTable, ...]) -> None:
        self.factor = factor
        self.tables = tables

    def __hash__(self) -> int:
        return hash((self.factor, self.tables))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Product) and (self.factor, self.tables) == (other.factor, other.tables)

    def __repr__(self) -> str:
        return "*".join([str(self.factor), *(repr(table) for table in self.tables)])

    def __mul__(self, other: Any) -> Any:
        return _product(self, other)

    __rmul__ = __mul__

    def is_equal(self, other: Any) -> Any:
        if type(other) is int:
            return Coupling(((self, other),))
        return True if self == other else UNKNOWN


class Conjunction(Symbolic):
    """Conditions on several unknown sizes that must all hold: one truth table for each symbol, and couplings."""

    __slots__ = ("couplings", "tables")

    def __init__(self, tables: tuple[SizeTable, ...], couplings: tuple[tuple[Product, int], ...] = ()) -> None:
        self.tables = tables
        self.couplings = couplings

    def __hash__(self) -> int:
        return hash((self.tables, self.couplings))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conjunction) and (self.tables, self.couplings) == (other.tables, other.couplings)

    def and_also(self, other: Any) -> Any:
        return conjunction((self, other))

    def choose(self, yes: Any, no: Any) -> Any:
        return yes if yes == no else UNKNOWN


def Coupling(couplings: tuple[tuple[Product, int], ...]) -> Conjunction:
    """The condition that products of sizes have given values."""
    return Conjunction((), couplings)


def unknown_size(symbol: str) -> SizeTable:
    """The unknown size itself: f(h) = h."""
    return SizeTable(symbol, 1, (), (1,))


def make(symbol: str, growth: int, start: int, period: int, value: Callable[[int], Any]) -> Any:
    """The reduced table of a function with the given law; UNKNOWN beyond the bounds; a number where it is constant."""
    if period > LONGEST_PERIOD or start > LATEST_START:
        return UNKNOWN
    head = [value(size) for size in range(1, start)]
    table = [value(size) for size in range(start, start + period)]
    return _simplest(_reduced(symbol, growth, head, table))


def _simplest(table: Any) -> Any:
    if isinstance(table, SizeTable) and not table.growth and not table.head and len(table.table) == 1:
        return table.table[0]
    return table


def _reduced(symbol: str, growth: int, head: list[Any], table: list[Any]) -> SizeTable:
    """The table with the smallest period and the earliest start that say the same."""
    period = len(table)
    for divisor in _divisors(period):
        if (growth * divisor) % period:
            continue
        step = growth * divisor // period
        if all(
            table[i + divisor] == table[i] + step if step else table[i + divisor] == table[i]
            for i in range(period - divisor)
        ):
            table, growth, period = table[:divisor], step, divisor
            break
    while head and head[-1] == (table[-1] - growth if growth else table[-1]):
        table = [head.pop(), *table[:-1]]
    return SizeTable(symbol, growth, tuple(head), tuple(table))


def _divisors(number: int) -> list[int]:
    small = [divisor for divisor in range(1, int(number**0.5) + 1) if number % divisor == 0]
    return sorted({*small, *(number // divisor for divisor in small)} - {number})


def _linear(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """a + b or a - b."""
    if not _same_symbol(a, b):
        return UNKNOWN
    symbol, start, period, (growth_a, growth_b) = _common(a, b)
    return make(symbol, function(growth_a, growth_b), start, period, lambda size: function(at(a, size), at(b, size)))


def _compared(function: Callable[[Any, Any], bool], a: SizeTable, b: Any) -> Any:
    """A comparison: periodic where both grow alike, else constant from some size on."""
    if not _same_symbol(a, b):
        return UNKNOWN
    if type(b) is int and a.least is not None and a.least > b:
        return bool(function(a.least, b))
    symbol, start, period, (growth_a, growth_b) = _common(a, b)
    if growth_a != growth_b:
        gap = max(abs(at(a, size) - at(b, size)) for size in range(start, start + period))
        start += (gap // abs(growth_a - growth_b) + 1) * period
    return make(symbol, 0, start, period, lambda size: bool(function(at(a, size), at(b, size))))


def _logical(a: Any, b: Any, function: Callable[[Any, Any], bool], decisive: bool) -> Any:
    if b is UNKNOWN:
        return UNKNOWN
    if not isinstance(b, Symbolic):
        return decisive if bool(b) is decisive else a
    if isinstance(b, SizeTable) and b.symbol == a.symbol:
        symbol, start, period, _ = _common(a, b)
        return make(symbol, 0, start, period, lambda size: function(a(size), b(size)))
    return UNKNOWN if decisive else conjunction((a, b))


def _chosen(condition: SizeTable, yes: Any, no: Any) -> Any:
    if yes is UNKNOWN or no is UNKNOWN:
        return UNKNOWN
    if isinstance(yes, tuple) and isinstance(no, tuple):
        return tuple(_chosen(condition, a, b) for a, b in zip(yes, no)) if len(yes) == len(no) else UNKNOWN
    if type(yes) is type(no) and yes == no:
        return yes
    if not all(type(part) in (int, bool) or isinstance(part, SizeTable) for part in (yes, no)):
        return UNKNOWN
    if any(isinstance(part, SizeTable) and part.symbol != condition.symbol for part in (yes, no)):
        return UNKNOWN
    symbol, start, period, (growth_yes, growth_no, _) = _common(yes, no, condition)
    used = {bool(condition(size)) for size in range(start, start + period)}
    growths = {growth_yes if wanted else growth_no for wanted in used}
    if len(growths) > 1:
        return UNKNOWN
    return make(symbol, growths.pop(), start, period, lambda size: at(yes, size) if condition(size) else at(no, size))


def _product(a: Any, b: Any) -> Any:
    factor, tables = 1, []
    for part in (a, b):
        if type(part) is int:
            factor *= part
        elif isinstance(part, SizeTable):
            tables.append(part)
        elif isinstance(part, Product):
            factor *= part.factor
            tables += part.tables
        elif type(part) is float and isinstance(a, SizeTable):
            return _scaled(a, part)
        elif type(part) is float and isinstance(b, SizeTable):
            return _scaled(b, part)
        else:
            return UNKNOWN
    return Product(factor, tuple(sorted(tables, key=lambda table: (table.symbol, table.growth, table.table))))


class Scaled(Symbolic):
    """A table times a decimal factor, exact only once it is floored."""

    __slots__ = ("factor", "table")

    def __init__(self, table: SizeTable, factor: float) -> None:
        self.table = table
        self.factor = factor

    def floored(self) -> Any:
        """floor(table * factor), if the float product agrees with the decimal one for every size to LARGEST_SCALED."""
        from fractions import Fraction

        ratio = Fraction(repr(self.factor))
        exact = all(int(size * self.factor) == size * ratio.numerator // ratio.denominator for size in _SCALED_SIZES)
        return self.table * ratio.numerator // ratio.denominator if exact else UNKNOWN

    def __hash__(self) -> int:
        return hash((self.table, self.factor))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scaled) and (self.table, self.factor) == (other.table, other.factor)


LARGEST_SCALED: Final = 4096
_SCALED_SIZES = range(1, LARGEST_SCALED + 1)


def _scaled(table: SizeTable, factor: float) -> Any:
    return table * int(factor) if factor.is_integer() else Scaled(table, factor)


def at(value: Any, size: int) -> Any:
    """The value at an input size; a number is the same at all."""
    return value(size) if isinstance(value, SizeTable) else value


def _same_symbol(*values: Any) -> bool:
    symbols = set()
    for value in values:
        if isinstance(value, SizeTable):
            symbols.add(value.symbol)
        elif type(value) not in (int, bool):
            return False
    return len(symbols) == 1


def _common(*values: Any) -> tuple[str, int, int, tuple[int, ...]]:
    """(symbol, start, period) that hold for all values, and their growths over that period."""
    tables = [value for value in values if isinstance(value, SizeTable)]
    period = lcm(*(table.period for table in tables))
    start = max(table.start for table in tables)
    growths = tuple(value.growth * (period // value.period) if isinstance(value, SizeTable) else 0 for value in values)
    return tables[0].symbol, start, period, growths


def conjunction(conditions: Iterable[Any]) -> Any:
    """All conditions together: True, False, a truth table, or a `Conjunction`; unknown ones make it UNKNOWN."""
    tables: dict[str, Any] = {}
    couplings: list[tuple[Product, int]] = []
    for condition in conditions:
        if condition is UNKNOWN:
            return UNKNOWN
        if isinstance(condition, Conjunction):
            parts: tuple[Any, ...] = condition.tables
            couplings += [coupling for coupling in condition.couplings if coupling not in couplings]
        elif isinstance(condition, SizeTable):
            parts = (condition,)
        elif condition:
            continue
        else:
            return False
        for table in parts:
            known = tables.get(table.symbol, True)
            both = table if known is True else known.and_also(table)
            if both is False or both is UNKNOWN:
                return both
            tables[table.symbol] = both
    kept = tuple(table for _, table in sorted(tables.items()) if table is not True)
    if not kept and not couplings:
        return True
    return kept[0] if len(kept) == 1 and not couplings else Conjunction(kept, tuple(couplings))
