"""Paths to the parts of a `_target_` tree, as references write them: `network::channels::0`."""

from __future__ import annotations

import re

from convlint.source.nodes import AnyNode, Mapping, Sequence

_SEPARATOR = re.compile(r"::|#")


def steps_of(written: str) -> tuple[str, ...]:
    """The keys and numbers of a path."""
    return tuple(_SEPARATOR.split(written))


def part_at(node: AnyNode | None, step: str) -> AnyNode | None:
    """The part of a node that one step leads to; None where it has none."""
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, Sequence) and step.isdecimal() and int(step) < len(node.items):
        return node.items[int(step)]
    return None
