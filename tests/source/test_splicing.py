"""What is spliced is what parsing the whole text gives: nodes, their places, notes and problems."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Source
from convlint.source.reader import parse
from convlint.source.splicing import Sound, parse_again
from tests.keystrokes import typed_over

ROOT = Path(__file__).parents[2]
TEXTS = sorted([*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "cases").glob("*/*.yaml")])
ANCHORS = """\
blocks:
  res: &res
    layers: &layers
      - {op: Conv2d, out_channels: &wide 8}
      - {op: ReLU}
  other: *res
head:
  - [*wide, 1e5, !new x]
  - - a
    - 010
  -
    name: b
    name: c
  - |
    text
tail: &last
- d: "e
    f"
- <<: *res
"""


def plain(node: AnyNode | None) -> Any:
    """A node as plain values, with its place."""
    if node is None:
        return None
    origin = None if node.origin is None else (node.origin.start, node.origin.end)
    place = (type(node).__name__, node.start, node.end, origin)
    if isinstance(node, Scalar):
        return (*place, repr(node.value), node.text, node.plain, node.ambiguous)
    if isinstance(node, Mapping):
        pairs = {key: (plain(first), plain(second)) for key, (first, second) in node.pairs.items()}
        return (*place, node.flow, [(plain(key), plain(value)) for key, value in node.entries], pairs)
    return (*place, node.flow, [plain(item) for item in node.items])


def whole(document: Document) -> Any:
    """A document as plain values."""
    return (
        plain(document.root),
        [plain(node) for node in document.ambiguous],
        sorted((plain(first), plain(second)) for first, second in document.repeated_keys),
        [(tag, plain(node)) for tag, node in document.tagged],
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_version_reads_as_if_there_had_been_none_before(seed: int) -> None:
    choose = random.Random(seed)
    text = ANCHORS if seed % 3 == 0 else choose.choice(TEXTS).read_text(encoding="utf-8")
    sound = None
    for version in typed_over(text, choose, 25):
        source = Source("net.yaml", version)
        documents, problem = parse_again(sound, source)
        wanted, said = parse(source)
        assert problem == said
        if problem is None or sound is None:
            assert [whole(document) for document in documents] == [whole(document) for document in wanted]
        if problem is None:
            sound = Sound(source, documents)


@pytest.mark.parametrize("change", [("kernel_size: 3", "kernel_size: 5"), ("}\n", ", padding: 1}\n"), ("op", "oops")])
def test_only_the_changed_lines_are_parsed(change: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"  - {{name: a{number}, op: Conv2d, kernel_size: 3}}\n" for number in range(100)]
    before = Source("net.yaml", "layers:\n" + "".join(lines))
    sound = Sound(before, parse(before)[0])
    lines[40] = lines[40].replace(*change)
    parsed: list[int] = []

    def counted(source: Source, *limits: Any) -> Any:
        parsed.append(source.text.count("\n"))
        return parse(source, *limits)

    monkeypatch.setattr("convlint.source.splicing.parse", counted)
    (document,), problem = parse_again(sound, Source("net.yaml", "layers:\n" + "".join(lines)))
    assert problem is None
    assert document.root is not None
    assert sum(parsed) <= 2
