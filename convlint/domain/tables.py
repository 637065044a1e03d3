"""The exact domain for unknown sizes: period tables.

Along a network every size is a function f of an unknown input size h >= 1 with f(h + period) = f(h) + growth for all
h >= start. Such tables are closed under what the operators of a network compute: sums, multiples, floor division and
remainder by a constant, minimum, comparison and choice. A condition is a table of truth values; the sizes for which a
network works are the intersection of its conditions, known exactly for all h at once. What follows no such law within
bounds (a factor that floating point rounds unevenly, a very long period) is listed up to DENSE_TO and not known beyond.
What depends on several unknown sizes is kept as the computation that it is: a `Product` or a `Joint`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from math import gcd, lcm, prod

from convlint.domain import values
from convlint.domain.laws import LATEST_START, LONGEST_PERIOD, Law, shortest
from convlint.domain.values import UNKNOWN, Scalar, Size, Symbolic, Truth
from convlint.typed import Any, Final, TypeVar, cast

_Result = TypeVar("_Result")

_plus: Callable[[Scalar, Scalar], Scalar] = operator.add
_minus: Callable[[Scalar, Scalar], Scalar] = operator.sub
_opposite: Callable[[Scalar], Scalar] = operator.neg
_quotient: Callable[[Scalar, Scalar], Scalar] = operator.floordiv
_remainder: Callable[[Scalar, Scalar], Scalar] = operator.mod
_Comparison = Callable[[int, int], bool]
DENSE_TO: Final = 4096
"""The largest size up to which a function without a short law is listed."""
HEAVIEST: Final = 100
"""Parts of a computation with several unknown sizes; beyond, its result is unknown."""


class SizeTable(Symbolic):
    """A function of one unknown size: `head` holds f(1) to f(start - 1), `table` f(start) to f(start + period - 1).

    `symbol` names the unknown size. Values are integers, or truth values (then `growth` is 0). Immutable; equal tables
    are equal values, because a table is always reduced to its smallest period and earliest start. A listed table has no
    period (0): beyond its head it is UNKNOWN.
    """

    __slots__ = ("growth", "head", "law", "symbol", "table")

    def __init__(self, symbol: str, law: Law) -> None:
        self.symbol = symbol
        self.law = law
        self.growth, self.head, self.table = law.parts

    @property
    def period(self) -> int:
        return len(self.table)

    @property
    def start(self) -> int:
        return len(self.head) + 1

    @property
    def known_to(self) -> int | None:
        """The largest size of a listed table; None where the table is known for all."""
        return None if self.table else len(self.head)

    def __call__(self, size: int) -> Any:
        """f(size), for size >= 1."""
        if size < self.start:
            return self.head[size - 1]
        if not self.table:
            return UNKNOWN
        turns, rest = divmod(size - self.start, self.period)
        value = self.table[rest]
        return value + turns * self.growth if self.growth else value

    def column(self, count: int) -> Sequence[int]:
        """f(1) to f(count); of a listed table no more than its head."""
        missing, period, growth = count - len(self.head), len(self.table), self.growth
        if missing <= 0:
            return self.head[:count]
        if missing <= period:
            return self.head + self.table[:missing]
        turns = missing // period + 1
        if not growth:
            return self.head + (self.table * turns)[:missing]
        grown = [value + step for step in range(0, growth * turns, growth) for value in self.table]
        return [*self.head, *grown[:missing]]

    def __hash__(self) -> int:
        return hash((self.symbol, self.law))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SizeTable) and self.symbol == other.symbol and self.law == other.law

    def __repr__(self) -> str:
        from convlint.domain.formulas import formula

        return formula(self)

    # --- arithmetic

    def __add__(self, other: Scalar) -> Scalar:
        if type(other) is int:
            return self._shifted(other)
        return _linear(_plus, self, other)

    __radd__ = __add__

    def __sub__(self, other: Scalar) -> Scalar:
        if type(other) is int:
            return self._shifted(-other)
        return _linear(_minus, self, other)

    def __rsub__(self, other: Scalar) -> Scalar:
        return _linear(_minus, other, self)

    def __neg__(self) -> Scalar:
        return _linear(_minus, 0, self)

    def __pos__(self) -> Scalar:
        return self

    def __mul__(self, other: Scalar) -> Scalar:
        if type(other) is not int:
            return _product(self, other)
        if other == 0 or other == 1:
            return self if other else 0
        return _once(_multiplied, self, other)

    __rmul__ = __mul__

    def _shifted(self, by: int) -> SizeTable:
        """The table plus a constant; it stays reduced."""
        shifted: SizeTable = _once(_moved, self, by) if by else self
        return shifted

    def __floordiv__(self, other: Scalar) -> Scalar:
        if type(other) is not int:
            return joint(_quotient, (self, other))
        if other == 0:
            return UNKNOWN
        if other == 1:
            return self
        return _once(_divided, self, other)

    def __mod__(self, other: Scalar) -> Scalar:
        if type(other) is not int:
            return joint(_remainder, (self, other))
        if other == 0:
            return UNKNOWN
        if other == 1:
            return 0
        return _once(_rest, self, other)

    # --- what the rules language asks of a value

    def is_equal(self, other: object) -> Truth:
        return _compared(operator.eq, values.equal, self, other)

    def is_less(self, other: Scalar) -> Truth:
        return _compared(operator.lt, values.less, self, other)

    def is_at_most(self, other: Scalar) -> Truth:
        return _compared(operator.le, values.at_most, self, other)

    def is_more(self, other: Scalar) -> Truth:
        return _compared(operator.gt, values.more, self, other)

    def is_at_least(self, other: Scalar) -> Truth:
        return _compared(operator.ge, values.at_least, self, other)

    def is_false(self) -> Truth:
        return _once(_negated, self)

    def and_also(self, other: object) -> Truth:
        return _logical(self, other, _both_hold, False)

    def or_else(self, other: object) -> Truth:
        return _logical(self, other, _one_holds, True)

    def choose(self, yes: object, no: object) -> object:
        """`yes` where this condition holds, else `no`."""
        return _chosen(self, yes, no)

    def floored(self) -> Size:
        return self

    def at_sizes(self, sizes: Mapping[str, int]) -> Scalar:
        return self(sizes[self.symbol]) if self.symbol in sizes else self

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset((self.symbol,))

    @property
    def least(self) -> int | None:
        """The smallest value, where there is one and it is known."""
        if self.growth < 0 or not self.table:
            return None
        lowest: int = min(min(self.head, default=self.table[0]), min(self.table))
        return lowest


class _SeveralSizes(Symbolic):
    """What values of several unknown sizes share: every operation is kept as it is."""

    __slots__ = ()

    def __add__(self, other: Scalar) -> Scalar:
        return joint(_plus, (self, other))

    __radd__ = __add__

    def __sub__(self, other: Scalar) -> Scalar:
        return joint(_minus, (self, other))

    def __rsub__(self, other: Scalar) -> Scalar:
        return joint(_minus, (other, self))

    def __neg__(self) -> Scalar:
        return joint(_opposite, (self,))

    def __mul__(self, other: Scalar) -> Scalar:
        return joint(values.multiply, (self, other))

    __rmul__ = __mul__

    def __floordiv__(self, other: Scalar) -> Scalar:
        return joint(_quotient, (self, other))

    def __rfloordiv__(self, other: Scalar) -> Scalar:
        return joint(_quotient, (other, self))

    def __mod__(self, other: Scalar) -> Scalar:
        return joint(_remainder, (self, other))

    def __rmod__(self, other: Scalar) -> Scalar:
        return joint(_remainder, (other, self))

    def is_equal(self, other: object) -> Truth:
        return True if self == other else joint(values.equal, (self, other))

    def is_less(self, other: Scalar) -> Truth:
        return joint(values.less, (self, other))

    def is_at_most(self, other: Scalar) -> Truth:
        return joint(values.at_most, (self, other))

    def is_more(self, other: Scalar) -> Truth:
        return joint(values.more, (self, other))

    def is_at_least(self, other: Scalar) -> Truth:
        return joint(values.at_least, (self, other))

    def is_false(self) -> Truth:
        return joint(values.negate, (self,))

    def and_also(self, other: object) -> Truth:
        return conjunction((self, other))

    def or_else(self, other: object) -> Truth:
        if not isinstance(other, Symbolic):
            return True if other else self
        return joint(_either, (self, other))

    def choose(self, yes: object, no: object) -> object:
        if isinstance(yes, tuple) and isinstance(no, tuple):
            return tuple(self.choose(a, b) for a, b in zip(yes, no)) if len(yes) == len(no) else UNKNOWN
        return yes if type(yes) is type(no) and yes == no else joint(_choice, (self, yes, no))


class Product(_SeveralSizes):
    """`factor` times tables of several unknown sizes, as a flattened map has: C * f(h) * g(w)."""

    __slots__ = ("factor", "tables")

    def __init__(self, factor: int, tables: tuple[SizeTable, ...]) -> None:
        self.factor = factor
        self.tables = tables

    def __hash__(self) -> int:
        return hash((self.factor, self.tables))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Product) and (self.factor, self.tables) == (other.factor, other.tables)

    def __repr__(self) -> str:
        from convlint.domain.formulas import product_formula

        return product_formula(self.factor, self.tables)

    def __mul__(self, other: Scalar) -> Scalar:
        return _product(self, other)

    __rmul__ = __mul__

    def __floordiv__(self, other: Scalar) -> Scalar:
        if type(other) is int and other and self.factor % other == 0:
            return Product(self.factor // other, self.tables)
        return super().__floordiv__(other)

    def __mod__(self, other: Scalar) -> Scalar:
        if type(other) is not int or not other:
            return super().__mod__(other)
        if self.factor % other == 0:
            return 0
        if len(self.symbols) > 1:
            return super().__mod__(other)
        rests = [rest for table in self.tables if isinstance(rest := table % other, SizeTable)]
        if len(rests) < len(self.tables):
            return super().__mod__(other)
        (symbol,) = self.symbols
        start, period, _ = _common(*rests)
        return make(symbol, 0, start, period, lambda size: cast(int, self.at_sizes({symbol: size}) % other))

    def is_equal(self, other: object) -> Truth:
        if self._is_above(other):
            return False
        if type(other) is int and len(self.symbols) == 1:
            return cast(Truth, _product_is(self, other))
        return super().is_equal(other)

    def is_less(self, other: Scalar) -> Truth:
        return False if self._is_above(other) else super().is_less(other)

    def is_at_most(self, other: Scalar) -> Truth:
        return False if self._is_above(other) else super().is_at_most(other)

    def is_more(self, other: Scalar) -> Truth:
        return True if self._is_above(other) else super().is_more(other)

    def is_at_least(self, other: Scalar) -> Truth:
        return True if self._is_above(other - 1 if type(other) is int else other) else super().is_at_least(other)

    def _is_above(self, other: object) -> bool:
        """Whether the product is above a number for all sizes."""
        if type(other) is not int:
            return False
        lowest = self.factor
        for table in self.tables:
            least = table.least
            if least is None or least < 0:
                return False
            lowest *= least
        return lowest > other

    def floored(self) -> Size:
        return self

    def at_sizes(self, sizes: Mapping[str, int]) -> Scalar:
        return values.product((self.factor, *(table.at_sizes(sizes) for table in self.tables)))

    @property
    def symbols(self) -> frozenset[str]:
        """The names of its unknown sizes."""
        return frozenset(table.symbol for table in self.tables)


class Joint(_SeveralSizes):
    """A computation with several unknown sizes: `function` of `operands`; `symbols` are the names of the sizes."""

    __slots__ = ("_hash", "function", "operands", "symbols", "weight")

    def __init__(
        self, function: Callable[..., object], operands: tuple[object, ...], symbols: frozenset[str], weight: int
    ) -> None:
        self.function = function
        self.operands = operands
        self.symbols = symbols
        self.weight = weight
        self._hash = hash((function, operands))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Joint) and (self.function, self.operands) == (other.function, other.operands)

    def __repr__(self) -> str:
        return "?"

    def at_sizes(self, sizes: Mapping[str, int]) -> Scalar:
        return cast(Scalar, self.function(*[_at_sizes(operand, sizes) for operand in self.operands]))


class Conjunction(_SeveralSizes):
    """Conditions on several unknown sizes that must all hold: a truth table for each symbol, and joint conditions."""

    __slots__ = ("joints", "tables")

    def __init__(self, tables: tuple[SizeTable, ...], joints: tuple[Joint, ...] = ()) -> None:
        self.tables = tables
        self.joints = joints

    def __hash__(self) -> int:
        return hash((self.tables, self.joints))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Conjunction) and (self.tables, self.joints) == (other.tables, other.joints)

    def at_sizes(self, sizes: Mapping[str, int]) -> Scalar:
        return conjunction(part.at_sizes(sizes) for part in (*self.tables, *self.joints))

    @property
    def symbols(self) -> frozenset[str]:
        """The names of its unknown sizes."""
        parts: tuple[SizeTable | Joint, ...] = (*self.tables, *self.joints)
        return frozenset[str]().union(*(part.symbols for part in parts))


def joint(function: Callable[..., _Result], operands: tuple[object, ...]) -> _Result:
    """The function of values that depend on unknown sizes; UNKNOWN where it is too long to keep."""
    return cast(_Result, _joint(function, operands))


def _joint(function: Callable[..., object], operands: tuple[object, ...]) -> Size:
    symbols: frozenset[str] = frozenset()
    weight = 1
    for operand in operands:
        if isinstance(operand, (SizeTable, Product, Joint, Conjunction)):
            symbols |= operand.symbols
            weight += _weight(operand)
        elif type(operand) not in (int, bool):
            return UNKNOWN
    if weight > HEAVIEST:
        return UNKNOWN
    if len(symbols) == 1:
        (symbol,) = symbols
        return _listed(symbol, lambda size: function(*[_at_sizes(operand, {symbol: size}) for operand in operands]))
    return Joint(function, operands, symbols, weight)


def _weight(value: object) -> int:
    if isinstance(value, Joint):
        return value.weight
    if isinstance(value, Product):
        return len(value.tables) + 1
    return sum(map(_weight, (*value.tables, *value.joints))) if isinstance(value, Conjunction) else 1


def _at_sizes(value: object, sizes: Mapping[str, int]) -> Any:
    return value.at_sizes(sizes) if isinstance(value, Symbolic) else value


def _either(a: object, b: object) -> Truth:
    return values.either(lambda: a, lambda: b)


def _choice(condition: object, yes: object, no: object) -> object:
    return values.choose(condition, lambda: yes, lambda: no)


def _product_is(product: Product, wanted: int) -> Size:
    """The sizes for which a product of tables of one unknown size is a given number."""
    symbol = product.tables[0].symbol
    factors = product.tables

    def holds(size: int) -> bool:
        found = product.factor
        for table in factors:
            found *= table(size)
        return found == wanted

    start, period, growths = _common(*factors)
    lowest = [min(table(size) for size in range(start, start + period)) for table in factors] if period else [0]
    if not period or not any(growths) or product.factor < 1:
        return make(symbol, 0, start, period, holds)
    for turns in range(LATEST_START // period + 1):
        least = [low + turns * growth for low, growth in zip(lowest, growths)]
        if min(least) > 0 and product.factor * prod(least) > wanted:
            return make(symbol, 0, start + turns * period, 1, holds)
    return _listed(symbol, holds)


def unknown_size(symbol: str) -> SizeTable:
    """The unknown size itself: f(h) = h."""
    return SizeTable(symbol, Law(1, (), (1,)))


def make(symbol: str, growth: int, start: int, period: int, value: Callable[[int], int]) -> Size:
    """The reduced table of a function with the given law, listed where that is too long; a number if it is constant."""
    if period > LONGEST_PERIOD or start > LATEST_START:
        return _listed(symbol, value)
    return _reduced(symbol, growth, [value(size) for size in range(1, start + period)], start)


def _mapped(function: Callable[..., int], operands: tuple[object, ...], growth: int, start: int, period: int) -> Size:
    """The reduced table of a function of the values of tables of one size and of numbers, as `make` has it."""
    if period > LONGEST_PERIOD or start > LATEST_START:
        growth, start, period = 0, DENSE_TO + 1, 0
    count = start + period - 1
    columns = [part.column(count) if isinstance(part, SizeTable) else repeat(part, count) for part in operands]
    symbol = next(part.symbol for part in operands if isinstance(part, SizeTable))
    return _reduced(symbol, growth, list(map(function, *columns)), start)


def _condition(function: Callable[..., bool], operands: tuple[object, ...], start: int, period: int) -> Truth:
    """The reduced table of a condition on the values of tables of one size and of numbers."""
    return cast(Truth, _mapped(function, operands, 0, start, period))


def _listed(symbol: str, value: Callable[[int], object]) -> Size:
    """The table of a function that is only known up to DENSE_TO; UNKNOWN where it is not even that."""
    found = [value(size) for size in range(1, DENSE_TO + 1)]
    head = tuple([item for item in found if isinstance(item, int)])
    return SizeTable(symbol, Law(0, head, ())) if len(head) == len(found) else UNKNOWN


def _reduced(symbol: str, growth: int, values: list[int], start: int) -> Size:
    """The table of f(1), f(2), ..., whose values from `start` on are one period; a number where it is constant."""
    law = shortest(growth, values, start)
    return law if isinstance(law, int) else SizeTable(symbol, law)


_known: dict[object, object] = {}
_MOST_KNOWN: Final = 4096


def _once(function: Callable[..., _Result], *operands: object) -> _Result:
    """The function of tables of one size and of numbers, computed once for all tables that differ only in the name.

    Height and width mostly go the same way.
    """
    first = operands[0]
    symbol = cast(SizeTable, first if type(first) is SizeTable else operands[1]).symbol
    key = (function, *[x.law if type(x) is SizeTable else x if type(x) is int else (x,) for x in operands])
    found = _known.get(key, UNKNOWN)
    if found is UNKNOWN:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[key] = function(*operands)
    if type(found) is SizeTable and found.symbol != symbol:
        found = SizeTable(symbol, found.law)
    return cast(_Result, found)


def _multiplied(table: SizeTable, factor: int) -> SizeTable:
    return SizeTable(table.symbol, table.law.times(factor))


def _moved(table: SizeTable, by: int) -> SizeTable:
    return SizeTable(table.symbol, table.law.plus(by))


def _divided(table: SizeTable, by: int) -> Size:
    turns = abs(by) // gcd(table.growth, by)
    return _mapped(operator.floordiv, (table, by), table.growth * turns // by, table.start, table.period * turns)


def _rest(table: SizeTable, by: int) -> Size:
    turns = abs(by) // gcd(table.growth, by)
    return _mapped(operator.mod, (table, by), 0, table.start, table.period * turns)


def _negated(table: SizeTable) -> Truth:
    return _condition(operator.not_, (table,), table.start, table.period)


def _linear(function: Callable[[Scalar, Scalar], Scalar], a: Scalar, b: Scalar) -> Scalar:
    """a + b or a - b."""
    return _once(_LINEAR[function], a, b) if _same_symbol(a, b) else joint(function, (a, b))


def _sum(a: Size, b: Size) -> Size:
    start, period, (growth_a, growth_b) = _common(a, b)
    return _mapped(operator.add, (a, b), growth_a + growth_b, start, period)


def _difference(a: Size, b: Size) -> Size:
    start, period, (growth_a, growth_b) = _common(a, b)
    return _mapped(operator.sub, (a, b), growth_a - growth_b, start, period)


_LINEAR: Final[dict[object, Callable[[Size, Size], Size]]] = {_plus: _sum, _minus: _difference}


def _compared(function: _Comparison, lifted: Callable[[SizeTable, Scalar], Truth], a: SizeTable, b: object) -> Truth:
    """A comparison: periodic where both grow alike, else constant from some size on."""
    return _once(_COMPARED[function], a, b) if _same_symbol(a, b) else joint(lifted, (a, b))


def _comparison(function: _Comparison) -> Callable[[SizeTable, Size], Truth]:
    def compared(a: SizeTable, b: Size) -> Truth:
        if type(b) is int and a.least is not None and a.least > b:
            return bool(function(a.least, b))
        start, period, (growth_a, growth_b) = _common(a, b)
        if growth_a != growth_b:
            if type(b) is int:
                gap = max(max(a.table) - b, b - min(a.table))
            else:
                gap = max([abs(a(size) - at(b, size)) for size in range(start, start + period)])
            start += (gap // abs(growth_a - growth_b) + 1) * period
        return _condition(function, (a, b), start, period)

    return compared


_COMPARED: Final[dict[object, Callable[[SizeTable, Size], Truth]]] = {
    function: _comparison(function) for function in (operator.eq, operator.lt, operator.le, operator.gt, operator.ge)
}


def _logical(a: SizeTable, b: object, function: Callable[[SizeTable, SizeTable], Truth], decisive: bool) -> Truth:
    if b is UNKNOWN:
        return UNKNOWN
    if not isinstance(b, Symbolic):
        return decisive if bool(b) is decisive else a
    if isinstance(b, SizeTable) and b.symbol == a.symbol:
        return _once(function, a, b)
    return joint(_either, (a, b)) if decisive else conjunction((a, b))


def _both_hold(a: SizeTable, b: SizeTable) -> Truth:
    start, period, _ = _common(a, b)
    return _condition(lambda x, y: bool(x and y), (a, b), start, period)


def _one_holds(a: SizeTable, b: SizeTable) -> Truth:
    start, period, _ = _common(a, b)
    return _condition(lambda x, y: bool(x or y), (a, b), start, period)


def _chosen(condition: SizeTable, yes: object, no: object) -> object:
    if yes is UNKNOWN or no is UNKNOWN:
        return UNKNOWN
    if isinstance(yes, tuple) and isinstance(no, tuple):
        return tuple(_chosen(condition, a, b) for a, b in zip(yes, no)) if len(yes) == len(no) else UNKNOWN
    if type(yes) is type(no) and yes == no:
        return yes
    if not _same_symbol(condition, yes, no):
        return joint(_choice, (condition, yes, no))
    return _once(_choice_by_size, condition, yes, no)


def _choice_by_size(condition: SizeTable, yes: object, no: object) -> object:
    start, period, (growth_yes, growth_no, _) = _common(yes, no, condition)
    used = {bool(holds) for holds in condition.column(start + period - 1)[start - 1 :]}
    growths = {growth_yes if wanted else growth_no for wanted in used}
    if len(growths) > 1:
        start, period, growths = DENSE_TO + 1, 0, {0}
    growth = growths.pop() if growths else 0
    return _mapped(lambda holds, a, b: a if holds else b, (condition, yes, no), growth, start, period)


def _product(a: Scalar, b: Scalar) -> Scalar:
    factor, tables = 1, list[SizeTable]()
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
            return joint(values.multiply, (a, b))
    return Product(factor, tuple(sorted(tables, key=lambda table: (table.symbol, table.growth, table.table))))


class Scaled(Symbolic):
    """A table times a decimal factor, exact only once it is floored."""

    __slots__ = ("factor", "table")

    def __init__(self, table: SizeTable, factor: float) -> None:
        self.table = table
        self.factor = factor

    def floored(self) -> Size:
        """floor(table * factor), as floating point has it.

        With factor = n/d * (1 + error), the float product is at least the integer n*k at d*k where the error is not
        negative, or too small for the rounding of n*k to go down; then the float agrees with the decimal for all sizes.
        """
        from fractions import Fraction

        decimal = Fraction(repr(self.factor))
        error = Fraction(self.factor) / decimal - 1 if decimal else Fraction(0)
        if decimal.denominator <= LONGEST_PERIOD and error >= -_SAFE_ERROR:
            return cast(Size, self.table * decimal.numerator // decimal.denominator)
        return _listed(self.table.symbol, lambda size: values.floor(self.table(size) * self.factor))

    def __hash__(self) -> int:
        return hash((self.table, self.factor))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scaled) and (self.table, self.factor) == (other.table, other.factor)


_SAFE_ERROR: Final = 2.0**-54


def _scaled(table: SizeTable, factor: float) -> Scalar:
    return table * int(factor) if factor.is_integer() else Scaled(table, factor)


def at(value: object, size: int) -> Any:
    """The value at an input size; a number is the same at all."""
    return value(size) if isinstance(value, SizeTable) else value


def _same_symbol(*values: object) -> bool:
    symbols = set()
    for value in values:
        if isinstance(value, SizeTable):
            symbols.add(value.symbol)
        elif type(value) not in (int, bool):
            return False
    return len(symbols) == 1


def _common(*values: object) -> tuple[int, int, tuple[int, ...]]:
    """(start, period) that hold for all values, and their growths over that period."""
    tables = [value for value in values if isinstance(value, SizeTable)]
    listed = [len(table.head) + 1 for table in tables if not table.table]
    if listed:
        return min(listed), 0, (0,) * len(values)
    period = lcm(*[len(table.table) for table in tables])
    start = max([len(table.head) for table in tables]) + 1
    growths = tuple([x.growth * (period // len(x.table)) if isinstance(x, SizeTable) else 0 for x in values])
    return start, period, growths


def conjunction(conditions: Iterable[object]) -> Truth:
    """All conditions together: True, False, a table, a `Joint`, a `Conjunction`, or UNKNOWN where one is unknown."""
    tables: dict[str, Truth] = {}
    joints: list[Joint] = []
    for condition in conditions:
        if not isinstance(condition, Symbolic):
            if condition:
                continue
            return False
        if isinstance(condition, (SizeTable, Joint)):
            condition = Conjunction(*(((condition,), ()) if isinstance(condition, SizeTable) else ((), (condition,))))
        if not isinstance(condition, Conjunction):
            return UNKNOWN
        joints += [part for part in condition.joints if part not in joints]
        for table in condition.tables:
            known = tables.get(table.symbol, True)
            both = known.and_also(table) if isinstance(known, Symbolic) else table
            if both is False or both is UNKNOWN:
                return both
            tables[table.symbol] = both
    kept = tuple(table for _, table in sorted(tables.items()) if isinstance(table, SizeTable))
    if not kept and not joints:
        return True
    if len(kept) + len(joints) == 1:
        return kept[0] if kept else joints[0]
    return Conjunction(kept, tuple(joints))
