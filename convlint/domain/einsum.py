"""What an Einstein sum makes of shapes; its equation names the batch first, in every input and in the output."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.domain.values import (
    UNKNOWN,
    Scalar,
    Shape,
    Size,
    UnknownSize,
    alike,
    broadcast,
    broadcastable,
    product,
)
from convlint.typed import NamedTuple


class _Equation(NamedTuple):
    """The letters of each input and of the output, the batch left out."""

    inputs: tuple[str, ...]
    output: str


def einsum(equation: str | UnknownSize, shapes: Sequence[Shape] | UnknownSize) -> Shape:
    """The output shape of an equation with 1 in front for the batch; empty where the shapes do not fit it.

    Not known for an equation with an ellipsis. See `torch.einsum`.
    """
    known = _known(shapes)
    if known is None or isinstance(equation, UnknownSize) or "..." in equation:
        return UNKNOWN
    parsed = _parsed(equation)
    sizes = None if parsed is None else _sizes(parsed, known)
    if parsed is None or sizes is None:
        return ()
    return (1, *[sizes[letter] for letter in parsed.output])


def einsum_products(equation: str | UnknownSize, shapes: Sequence[Shape] | UnknownSize) -> Scalar:
    """How many products an equation of two inputs sums up: one for each combination of its letters."""
    known = _known(shapes)
    if known is None or len(known) > 2 or isinstance(equation, UnknownSize) or "..." in equation:
        return UNKNOWN
    parsed = _parsed(equation)
    sizes = None if parsed is None else _sizes(parsed, known)
    if parsed is None or sizes is None:
        return UNKNOWN
    sums = set("".join(parsed.inputs)) - set(parsed.output)
    return product(list(sizes.values())) if len(known) == 2 and sums else 0


def _known(shapes: Sequence[Shape] | UnknownSize) -> list[tuple[Size, ...]] | None:
    """The shapes, or None where one is not known."""
    known = [] if isinstance(shapes, UnknownSize) else [shape for shape in shapes if not isinstance(shape, UnknownSize)]
    return None if isinstance(shapes, UnknownSize) or len(known) < len(shapes) else known


def _parsed(equation: str) -> _Equation | None:
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    letters = set(left.replace(",", ""))
    if not arrow or not output or not all(terms) or not all(letter.isalpha() for letter in letters):
        return None
    batch = output[0]
    if len(set(output)) < len(output) or not letters.issuperset(output):
        return None
    if any(term[0] != batch or batch in term[1:] for term in terms):
        return None
    return _Equation(tuple([term[1:] for term in terms]), output[1:])


def _sizes(equation: _Equation, shapes: list[tuple[Size, ...]]) -> dict[str, Size] | None:
    """The size of each letter; None where the shapes do not fit, or certainly differ."""
    if len(equation.inputs) != len(shapes):
        return None
    found: dict[str, list[Size]] = {}
    for letters, shape in zip(equation.inputs, shapes):
        if len(letters) != len(shape):
            return None
        within: dict[str, list[Size]] = {}
        for letter, size in zip(letters, shape):
            within.setdefault(letter, []).append(size)
        if any(alike(sizes) is False for sizes in within.values()):
            return None
        for letter, sizes in within.items():
            found.setdefault(letter, []).append(sizes[0])
    if any(broadcastable(sizes) is False for sizes in found.values()):
        return None
    return {letter: broadcast(sizes) for letter, sizes in found.items()}
