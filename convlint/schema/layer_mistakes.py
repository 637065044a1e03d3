"""Tells how a layer is written that has another form: no mapping, no `op`, or an operator that nothing is called."""

from __future__ import annotations

from convlint.editing import Edits, rewriting, rewritten, together, without_entry
from convlint.findings import Finding, Fix
from convlint.schema.calls import call_edits
from convlint.schema.keys import key_of_operator
from convlint.schema.layers import layer_keys
from convlint.schema.operator_names import meant_operator, operator_hint, without_call
from convlint.schema.other_words import Meaning, Renamed, renamed_keys
from convlint.schema.spots import Help, Spot, mistake, text_of
from convlint.schema.vocabulary import is_operator, layer_schema, operator_of, operators
from convlint.schema.words import found_words
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data

_AS_BLOCK = "layers that stand for one layer are a block: declare it under 'blocks'"


def no_mapping(node: AnyNode, spot: Spot) -> Finding:
    """A layer that is written as a text or a list."""
    arguments = {
        "key": "a layer",
        "expected": "a mapping with the key 'op'",
        "found": found_words(plain_data(node)),
    }
    return mistake("wrong-type", node, arguments, spot, _as_mapping(node, spot), _as_mapping_fix(node, spot))


def _as_mapping(node: AnyNode, spot: Spot) -> str:
    """How a layer is written that was written as a text or a list."""
    first = node.items[0] if isinstance(node, Sequence) and node.items else node
    if isinstance(first, Mapping):
        return "a layer has one dash before it"
    if not isinstance(first, Scalar) or not isinstance(first.value, str):
        return ""
    name, arguments = without_call(first.value)
    meant = operator_of(name, spot.file.declared, spot.around)
    parameters = ", its parameters by name" if arguments or first is not node else ""
    return f"write {{op: {meant}}}{parameters}" if meant is not None else ""


def _as_mapping_fix(node: AnyNode, spot: Spot) -> Fix | None:
    """Writes a layer that is the name of an operator as a mapping."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    name, arguments = without_call(node.value)
    meant = operator_of(name, spot.file.declared, spot.around) if name and not arguments else None
    return rewriting(spot.file.source.text, node, f"{{op: {meant}}}", True) if meant is not None else None


def single_merge(key: AnyNode, spot: Spot) -> Finding:
    """A layer into which another is meant to be merged, with one sign in place of two."""
    fix = rewriting(spot.file.source.text, key, "<<", True)
    return mistake("unknown-key", key, {"key": "<", "owner": "a layer"}, spot, "a merge key is written <<", fix)


def operator_without_op(node: Mapping, spot: Spot) -> Finding | None:
    """A layer whose operator stands under another key than `op`; None where it stands under none."""
    declared = spot.file.declared
    found = key_of_operator(
        node,
        layer_keys(),
        lambda name: is_operator(name, declared),
        lambda name: operator_of(name, declared, spot.around),
    )
    if found is None:
        return None
    key, operator = found
    value = node.pairs[key.value][1]
    written = value.text if isinstance(value, Scalar) else ""
    renamed = _renamed(written, operator, node, spot)
    hint = f"write op: {operator} in place of {key.value}: {written}{_keys_hint(renamed)}"
    fix = _op_fix(key, value, operator, renamed, spot)
    return mistake("missing-key", key, {"key": "op", "owner": "a layer"}, spot, hint, fix)


def _renamed(written: str, operator: str, node: Mapping, spot: Spot) -> Renamed:
    """What the keys of a layer become with its operator, all but the one under which that stands."""
    schema = layer_schema(operator, spot.file.declared)
    known = {key: value for key, value in (schema or {}).get("properties", {}).items() if key != "op"}
    is_known = is_operator(written, spot.file.declared)
    meant = None if is_known else meant_operator(written, operators(spot.file.declared), spot.around)
    return renamed_keys(spot.file.source.text, node, meant or Meaning(operator, ""), known)


def _op_fix(key: Scalar, value: AnyNode, operator: str, renamed: Renamed, spot: Spot) -> Fix | None:
    """Writes `op` for a key, the operator for its value where it is another word, and the parameters by their names."""
    text = spot.file.source.text
    edits = rewritten(text, key, "op")
    if isinstance(value, Scalar) and operator != value.text:
        edits = together(edits, rewritten(text, value, operator))
    return _with_keys(f"write op: {operator}", edits, renamed, True)


def unknown_operator(op: Scalar, name: str, node: Mapping, spot: Spot) -> Finding:
    """A layer of an operator that nothing is called."""
    meant = meant_operator(name, operators(spot.file.declared), spot.around)
    is_block = isinstance(node.get("layers"), Sequence)
    hint, fix = (_AS_BLOCK, None) if is_block else _operator_help(op, name, node, meant, spot)
    return mistake("unknown-operator", op, {"op": name}, spot, hint, fix)


def _operator_help(op: Scalar, name: str, node: Mapping, meant: Meaning | None, spot: Spot) -> Help:
    """What to write for an operator, by what was `meant`, or by another key of its layer."""
    hint = operator_hint(name, operators(spot.file.declared), meant)
    if meant is None:
        return _help_of_a_key(op, name, node, spot) or (hint, None)
    text = spot.file.source.text
    if without_call(name)[1]:
        edits = call_edits(text, node, op, name, meant.operator) if op.value == name else None
        title = f"write {meant.operator} and its parameters"
        return hint, Fix(title, edits, True) if edits is not None else None
    schema = layer_schema(meant.operator, spot.file.declared)
    renamed = renamed_keys(text, node, meant, schema["properties"] if schema is not None else {})
    edits = rewritten(text, op, meant.operator)
    return hint + _keys_hint(renamed), _with_keys(f"write {meant.operator}", edits, renamed, meant.is_sure)


def _help_of_a_key(op: Scalar, name: str, node: Mapping, spot: Spot) -> Help | None:
    """What to write where another key of a layer names its operator: `{op: Activation, activation: relu}`."""
    named = _named_by_a_key(node, spot)
    if named is None:
        return None
    key, operator = named
    text = spot.file.source.text
    edits = together(rewritten(text, op, operator), without_entry(text, node, key))
    fix = Fix(f"write {operator}", edits, True) if edits is not None else None
    return f"write op: {operator} in place of op: {name} and {key}", fix


def _named_by_a_key(node: Mapping, spot: Spot) -> tuple[str, str] | None:
    """(key, operator) where the text of one other key of a layer, and of one alone, is an operator."""
    others = [key for key in node.pairs if isinstance(key, str) and key not in layer_keys()]
    named = [(key, operator_of(text_of(node.pairs[key][1]), spot.file.declared, spot.around)) for key in others]
    found = [(key, operator) for key, operator in named if operator is not None]
    return found[0] if len(found) == 1 else None


def _keys_hint(renamed: Renamed) -> str:
    return "".join([f"; write {key} for {word}" for word, key in renamed.pairs])


def _with_keys(title: str, edits: Edits | None, renamed: Renamed, is_sure: bool) -> Fix | None:
    """Writes an operator, and its parameters under their names."""
    whole = together(edits, renamed.edits)
    words = ", ".join([title, *(key for _, key in renamed.pairs)])
    return Fix(words, whole, is_sure and renamed.is_sure) if whole is not None else None
