"""Turns errors of a schema into their causes: of alternatives, what is wrong in the one that was meant; and where."""

from __future__ import annotations

from collections.abc import Iterable

from convlint.schema.misfits import SchemaMisfit
from convlint.schema.types import Schema
from convlint.schema.words import is_of_type
from convlint.source.nodes import AnyNode, Mapping, Sequence

Path = tuple[object, ...]
KEY_ERRORS = ("additionalProperties", "required")


def causes(errors: Iterable[SchemaMisfit]) -> list[SchemaMisfit]:
    """The causes of errors, one a value but for those that speak of the keys of a mapping."""
    return _one_a_value([cause for error in errors for cause in _causes(error)])


def _causes(error: SchemaMisfit) -> list[SchemaMisfit]:
    """For an error of alternatives, the errors in the one that was most likely meant; else the error itself."""
    if error.validator not in ("anyOf", "oneOf"):
        return [error]
    alternatives = [
        [part for part in error.context or () if part.relative_schema_path[0] == number]
        for number, branch in enumerate(error.validator_value)
        if _takes(branch, error.instance)
    ]
    if not any(alternatives):
        return [error]
    meant = min(filter(None, alternatives), key=_distance)
    of_the_whole = [part for part in meant if not part.relative_path and part.validator not in KEY_ERRORS]
    return [cause for part in of_the_whole or meant for cause in _causes(part)]


def _distance(errors: list[SchemaMisfit]) -> tuple[int, int]:
    """How far a value is from an alternative: errors in it and in its items, and how soon the first of them comes."""
    positions = [part.relative_path[0] for part in errors if part.relative_path]
    first = min((position for position in positions if isinstance(position, int)), default=0)
    return sum(len(part.relative_path) <= 1 for part in errors), -first


def _one_a_value(errors: list[SchemaMisfit]) -> list[SchemaMisfit]:
    """The errors without those of a value that another one speaks of: of several, that of the type remains."""
    ordered = sorted(errors, key=lambda error: ([str(part) for part in error.absolute_path], error.validator != "type"))
    seen: set[Path] = set()
    kept = []
    for error in ordered:
        path = tuple(error.absolute_path)
        if error.validator in KEY_ERRORS or path not in seen:
            kept.append(error)
        if error.validator not in KEY_ERRORS:
            seen.add(path)
    return kept


def _takes(branch: Schema, value: object) -> bool:
    """Whether an alternative is for values of such a type; one with a pattern is for names or expressions."""
    return "pattern" not in branch and is_of_type(value, branch.get("type", ()))


def is_type_error(error: SchemaMisfit) -> bool:
    """Whether a value is of a type that nothing allows; else its type is right and its value is not."""
    if error.validator in ("anyOf", "oneOf"):
        return not any(_takes(branch, error.instance) for branch in error.validator_value)
    return bool(error.validator == "type")


def whole_schema(error: SchemaMisfit) -> Schema:
    """The schema of the whole value: of all alternatives, where the error stands in one of several for a scalar."""
    parent = error.parent
    if parent is not None and tuple(parent.absolute_path) == tuple(error.absolute_path):
        return whole_schema(parent)
    schema: Schema = error.schema
    return schema


def allowed_words(error: SchemaMisfit) -> list[str]:
    """The texts of which a value may be one."""
    schema = whole_schema(error)
    branches = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return [word for branch in branches for word in branch.get("enum", ()) if isinstance(word, str)]


def key_of(path: Path) -> str:
    """The key that a path ends in, or in whose list it ends."""
    names = [part for part in path if isinstance(part, str)]
    return names[-1] if names else "the value"


def node_at(node: AnyNode, path: Path) -> AnyNode:
    """What stands at a path below a node."""
    for part in path:
        if isinstance(node, Sequence) and isinstance(part, int):
            node = node.items[part]
        elif isinstance(node, Mapping):
            node = node.pairs[part][1]
    return node
