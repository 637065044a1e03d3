"""Where the nodes of a file stand, as findings point at them."""

from __future__ import annotations

from convlint.findings import Place
from convlint.source.nodes import AnyNode, Source


def place_of(source: Source, node: AnyNode) -> Place:
    """The place of a node, with the place at the anchor where it came in through an alias."""
    origin = node.origin
    return Place(source, node.start, node.end, None if origin is None else Place(source, origin.start, origin.end))
