"""Rows that are read in one go give the nodes that libyaml's events give, wherever they stand."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.source import Limits, Mapping, Sequence, Source, parse, reader
from convlint.source.nodes import AnyNode, Document
from convlint.source.problems import SourceProblem
from convlint.source.rows import with_quoted_rows

ROW = "{name: stem, op: Conv2d, kernel_size: 3, bias: no}"
LINES = [
    f"- {ROW}",
    f"- {ROW}  # the first",
    f'- {ROW} # not "quoted"',
    f"- {ROW}# no comment",
    f"key: {ROW}",
    f"other: {ROW}",
    "- {a: 1, a: 2, 3: x, on: 0o7, 1e5: 1_000, t: -.5}",
    "- {a: -, b: 1}",
    f"- {{{'k' * 40}: {'v' * 40}}}",
    f"- {{{'k' * 2000}: 1}}",
    "- {a: [1, 2]}",
    "- {a: 'x', b: {c: 1}}",
    f"- &row {ROW}",
    f"- !row {ROW}",
    f"? {ROW}",
    f"- {ROW}: 1",
    f"- - {ROW}",
    "- {a: 1,",
    "b: 2}",
    "- *row",
    "list:",
    "base: &base",
    "<<: *base",
    "text: |",
    "text: >-",
    'text: "one',
    'two"',
    "text: 'one",
    "two'",
    "text: one",
    "two",
    "open: [",
    "]",
    ", ",
    "more: {",
    "}",
    "# - {a: 1}",
    "",
    "---",
    "...",
    "\ufeff",
    "\u2028",
    "\t",
    "\x01",
]


def told(node: AnyNode | None) -> object:
    """All that a tree says."""
    if node is None:
        return None
    where = type(node).__name__, node.start, node.end, told(node.origin)  # type: ignore[arg-type]
    if isinstance(node, Sequence):
        return where, node.flow, [told(item) for item in node.items]
    if isinstance(node, Mapping):
        entries = [(told(key), told(value)) for key, value in node.entries]
        return where, node.flow, entries, [(key, told(one), told(two)) for key, (one, two) in node.pairs.items()]
    return where, repr(node.value), node.text, node.plain, node.ambiguous


def parsed(text: str, limits: Limits) -> object:
    """All that parsing a text gives."""

    def said(document: Document) -> object:
        repeated = [(told(first), told(second)) for first, second in document.repeated_keys]
        tagged = [(tag, told(node)) for tag, node in document.tagged]
        return told(document.root), [told(node) for node in document.ambiguous], repeated, tagged

    documents, problem = parse(Source("a.yaml", text), limits)
    return [said(document) for document in documents], problem


def parsed_by_events(text: str, limits: Limits) -> object:
    """As `parsed`, without a look at rows."""
    with patch.object(reader, "with_quoted_rows", lambda text: (text, {})):
        return parsed(text, limits)


def indented(line: tuple[int, str]) -> str:
    return " " * line[0] + line[1]


TEXTS = st.lists(st.tuples(st.sampled_from((0, 0, 2, 4)), st.sampled_from(LINES)).map(indented), max_size=8)


@given(
    TEXTS, st.sampled_from(("\n", "\n", "\n", "\r\n")), st.sampled_from((Limits(), Limits(nodes=9), Limits(depth=2)))
)
def test_rows_are_read_as_the_events_tell(lines: list[str], end: str, limits: Limits) -> None:
    text = "layers:\n" + end.join(lines)
    assert parsed(text, limits) == parsed_by_events(text, limits)


@pytest.mark.parametrize(
    "text",
    [
        f"layers:\n  - {ROW}\n  - {ROW} # two\nhead: {ROW}\n",
        f"a: &a\n  - {ROW}\nb: *a\n",
        f"text: |\n  - {ROW}\nrow: {ROW}\n",
        f"text: one\n  - {ROW}\n",
        f"text: 'one\n  - {ROW}\n  '\n",
        f'text: "one\n  - {ROW}\n  - {ROW}\n  "\n',
        f"text: one\n  # - {ROW}\n",
        f"open: [\n  - {ROW}\n]\n",
        f"open: {{\n  key: {ROW}\n}}\n",
        f"- {ROW}\n- {ROW}: 1\n- {{\n",
        "- {a: 1, b: 2, a: 3}\n- {yes: no}\n",
    ],
)
def test_wherever_a_row_stands(text: str) -> None:
    assert parsed(text, Limits()) == parsed_by_events(text, Limits())


@pytest.mark.parametrize(
    "row",
    ["{a: 1}: 2", "{a: 1}# b", "{a:  1}", "{a: 1 }", "{a: b c}", "{a: é}", "{a: 1, }", "{a}", "{a: }", "{a: -}", "{}"],
)
def test_what_is_not_as_most_rows_is_left_to_the_parser(row: str) -> None:
    assert with_quoted_rows(f"- {row}\n") == (f"- {row}\n", {})


def test_a_row_too_many_says_where() -> None:
    documents, problem = parse(Source("a.yaml", f"- {ROW}\n- {ROW}\n"), Limits(nodes=12))
    assert isinstance(problem, SourceProblem) and problem.rule == "yaml-limit"
    assert documents == []
