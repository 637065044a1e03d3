"""Tells that a tuple of Python is written as a list, once for all the keys that YAML made of it."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.findings import Edit, Finding, Fix
from convlint.schema.causes import Path, node_at
from convlint.schema.input_shapes import MeantShape, is_open_size, meant_shape
from convlint.schema.spots import Spot, mistake
from convlint.schema.types import Schema
from convlint.schema.words import expected_words
from convlint.source.nodes import AnyNode, Mapping, Scalar
from convlint.source.scalars import resolve_plain
from convlint.source.tuples import SplitTuple, split_tuples


def tuple_mistakes(node: Mapping, known: Schema, spot: Spot) -> Iterator[Finding]:
    """What the tuples of a mapping are that were not told, by the schemas of its keys, `known`."""
    for split in meant_tuples(node, known, spot):
        yield from tuple_mistake(split, _expected_at(split.key, known), spot)


def tuple_mistake(split: SplitTuple, expected: str, spot: Spot) -> Iterator[Finding]:
    """What a tuple is where something is `expected` (in words); nothing where it was told."""
    told = spot.file.told_tuples
    if split.value in told:
        return
    told.add(split.value)
    written = f"({split.items})" if split.has_parentheses else split.items
    meant = _meant_input(split, spot)
    new, hint = (meant.text, f"{meant.says}: write {meant.text}") if meant is not None else (f"[{split.items}]", "")
    edit = Edit(split.value.start, split.rest[-1].end, new)
    fix = Fix(f"write {new}", (edit,), split.has_parentheses and meant is None)
    arguments = {"key": split.key.text, "expected": expected, "found": f"the text '{written}'"}
    yield mistake("wrong-type", split.value, arguments, spot, hint or f"a list is written {new}", fix)


def _meant_input(split: SplitTuple, spot: Spot) -> MeantShape | None:
    """The shape of an input that a tuple of another library means, which leaves sizes open."""
    inputs = spot.file.root.get("inputs")
    if not isinstance(inputs, Mapping) or inputs.get(split.key.text) is not split.value:
        return None
    sizes = [resolve_plain(item.strip())[0] for item in split.items.split(",") if item.strip()]
    return meant_shape(sizes) if any(is_open_size(size) for size in sizes) else None


def meant_tuples(node: Mapping, known: Schema, spot: Spot) -> list[SplitTuple]:
    """The tuples among the values of a mapping, whose keys have the schemas `known`."""
    splits = split_tuples(node, spot.file.source.text)
    return [split for split in splits if _is_meant(split, _expected_at(split.key, known))]


def tuple_at(path: Path, node: AnyNode, expected: str, spot: Spot) -> SplitTuple | None:
    """The tuple that the value at a path is a part of, if it is of one."""
    around = node_at(node, path[:-1])
    for split in split_tuples(around, spot.file.source.text) if path and isinstance(around, Mapping) else ():
        if path[-1] in (split.key.value, *(key.value for key in split.rest)) and _is_meant(split, expected):
            return split
    return None


def _is_meant(split: SplitTuple, expected: str) -> bool:
    """Whether what looks like a tuple is one; without parentheses, it may be keys that lack their values."""
    return split.has_parentheses or "list" in expected


def _expected_at(key: Scalar, known: Schema) -> str:
    return expected_words(known[key.value]) if key.value in known else "a list"
