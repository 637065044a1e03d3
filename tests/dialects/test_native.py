"""What the reader of the native format says: one finding for one mistake, and none for what follows from it."""

from __future__ import annotations

from convlint.checking import check_source
from convlint.source import Source
from convlint.source.nodes import LineIndex

HEAD = "convlint: 1\ninputs: {image: [3, 32, 32]}\n"
Said = tuple[tuple[int, int], str, str]


def said(text: str) -> list[Said]:
    """((line, column), rule, message) of every finding."""
    index = LineIndex(text)
    found = check_source(Source("a.yaml", text), alone=True).findings
    return [(index.position(item.place.start), item.rule.name, item.message) for item in found]


def test_a_block_that_is_used_wrongly_is_used() -> None:
    text = HEAD + (
        "blocks:\n"
        "  Inner: {layers: [{op: ReLU}]}\n"
        "  Outer: {params: {k: null}, layers: [{op: Inner, repeat: '${k}'}]}\n"
        "layers: [{op: Outer}]\n"
    )
    assert said(text) == [((6, 15), "missing-key", "Outer needs the key 'k'")]


def test_a_block_that_only_unused_blocks_name_is_unused() -> None:
    text = HEAD + ("blocks:\n  Inner: {layers: [{op: ReLU}]}\n  Outer: {layers: [{op: Inner}]}\nlayers: [{op: ReLU}]\n")
    assert [(place, rule) for place, rule, _ in said(text)] == [((4, 3), "unused-block"), ((5, 3), "unused-block")]
