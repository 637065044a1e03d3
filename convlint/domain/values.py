"""The value of a size that is not known, and the operations of the rules language that respect it.

Expressions over plain integers run as plain Python. Where a size may be unknown, the compiler calls these functions
instead: they answer UNKNOWN where the answer depends on an unknown size, and bound what an expression may compute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from convlint import budget
from convlint.typed import Any, Final, ParamSpec, TypeVar, Union, cast

LARGEST: Final = 2**63
LONGEST: Final = 4096
MOST_STEPS: Final = 200_000
"""Items of lists that one evaluation may go through."""


Scalar = Union[int, float, "Symbolic"]
"""A number, or what is not known of one."""
Size = Union[int, "Symbolic"]
"""A size of an axis."""
Truth = Union[bool, "Symbolic"]
"""Whether something holds, as far as it is known."""
Shape = Union[tuple[Size, ...], "UnknownSize"]
"""The sizes of a tensor without its batch, or UNKNOWN where not even their number can be told."""
Shapes = tuple[Shape, ...]
"""The shapes of all inputs, or of all outputs."""
KnownShape = tuple[Union[Size, None], ...]
"""A shape for people, with None for each size of which nothing is known."""
Computed = Union[Scalar, list[Scalar]]
"""What an expression gives: a number for all axes, or one an axis."""
Scalars = Union[Sequence[Scalar], "UnknownSize"]
"""A list of numbers, which is not known where it would be a part of an unknown shape."""
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_Item = TypeVar("_Item")


class TooLarge(ArithmeticError):
    """An expression grew beyond what any network needs."""


class OverBudget(TooLarge):
    """The budget of the file is spent."""


_steps_left = [math.inf]


def within_bounds(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The function, with a bound on what one call of it goes through; raises TooLarge beyond."""

    def bounded_function(*arguments: _Given.args, **named: _Given.kwargs) -> _Result:
        around, _steps_left[0] = _steps_left[0], MOST_STEPS
        try:
            return function(*arguments, **named)
        finally:
            _steps_left[0] = around

    return bounded_function


