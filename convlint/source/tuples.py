"""Finds Python tuples in flow mappings: YAML reads `{kernel_size: (3, 3)}` as the text `(3` and a key `3)`.

They may lack their parentheses: `{kernel_size: 3, 3}` is the number 3 and a key 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple


class SplitTuple(NamedTuple):
    """The key and the value that a tuple begins at, the keys that the rest of it became, and its items as text."""

    key: Scalar
    value: Scalar
    rest: tuple[Scalar, ...]
    items: str
    has_parentheses: bool


def split_tuples(mapping: Mapping, text: str) -> list[SplitTuple]:
    """The tuples of a mapping, in its order; `text` is that of the file."""
    if not mapping.flow:
        return []
    found = []
    for number, (key, value) in enumerate(mapping.entries):
        if isinstance(key, Scalar) and isinstance(value, Scalar) and value.plain and value.text:
            split = _split(key, value, _bare_keys(mapping, number + 1, text))
            if split is not None:
                found.append(split)
    return found


def parts_of_tuples(root: AnyNode | None, text: str) -> Iterator[Scalar]:
    """The keys anywhere below a node that are the rest of a tuple."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            yield from (key for split in split_tuples(node, text) for key in split.rest)
            waiting += [value for _, value in node.entries]


def _split(key: Scalar, value: Scalar, bare: list[Scalar]) -> SplitTuple | None:
    """The tuple of a value and the keys without values behind it; None where they are none."""
    if not value.text.startswith("("):
        items = ", ".join([value.text, *(part.text for part in bare)])
        is_tuple = bare and all(part.origin is None for part in bare)
        return SplitTuple(key, value, tuple(bare), items, False) if is_tuple else None
    last = next((index for index, part in enumerate(bare) if part.text.endswith(")")), None)
    if last is None or ")" in value.text:
        return None
    rest = tuple(bare[: last + 1])
    items = ", ".join([value.text[1:], *(part.text for part in rest)])[:-1]
    return SplitTuple(key, value, rest, items, True)


def _bare_keys(mapping: Mapping, begin: int, text: str) -> list[Scalar]:
    """The keys from an entry on that have neither a value nor a colon, nor an equals sign in place of one."""
    bare: list[Scalar] = []
    for key, value in mapping.entries[begin:]:
        if not isinstance(key, Scalar) or not isinstance(value, Scalar) or value.text or not value.plain:
            break
        if ":" in text[key.end : value.start] or "=" in key.text:
            break
        bare.append(key)
    return bare
