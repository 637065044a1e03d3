"""The value of a size that is not known, and the operations of the rules language that respect it.

Expressions over plain integers run as plain Python. Where a size may be unknown, the compiler calls these functions
instead: they answer UNKNOWN where the answer depends on an unknown size, and bound what an expression may compute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

LARGEST: Final = 2**63
LONGEST: Final = 4096


class TooLarge(ArithmeticError):
    """An expression grew beyond what any network needs."""


class Unknown:
    """A size (or a whole shape) that is not known; it absorbs arithmetic, indexing and length."""

    __slots__ = ()

    def _absorb(self, *_: object) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __truediv__ = __rtruediv__ = _absorb
    __neg__ = __pos__ = __getitem__ = _absorb

    def __repr__(self) -> str:
        return "?"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value has no truth value")


UNKNOWN: Final = Unknown()


class Word(str):
    """A text value of a parameter: it can be compared, not computed with."""

    __slots__ = ()
    __mul__ = __rmul__ = __mod__ = __add__ = None  # type: ignore[assignment]


def is_known(value: Any) -> bool:
    """Whether a value holds no unknown part."""
    if isinstance(value, (tuple, list)):
        return all(is_known(item) for item in value)
    return value is not UNKNOWN


def bounded(value: Any) -> Any:
    """The value, unless it is a number beyond the bound."""
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise TooLarge("the result is too large")
    return value


def multiply(a: Any, b: Any) -> Any:
    """a * b; 0 times an unknown size is 0."""
    if a is UNKNOWN or b is UNKNOWN:
        return 0 if 0 in (a if a is not UNKNOWN else 1, b if b is not UNKNOWN else 1) else UNKNOWN
    return bounded(a * b)


def power(a: Any, b: Any) -> Any:
    """a ** b for small exponents."""
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if abs(b) > 64 or abs(a) > LARGEST:
        raise TooLarge("the power is too large")
    return bounded(a**b)


def equal(a: Any, b: Any) -> Any:
    """a == b; shapes are compared size by size."""
    if a is UNKNOWN or b is UNKNOWN:
        return a is b or UNKNOWN
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all_of([equal(x, y) if x is not y else True for x, y in zip(a, b)])
    return a == b


def unequal(a: Any, b: Any) -> Any:
    """a != b."""
    return negate(equal(a, b))


def less(a: Any, b: Any) -> Any:
    """a < b."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a < b


def at_most(a: Any, b: Any) -> Any:
    """a <= b."""
    return UNKNOWN if a is UNKNOWN or b is UNKNOWN else a <= b


def contains(item: Any, items: Any) -> Any:
    """item in items."""
    if items is UNKNOWN:
        return UNKNOWN
    return any_of([equal(item, other) for other in items])


def negate(value: Any) -> Any:
    """not value."""
    return UNKNOWN if value is UNKNOWN else not value


def both(*parts: Callable[[], Any]) -> Any:
    """`a and b and ...`: false as soon as one part is false."""
    result: Any = True
    for part in parts:
        value = part()
        if value is UNKNOWN:
            result = UNKNOWN
        elif not value:
            return False
    return result


def either(*parts: Callable[[], Any]) -> Any:
    """`a or b or ...`: true as soon as one part is true."""
    result: Any = False
    for part in parts:
        value = part()
        if value is UNKNOWN:
            result = UNKNOWN
        elif value:
            return True
    return result


