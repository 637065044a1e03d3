"""Tells Ultralytics model files from other YAML, and which vocabulary of modules a file is written in."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from convlint.catalogue.rows import Vocabulary
from convlint.dialects.registry import NearMiss
from convlint.nearest import nearest
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence

DEFAULT = "ultralytics"
PARTS = ("backbone", "head")


def recognises(root: Mapping) -> bool:
    """Whether a document is a model file: its `backbone` or its `head` is a list of rows."""
    return any(_holds_rows(root.get(part)) for part in PARTS)


def admits(root: Mapping) -> bool:
    """Whether a document has a part of a model file, be it with rows or without."""
    return any(part in root.pairs for part in PARTS)


def nearly(root: Mapping) -> NearMiss | None:
    """What keeps a document that looks like a model file from being one; None where it does not look like it."""
    if "names" in root.pairs and "nc" in root.pairs:
        return NearMiss("it describes data; a model file has the keys 'backbone' and 'head'")
    if admits(root):
        return NearMiss(
            "its 'backbone' and 'head' are no lists of rows, and no key 'convlint' marks it as an architecture"
        )
    return None


def foreign_parts(root: Mapping) -> list[str]:
    """The keys that hold rows in a file that lacks a part, as builders of one's own read them.

    None where there is one that may be a slip of the part.
    """
    found = _other_keys_with_rows(root)
    return [] if len(found) == 1 and nearest(found[0], _missing_parts(root)) is not None else found


def part_of_file(root: Mapping, part: str) -> AnyNode | None:
    """What stands under a part, or where that is missing, the rows under the key that is a slip of it."""
    if part in root.pairs:
        return root.get(part)
    found = _other_keys_with_rows(root)
    return root.get(found[0]) if len(found) == 1 and nearest(found[0], _missing_parts(root)) == part else None


def _missing_parts(root: Mapping) -> list[str]:
    return [part for part in PARTS if part not in root.pairs]


def _other_keys_with_rows(root: Mapping) -> list[str]:
    """The keys that hold rows and are no part, in a file that lacks a part."""
    if not _missing_parts(root):
        return []
    named = [(key, value) for key, (_, value) in root.pairs.items() if isinstance(key, str)]
    return [key for key, value in named if key not in PARTS and _holds_rows(value)]


def _holds_rows(node: AnyNode | None) -> bool:
    """Whether some item is a list that holds the name of a module."""
    return any(len(row) >= 2 and _texts_in(row) for row in _lists_in(node))


def vocabulary_of(root: Mapping, vocabularies: MappingType[str, Vocabulary]) -> str:
    """The name of the vocabulary that a file is written in: one whose head takes the args of the file's head.

    Among those it is the one that knows most of its modules, then one whose keys it has, then the first in question.
    Only the forks have anchors; a file that gives them to its head is one of theirs.
    """
    if "scales" in root.pairs or "anchors" not in root.pairs:
        return DEFAULT
    rows = [row for part in PARTS for row in _lists_in(part_of_file(root, part))]
    named = {text for row in rows for text in _texts_in(row[2:3])}
    gives_anchors = any("anchors" in _texts_in(_items(row[3])) for row in rows if len(row) > 3)
    forks = sorted(name for name in vocabularies if name != DEFAULT)
    asked = forks if gives_anchors else [DEFAULT, *forks]

    def fits(name: str) -> tuple[bool, int, int]:
        vocabulary = vocabularies[name]
        has_keys = all(key in root.pairs for key in vocabulary.needs)
        known = len(named & vocabulary.modules.keys())
        return _takes_head(rows, vocabulary), known, len(vocabulary.needs) if has_keys else 0

    return max(asked, key=fits)


def _takes_head(rows: list[list[AnyNode]], vocabulary: Vocabulary) -> bool:
    """Whether the last row is a head of the vocabulary with as many args as it takes."""
    *_, module, arguments = rows[-1] if rows and len(rows[-1]) == 4 else (None, None)
    head = (
        vocabulary.modules.get(module.value) if isinstance(module, Scalar) and isinstance(module.value, str) else None
    )
    if head is None or not head.is_head:
        return False
    count = len(_items(arguments))
    return head.fewest <= count and (count <= len(head.arguments) or head.ignores_rest)


def _lists_in(node: AnyNode | None) -> list[list[AnyNode]]:
    return [_items(row) for row in _items(node) if isinstance(row, Sequence)]


def _items(node: AnyNode | None) -> list[AnyNode]:
    return node.items if isinstance(node, Sequence) else []


def _texts_in(nodes: list[AnyNode]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, Scalar) and isinstance(node.value, str)}
