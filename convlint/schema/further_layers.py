"""Finds keys of a layer that name a layer of its own, such as `activation: relu`, and puts that one after it."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.editing import Edits, item_after, together, without_entry
from convlint.findings import Fix
from convlint.schema.keys import unknown_keys
from convlint.schema.spots import Help, Spot, text_of
from convlint.schema.vocabulary import is_block, layer_schema, operator_of
from convlint.source.nodes import Mapping


def further_layer(key: str, node: Mapping, spot: Spot) -> Help | None:
    """What to do about a key of a layer that names a layer of its own; None for any other key."""
    declared = spot.file.declared
    operator = operator_of(text_of(node.pairs[key][1]), declared, spot.around)
    if operator is None or is_block(operator, declared) or lookup.declaration(operator).needs_parameters:
        return None
    if _is_below(operator, spot):
        edits = without_entry(spot.file.source.text, node, key)
        hint = f"leave it out: the layer below is its {operator}"
        return hint, Fix("leave it out", edits, True) if edits is not None else None
    edits = _moved_out(key, f"{{op: {operator}}}", node, spot)
    fix = Fix(f"put {{op: {operator}}} after this layer", edits, True) if edits is not None else None
    return f"it is a layer of its own, after this one: {{op: {operator}}}", fix


def _is_below(operator: str, spot: Spot) -> bool:
    """Whether one of an operator stands below the layer at hand, and reads it."""
    following = spot.around.number + 1
    below = spot.around.layers[following] if following < len(spot.around.layers) else None
    op = below.get("op") if isinstance(below, Mapping) and "from" not in below.pairs else None
    return op is not None and operator_of(text_of(op), spot.file.declared, spot.around) == operator


def _moved_out(key: str, layer: str, node: Mapping, spot: Spot) -> Edits | None:
    """A layer after one, in place of one of its keys; None where others read that one, or two keys would move."""
    text = spot.file.source.text
    schema = layer_schema(text_of(node.get("op")), spot.file.declared)
    if schema is None or unknown_keys(node, schema["properties"]) != [key] or _is_read(node, spot):
        return None
    return together(without_entry(text, node, key), item_after(text, node, layer))


def _is_read(node: Mapping, spot: Spot) -> bool:
    """Whether anything reads a layer by its name."""
    return text_of(node.get("name")) in spot.file.read
