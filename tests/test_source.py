"""The source tree: spans, aliases, merge keys, comments, and what PyYAML makes of a scalar."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from convlint.source import Mapping, Scalar, Sequence, Source, parse
from convlint.source.comments import find_comments
from convlint.source.nodes import LineIndex, plain_data
from convlint.source.scalars import resolve_plain


def tree(text: str) -> Mapping:
    documents, problem = parse(Source("a.yaml", text))
    assert problem is None
    root = documents[0].root
    assert isinstance(root, Mapping)
    return root


def test_spans_are_exact() -> None:
    text = "a: 日本\nb:\n  - [1, 'two']\n  - key: |\n      block\n"
    root = tree(text)
    spans = []
    waiting: list[Scalar | Sequence | Mapping] = [root]
    while waiting:
        node = waiting.pop(0)
        spans.append(text[node.start : node.end])
        if isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            waiting += [part for entry in node.entries for part in entry]
    assert spans[1:6] == ["a", "日本", "b", spans[4], "[1, 'two']"]
    assert "'two'" in spans
    assert text.startswith(spans[0])


def test_aliases_stand_where_they_are_used() -> None:
    text = "base: &b {size: 3}\nuse: *b\nmerged: {<<: *b, other: 1}\n"
    root = tree(text)
    use = root.get("use")
    assert use is not None and use.origin is root.get("base")
    assert text[use.start : use.end] == "*b"
    merged = root.get("merged")
    assert isinstance(merged, Mapping)
    assert plain_data(merged) == {"size": 3, "other": 1}
    size = merged.get("size")
    assert size is not None and size.origin is not None
    assert text[size.start : size.end] == "*b"
    assert text[size.origin.start : size.origin.end] == "3"


def test_an_alias_keeps_the_order_that_merge_keys_give() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, y: 3, z: 4}\nc: *b\n"
    data = yaml.safe_load(text)
    root = tree(text)
    for key, merged in data.items():
        node = root.get(key)
        assert isinstance(node, Mapping)
        assert list(plain_data(node).items()) == list(merged.items())


def test_merge_keys_do_not_override_and_first_wins() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\n"
    assert plain_data(tree(text).get("c")) == yaml.safe_load(text)["c"]


def test_repeated_keys_are_noted() -> None:
    documents, _ = parse(Source("a.yaml", "a: 1\nb: 2\na: 3\n"))
    ((first, second),) = documents[0].repeated_keys
    assert (first.start, second.start) == (0, 10)
    assert plain_data(documents[0].root) == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    "text",
    [
        "1e3",
        "on",
        "014",
        "1:30",
        "y",
        "n",
        "yes",
        "NO",
        "0o14",
        "1_000",
        ".5",
        "1.",
        "12",
        "-3",
        "+4",
        "0x1f",
        "0b11",
        "1e-3",
        "1.5e+3",
        ".inf",
        "-.Inf",
        "08",
        "0",
        "00",
        "190:20:30.15",
        "null",
        "~",
        "Null",
        "true",
        "FALSE",
        "Off",
        "1.0",
        "-0",
        "+.5",
        "0.1.2",
        "abc",
        "-",
        "-a",
        "1a",
    ],
)
def test_scalars_are_read_as_pyyaml_reads_them(text: str) -> None:
    ours = resolve_plain(text)[0]
    theirs = yaml.safe_load(f"[{text}]")[0] if text != "-" else "-"
    assert ours == theirs and type(ours) is type(theirs)


def test_nan_is_a_number() -> None:
    assert math.isnan(resolve_plain(".nan")[0])


@pytest.mark.parametrize(
    ("text", "ambiguous"),
    [("1e3", True), ("on", True), ("014", True), ("1:30", True), ("y", False), ("n", False), ("1_000", True)]
    + [("12", False), ("1.5", False), ("true", False), ("0x1f", False), ("Conv2d", False), ("yes", True)],
)
def test_ambiguous_scalars(text: str, ambiguous: bool) -> None:
    assert resolve_plain(text)[1] is ambiguous


def test_comments_are_those_outside_of_scalars() -> None:
    text = "# top\na: 'x # no' # yes\nb: |  # header\n  # in the block\n# after\nc: x#no\nd: \"# no\"\n"
    documents, _ = parse(Source("a.yaml", text))
    assert [comment.text for comment in find_comments(text, documents)] == ["top", "yes", "header", "after"]


def test_several_documents_and_a_byte_order_mark(tmp_path: object) -> None:
    from convlint.source.reader import decode

    source = decode("a.yaml", b"\xef\xbb\xbfa: 1\n---\nb: 2\n")
    assert isinstance(source, Source)
    assert [plain_data(document.root) for document in parse(source)[0]] == [{"a": 1}, {"b": 2}]


@given(st.text(alphabet="ab\n\r日", max_size=40))
def test_lines_and_columns(text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        line, column = index.position(offset)
        before = text[:offset].replace("\r\n", "\n ")
        if not (offset and text[offset - 1 : offset + 1] == "\r\n"):
            assert line == before.replace("\r", "\n").count("\n") + 1
        assert column >= 1


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=15,
)


@given(st.dictionaries(st.text(max_size=5), DATA, max_size=4), st.booleans())
def test_the_tree_says_what_pyyaml_says(data: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    documents, problem = parse(Source("a.yaml", text))
    assert problem is None
    assert plain_data(documents[0].root) == yaml.safe_load(text)
