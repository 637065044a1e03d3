"""Holds a file that was written of classes against the classes: what it lacks is said."""

from __future__ import annotations

from convlint.describing import describe_source
from convlint.facts import LayerFacts
from convlint.learned.blocks import Declarations, Declared
from convlint.source.nodes import Source


def checked(found: Declarations, text: str) -> Declarations:
    """The declarations; classes of which the file has other outputs or parameters are followed in part."""
    networks, _ = describe_source(Source("learned.yaml", text))
    rows = {row.name: row for network in networks[:1] for row in network.layers}
    return found._replace(classes=tuple(_compared(item, rows) for item in found.classes))


def _compared(item: Declared, rows: dict[str, LayerFacts]) -> Declared:
    row = rows.get(item.line.name) if item.line is not None else None
    if item.line is None or item.reason or row is None:
        return item
    if row.outputs is None or row.outputs[0] != item.output:
        return item._replace(reason="what the file says of its output is not what the class gives")
    if item.parameters is not None and row.parameters != item.parameters:
        told = f"{row.parameters:,}" if row.parameters is not None else "?"
        why = "the others take no part in evaluation, or are given to functions"
        return item._replace(reason=f"the file has {told} of its {item.parameters:,} parameters; {why}")
    return item
