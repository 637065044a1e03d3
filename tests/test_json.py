"""JSON is read as JSON: its numbers, exact spans, escapes, and what is wrong with a text that is none."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.checking import check_source
from convlint.cli import main
from convlint.describing import checker
from convlint.fixes import fixed
from convlint.options import Options
from convlint.source import Limits, Source, parse
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data

NETWORK = """{
  "convlint": 1,
  "inputs": {"image": [3, 32, 32]},
  "layers": [
    {"op": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3},
    {"op": "BatchNorm2d", "eps": 1e-05},
    {"op": "ReLU"}
  ]
}
"""
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def tree(text: str, path: str = "net.json") -> AnyNode:
    (document,), problem = parse(Source(path, text))
    assert problem is None
    assert document.root is not None
    return document.root


def problem(text: str) -> tuple[str, str, str]:
    documents, found = parse(Source("net.json", text))
    assert documents == []
    assert found is not None
    return found.rule, found.message, text[found.start : found.end]


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_it_reads_what_json_reads(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert plain_data(tree(text)) == json.loads(text)


@given(VALUES)
def test_spans_are_exact(value: Any) -> None:
    text = json.dumps(value, indent=1)
    waiting = [tree(text)]
    while waiting:
        node = waiting.pop()
        assert json.loads(text[node.start : node.end]) == plain_data(node)
        if isinstance(node, Sequence):
            waiting += node.items
        elif isinstance(node, Mapping):
            waiting += [part for entry in node.entries for part in entry]


@given(st.text(alphabet="{}[]:,\"\\ \n0123456789.eE-+truefalsn'#/u\x00", max_size=40))
def test_it_refuses_what_json_refuses(text: str) -> None:
    documents, found = parse(Source("net.json", text))
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        assert found is not None or not text.strip(" \t\r\n")
        return
    assert found is None
    assert plain_data(documents[0].root) == expected or math.isnan(expected)


def test_numbers_are_those_of_json() -> None:
    root = tree('{"a": 1e-05, "b": -0, "c": 1.0, "d": 10, "e": NaN, "f": "1e-05", "g": -Infinity}')
    data = plain_data(root)
    assert (data["a"], data["b"], data["c"], data["d"], data["f"]) == (1e-05, 0, 1.0, 10, "1e-05")
    assert math.isnan(data["e"])
    assert data["g"] == -math.inf
    assert [type(value).__name__ for value in data.values()] == [
        "float",
        "int",
        "float",
        "int",
        "float",
        "str",
        "float",
    ]


def test_escapes_are_characters() -> None:
    root = tree(r'{"a\u0062": "\ud83d\ude00 \n \ud800"}')
    assert plain_data(root) == {"ab": "\U0001f600 \n \ufffd"}


def test_repeated_keys_are_noted() -> None:
    (document,), _ = parse(Source("net.json", '{"a": 1, "a": 2}'))
    ((first, second),) = document.repeated_keys
    assert (first.start, second.start) == (1, 9)
    assert isinstance(document.root, Mapping)
    value = document.root.get("a")
    assert isinstance(value, Scalar)
    assert value.value == 2


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ('{"a": 1,}', "no comma may stand before '}'", "}"),
        ('{"a": 1 "b": 2}', "a comma or '}' is missing before this", '"'),
        ("{'a': 1}", "a key in double quotes is expected here", "'"),
        ("{\"a\": 'b'}", "JSON writes texts in double quotes", "'"),
        ('{"a": True}', "JSON writes true, not True", "T"),
        ('{"a": None}', "JSON writes null, not None", "N"),
        ('{"a": Conv2d}', "a text needs double quotes: Conv", "C"),
        ('{"a" 1}', "a colon is missing behind the key", "1"),
        ('{"a": 1} x', "nothing may follow the end of the value", "x"),
        ('{"a": // b\n 1}', "JSON has no comments", "/"),
        ('{"a": ', "the text ends before the value does", ""),
        ('{"a": "b\n"}', "a quote is not closed in its line", '"'),
        (r'{"a": "\x"}', r"JSON has no escape \x", "\\"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, message: str, at: str) -> None:
    assert problem(text) == ("yaml-syntax", message, at)


def test_nesting_and_nodes_are_limited() -> None:
    assert problem("[" * 5000)[0] == "yaml-limit"
    assert parse(Source("a.json", "[1, 2, 3]"), Limits(nodes=3))[1] is not None


@pytest.mark.parametrize(
    ("path", "text", "is_json"),
    [("a.json", "[1e-5]", True), ("a.yaml", '{"a": 1e-5}', False), ("-", '{"a": 1e-5}', True), ("-", "a: 1e-5", False)],
)
def test_a_text_is_json_by_its_name_or_its_beginning(path: str, text: str, is_json: bool) -> None:
    data = plain_data(tree(text, path))
    value = data[0] if isinstance(data, list) else data["a"]
    assert isinstance(value, float) is is_json


def test_a_network_in_json_is_clean() -> None:
    assert check_source(Source("net.json", NETWORK)).findings == ()


def test_an_empty_json_file_is_said_to_be_empty() -> None:
    (finding,) = check_source(Source("net.json", " \n")).findings
    assert finding.message == "this is no architecture: the file is empty"


def test_a_broken_one_is_told_in_the_words_of_json() -> None:
    (finding,) = check_source(Source("net.json", NETWORK.replace('"ReLU"}', '"ReLU"},'))).findings
    assert (finding.rule.name, finding.message, finding.help) == ("yaml-syntax", "no comma may stand before ']'", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"in_channels": 3', '"in_channels": 4'),
        ('"out_channels": 8', '"out_chanels": 8'),
        ('"ReLU"', '"Relu"'),
    ],
)
def test_fixes_edit_the_text(before: str, after: str) -> None:
    broken = Source("net.json", NETWORK.replace(before, after))
    result = check_source(broken)
    assert [finding.severity for finding in result.findings] == ["error"]
    assert fixed(broken, result, checker(Options()), True).source.text == NETWORK


def test_no_comment_is_put_into_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "net.json"
    file.write_text(NETWORK.replace('"in_channels": 3', '"in_channels": 4'))
    before = file.read_text()
    assert main(["check", str(file), "--add-ignore"]) == 1
    assert file.read_text() == before