def choose(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`yes if condition else no`; known in spite of an unknown condition where both agree."""
    if condition is UNKNOWN:
        first, second = yes(), no()
        return first if first is not UNKNOWN and equal(first, second) is True else UNKNOWN
    return yes() if condition else no()


def all_of(values: Any) -> Any:
    """all(values)."""
    if values is UNKNOWN:
        return UNKNOWN
    return both(*[lambda value=value: value for value in values])  # type: ignore[misc]


def any_of(values: Any) -> Any:
    """any(values)."""
    if values is UNKNOWN:
        return UNKNOWN
    return either(*[lambda value=value: value for value in values])  # type: ignore[misc]


def product(values: Any) -> Any:
    """The product of numbers; 1 for none."""
    if values is UNKNOWN:
        return UNKNOWN
    result: Any = 1
    for value in values:
        result = multiply(result, value)
    return result


def total(values: Any) -> Any:
    """The sum of numbers."""
    if values is UNKNOWN or UNKNOWN in values:
        return UNKNOWN
    return bounded(sum(values))


def least(*values: Any) -> Any:
    """min(a, b, ...) or min(values)."""
    return _extreme(min, values)


def greatest(*values: Any) -> Any:
    """max(a, b, ...) or max(values)."""
    return _extreme(max, values)


def _extreme(pick: Callable[[Iterable[Any]], Any], values: tuple[Any, ...]) -> Any:
    items = values[0] if len(values) == 1 else values
    return UNKNOWN if items is UNKNOWN or UNKNOWN in items else pick(items)


def length(values: Any) -> Any:
    """len(values)."""
    return UNKNOWN if values is UNKNOWN else len(values)


def absolute(value: Any) -> Any:
    """abs(value)."""
    return UNKNOWN if value is UNKNOWN else abs(value)


def floor(value: Any) -> Any:
    """The largest integer that is not above the value."""
    return UNKNOWN if value is UNKNOWN else math.floor(value)


def truncate(value: Any) -> Any:
    """The integer part of the value."""
    return UNKNOWN if value is UNKNOWN else int(value)


def span(count: Any) -> Any:
    """(0, 1, ..., count - 1), for a small count."""
    if count is UNKNOWN:
        return UNKNOWN
    if count > LONGEST:
        raise TooLarge("the range is too long")
    return tuple(range(count))


def each(values: Any, result: Callable[[Any], Any], condition: Callable[[Any], Any] | None = None) -> Any:
    """`[result for value in values if condition]`."""
    if values is UNKNOWN:
        return UNKNOWN
    kept = []
    for value in values:
        wanted = condition is None or condition(value)
        if wanted is UNKNOWN:
            return UNKNOWN
        if wanted:
            kept.append(result(value))
    return tuple(kept)


def join(a: Any, b: Any) -> Any:
    """a + b, for numbers and for shapes."""
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if isinstance(a, (tuple, list)):
        if len(a) + len(b) > LONGEST:
            raise TooLarge("the list is too long")
        return (*a, *b)
    return bounded(a + b)


def pick(values: Any, index: Any) -> Any:
    """values[index], for a number or a slice."""
    unknown_index = index is UNKNOWN or (isinstance(index, slice) and UNKNOWN in (index.start, index.stop, index.step))
    return UNKNOWN if values is UNKNOWN or unknown_index else values[index]


def replaced(shape: Any, index: Any, size: Any) -> Any:
    """The shape with the size at `index` replaced."""
    if shape is UNKNOWN or index is UNKNOWN:
        return UNKNOWN
    index %= len(shape)
    return (*shape[:index], size, *shape[index + 1 :])


def removed(shape: Any, indices: Any) -> Any:
    """The shape without the sizes at `indices` (all counted from the front)."""
    if shape is UNKNOWN or indices is UNKNOWN:
        return UNKNOWN
    return tuple(size for index, size in enumerate(shape) if index not in indices)


def alike(sizes: Any) -> Any:
    """Whether all sizes are the same."""
    if sizes is UNKNOWN:
        return UNKNOWN
    known = [size for size in sizes if size is not UNKNOWN]
    if any(size != known[0] for size in known):
        return False
    return True if len(known) == len(sizes) else UNKNOWN


def broadcastable(sizes: Any) -> Any:
    """Whether sizes go together by broadcasting: all the same but for ones."""
    return UNKNOWN if sizes is UNKNOWN else alike([size for size in sizes if size is UNKNOWN or size != 1])


def broadcast(sizes: Any) -> Any:
    """The size that broadcasting gives."""
    if sizes is UNKNOWN:
        return UNKNOWN
    wide = [size for size in sizes if size is UNKNOWN or size != 1]
    known = [size for size in wide if size is not UNKNOWN]
    return known[0] if known else UNKNOWN if wide else 1


def axis_of(dim: Any, rank: Any) -> Any:
    """The index in a shape of rank `rank` (no batch) of torch's dimension `dim` (batch is 0); -1 for the batch."""
    if dim is UNKNOWN or rank is UNKNOWN:
        return UNKNOWN
    return dim % (rank + 1) - 1
