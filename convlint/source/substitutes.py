"""Nodes that stand in for others: with another value, at the place of what they replace."""

from __future__ import annotations

from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence


def scalar_at(node: AnyNode, value: object, text: str = "") -> Scalar:
    """A scalar where `node` stands."""
    made = Scalar(value, text, True, False, node.start, node.end)
    made.origin = node.origin
    return made


def sequence_at(node: AnyNode, items: list[AnyNode]) -> Sequence:
    """A list where `node` stands."""
    made = Sequence(node.flow if isinstance(node, Sequence) else True, node.start)
    made.items, made.end, made.origin = items, node.end, node.origin
    return made


def mapping_at(node: AnyNode, entries: list[tuple[AnyNode, AnyNode]]) -> Mapping:
    """A mapping where `node` stands; of keys that are given twice the last one counts."""
    made = Mapping(node.flow if isinstance(node, Mapping) else True, node.start)
    made.entries, made.end, made.origin = entries, node.end, node.origin
    made.pairs = {key.value: (key, value) for key, value in entries if isinstance(key, Scalar)}
    return made
