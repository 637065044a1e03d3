"""Finds the operator of the same family for inputs of another rank, such as `Conv2d` for `Conv1d`."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.editing import rewriting
from convlint.findings import Fix
from convlint.model import Layer
from convlint.source.nodes import Scalar


def relative_of_rank(layer: Layer, rank: int) -> str | None:
    """The one operator of a layer's family, with the same parameters, that takes inputs of a rank."""
    if not isinstance(layer.operator, str):
        return None
    own = lookup.declaration(layer.operator)
    names = [parameter.name for parameter in own.parameters]
    found = [
        name
        for name in lookup.operator_names()
        if (item := lookup.declaration(name)).family == own.family
        and rank in (item.ranks or ())
        and [parameter.name for parameter in item.parameters] == names
    ]
    return found[0] if len(found) == 1 and found[0] != layer.operator else None


def operator_fix(layer: Layer, operator: str) -> Fix | None:
    """Writes another operator in a layer; None where its operator is no scalar of the file."""
    text, node = layer.places.written()
    op = node.get("op") if node is not None else None
    if not isinstance(op, Scalar) or op.value != layer.operator:
        return None
    return rewriting(text, op, operator, False)
