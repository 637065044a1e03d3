"""The batch in shapes of torch: how large it is while a forward is followed, and shapes without it."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN
from convlint.model import Shape
from convlint.python_source.values import Unknown

BATCH = 2
"""Samples of the batch that a forward is followed with: not one, which broadcasting and squeezing would lose."""


def own_shape(shape: tuple[object, ...] | None, batch: int | None) -> Shape:
    """A shape without its batch, axis `batch`; where that is merged with others, what is left is an axis of its own."""
    if shape is None:
        return UNKNOWN
    sizes = tuple(UNKNOWN if isinstance(size, Unknown) else size for size in shape)
    if batch is None:
        return sizes
    if batch >= len(sizes):
        return UNKNOWN
    size = sizes[batch]
    if size == BATCH:
        return (*sizes[:batch], *sizes[batch + 1 :])
    if type(size) is not int or size % BATCH or batch:
        return UNKNOWN
    return (size // BATCH, *sizes[1:])
