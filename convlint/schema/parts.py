"""Finds what a document declares where its parts may not be as they should, so that a mistake is said once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from convlint.dialects.native.keys import BLOCK_KEYS, TOP_KEYS, meant_part
from convlint.schema.keys import unknown_keys
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.typed import NamedTuple


class DeclaredParts(NamedTuple):
    """The blocks, the names of those that cannot be read, and of values."""

    blocks: dict[str, Mapping]
    unread_blocks: frozenset[str]
    values: frozenset[str]


def declared(root: Mapping, known: Container[str]) -> DeclaredParts:
    """What a document declares; `known` are the keys that its top takes, and what stands under others may be blocks."""
    blocks = dict(named_parts(root.get("blocks")))
    read = {name: node for name, node in blocks.items() if isinstance(node, Mapping)}
    if isinstance(root.get("blocks"), Sequence):
        read = {}
    unread = {name for name, node in blocks.items() if name not in read or not _has_parameters(node)}
    unread |= {name for key in unknown_keys(root, known) for name, _ in named_parts(root.get(key))}
    values = {name for key in ("constants", "sizes") for name, _ in named_parts(meant_part(root, key, TOP_KEYS))}
    return DeclaredParts(read, frozenset(unread), frozenset(values))


def named_parts(node: AnyNode | None) -> Iterator[tuple[str, AnyNode]]:
    """(name, part) of a mapping, or of a list of parts that hold their names."""
    if isinstance(node, Mapping):
        yield from ((name, part) for name, (_, part) in node.pairs.items() if isinstance(name, str))
    for part in node.items if isinstance(node, Sequence) else ():
        name = part.get("name") if isinstance(part, Mapping) else None
        if isinstance(name, Scalar) and isinstance(name.value, str):
            yield name.value, part


def _has_parameters(block: AnyNode) -> bool:
    """Whether the parameters of a block can be read, if it has any."""
    given = meant_part(block, "params", BLOCK_KEYS) if isinstance(block, Mapping) else None
    return given is None or isinstance(given, Mapping)


def readable(root: Mapping, blocks: Iterable[Mapping]) -> set[str]:
    """The names of everything in the file that a layer can read."""
    names = {name for name, _ in named_parts(root.get("inputs"))} | {"input"}
    for around in (root, *blocks):
        layers = around.get("layers")
        if isinstance(layers, Sequence):
            names |= {name for name, _ in named_parts(layers)}
    return names


def names_read(root: Mapping, blocks: Iterable[Mapping]) -> set[str]:
    """The names that layers and outputs read, without the number of an output; and all texts that may be such."""
    waiting: list[AnyNode | None] = [root.get("outputs")]
    for around in (root, *blocks):
        layers = around.get("layers")
        waiting.append(around.get("output"))
        waiting += [item.get("from") for item in _items(layers) if isinstance(item, Mapping)]
    names: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar) and isinstance(node.value, str):
            names |= {node.value, node.value.rpartition(".")[0]}
        waiting += _items(node) if not isinstance(node, Mapping) else [value for _, value in node.entries]
    return names


def _items(node: AnyNode | None) -> list[AnyNode]:
    return node.items if isinstance(node, Sequence) else []


def layers_above(layers: list[Mapping]) -> Iterator[tuple[Mapping, Mapping]]:
    """(mapping without `op`, the layer that stands above it)."""
    above = None
    for layer in layers:
        if "op" in layer.pairs:
            above = layer
        elif above is not None:
            yield layer, above
