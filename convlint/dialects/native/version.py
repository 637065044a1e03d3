"""Tells networks that lack the line which marks them as such."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.source.nodes import Mapping, Scalar, Sequence

_FEWEST = 2
"""Layers of known operators by which a network is known; one may stand in any file."""


def lacks_version(root: Mapping) -> bool:
    """Whether a document that is not marked as a network is one all the same: its layers name operators."""
    layers = root.get("layers")
    items = layers.items if isinstance(layers, Sequence) else []
    operators = [item.get("op") for item in items if isinstance(item, Mapping)]
    names = [op.value for op in operators if isinstance(op, Scalar) and isinstance(op.value, str)]
    return len(names) >= _FEWEST and sum([lookup.operator(name) is not None for name in names]) >= _FEWEST
