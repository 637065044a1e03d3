"""Patterns of einops (`b (h d) n -> b h n d`) on shapes."""

from __future__ import annotations

import math
import re

from convlint.domain.values import UNKNOWN, Scalar, Size, Symbolic
from convlint.python_source.operations import is_open
from convlint.python_source.values import Arguments, PythonError, Tensor, Unknown

_TOKEN = re.compile(r"\(|\)|\.\.\.|[A-Za-z_]\w*|1")


def rearrange(arguments: Arguments, sizes: dict[str, object], place: str) -> object:
    """The tensor that `rearrange`, `repeat` or `reduce` gives: its right side says all of the shape."""
    tensor = arguments[0] if arguments else None
    pattern = arguments[1] if len(arguments) > 1 else None
    if not isinstance(tensor, Tensor) or not isinstance(pattern, str) or pattern.count("->") != 1 or len(pattern) > 200:
        return tensor if isinstance(tensor, Unknown) else Unknown(f"einops at {place}")
    left, right = (_groups(side) for side in pattern.split("->"))
    if left is None or right is None or tensor.shape is None:
        return Tensor(None)
    known = {
        name: value if isinstance(value, (int, Symbolic)) else UNKNOWN
        for name, value in sizes.items()
        if type(value) is int or is_open(value)
    }
    left, right = _without_ellipsis(left, right, len(tensor.shape))
    if len(left) != len(tensor.shape):
        raise PythonError("EinopsError", f"'{pattern}' takes {len(left)} axes, {len(tensor.shape)} arrive", place)
    for group, size in zip(left, tensor.shape):
        _solve(group, size, known, pattern, place)
    return Tensor(tuple(_product([known.get(name, UNKNOWN) for name in group]) for group in right))


_Side = list[list[str]]


def _groups(side: str) -> _Side | None:
    """The axes of one side, each a list of names; None where it cannot be read."""
    groups: list[list[str]] = []
    is_inside = False
    for token in _TOKEN.findall(side):
        if token in "()":
            if is_inside is (token == "("):
                return None
            is_inside = token == "("
            if is_inside:
                groups.append([])
        elif is_inside:
            groups[-1].append(token)
        else:
            groups.append([token] if token != "1" else [])
    return None if is_inside else [[name for name in group if name != "1"] for group in groups]


def _without_ellipsis(
    left: list[list[str]], right: list[list[str]], rank: int
) -> tuple[list[list[str]], list[list[str]]]:
    missing = rank - (len(left) - 1)
    names = [[f"...{number}"] for number in range(max(0, missing))] if ["..."] in left else []

    def spread(groups: list[list[str]]) -> list[list[str]]:
        return [part for group in groups for part in (names if group == ["..."] else [group])]

    return spread(left), spread(right)


def _solve(group: list[str], size: Scalar, known: dict[str, Size], pattern: str, place: str) -> None:
    """Finds the size of the one name of a group that is not given."""
    open_names = [name for name in group if name not in known]
    given = _product([known[name] for name in group if name in known])
    if not open_names:
        if type(given) is int and type(size) is int and given != size:
            raise PythonError("EinopsError", f"'{pattern}': {given} is not {size}", place)
        return
    if len(open_names) > 1 or not isinstance(size, int) or not isinstance(given, int) or given == 0:
        known.update(dict.fromkeys(open_names, UNKNOWN))
        return
    if size % given:
        raise PythonError("EinopsError", f"'{pattern}': {given} does not divide {size}", place)
    known[open_names[0]] = size // given


def _product(values: list[Size]) -> Size:
    sizes = [value for value in values if isinstance(value, int)]
    return math.prod(sizes) if len(sizes) == len(values) else UNKNOWN
