"""What the shape of an input is meant to be, where sizes are left open as other libraries write it (`None`, -1)."""

from __future__ import annotations

from convlint.dialects.native.values import NO_SIZES
from convlint.typed import Any, NamedTuple

_SPATIAL = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
_MOST_COLOURS = 4


class MeantShape(NamedTuple):
    """A shape as this format writes it, what was different about it, whether nothing was guessed, and its new names."""

    text: str
    says: str
    is_sure: bool
    names: tuple[str, ...]


def is_open_size(value: object) -> bool:
    """Whether a value stands for a size that is not known, as other libraries write it."""
    return value is None or value in ("?", *NO_SIZES) or (type(value) is int and value == -1)


def meant_shape(sizes: list[Any]) -> MeantShape | None:
    """The shape that was meant by one with open sizes: without the batch, the channels first, each size with a name."""
    kept = [None if is_open_size(size) else size for size in sizes]
    says: list[str] = []
    is_sure = True
    if len(kept) > 1 and kept[0] is None and not (len(kept) == 3 and kept[1] is None):
        says.append("the batch is left out of shapes")
        kept = kept[1:]
        is_sure = len(kept) > 2
    if _ends_in_channels(kept):
        says.append("channels come first")
        kept = [kept[-1], *kept[:-1]]
        is_sure = False
    if None in kept:
        says.append("a size that is open has a name, such as H")
    names = (None, *_SPATIAL.get(len(kept) - 1, ()))
    written = [size if size is not None else name for size, name in zip(kept, names)] if None in kept else kept
    if len(written) != len(kept) or None in written:
        return None
    new = tuple([str(name) for size, name in zip(kept, names) if size is None])
    return MeantShape(f"[{', '.join(map(str, written))}]", ", and ".join(says), is_sure, new)


def _ends_in_channels(sizes: list[Any]) -> bool:
    """Whether the last of some sizes is a number of colours, and the first is not."""
    if len(sizes) < 3 or type(sizes[-1]) is not int or sizes[-1] > _MOST_COLOURS:
        return False
    return sizes[0] is None or (type(sizes[0]) is int and sizes[0] > _MOST_COLOURS)
