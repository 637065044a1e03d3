"""Tells Ultralytics model files from other YAML, and which vocabulary of modules a file is written in."""

from __future__ import annotations

from convlint.engine.rows import Vocabulary
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence

DEFAULT = "ultralytics"
PARTS = ("backbone", "head")


def recognises(root: AnyNode | None) -> bool:
    """Whether a document is a model file: its `backbone` or its `head` is a list of rows."""
    return isinstance(root, Mapping) and any(_holds_rows(root.get(part)) for part in PARTS)


def _holds_rows(node: AnyNode | None) -> bool:
    """Whether some item is a list that holds the name of a module."""
    if not isinstance(node, Sequence):
        return False
    return any(
        isinstance(row, Sequence)
        and len(row.items) >= 2
        and any(isinstance(item, Scalar) and isinstance(item.value, str) for item in row.items)
        for row in node.items
    )


def vocabulary_of(root: Mapping, vocabularies: dict[str, Vocabulary]) -> str:
    """The name of the vocabulary whose signs a file bears; scales are a sign of the default one.

    Modules that the default one has too are signs only beside anchors, which files of the others have.
    """
    if "scales" in root.pairs:
        return DEFAULT
    named = _modules_of(root)
    if "anchors" not in root.pairs:
        named -= vocabularies[DEFAULT].modules.keys()
    best = max(vocabularies.values(), key=lambda vocabulary: len(vocabulary.signs & named))
    if best.signs & named:
        return best.name
    return "yolov5" if "anchors" in root.pairs and "yolov5" in vocabularies else DEFAULT


def _modules_of(root: Mapping) -> set[str]:
    """The names in the third place of every row."""
    found = set()
    for part in PARTS:
        rows = root.get(part)
        for row in rows.items if isinstance(rows, Sequence) else ():
            if isinstance(row, Sequence) and len(row.items) > 2:
                module = row.items[2]
                if isinstance(module, Scalar) and isinstance(module.value, str):
                    found.add(module.value)
    return found
