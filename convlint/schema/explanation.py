"""Turns what the schema refuses into findings: one sentence a mistake, at the exact key or value, never a `oneOf`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from convlint.budget import allows
from convlint.dialects.native.keys import BLOCK_KEYS, TOP_KEYS, meant_part
from convlint.dialects.native.torn_layers import is_torn
from convlint.editing import quoted, rewriting
from convlint.findings import Finding
from convlint.limits import STEPS_A_MISTAKE
from convlint.nearest import nearest
from convlint.schema.architecture import architecture_schema
from convlint.schema.causes import Path, causes, key_of, node_at
from convlint.schema.commas import comma_in_number
from convlint.schema.hints import MISSING_PARTS
from convlint.schema.key_mistakes import missing_key_mistakes, unknown_key_mistakes
from convlint.schema.layer_mistakes import no_mapping, operator_without_op, single_merge, unknown_operator
from convlint.schema.layers import layer_keys, sharing_schema
from convlint.schema.misfits import SchemaMisfit, misfits
from convlint.schema.other_words import Around
from convlint.schema.parts import declared, layers_above, named_parts
from convlint.schema.spots import File, Spot, mistake, text_of
from convlint.schema.tuple_mistakes import tuple_mistakes
from convlint.schema.types import Schema
from convlint.schema.value_mistakes import value_mistakes
from convlint.schema.vocabulary import layer_schema
from convlint.schema.words import found_words
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, plain_data
from convlint.source.tuples import SplitTuple, split_tuples


def explain(
    document: Document, root: Mapping, stumbled_over: Collection[AnyNode | None] | None = None
) -> list[Finding]:
    """What the schema of the native format has against a document; empty where it has nothing.

    Only layers that a reader stumbled over are looked at, and what is around layers where None is among them; without
    such, all is.
    """
    file = File(document.source, root, declared(root, TOP_KEYS), stumbled_over)
    findings: list[Finding] = []
    for finding in _mistakes(file):
        findings.append(finding)
        if not allows(STEPS_A_MISTAKE, "what else is wrong with keys and values"):
            break
    return findings


def _mistakes(file: File) -> Iterator[Finding]:
    """Everything, from the top of the file to its layers; last what a key can be nowhere."""
    top = Spot(file, file.declared.values)
    if file.asks(None):
        errors = misfits(_text_keyed(_top_data(file.root)), architecture_schema())
        yield from _told(errors, file.root, "an architecture", top)
    for name, block in file.declared.blocks.items():
        inside = top._replace(
            values=top.values | {key for key, _ in named_parts(meant_part(block, "params", BLOCK_KEYS))}
        )
        yield from _layers(block.get("layers"), f"{name}/", inside, None)
    yield from _layers(file.root.get("layers"), "", top, file.root.get("inputs"))
    yield from _odd_keys(top)


def _layers(node: AnyNode | None, prefix: str, around: Spot, inputs: AnyNode | None) -> Iterator[Finding]:
    """What is wrong with the layers of a list, whose first may read the `inputs`."""
    items = node.items if isinstance(node, Sequence) else []
    above = dict(layers_above([item for item in items if isinstance(item, Mapping)]))
    behind_dashes: dict[Mapping, set[object]] = {}
    for without_op, layer in above.items():
        behind_dashes.setdefault(layer, set()).update(without_op.pairs)
    for index, item in enumerate(items):
        if not around.file.asks(item):
            continue
        spot = around._replace(label=f"{prefix}{_name_of(item) or index}", around=Around(items, index, inputs))
        if isinstance(item, Mapping):
            spot = spot._replace(above=above.get(item), behind_dashes=behind_dashes.get(item, ()))
            yield from _layer(item, spot)
        else:
            yield no_mapping(item, spot)


def _name_of(layer: AnyNode) -> str:
    name = text_of(layer.get("name")) if isinstance(layer, Mapping) else None
    return name if isinstance(name, str) else ""


_SHARING = "a layer that shares"


def _layer(node: Mapping, spot: Spot) -> Iterator[Finding]:
    """What is wrong with one layer, by what its operator takes."""
    if "share" in node.pairs or _means_to_share(node):
        yield from _sharing_mistakes(node, spot)
        return
    if is_torn(node):
        return
    if "<" in node.pairs:
        yield single_merge(node.pairs["<"][0], spot)
        return
    op = node.get("op")
    otherwise = operator_without_op(node, spot) if op is None else None
    if otherwise is not None:
        yield otherwise
    elif not isinstance(op, Scalar) or not isinstance(op.value, str):
        yield from _misfits({"properties": layer_keys(), "required": ["op"]}, node, "a layer", spot)
    elif (schema := layer_schema(op.value, spot.file.declared)) is not None:
        yield from tuple_mistakes(node, schema["properties"], spot)
        yield from _misfits(schema, node, op.value, spot)
    elif op.value not in spot.file.declared.unread_blocks:
        yield unknown_operator(op, op.value, node, spot)


def _sharing_mistakes(node: Mapping, spot: Spot) -> Iterator[Finding]:
    """What is wrong with a layer that shares; what its module is given stands at the layer that has it first."""
    schema = sharing_schema()
    given = [key for key in node.pairs if key not in schema["properties"]]
    if not given or any(not isinstance(key, str) or nearest(key, schema["properties"]) for key in given):
        yield from _misfits(schema, node, _SHARING, spot)
        return
    named = text_of(node.get("share"))
    hint = f"leave {'it' if len(given) == 1 else 'them'} out: it is '{named}' once more, as it stands there"
    arguments = {"owner": _SHARING, "key": "', '".join(map(str, given))}
    yield mistake("unknown-key", node.pairs[given[0]][0], arguments, spot, hint)


def _means_to_share(node: Mapping) -> bool:
    """Whether a layer without an operator names another one under a key that is a slip of `share`."""
    named = [key for key, (_, value) in node.pairs.items() if isinstance(key, str) and isinstance(text_of(value), str)]
    return "op" not in node.pairs and nearest("share", named) is not None


def _misfits(schema: Schema, node: Mapping, owner: str, spot: Spot) -> Iterator[Finding]:
    """What a schema has against a layer, which is its `owner` in words."""
    return _told(misfits(_text_keyed(plain_data(node)), schema), node, owner, spot)


def _told(errors: Iterable[SchemaMisfit], node: Mapping, owner: str, spot: Spot) -> Iterator[Finding]:
    """The causes of errors in the top of the file or in a layer, which is their `owner` in words."""
    for cause in causes(errors):
        yield from _error(cause, node, owner, spot)


def _error(error: SchemaMisfit, node: Mapping, owner: str, spot: Spot) -> Iterator[Finding]:
    """What an error has against a key or a value anywhere below a node."""
    path = tuple(error.absolute_path)
    if node is spot.file.root and _is_told(path, error, node):
        return
    tell = {"additionalProperties": unknown_key_mistakes, "required": missing_key_mistakes}.get(error.validator)
    if tell is None:
        yield from value_mistakes(error, node, spot)
        return
    where = node_at(node, path)
    assert isinstance(where, Mapping)
    yield from tell(error, where, f"'{key_of(path)}'" if path else owner, spot)


def _is_told(path: Path, error: SchemaMisfit, root: Mapping) -> bool:
    """Whether a mistake at the top of the file follows from a part that is missing, which says so."""
    if len(path) > 1 and path[1] in MISSING_PARTS and path[1] not in root.pairs:
        return True
    is_of_a_block = path[:1] == ("blocks",) and len(path) == 2
    is_layer = error.validator == "additionalProperties" and "op" in error.instance and "layers" not in error.instance
    return is_of_a_block and is_layer


def _odd_keys(top: Spot) -> Iterator[Finding]:
    """Keys that are no text: JSON has none, and the reader takes none."""
    waiting = top.file.asked
    while waiting:
        node = waiting.pop()
        if isinstance(node, Sequence):
            waiting += reversed(node.items)
        elif isinstance(node, Mapping):
            odd = [key for key, _ in node.entries if isinstance(key, Scalar) and not isinstance(key.value, str)]
            splits = split_tuples(node, top.file.source.text) if odd else []
            for key in odd:
                yield from _odd_key(key, next((split for split in splits if key in split.rest), None), top)
            waiting += [value for _, value in node.entries]


def _odd_key(key: Scalar, split: SplitTuple | None, top: Spot) -> Iterator[Finding]:
    """A key that is no text, be it of what looks like a tuple."""
    arguments = {"key": "a key", "expected": "text", "found": found_words(key.value)}
    told = top.file.told_tuples
    if split is None:
        fix = rewriting(top.file.source.text, key, quoted(key.text), True)
        yield mistake("wrong-type", key, arguments, top, f"quote it: '{key.text}'", fix)
    elif split.value not in told:
        told.add(split.value)
        comma = comma_in_number(split.value, split.rest[0], top) if len(split.rest) == 1 else None
        hint, fix = comma or ("between { and }, every value has a key", None)
        yield mistake("wrong-type", key, arguments, top, hint, fix)


def _top_data(root: Mapping) -> dict[object, object]:
    """The document as plain values, with one layer that says nothing for all of its layers."""
    found = root.get("layers")
    layers = [{}] if isinstance(found, Sequence) and found.items else plain_data(found)
    data = {key: plain_data(value) for key, (_, value) in root.pairs.items() if key != "layers"}
    return data if found is None else {**data, "layers": layers}


def _text_keyed(data: object) -> object:
    if isinstance(data, dict):
        return {key: _text_keyed(value) for key, value in data.items() if isinstance(key, str)}
    return [_text_keyed(item) for item in data] if isinstance(data, list) else data
