"""The batch in shapes of torch: how large it is while a forward is followed, and shapes without it."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN, Shape, Size, Symbolic

BATCH = 2
"""Samples of the batch that a forward is followed with: not one, which broadcasting and squeezing would lose."""


def own_sizes(shape: tuple[object, ...]) -> tuple[Size, ...]:
    """The sizes of a shape as the engine takes them."""
    return tuple(size if isinstance(size, (int, Symbolic)) else UNKNOWN for size in shape)


def own_shape(shape: tuple[object, ...] | None, batch: int | None) -> Shape:
    """A shape without its batch, axis `batch`; where that is merged with others, what is left is an axis of its own."""
    if shape is None:
        return UNKNOWN
    sizes = own_sizes(shape)
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
