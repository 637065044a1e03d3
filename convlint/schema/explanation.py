"""Turns what jsonschema refuses into findings: one sentence a mistake, at the exact key or value, never a `oneOf`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema

from convlint.dialects.places import place_of
from convlint.editing import quoted, rewritten
from convlint.engine import catalogue
from convlint.engine.reporting import nearest, report, unmistakable
from convlint.findings import Finding, Fix
from convlint.resources import resource_path
from convlint.schema import generation
from convlint.schema.hints import meant_value, part_hint, value_hint
from convlint.schema.words import expected_words, found_words, json_type
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, Source, plain_data
from convlint.source.tuples import split_tuples

MOST_FINDINGS = 1000
Schema = dict[str, Any]
Path = tuple[Any, ...]
Error = Any
"""A `jsonschema.ValidationError`; its attributes are typed as optional, and all are set once it was raised."""

_KEY_ERRORS = ("additionalProperties", "required")
_CHECKER = jsonschema.Draft7Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator: Any = jsonschema.validators.extend(jsonschema.Draft7Validator, type_checker=_CHECKER)  # type: ignore[no-untyped-call]


def explain(document: Document, root: Mapping) -> list[Finding]:
    """What the schema of the native format has against a document; empty where it has nothing."""
    findings: list[Finding] = []
    for finding in _Explainer(document.source, root).findings():
        findings.append(finding)
        if len(findings) >= MOST_FINDINGS:
            break
    return findings


class _Explainer:
    def __init__(self, source: Source, root: Mapping) -> None:
        self._source = source
        self._root = root
        blocks = root.get("blocks")
        self._blocks: dict[str, Mapping] = {}
        if isinstance(blocks, Mapping):
            self._blocks = {
                name: node
                for name, (_, node) in blocks.pairs.items()
                if isinstance(name, str) and isinstance(node, Mapping)
            }

    def findings(self) -> Iterator[Finding]:
        """Everything, from the top of the file to its layers."""
        yield from self._odd_keys(self._root)
        yield from self._errors(_top_schema(), self._root, "an architecture", None)
        for name, block in self._blocks.items():
            yield from self._layers(block.get("layers"), f"{name}/")
        yield from self._layers(self._root.get("layers"), "")

    def _layers(self, node: AnyNode | None, prefix: str) -> Iterator[Finding]:
        if not isinstance(node, Sequence):
            return
        for index, item in enumerate(node.items):
            name = item.get("name") if isinstance(item, Mapping) else None
            label = name.value if isinstance(name, Scalar) and isinstance(name.value, str) and name.value else index
            yield from self._layer(item, f"{prefix}{label}")

    def _layer(self, node: AnyNode, label: str) -> Iterator[Finding]:
        if not isinstance(node, Mapping):
            arguments = {
                "key": "a layer",
                "expected": "a mapping with the key 'op'",
                "found": found_words(plain_data(node)),
            }
            yield self._finding("wrong-type", node, arguments, label)
            return
        op = node.get("op")
        if not isinstance(op, Scalar) or not isinstance(op.value, str):
            yield from self._errors({"properties": generation.layer_keys(), "required": ["op"]}, node, "a layer", label)
        elif op.value in self._blocks:
            yield from self._errors(self._block_schema(op.value), node, op.value, label)
        elif catalogue.operator(op.value) is not None:
            schema = generation.operator_schema(catalogue.declaration(op.value))
            yield from self._errors(schema, node, op.value, label)
        else:
            hint, meant = self._operator_hint(op.value), self._meant_operator(op.value)
            fix = self._fix(op, meant)
            yield self._finding("unknown-operator", op, {"op": op.value}, label, hint, fix)

    def _block_schema(self, name: str) -> Schema:
        given = self._blocks[name].get("params")
        pairs = given.pairs if isinstance(given, Mapping) else {}
        parameters = [
            (key, isinstance(value, Scalar) and value.value is None)
            for key, (_, value) in pairs.items()
            if isinstance(key, str)
        ]
        return generation.block_schema(name, parameters)

    def _meant_operator(self, name: str) -> str | None:
        """The one operator that a name stands for, but for its prefix, case and underscores, or a slip."""
        known = [*catalogue.operators(), *self._blocks]
        alike = [candidate for candidate in known if _bare(candidate) == _bare(name)]
        return alike[0] if len(alike) == 1 else unmistakable(name, known)

    def _operator_hint(self, name: str) -> str:
        known = [*catalogue.operators(), *self._blocks]
        plain = {_bare(candidate): candidate for candidate in reversed(known)}
        bare = _bare(name)
        spatial = [plain[bare + axes] for axes in ("2d", "1d", "3d") if bare + axes in plain]
        found = plain.get(bare) or (spatial[0] if spatial else nearest(name, known))
        return f"did you mean '{found}'?" if found is not None else "`convlint operator` lists all operators"

    def _odd_keys(self, node: AnyNode) -> Iterator[Finding]:
        """Keys that are no text: JSON has none, and the reader takes none."""
        waiting: list[AnyNode] = [node]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Sequence):
                waiting += reversed(node.items)
            elif isinstance(node, Mapping):
                of_tuples = [key for split in split_tuples(node) for key in split.rest]
                for key, value in node.entries:
                    if isinstance(key, Scalar) and not isinstance(key.value, str) and key not in of_tuples:
                        arguments = {"key": "a key", "expected": "text", "found": found_words(key.value)}
                        fix = self._fix(key, quoted(key.text))
                        yield self._finding("wrong-type", key, arguments, None, f"quote it: '{key.text}'", fix)
                    waiting.append(value)

    def _errors(self, schema: Schema, node: Mapping, owner: str, label: str | None) -> Iterator[Finding]:
        errors = _Validator(schema).iter_errors(_text_keyed(plain_data(node)))
        for cause in _one_a_value([cause for error in errors for cause in _causes(error)]):
            yield from self._error(cause, node, owner, label)

    def _error(self, error: Error, node: Mapping, owner: str, label: str | None) -> Iterator[Finding]:
        path = tuple(error.absolute_path)
        where = _node_at(node, path)
        owner = f"'{_key_of(path)}'" if path else owner
        if error.validator == "additionalProperties":
            yield from self._unknown_keys(error, where, owner, label)
        elif error.validator == "required":
            yield from self._missing_key(error, where, owner, label)
        elif not self._is_split(path, node):
            value = error.instance
            expected = expected_words(_whole_schema(error))
            arguments = {"key": _key_of(path), "expected": expected, "found": found_words(value)}
            rule = "wrong-type" if _is_type_error(error) else "invalid-value"
            hint = (part_hint(path, value) if node is self._root else "") or value_hint(value, expected)
            meant = meant_value(value, expected) if rule == "wrong-type" else None
            yield self._finding(rule, where, arguments, label, hint, self._fix(where, meant))

    def _fix(self, node: AnyNode, written: str | None) -> Fix | None:
        """Writes a scalar otherwise; None where nothing else is meant, or the scalar cannot be edited."""
        edits = rewritten(self._source.text, node, written) if written and isinstance(node, Scalar) else None
        return None if edits is None else Fix(f"write {written}", edits, True)

    def _is_split(self, path: Path, node: Mapping) -> bool:
        """Whether a value is the beginning of a tuple, of which the rest says what is wrong."""
        around = _node_at(node, path[:-1])
        splits = split_tuples(around) if isinstance(around, Mapping) else []
        return any(split.key.value == path[-1] for split in splits)

    def _missing_key(self, error: Error, where: AnyNode, owner: str, label: str | None) -> Iterator[Finding]:
        assert isinstance(where, Mapping)
        missing = [key for key in error.validator_value if key not in error.instance]
        if all(key in _misplaced(where) for key in missing):
            return
        first = next((key for key in missing if f"'{key}'" in error.message), missing[0])
        known = error.schema.get("properties", {})
        misspelt = next((key for key in _unknown(where, known) if nearest(key, known) == first), None)
        if misspelt is not None and error.schema.get("additionalProperties") is False:
            return  # the unknown key says so
        place = where.get("op") or (where.entries[0][0] if where.entries else where)
        hint = f"did you mean '{first}' by '{misspelt}'?" if misspelt is not None else ""
        if first == "op" and not hint:
            hint = self._other_key_hint(where)
        yield self._finding("missing-key", place, {"key": first, "owner": owner}, label, hint)

    def _other_key_hint(self, where: Mapping) -> str:
        """The key under which a layer without `op` names its operator, if it does."""
        for key in _unknown(where, generation.layer_keys()):
            value = where.pairs[key][1]
            name = value.value if isinstance(value, Scalar) else None
            if isinstance(name, str) and (name in self._blocks or catalogue.operator(name) is not None):
                return f"write op: {name} in place of {key}: {name}"
        return ""

    def _unknown_keys(self, error: Error, where: AnyNode, owner: str, label: str | None) -> Iterator[Finding]:
        assert isinstance(where, Mapping)
        properties = error.schema.get("properties", {})
        known = sorted(properties)
        splits = split_tuples(where)
        for split in splits:
            expected = expected_words(properties[split.key.value]) if split.key.value in properties else "a list"
            written = f"the text '({split.as_list[1:-1]})'"
            arguments = {"key": split.key.text, "expected": expected, "found": written}
            yield self._finding("wrong-type", split.value, arguments, label, f"a list is written {split.as_list}")
        of_tuples = [key.value for split in splits for key in split.rest]
        for key in _unknown(where, properties):
            if key in of_tuples:
                continue
            found = nearest(key, known)
            hint = f"did you mean '{found}'?" if found is not None else f"known keys: {', '.join(known)}"
            inner = where.get(key)
            if isinstance(inner, Mapping) and any(name in known for name in inner.pairs):
                hint = "write its keys one level up, beside 'op'"
            key_node, meant = where.pairs[key][0], unmistakable(key, known)
            fix = None if meant in where.pairs else self._fix(key_node, meant)
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


def _unknown(node: Mapping, known: Iterable[str]) -> list[str]:
    """The keys of a mapping that are not known."""
    return [key for key in node.pairs if isinstance(key, str) and key not in known]


def _misplaced(node: Mapping) -> set[Any]:
    """Keys that stand one level too deep, in mappings below a node."""
    return {key for _, (_, value) in node.pairs.items() if isinstance(value, Mapping) for key in value.pairs}


def _top_schema() -> Schema:
    """The architecture schema without its layers: these are explained one by one, by their operator."""
    with open(resource_path("schemas", "architecture.schema.json"), encoding="utf-8") as file:
        schema: Schema = json.load(file)
    definitions = {name: schema["definitions"][name] for name in (*generation.HAND_WRITTEN, "shape")}
    return {**schema, "definitions": {**definitions, "layer": {}}}


def _text_keyed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _text_keyed(value) for key, value in data.items() if isinstance(key, str)}
    return [_text_keyed(item) for item in data] if isinstance(data, list) else data


def _bare(name: str) -> str:
    """An operator's name without what people vary: prefix, case, underscores."""
    return name.rpartition(".")[2].lower().replace("_", "").replace("-", "")


