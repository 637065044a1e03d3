"""Tells documents in the native format, and those that nearly are: they lack the line which marks them as such."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from convlint.catalogue import lookup
from convlint.dialects.native.keys import VERSION
from convlint.dialects.registry import NearMiss
from convlint.source.nodes import Mapping, Scalar, Sequence

_PARTS = frozenset(("inputs", "layers", "blocks"))
_NEEDED = frozenset(("inputs", "layers"))
_FEWEST = 2
"""Layers of known operators by which a network is known; one may stand in any file."""


def recognises(root: Mapping) -> bool:
    """Whether a document is in the native format; the settings of a job of that name are not."""
    if VERSION not in root.pairs:
        return False
    return isinstance(root.pairs[VERSION][1], Scalar) or not _PARTS.isdisjoint(root.pairs)


def nearly(root: Mapping) -> NearMiss | None:
    """What keeps a document with the parts of an architecture from being one; None where it has not got them."""
    if "layers" in root.pairs and _lacks_version(root):
        return NearMiss(f"no key '{VERSION}' marks it as an architecture", lacks=(VERSION, "1"))
    if not root.pairs.keys() >= _NEEDED:
        return None
    return NearMiss(
        f"no key '{VERSION}' marks it as an architecture", f"an architecture has the line {VERSION}: 1 at its top"
    )


def misfit(settings: MappingType[str, object]) -> None:
    """The format has no settings."""


def _lacks_version(root: Mapping) -> bool:
    """Whether a document that is not marked as a network is one all the same: its layers name operators."""
    layers = root.get("layers")
    items = layers.items if isinstance(layers, Sequence) else []
    operators = [item.get("op") for item in items if isinstance(item, Mapping)]
    names = [op.value for op in operators if isinstance(op, Scalar) and isinstance(op.value, str)]
    return len(names) >= _FEWEST and sum([lookup.operator(name) is not None for name in names]) >= _FEWEST
