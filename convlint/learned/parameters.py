"""How numbers inside a class follow from its arguments: found from what several tries of the class have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from convlint.typed import Any

Column = list[Any]
"""The values of one number, one in each try."""
MOST_ARGUMENTS = 12


def expression_of(column: Column, arguments: Mapping[str, Column]) -> tuple[object] | None:
    """(a value that is the same in all tries, or `${...}` of the arguments,), None where neither is found.

    Of a list, each item is looked at for itself.
    """
    first = column[0]
    if all(value == first and type(value) is type(first) for value in column):
        return (first,)
    if isinstance(first, list):
        parts = [expression_of([value[at] for value in column], arguments) for at in range(len(first))]
        return None if any(part is None for part in parts) else ([part[0] for part in parts if part is not None],)
    if not all(type(value) in (int, float) for value in column):
        return None
    return next(((f"${{{text}}}",) for text in _candidates(column, arguments)), None)


def _candidates(column: Column, arguments: Mapping[str, Column]) -> Iterator[str]:
    """Expressions that give the column, the plainest first."""
    known = list(arguments.items())[:MOST_ARGUMENTS]
    for name, values in known:
        if values == column:
            yield name
    whole = [(name, values) for name, values in known if all(type(value) is int for value in values)]
    for name, values in whole:
        yield from _of_one(name, values, column)
    for (name, values), (other, others) in permutations(whole, 2):
        yield from _of_two(name, values, other, others, column)
    for name, values in whole:
        for other, others in known:
            if all(type(value) is float for value in others) and _is(
                column, [int(a * b) for a, b in zip(values, others)]
            ):
                yield f"int({name} * {other})"


def _of_one(name: str, values: Column, column: Column) -> Iterator[str]:
    first, target = values[0], column[0]
    if len(set(values)) < 2:
        return
    for power in (-0.5, 0.5):
        if all(value > 0 for value in values) and _is(column, [value**power for value in values]):
            yield f"{name} ** {power}"
    if not all(type(value) is int for value in column):
        return
    if first and target % first == 0 and _is(column, [value * (target // first) for value in values]):
        yield f"{name} * {target // first}"
    for divisor in sorted({value // part for value, part in zip(values, column) if 0 < part < value}):
        if divisor > 1 and _is(column, [value // divisor for value in values]):
            yield f"{name} // {divisor}"
    for divisor in (2, 4, 8, 16):
        for least in (1, 4, 8, 16, 32):
            if _is(column, [max(least, value // divisor) for value in values]):
                yield f"max({least}, {name} // {divisor})"
    slope = _slope(values, column)
    if slope is not None:
        shift = target - slope * first
        if _is(column, [slope * value + shift for value in values]):
            times = name if slope == 1 else f"{name} * {slope}"
            yield f"{times} + {shift}" if shift >= 0 else f"{times} - {-shift}"


def _slope(values: Column, column: Column) -> int | None:
    at = next((at for at in range(1, len(values)) if values[at] != values[0]), None)
    if at is None:
        return None
    rise, run = column[at] - column[0], values[at] - values[0]
    return rise // run if rise % run == 0 else None


def _of_two(name: str, values: Column, other: str, others: Column, column: Column) -> Iterator[str]:
    pairs = list(zip(values, others))
    if len(set(others)) < 2 or len(set(values)) < 2:
        return
    if name < other and _is(column, [a * b for a, b in pairs]):
        yield f"{name} * {other}"
    if name < other and _is(column, [a + b for a, b in pairs]):
        yield f"{name} + {other}"
    if all(b for b in others):
        if _is(column, [a // b for a, b in pairs]):
            yield f"{name} // {other}"
        if all(a // b > 0 for a, b in pairs) and _is(column, [(a // b) ** -0.5 for a, b in pairs]):
            yield f"({name} // {other}) ** -0.5"


def _is(column: Column, values: Column) -> bool:
    return all(abs(a - b) < 1e-12 if type(a) is float or type(b) is float else a == b for a, b in zip(column, values))
