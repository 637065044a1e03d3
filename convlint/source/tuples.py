"""Finds Python tuples in flow mappings: YAML reads `{kernel_size: (3, 3)}` as the text `(3` and a key `3)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence


class SplitTuple(NamedTuple):
    """The key and the value that a tuple begins at, the keys that the rest of it became, and the tuple as a list."""

    key: Scalar
    value: Scalar
    rest: tuple[Scalar, ...]
    as_list: str


def split_tuples(mapping: Mapping) -> list[SplitTuple]:
    """The tuples of a mapping, in its order."""
    if not mapping.flow:
        return []
    found = []
    for number, (key, value) in enumerate(mapping.entries):
        if isinstance(key, Scalar) and isinstance(value, Scalar) and value.plain and value.text.startswith("("):
            rest = _rest(mapping, number + 1)
            if rest and ")" not in value.text:
                parts = [value.text[1:], *(part.text for part in rest)]
                found.append(SplitTuple(key, value, rest, f"[{', '.join(parts)[:-1]}]"))
    return found


def parts_of_tuples(root: AnyNode | None) -> Iterator[Scalar]:
    """The keys anywhere below a node that are the rest of a tuple."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            yield from (key for split in split_tuples(node) for key in split.rest)
            waiting += [value for _, value in node.entries]


def _rest(mapping: Mapping, begin: int) -> tuple[Scalar, ...]:
    """The keys without values from an entry on, up to one that closes the tuple; empty where none does."""
    rest: list[Scalar] = []
    for key, value in mapping.entries[begin:]:
        if not isinstance(key, Scalar) or not isinstance(value, Scalar) or value.text:
            return ()
        rest.append(key)
        if key.text.endswith(")"):
            return tuple(rest)
    return ()
