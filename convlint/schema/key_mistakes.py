"""Tells what to do about keys of a mapping that are not known, and about those that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.editing import entry_before_all, lifted, rewriting, without_entry
from convlint.findings import Finding, Fix
from convlint.schema.further_layers import further_layer
from convlint.schema.hints import BLOCK_LAYERS, MISSING_PARTS
from convlint.schema.keys import (
    ONE_LEVEL_UP,
    is_told_by_an_unknown_key,
    meant_key,
    missing_key_hint,
    missing_op_hint,
    unknown_key_hint,
    unknown_keys,
)
from convlint.schema.misfits import SchemaMisfit
from convlint.schema.other_words import why_left_out
from convlint.schema.parts import named_parts
from convlint.schema.spots import Help, Spot, mistake, text_of
from convlint.schema.tuple_mistakes import meant_tuples, tuple_mistakes
from convlint.schema.types import Schema
from convlint.schema.vocabulary import is_operator, layer_schema
from convlint.source.nodes import Mapping


def unknown_key_mistakes(error: SchemaMisfit, node: Mapping, owner: str, spot: Spot) -> Iterator[Finding]:
    """The keys of a mapping that its `owner` does not take, but for those that a tuple became."""
    schema: Schema = error.schema
    known = schema.get("properties", {})
    yield from tuple_mistakes(node, known, spot)
    of_tuples = {key.value for split in meant_tuples(node, known, spot) for key in split.rest}
    for key in unknown_keys(node, known):
        if key not in of_tuples:
            hint, fix = _unknown_key_help(key, node, schema, spot)
            yield mistake("unknown-key", node.pairs[key][0], {"key": key, "owner": owner}, spot, hint, fix)


def _unknown_key_help(key: str, node: Mapping, schema: Schema, spot: Spot) -> Help:
    """What to do about a key that is not known, in a layer as other libraries have it or anywhere."""
    known, needed = schema.get("properties", {}), schema.get("required", ())
    hint = unknown_key_hint(key, node, known, needed, spot.file.readable)
    meant = meant_key(key, node, known, needed)
    foreign = _foreign_key_help(key, node, spot) if meant is None and spot.label is not None else None
    if foreign is not None:
        return foreign
    fix = rewriting(spot.file.source.text, node.pairs[key][0], meant.text, meant.is_sure) if meant is not None else None
    return hint, fix or _lifting(hint, key, node, spot)


def _foreign_key_help(key: str, node: Mapping, spot: Spot) -> Help | None:
    """What to do about a key of a layer that another library has: nothing stands for it here, or a layer does."""
    why = why_left_out(key)
    if not why:
        return further_layer(key, node, spot)
    edits = without_entry(spot.file.source.text, node, key)
    return f"leave it out: {why}", None if edits is None else Fix("leave it out", edits, False)


def _lifting(hint: str, key: str, node: Mapping, spot: Spot) -> Fix | None:
    """Writes the keys that a key holds one level up, where that is the help."""
    edits = lifted(spot.file.source.text, node, key) if hint.startswith(ONE_LEVEL_UP) else None
    return None if edits is None else Fix(ONE_LEVEL_UP, edits, True)


def missing_key_mistakes(error: SchemaMisfit, node: Mapping, owner: str, spot: Spot) -> Iterator[Finding]:
    """A key that an `owner` needs and a mapping lacks; nothing where another finding says why it does."""
    missing, known = _missing_key(error), error.schema.get("properties", {})
    needed = error.validator_value
    is_closed = error.schema.get("additionalProperties") is False
    if is_closed and is_told_by_an_unknown_key(missing, node, known, needed):
        return
    if missing in spot.behind_dashes:
        return
    hint, fix = _missing_key_help(missing, node, error, spot)
    place = node.get("op") or (node.entries[0][0] if node.entries else node)
    yield mistake("missing-key", place, {"key": missing, "owner": owner}, spot, hint, fix)


def _missing_key_help(missing: str, node: Mapping, error: SchemaMisfit, spot: Spot) -> Help:
    """What to do about a key that is missing: the value of that name, if the file has one, or words alone."""
    if spot.label is not None and missing in spot.values:
        edits = entry_before_all(spot.file.source.text, node, missing, f'"${{{missing}}}"')
        fix = None if edits is None else Fix(f"give it ${{{missing}}}", edits, False)
        return f'write {missing}: "${{{missing}}}", which is the value of that name', fix
    hint = missing_key_hint(missing, node, error.schema.get("properties", {}), error.validator_value)
    return hint or _missing_part_hint(missing, node, spot) or _parameter_hint(node, spot), None


def _missing_key(error: SchemaMisfit) -> str:
    """The one of the keys that are missing of which an error speaks."""
    lacking: list[str] = [key for key in error.validator_value if key not in error.instance]
    return next((key for key in lacking if f"'{key}'" in error.message), lacking[0])


def _missing_part_hint(missing: str, node: Mapping, spot: Spot) -> str:
    """Where a part of the file, the layers of a block, or the operator of a layer stands or should stand."""
    file = spot.file
    if node is file.root:
        return _astray_hint(missing, file.root) or MISSING_PARTS.get(missing, "")
    if node in file.declared.blocks.values():
        return BLOCK_LAYERS
    if missing == "op":
        return missing_op_hint(node, lambda name: is_operator(name, file.declared)) or _dash_hint(node, spot)
    return ""


def _astray_hint(part: str, root: Mapping) -> str:
    """Where a part of the file stands, if it stands in another."""
    around = next((key for key, (_, node) in root.pairs.items() if part in dict(named_parts(node))), None)
    return f"'{part}' stands in '{around}': begin it in the first column" if around is not None else ""


def _dash_hint(node: Mapping, spot: Spot) -> str:
    """Help for keys behind a dash of their own, where the layer above takes them."""
    op = text_of(spot.above.get("op")) if spot.above is not None else None
    schema = layer_schema(op, spot.file.declared)
    takes = schema is not None and not unknown_keys(node, schema["properties"])
    return "only the first key of a layer has a dash before it" if takes else ""


def _parameter_hint(layer: Mapping, spot: Spot) -> str:
    """Where to learn what a layer needs: of its operator, or of its block."""
    op, declared = text_of(layer.get("op")), spot.file.declared
    if isinstance(op, str) and op in declared.blocks:
        return "give it a value here, or a default among the params of the block"
    return f"`convlint operator {op}` shows a line to copy" if is_operator(op, declared) else ""