def _causes(error: Error) -> list[Error]:
    """For an error of alternatives, the errors in the one that was most likely meant; else the error itself."""
    if error.validator not in ("anyOf", "oneOf"):
        return [error]
    kind = json_type(error.instance)
    alternatives = [
        [part for part in error.context or () if part.relative_schema_path[0] == number]
        for number, branch in enumerate(error.validator_value)
        if _takes(branch, kind) and "pattern" not in branch
    ]
    if not any(alternatives):
        return [error]
    meant = min(filter(None, alternatives), key=_distance)
    of_the_whole = [part for part in meant if not part.relative_path and part.validator not in _KEY_ERRORS]
    return [cause for part in of_the_whole or meant for cause in _causes(part)]


def _distance(errors: list[Error]) -> tuple[int, int]:
    """How far a value is from an alternative: errors in it and in its items, and how soon the first of them comes."""
    positions = [part.relative_path[0] for part in errors if part.relative_path]
    first = min((position for position in positions if isinstance(position, int)), default=0)
    return sum(len(part.relative_path) <= 1 for part in errors), -first


def _one_a_value(errors: list[Error]) -> list[Error]:
    """The errors without those of a value that another one speaks of: of several, that of the type remains."""
    ordered = sorted(errors, key=lambda error: ([str(part) for part in error.absolute_path], error.validator != "type"))
    seen: set[Path] = set()
    kept = []
    for error in ordered:
        path = tuple(error.absolute_path)
        if error.validator in _KEY_ERRORS or path not in seen:
            kept.append(error)
        if error.validator not in _KEY_ERRORS:
            seen.add(path)
    return kept


def _takes(branch: Schema, kind: str) -> bool:
    kinds = branch.get("type", ())
    allowed = [kinds] if isinstance(kinds, str) else list(kinds)
    return kind in allowed or (kind == "integer" and "number" in allowed)


def _is_type_error(error: Error) -> bool:
    if error.validator in ("anyOf", "oneOf"):
        kind = json_type(error.instance)
        return not any(_takes(branch, kind) and "pattern" not in branch for branch in error.validator_value)
    return bool(error.validator == "type")


def _whole_schema(error: Error) -> Schema:
    """The schema of the whole value: of all alternatives, where the error stands in one of several for a scalar."""
    parent = error.parent
    if parent is not None and tuple(parent.absolute_path) == tuple(error.absolute_path):
        return _whole_schema(parent)
    schema: Schema = error.schema
    return schema


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
