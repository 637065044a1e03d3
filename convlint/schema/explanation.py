"""Turns what jsonschema refuses into findings: one sentence a mistake, at the exact key or value, never a `oneOf`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, cached_property

import jsonschema

from convlint.budget import allows
from convlint.catalogue import lookup
from convlint.dialects.places import place_of
from convlint.editing import Edits, as_items, item_after, lifted, quoted, rewritten, without_entry
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix
from convlint.limits import STEPS_A_MISTAKE
from convlint.resources import resource_path
from convlint.schema import layers
from convlint.schema.calls import call_edits
from convlint.schema.causes import Error, Path, allowed_words, causes, is_type_error, whole_schema
from convlint.schema.hints import (
    BLOCK_LAYERS,
    MISSING_PARTS,
    expression_hint,
    is_guess,
    is_list_as_text,
    is_shape,
    layer_hint,
    meant_expression,
    meant_value,
    meant_word,
    part_hint,
    value_hint,
    word_hint,
)
from convlint.schema.input_shapes import is_open_size, meant_shape
from convlint.schema.keys import (
    ONE_LEVEL_UP,
    is_told_by_an_unknown_key,
    key_of_operator,
    meant_key,
    missing_key_hint,
    missing_op_hint,
    unknown_key_hint,
    unknown_keys,
)
from convlint.schema.operator_names import meant_operator, operator_hint, without_call
from convlint.schema.other_words import Around, Meaning, Renamed, renamed_keys, why_left_out
from convlint.schema.parts import declared, layers_above, named_parts, names_read, readable
from convlint.schema.text import Schema
from convlint.schema.words import expected_words, found_words
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, plain_data
from convlint.source.tuples import SplitTuple, split_tuples
from convlint.typed import Any

_ABOVE_LAYERS = ("positive", "expression", "block", "shape")
"""The definitions of the architecture schema that are not about layers."""
_CHECKER = jsonschema.Draft7Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator: Any = jsonschema.validators.extend(jsonschema.Draft7Validator, type_checker=_CHECKER)  # type: ignore[no-untyped-call]


def explain(document: Document, root: Mapping) -> list[Finding]:
    """What the schema of the native format has against a document; empty where it has nothing."""
    findings: list[Finding] = []
    for finding in _Explainer(document, root).findings():
        findings.append(finding)
        if not allows(STEPS_A_MISTAKE, "what else is wrong with keys and values"):
            break
    return findings


class _Explainer:
    def __init__(self, document: Document, root: Mapping) -> None:
        self._source = document.source
        self._sound = frozenset(document.notes or ())
        self._root = root
        self._top = _top_schema()
        self._declared = declared(root, self._top["properties"])
        self._blocks = self._declared.blocks
        self._names = self._declared.values
        self._said_tuples: set[Scalar] = set()
        self._around = Around((), 0)
        self._above: dict[Mapping, Mapping] = {}
        self._keys_behind_dashes: dict[Mapping, set[object]] = {}

    @cached_property
    def _readable(self) -> set[str]:
        return readable(self._root, self._blocks.values())

    @cached_property
    def _read(self) -> set[str]:
        return names_read(self._root, self._blocks.values())

    def findings(self) -> Iterator[Finding]:
        """Everything, from the top of the file to its layers; last what a key can be nowhere."""
        yield from self._errors(self._top, self._root, "an architecture", None)
        outside = self._names
        for name, block in self._blocks.items():
            self._names = outside | {key for key, _ in named_parts(block.get("params"))}
            yield from self._layers(block.get("layers"), f"{name}/")
        self._names = outside
        yield from self._layers(self._root.get("layers"), "")
        yield from self._odd_keys(self._root)

    def _layers(self, node: AnyNode | None, prefix: str) -> Iterator[Finding]:
        items = node.items if isinstance(node, Sequence) else []
        for without_op, above in layers_above([item for item in items if isinstance(item, Mapping)]):
            self._above[without_op] = above
            self._keys_behind_dashes.setdefault(above, set()).update(without_op.pairs)
        inputs = None if prefix else self._root.get("inputs")
        for index, item in enumerate(items):
            if id(item) in self._sound:
                continue
            name = item.get("name") if isinstance(item, Mapping) else None
            label = name.value if isinstance(name, Scalar) and isinstance(name.value, str) and name.value else index
            self._around = Around(items, index, inputs)
            yield from self._layer(item, f"{prefix}{label}")

    def _layer(self, node: AnyNode, label: str) -> Iterator[Finding]:
        if not isinstance(node, Mapping):
            yield self._no_mapping(node, label)
            return
        if "share" in node.pairs:
            yield from self._errors(layers.sharing_schema(), node, "a layer that shares", label)
            return
        op = node.get("op")
        named = None if op is not None else self._key_of_operator(node)
        if named is not None:
            yield self._op_called_otherwise(*named, node, label)
        elif not isinstance(op, Scalar) or not isinstance(op.value, str):
            yield from self._errors({"properties": layers.layer_keys(), "required": ["op"]}, node, "a layer", label)
        elif (schema := self._schema(op.value)) is not None:
            yield from self._tuples(node, schema["properties"], label)
            yield from self._errors(schema, node, op.value, label)
        elif op.value not in self._declared.unread_blocks:
            yield self._unknown_operator(op, op.value, node, label)

    def _schema(self, name: str) -> Schema | None:
        """What a layer of an operator or a block looks like; None where nothing is called so."""
        if name in self._declared.unread_blocks:
            return None
        if name in self._blocks:
            return self._block_schema(name)
        is_known = lookup.operator(name) is not None
        return layers.operator_schema(lookup.declaration(name)) if is_known else None

    def _key_of_operator(self, node: Mapping) -> tuple[Scalar, str] | None:
        return key_of_operator(node, layers.layer_keys(), self._is_operator, self._operator_of)

    def _op_called_otherwise(self, key: Scalar, operator: str, node: Mapping, label: str) -> Finding:
        """A layer whose operator stands under another key than `op`."""
        value = node.pairs[key.value][1]
        written = value.text if isinstance(value, Scalar) else ""
        edits = rewritten(self._source.text, key, "op")
        if edits is not None and operator != written and isinstance(value, Scalar):
            more = rewritten(self._source.text, value, operator)
            edits = None if more is None else (*edits, *more)
        hint = f"write op: {operator} in place of {key.value}: {written}"
        fix = Fix(f"write op: {operator}", edits, True) if edits is not None else None
        return self._finding("missing-key", key, {"key": "op", "owner": "a layer"}, label, hint, fix)

    def _operator_of(self, name: object) -> str | None:
        """The operator that a text names, in its own words or in those of another library; None for anything else."""
        if self._is_operator(name):
            return str(name)
        meant = meant_operator(name, self._operators(), self._around) if isinstance(name, str) else None
        return meant.operator if meant is not None and meant.is_sure and not meant.settings else None

    def _no_mapping(self, node: AnyNode, label: str) -> Finding:
        arguments = {
            "key": "a layer",
            "expected": "a mapping with the key 'op'",
            "found": found_words(plain_data(node)),
        }
        hint, fix = self._no_mapping_hint(node), self._no_mapping_fix(node)
        return self._finding("wrong-type", node, arguments, label, hint, fix)

    def _no_mapping_hint(self, node: AnyNode) -> str:
        """How a layer is written that was written as a text or a list."""
        first = node.items[0] if isinstance(node, Sequence) and node.items else node
        if isinstance(first, Mapping):
            return "a layer has one dash before it"
        if not isinstance(first, Scalar) or not isinstance(first.value, str):
            return ""
        name, arguments = without_call(first.value)
        meant = self._operator_of(name)
        parameters = ", its parameters by name" if arguments or first is not node else ""
        return f"write {{op: {meant}}}{parameters}" if meant is not None else ""

    def _no_mapping_fix(self, node: AnyNode) -> Fix | None:
        """Writes a layer that is the name of an operator as a mapping."""
        name, arguments = (
            without_call(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else ("", "")
        )
        meant = self._operator_of(name) if name and not arguments else None
        return self._fix(node, f"{{op: {meant}}}") if meant is not None else None

    def _unknown_operator(self, op: Scalar, name: str, node: Mapping, label: str) -> Finding:
        known = self._operators()
        meant = meant_operator(name, known, self._around)
        if isinstance(node.get("layers"), Sequence):
            hint = "layers that stand for one layer are a block: declare it under 'blocks'"
            return self._finding("unknown-operator", op, {"op": name}, label, hint)
        hint, fix = operator_hint(name, known, meant), None
        named = self._named_by_a_key(node) if meant is None else None
        if named is not None:
            key, operator = named
            edits = rewritten(self._source.text, op, operator)
            removed = without_entry(self._source.text, node, key)
            hint = f"write op: {operator} in place of op: {name} and {key}"
            fix = (
                Fix(f"write {operator}", (*edits, *removed), True)
                if edits is not None and removed is not None
                else None
            )
        elif meant is not None and without_call(name)[1]:
            edits = call_edits(self._source.text, node, op, name, meant.operator) if op.value == name else None
            fix = Fix(f"write {meant.operator} and its parameters", edits, True) if edits is not None else None
        elif meant is not None:
            schema = self._schema(meant.operator)
            renamed = renamed_keys(self._source.text, node, meant, schema["properties"] if schema is not None else {})
            hint += "".join([f"; write {key} for {word}" for word, key in renamed.pairs])
            fix = self._operator_fix(op, meant, renamed)
        return self._finding("unknown-operator", op, {"op": name}, label, hint, fix)

    def _named_by_a_key(self, node: Mapping) -> tuple[str, str] | None:
        """(key, operator) where the operator of a layer is the text of one of its other keys: `activation: relu`."""
        others = [key for key in node.pairs if isinstance(key, str) and key not in layers.layer_keys()]
        found = [(key, name) for key in others if (name := self._operator_of(_text_of(node.pairs[key][1]))) is not None]
        return found[0] if len(found) == 1 else None

    def _operator_fix(self, op: Scalar, meant: Meaning, renamed: Renamed) -> Fix | None:
        """Writes the operator that was meant, and its parameters under their names."""
        edits = rewritten(self._source.text, op, meant.operator)
        if edits is None or renamed.edits is None:
            return None
        title = ", ".join([f"write {meant.operator}", *(key for _, key in renamed.pairs)])
        return Fix(title, (*edits, *renamed.edits), meant.is_sure and renamed.is_sure)

    def _operators(self) -> list[str]:
        return [*lookup.operators(), *self._blocks]

    def _is_operator(self, name: object) -> bool:
        return isinstance(name, str) and (
            name in self._blocks or name in self._declared.unread_blocks or lookup.operator(name) is not None
        )

    def _block_schema(self, name: str) -> Schema:
        """One layer that uses the block; a parameter called like a key of a layer is refused where it is declared."""
        given = self._blocks[name].get("params")
        pairs = given.pairs if isinstance(given, Mapping) else {}
        taken = layers.layer_keys()
        parameters = [
            (key, isinstance(value, Scalar) and value.value is None)
            for key, (_, value) in pairs.items()
            if isinstance(key, str) and key not in taken
        ]
        return layers.block_schema(name, parameters)

    def _odd_keys(self, node: AnyNode) -> Iterator[Finding]:
        """Keys that are no text: JSON has none, and the reader takes none."""
        waiting: list[AnyNode] = [node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Sequence):
                waiting += reversed(node.items)
            elif isinstance(node, Mapping) and id(node) not in self._sound:
                odd = [key for key, _ in node.entries if isinstance(key, Scalar) and not isinstance(key.value, str)]
                splits = split_tuples(node, self._source.text) if odd else []
                for key in odd:
                    yield from self._odd_key(key, next((split for split in splits if key in split.rest), None))
                waiting += [value for _, value in node.entries]

    def _odd_key(self, key: Scalar, split: SplitTuple | None) -> Iterator[Finding]:
        arguments = {"key": "a key", "expected": "text", "found": found_words(key.value)}
        if split is None:
            fix = self._fix(key, quoted(key.text))
            yield self._finding("wrong-type", key, arguments, None, f"quote it: '{key.text}'", fix)
        elif split.value not in self._said_tuples:
            self._said_tuples.add(split.value)
            yield self._finding("wrong-type", key, arguments, None, "between { and }, every value has a key")

    def _errors(self, schema: Schema, node: Mapping, owner: str, label: str | None) -> Iterator[Finding]:
        data = _top_data(node) if node is self._root else plain_data(node)
        for cause in causes(_Validator(schema).iter_errors(_text_keyed(data))):
            yield from self._error(cause, node, owner, label)

    def _error(self, error: Error, node: Mapping, owner: str, label: str | None) -> Iterator[Finding]:
        path = tuple(error.absolute_path)
        if node is self._root and self._is_told(path, error):
            return
        where = _node_at(node, path)
        owner = f"'{_key_of(path)}'" if path else owner
        expected = expected_words(whole_schema(error))
        if error.validator == "additionalProperties":
            yield from self._unknown_keys(error, where, owner, label)
        elif error.validator == "required":
            yield from self._missing_key(error, where, owner, label)
        elif (split := self._split_at(path, node, expected)) is not None:
            yield from self._split(split, expected, label)
        elif node is self._root and path[:1] == ("inputs",) and len(path) == 3 and is_open_size(error.instance):
            yield from self._open_size("wrong-type" if is_type_error(error) else "invalid-value", path, where, expected)
        else:
            value = error.instance
            arguments = {"key": _key_of(path), "expected": expected, "found": found_words(value)}
            rule = "wrong-type" if is_type_error(error) or is_list_as_text(value, expected) else "invalid-value"
            meant = meant_value(value, expected) if rule == "wrong-type" else None
            meant = meant or meant_expression(value, self._names, expected) or meant_word(value, allowed_words(error))
            hint = part_hint(path, value) if node is self._root else layer_hint(path, value)
            if path == ("name",) and isinstance(where, Scalar) and where.plain and value is not None:
                hint = f"quote it: '{where.text}'"
            hint = hint or self._value_hint(error, expected)
            fix = self._fix(where, meant, not is_guess(value, expected)) or self._form_fix(path, node, where)
            yield self._finding(rule, where, arguments, label, hint, fix)

    def _form_fix(self, path: Path, node: Mapping, where: AnyNode) -> Fix | None:
        """Writes a part in its form: the one input with a name, layers as a list, the layer above not at all."""
        text = self._source.text
        if node is self._root and path == ("inputs",) and is_shape(plain_data(where)) and where.origin is None:
            named = (Edit(where.start, where.start, "{image: "), Edit(where.end, where.end, "}"))
            return Fix("give the input a name", named, False)
        if path[-1:] == ("layers",) and isinstance(where, Mapping):
            items = as_items(text, where)
            return Fix("write the layers as a list", items, True) if items else None
        is_above = path == ("from",) and isinstance(where, Scalar) and where.value == -1
        edits = without_entry(text, node, "from") if is_above else None
        return None if edits is None else Fix("read the layer above", edits, True)

    def _open_size(self, rule: str, path: Path, where: AnyNode, expected: str) -> Iterator[Finding]:
        """A size of an input that is left open as other libraries do; said once for the shape."""
        shape = _node_at(self._root, path[:-1])
        assert isinstance(shape, Sequence)
        sizes = plain_data(shape)
        if any(is_open_size(size) for size in sizes[: path[-1]]):
            return
        arguments = {"key": _key_of(path), "expected": expected, "found": found_words(plain_data(where))}
        meant = meant_shape(sizes)
        if meant is None:
            yield self._finding(rule, where, arguments, None, part_hint(path, plain_data(where)))
            return
        edit = Edit(shape.start, shape.end, meant.text)
        is_known = any(name in self._names for name in meant.names)
        fix = Fix(f"write {meant.text}", (edit,), meant.is_sure) if shape.flow and not is_known else None
        yield self._finding(rule, where, arguments, None, f"{meant.says}: write {meant.text}", fix)

    def _is_told(self, path: Path, error: Error) -> bool:
        """Whether a mistake at the top of the file follows from a part that is missing, which says so."""
        if len(path) > 1 and path[1] in MISSING_PARTS and path[1] not in self._root.pairs:
            return True
        is_of_a_block = path[:1] == ("blocks",) and len(path) == 2
        is_layer = (
            error.validator == "additionalProperties" and "op" in error.instance and "layers" not in error.instance
        )
        return is_of_a_block and is_layer

    def _astray_hint(self, part: str) -> str:
        """Where a part of the file stands, if it stands in another."""
        around = next((key for key, (_, node) in self._root.pairs.items() if part in dict(named_parts(node))), None)
        return f"'{part}' stands in '{around}': begin it in the first column" if around is not None else ""

    def _value_hint(self, error: Error, expected: str) -> str:
        value = error.instance
        return (
            expression_hint(value, self._names, expected)
            or value_hint(value, expected)
            or word_hint(value, allowed_words(error))
        )

    def _further_layer(self, key: str, node: Mapping) -> tuple[str, Fix | None] | None:
        """(help, fix) for a key of a layer that names what is a layer of its own, such as an activation."""
        value = node.pairs[key][1]
        name = value.value if isinstance(value, Scalar) else None
        operator = self._operator_of(name) if isinstance(name, str) else None
        if operator is None or operator in self._blocks or lookup.declaration(operator).needs_parameters:
            return None
        if self._is_above(operator):
            edits = without_entry(self._source.text, node, key)
            hint = f"leave it out: the layer below is its {operator}"
            return hint, Fix("leave it out", edits, True) if edits is not None else None
        hint = f"it is a layer of its own, after this one: {{op: {operator}}}"
        edits = self._moved_out(key, f"{{op: {operator}}}", node)
        return hint, Fix(f"put {{op: {operator}}} after this layer", edits, True) if edits is not None else None

    def _is_above(self, operator: str) -> bool:
        """Whether the layer at hand stands above one of an operator, which reads it."""
        following = self._around.number + 1
        below = self._around.layers[following] if following < len(self._around.layers) else None
        op = below.get("op") if isinstance(below, Mapping) and "from" not in below.pairs else None
        return op is not None and self._operator_of(_text_of(op)) == operator

    def _moved_out(self, key: str, layer: str, node: Mapping) -> Edits | None:
        """A layer after one, in place of one of its keys; None where others read that one, or two keys would move."""
        name = node.get("name")
        is_read = isinstance(name, Scalar) and name.value in self._read
        op = node.get("op")
        schema = self._schema(op.value) if isinstance(op, Scalar) else None
        alone = schema is not None and unknown_keys(node, schema["properties"]) == [key]
        removed = without_entry(self._source.text, node, key) if alone and not is_read else None
        added = item_after(self._source.text, node, layer) if removed is not None else None
        return (*removed, *added) if removed is not None and added is not None else None

    def _fix(self, node: AnyNode, written: str | None, is_safe: bool = True) -> Fix | None:
        """Writes a scalar otherwise; None where nothing else is meant, or the scalar cannot be edited."""
        edits = rewritten(self._source.text, node, written) if written and isinstance(node, Scalar) else None
        return None if edits is None else Fix(f"write {written}", edits, is_safe)

    def _split_at(self, path: Path, node: AnyNode, expected: str) -> SplitTuple | None:
        """The tuple that the value at a path is a part of, if it is of one."""
        around = _node_at(node, path[:-1])
        for split in split_tuples(around, self._source.text) if path and isinstance(around, Mapping) else ():
            if path[-1] in (split.key.value, *(key.value for key in split.rest)) and _is_meant(split, expected):
                return split
        return None

    def _tuples(self, node: Mapping, known: Schema, label: str | None) -> Iterator[Finding]:
        for split in self._splits(node, known):
            yield from self._split(split, _expected_at(split.key, known), label)

    def _splits(self, node: Mapping, known: Schema) -> list[SplitTuple]:
        """The tuples among the values of a mapping, whose keys have the schemas `known`."""
        splits = split_tuples(node, self._source.text)
        return [split for split in splits if _is_meant(split, _expected_at(split.key, known))]

    def _split(self, split: SplitTuple, expected: str, label: str | None) -> Iterator[Finding]:
        """What a tuple is, which is said once for all of it."""
        if split.value in self._said_tuples:
            return
        self._said_tuples.add(split.value)
        written = f"({split.items})" if split.has_parentheses else split.items
        edit = Edit(split.value.start, split.rest[-1].end, f"[{split.items}]")
        fix = Fix(f"write [{split.items}]", (edit,), split.has_parentheses)
        arguments = {"key": split.key.text, "expected": expected, "found": f"the text '{written}'"}
        yield self._finding("wrong-type", split.value, arguments, label, f"a list is written [{split.items}]", fix)

    def _missing_key(self, error: Error, where: AnyNode, owner: str, label: str | None) -> Iterator[Finding]:
        assert isinstance(where, Mapping)
        needed = error.validator_value
        lacking = [key for key in needed if key not in error.instance]
        missing = next((key for key in lacking if f"'{key}'" in error.message), lacking[0])
        known = error.schema.get("properties", {})
        is_closed = error.schema.get("additionalProperties") is False
        if is_closed and is_told_by_an_unknown_key(missing, where, known, needed):
            return
        if missing in self._keys_behind_dashes.get(where, ()):
            return
        hint = missing_key_hint(missing, where, known, needed)
        if where is self._root:
            hint = hint or self._astray_hint(missing) or MISSING_PARTS.get(missing, "")
        elif where in self._blocks.values():
            hint = hint or BLOCK_LAYERS
        elif missing == "op":
            hint = hint or missing_op_hint(where, self._is_operator) or self._dash_hint(where)
        place = where.get("op") or (where.entries[0][0] if where.entries else where)
        hint = hint or self._hint_for_parameter(where)
        yield self._finding("missing-key", place, {"key": missing, "owner": owner}, label, hint)

    def _hint_for_parameter(self, layer: Mapping) -> str:
        """Where to learn what a layer needs: of its operator, or of its block."""
        op = layer.get("op")
        if not isinstance(op, Scalar) or not isinstance(op.value, str):
            return ""
        if op.value in self._blocks:
            return "give it a value here, or a default among the params of the block"
        return f"`convlint operator {op.value}` shows a line to copy" if self._is_operator(op.value) else ""

    def _dash_hint(self, node: Mapping) -> str:
        """Help for keys behind a dash of their own, where the layer above takes them."""
        op = self._above[node].get("op") if node in self._above else None
        schema = self._schema(op.value) if isinstance(op, Scalar) and isinstance(op.value, str) else None
        takes = schema is not None and not unknown_keys(node, schema["properties"])
        return "only the first key of a layer has a dash before it" if takes else ""

    def _unknown_keys(self, error: Error, where: AnyNode, owner: str, label: str | None) -> Iterator[Finding]:
        assert isinstance(where, Mapping)
        known = error.schema.get("properties", {})
        yield from self._tuples(where, known, label)
        of_tuples = {key.value for split in self._splits(where, known) for key in split.rest}
        for key in unknown_keys(where, known):
            if key not in of_tuples:
                key_node, needed = where.pairs[key][0], error.schema.get("required", ())
                hint = unknown_key_hint(key, where, known, needed, self._readable)
                meant = meant_key(key, where, known, needed)
                fix = self._fix(key_node, meant.text, meant.is_sure) if meant is not None else None
                why = why_left_out(key) if label is not None and meant is None else ""
                if why:
                    edits, hint = without_entry(self._source.text, where, key), f"leave it out: {why}"
                    fix = None if edits is None else Fix("leave it out", edits, False)
                elif label is not None and meant is None and (further := self._further_layer(key, where)) is not None:
                    hint, fix = further
                if fix is None and hint.startswith(ONE_LEVEL_UP):
                    edits = lifted(self._source.text, where, key)
                    fix = None if edits is None else Fix(ONE_LEVEL_UP, edits, True)
                yield self._finding("unknown-key", key_node, {"key": key, "owner": owner}, label, hint, fix)

    def _finding(
        self,
        rule: str,
        node: AnyNode,
        arguments: dict[str, Any],
        label: str | None,
        hint: str = "",
        fix: Fix | None = None,
    ) -> Finding:
        return report(rule, place_of(self._source, node), arguments, help=hint, layer=label, fix=fix)


def _text_of(node: AnyNode) -> object:
    return node.value if isinstance(node, Scalar) else None


def _is_meant(split: SplitTuple, expected: str) -> bool:
    """Whether what looks like a tuple is one; without parentheses, it may be keys that lack their values."""
    return split.has_parentheses or "list" in expected


def _expected_at(key: Scalar, known: Schema) -> str:
    return expected_words(known[key.value]) if key.value in known else "a list"


@cache
def _top_schema() -> Schema:
    """The architecture schema without its layers: these are explained one by one, by their operator."""
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        schema: Schema = json.load(file)
    definitions = {name: schema["definitions"][name] for name in _ABOVE_LAYERS}
    return {**schema, "definitions": {**definitions, "layer": {}}}


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


def _key_of(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return names[-1] if names else "the value"


def _node_at(node: AnyNode, path: Path) -> AnyNode:
    for part in path:
        if isinstance(node, Sequence) and isinstance(part, int):
            node = node.items[part]
        elif isinstance(node, Mapping):
            node = node.pairs[part][1]
    return node