def drawing_on_the_budget(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """As `within_bounds`, for what a repository brings; raises OverBudget where the budget of the file is spent."""

    def bounded_function(*arguments: _Given.args, **named: _Given.kwargs) -> _Result:
        around, most = _steps_left[0], budget.steps_left(MOST_STEPS)
        _steps_left[0] = most
        try:
            return function(*arguments, **named)
        except TooLarge:
            if _steps_left[0] < 0 and most < MOST_STEPS:
                budget.note("the values of expressions")
                raise OverBudget("the budget of the file is spent") from None
            raise
        finally:
            budget.take(min(most, int(most - _steps_left[0])))
            _steps_left[0] = around

    return bounded_function


def _count(items: int) -> None:
    _steps_left[0] -= items
    if _steps_left[0] < 0:
        raise TooLarge("the computation is too long")


def step() -> None:
    """Counts one call of a definition."""
    _count(1)


class Symbolic:
    """A value that is no plain number: what the functions below ask of it. By default nothing is known."""

    __slots__ = ()

    def is_equal(self, other: object) -> Truth:
        """self == other, as far as it is known."""
        return UNKNOWN

    def is_less(self, other: Scalar) -> Truth:
        """self < other."""
        return UNKNOWN

    def is_at_most(self, other: Scalar) -> Truth:
        """self <= other."""
        return UNKNOWN

    def is_more(self, other: Scalar) -> Truth:
        """self > other."""
        return UNKNOWN

    def is_at_least(self, other: Scalar) -> Truth:
        """self >= other."""
        return UNKNOWN

    def is_false(self) -> Truth:
        """not self."""
        return UNKNOWN

    def and_also(self, other: object) -> Truth:
        """self and other."""
        return UNKNOWN

    def or_else(self, other: object) -> Truth:
        """self or other."""
        return UNKNOWN

    def choose(self, yes: object, no: object) -> object:
        """`yes` if self else `no`; known where both agree."""
        return yes if not isinstance(yes, Symbolic) and equal(yes, no) is True else UNKNOWN

    def floored(self) -> Size:
        """The largest integer that is not above the value."""
        return UNKNOWN

    def at_sizes(self, sizes: Mapping[str, int]) -> Scalar:
        """The value where some of the sizes that it depends on are known."""
        return self

    def _absorb(self, other: Scalar, /) -> Scalar:
        return UNKNOWN

    def __neg__(self) -> Scalar:
        return UNKNOWN

    def __pos__(self) -> Scalar:
        return UNKNOWN

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __truediv__ = __rtruediv__ = _absorb

    __iter__ = None
    """Else Python would go through the items that are never missing, for ever."""

    def __getitem__(self, index: object, /) -> Symbolic:
        return UNKNOWN

    def __bool__(self) -> bool:
        raise TypeError("a value that is not known has no truth value")


class UnknownSize(Symbolic):
    """A size (or a whole shape) that is not known; it absorbs arithmetic, indexing and length."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = UnknownSize()


def rank_of(shape: Shape) -> int:
    """How many axes a shape has; 0 where that is not known."""
    return len(shape) if isinstance(shape, tuple) else 0


def plain_sizes(shape: object) -> tuple[int, ...] | None:
    """The sizes of a shape where every one is a plain number, else None."""
    if not isinstance(shape, tuple):
        return None
    sizes = tuple([size for size in shape if type(size) is int])
    return sizes if len(sizes) == len(shape) else None


class Word(str):
    """A text value of a parameter: it can be compared, not computed with."""

    __slots__ = ()
    __mul__ = __rmul__ = __mod__ = __add__ = None  # type: ignore[assignment]


def on_axis(value: Computed, axis: int) -> Scalar:
    """What a value is on an axis: an item of a list of values, one an axis; else the value itself."""
    if isinstance(value, list):
        return value[axis] if axis < len(value) else UNKNOWN
    return value


def is_known(value: object) -> bool:
    """Whether a value holds no unknown part."""
    if isinstance(value, (tuple, list)):
        return all(is_known(item) for item in value)
    return not isinstance(value, Symbolic)


def bounded(value: _Item) -> _Item:
    """The value, unless it is a number beyond the bound."""
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise TooLarge("the result is too large")
    return value


def multiply(a: Scalar, b: Scalar) -> Scalar:
    """a * b; 0 times an unknown size is 0."""
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        return 0 if (type(a) is int and a == 0) or (type(b) is int and b == 0) else a * b
    return bounded(a * b)


def power(a: Scalar, b: Scalar) -> Scalar:
    """a ** b for small exponents."""
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        return UNKNOWN
    if abs(b) > 64 or abs(a) > LARGEST:
        raise TooLarge("the power is too large")
    if a < 0 and b != int(b):
        raise ValueError("a root of a negative number")
    return bounded(a**b)


def equal(a: object, b: object) -> Truth:
    """a == b; shapes are compared size by size."""
    if isinstance(a, Symbolic):
        return a.is_equal(b)
    if isinstance(b, Symbolic):
        return b.is_equal(a)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        _count(len(a))
        return len(a) == len(b) and all_of([equal(x, y) for x, y in zip(a, b)])
    return a == b


def unequal(a: object, b: object) -> Truth:
    """a != b."""
    return negate(equal(a, b))


def less(a: Scalar, b: Scalar) -> Truth:
    """a < b."""
    if isinstance(a, Symbolic):
        return a.is_less(b)
    return b.is_more(a) if isinstance(b, Symbolic) else a < b


def at_most(a: Scalar, b: Scalar) -> Truth:
    """a <= b."""
    if isinstance(a, Symbolic):
        return a.is_at_most(b)
    return b.is_at_least(a) if isinstance(b, Symbolic) else a <= b


def more(a: Scalar, b: Scalar) -> Truth:
    """a > b."""
    return less(b, a)


def at_least(a: Scalar, b: Scalar) -> Truth:
    """a >= b."""
    return at_most(b, a)


def contains(item: object, items: Sequence[object] | UnknownSize) -> Truth:
    """item in items."""
    if isinstance(items, UnknownSize):
        return UNKNOWN
    _count(len(items))
    return any_of([equal(item, other) for other in items])


def lacks(item: object, items: Sequence[object] | UnknownSize) -> Truth:
    """item not in items."""
    return negate(contains(item, items))


def chain(comparisons: tuple[Callable[[Scalar, Scalar], Truth], ...], *operands: Callable[[], Scalar]) -> Truth:
    """`a < b <= c`: each operand is computed once, and none after a comparison that is false."""
    result: Truth = True
    left = operands[0]()
    for compare, operand in zip(comparisons, operands[1:]):
        right = operand()
        result = _and(result, compare(left, right))
        if result is False:
            return False
        left = right
    return result


def negate(value: object) -> Truth:
    """not value."""
    return value.is_false() if isinstance(value, Symbolic) else not value


def both(*parts: Callable[[], object]) -> Truth:
    """`a and b and ...`: false as soon as one part is false."""
    result: Truth = True
    for part in parts:
        result = _and(result, part())
        if result is False:
            return False
    return result


def _and(result: Truth, value: object) -> Truth:
    """`result and value` as a truth value, where `result` is true or not known."""
    if not isinstance(value, Symbolic):
        return result if value else False
    return result.and_also(value) if isinstance(result, Symbolic) else value


def either(*parts: Callable[[], object]) -> Truth:
    """`a or b or ...`: true as soon as one part is true."""
    result: Truth = False
    for part in parts:
        value = part()
        if isinstance(value, Symbolic):
            result = result.or_else(value) if isinstance(result, Symbolic) else value
            if result is True:
                return True
        elif value:
            return True
    return result


def choose(condition: object, yes: Callable[[], object], no: Callable[[], Any]) -> Any:
    """`yes if condition else no`."""
    if isinstance(condition, Symbolic):
        return condition.choose(yes(), no())
    return yes() if condition else no()


def all_of(values: Sequence[object] | UnknownSize) -> Truth:
    """all(values)."""
    if isinstance(values, UnknownSize):
        return UNKNOWN
    _count(len(values))
    return both(*[lambda value=value: value for value in values])


def any_of(values: Sequence[object] | UnknownSize) -> Truth:
    """any(values)."""
    if isinstance(values, UnknownSize):
        return UNKNOWN
    _count(len(values))
    return either(*[lambda value=value: value for value in values])


def product(values: Scalars) -> Scalar:
    """The product of numbers; 1 for none."""
    if isinstance(values, UnknownSize):
        return UNKNOWN
    _count(len(values))
    result: Scalar = 1
    for value in values:
        result = multiply(result, value)
    return result


def total(values: Scalars) -> Scalar:
    """The sum of numbers."""
    if isinstance(values, UnknownSize):
        return UNKNOWN
    _count(len(values))
    result: Scalar = 0
    for value in values:
        result = value + result if isinstance(value, Symbolic) else bounded(result + value)
    return result


def least(*values: object) -> Scalar:
    """min(a, b, ...) or min(values)."""
    return _extreme(less, values)


def greatest(*values: object) -> Scalar:
    """max(a, b, ...) or max(values)."""
    return _extreme(lambda a, b: less(b, a), values)


def _extreme(precedes: Callable[[Scalar, Scalar], Truth], values: tuple[object, ...]) -> Scalar:
    items = cast(Scalars, values[0] if len(values) == 1 else values)
    if isinstance(items, UnknownSize):
        return UNKNOWN
    _count(len(items))
    if not items:
        raise ValueError("there is no number to choose from")
    result = items[0]
    for item in items[1:]:
        earlier = precedes(item, result)
        chosen = earlier.choose(item, result) if isinstance(earlier, Symbolic) else item if earlier else result
        result = cast(Scalar, chosen)
    return result


def length(values: Sequence[object] | UnknownSize) -> Size:
    """len(values)."""
    return UNKNOWN if isinstance(values, UnknownSize) else len(values)


def absolute(value: Scalar) -> Scalar:
    """abs(value)."""
    return greatest(value, -value)


def floor(value: Scalar) -> Size:
    """The largest integer that is not above the value."""
    return value.floored() if isinstance(value, Symbolic) else math.floor(value)


def truncate(value: Scalar) -> Size:
    """The integer part of the value."""
    return value.floored() if isinstance(value, Symbolic) else int(value)


def common_divisor(a: Size, b: Size) -> Size:
    """The greatest common divisor of two integers."""
    return UNKNOWN if isinstance(a, Symbolic) or isinstance(b, Symbolic) else math.gcd(a, b)


def repeated(text: str | UnknownSize, count: Size) -> Word | UnknownSize:
    """A text so many times in a row, for names that nest."""
    if isinstance(text, Symbolic) or isinstance(count, Symbolic):
        return UNKNOWN
    if count * len(text) > LONGEST:
        raise TooLarge("the text is too long")
    return Word(str(text) * count)


def span(count: Size) -> Shape:
    """(0, 1, ..., count - 1), for a small count."""
    if isinstance(count, Symbolic):
        return UNKNOWN
    if count > LONGEST:
        raise TooLarge("the range is too long")
    _count(max(0, count))
    return tuple(range(count))


def each(
    values: Sequence[_Item] | Symbolic,
    result: Callable[[_Item], _Result],
    condition: Callable[[_Item], object] | None = None,
) -> tuple[_Result, ...] | UnknownSize:
    """`[result for value in values if condition]`."""
    if isinstance(values, Symbolic):
        return UNKNOWN
    _count(len(values))
    kept = []
    for value in values:
        wanted = condition is None or condition(value)
        if isinstance(wanted, Symbolic):
            return UNKNOWN
        if wanted:
            kept.append(result(value))
    return tuple(kept)


def join(a: Shape, b: Shape) -> Shape:
    """a + b, for shapes."""
    if isinstance(a, UnknownSize) or isinstance(b, UnknownSize):
        return UNKNOWN
    if len(a) + len(b) > LONGEST:
        raise TooLarge("the list is too long")
    _count(len(a) + len(b))
    return (*a, *b)


def pick(values: Sequence[object] | UnknownSize, index: int | slice | Symbolic) -> object:
    """values[index], for a number or a slice."""
    if isinstance(values, UnknownSize) or isinstance(index, Symbolic):
        return UNKNOWN
    if isinstance(index, slice) and any(isinstance(part, Symbolic) for part in (index.start, index.stop)):
        return UNKNOWN
    return values[index]


def replaced(shape: Shape, index: int | UnknownSize, size: Size) -> Shape:
    """The shape with the size at `index` replaced."""
    if isinstance(shape, UnknownSize) or isinstance(index, UnknownSize):
        return UNKNOWN
    if not -len(shape) <= index < len(shape):
        raise IndexError("no such axis")
    _count(len(shape))
    index %= len(shape)
    return (*shape[:index], size, *shape[index + 1 :])


def removed(shape: Shape, indices: Shape) -> Shape:
    """The shape without the sizes at `indices` (all counted from the front)."""
    if isinstance(shape, UnknownSize) or isinstance(indices, UnknownSize):
        return UNKNOWN
    _count(len(shape) + len(indices))
    gone = frozenset(indices)
    return tuple(size for index, size in enumerate(shape) if index not in gone)


def alike(sizes: Sequence[Size] | UnknownSize) -> Truth:
    """Whether all sizes are the same."""
    if isinstance(sizes, UnknownSize):
        return UNKNOWN
    _count(len(sizes))
    known = [size for size in sizes if not isinstance(size, Symbolic)]
    if any(size != known[0] for size in known):
        return False
    return all_of([equal(size, sizes[0]) for size in sizes[1:]])


def broadcastable(sizes: Sequence[Size] | UnknownSize) -> Truth:
    """Whether sizes go together by broadcasting: all the same but for ones."""
    if isinstance(sizes, UnknownSize):
        return UNKNOWN
    _count(len(sizes))
    if not any(isinstance(size, Symbolic) for size in sizes):
        return alike([size for size in sizes if size != 1])
    result, width = [], sizes[0]
    for size in sizes[1:]:
        result.append(any_of([equal(size, width), equal(size, 1), equal(width, 1)]))
        width = broadcast((width, size))
    return all_of(result)


def broadcast(sizes: Sequence[Size] | UnknownSize) -> Size:
    """The size that broadcasting gives."""
    if isinstance(sizes, UnknownSize):
        return UNKNOWN
    _count(len(sizes))
    width: Size = 1
    for size in sizes:
        narrow = equal(width, 1)
        chosen = narrow.choose(size, width) if isinstance(narrow, Symbolic) else size if narrow else width
        width = cast(Size, chosen)
    return width


def axis_of(dim: Size, rank: Size) -> Size:
    """The index in a shape of rank `rank` (no batch) of torch's dimension `dim` (batch is 0); -1 for the batch."""
    if isinstance(dim, Symbolic) or isinstance(rank, Symbolic):
        return UNKNOWN
    return dim % (rank + 1) - 1


def judge(
    failed: list[tuple[int, tuple[int, ...]]], conditions: list[tuple[int, int, object]], number: int, result: object
) -> bool:
    """Notes requirement `number` as failed, or as a condition on unknown sizes; says whether it failed.

    `result` is its value, or the list of its values, one an axis; the axis of a condition is -1 where it has none.
    """
    if isinstance(result, list):
        axes = tuple([axis for axis, value in enumerate(result) if not isinstance(value, Symbolic) and not value])
        conditions += [(number, axis, value) for axis, value in enumerate(result) if _is_condition(value)]
        if axes:
            failed.append((number, axes))
        return bool(axes)
    if _is_condition(result):
        conditions.append((number, -1, result))
    if isinstance(result, Symbolic) or result:
        return False
    failed.append((number, ()))
    return True


def _is_condition(value: object) -> bool:
    return isinstance(value, Symbolic)
