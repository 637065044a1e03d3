"""Paths and URIs from the working folder, and columns in bytes."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.findings import Place
from convlint.render.lines import Lines
from convlint.render.places import TextRegion, byte_region, region, relative_path, relative_uri
from convlint.source.nodes import Source
from tests.render.findings import NETWORK, place


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a.yaml", "a.yaml"),
        ("./a.yaml", "a.yaml"),
        (".//./b/a.yaml", "b/a.yaml"),
        ("../a.yaml", "../a.yaml"),
        ("b/../a.yaml", "b/../a.yaml"),
        ("<stdin>", "<stdin>"),
    ],
)
def test_a_relative_path_stays(path: str, shown: str) -> None:
    assert relative_path(path) == shown


def test_an_absolute_path_is_named_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    assert relative_path(str(tmp_path / "b" / "a.yaml")) == "a.yaml"
    assert relative_path(str(tmp_path / "a.yaml")) == "../a.yaml"


def test_a_uri_is_encoded() -> None:
    assert relative_uri("./my models/ü#1?%20.yaml") == "my%20models/%C3%BC%231%3F%2520.yaml"
    assert relative_uri("a:b.yaml") == "a%3Ab.yaml"
    assert relative_uri("\udcff.yaml") == "%FF.yaml"


@given(st.binary(min_size=1, max_size=30).filter(lambda name: name[:1] not in (b"/", b".") and b"\0" not in name))
def test_every_uri_can_be_read_back(name: bytes) -> None:
    uri = relative_uri(os.fsdecode(name))
    assert uri.isascii()
    assert os.fsencode(unquote(uri, errors="surrogateescape")) == name


def test_regions_count_code_points_or_bytes() -> None:
    where = place(NETWORK, "c")
    assert region(where, Lines()) == TextRegion(2, 7, 2, 8)
    assert byte_region(where, Lines()) == TextRegion(2, 12, 2, 13)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_byte_region_cuts_out_the_same_text(text: str, start: int, end: int) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    found = byte_region(Place(Source("a.yaml", text), start, end), Lines())
    starts = [0]
    data = text.encode()
    for index, byte in enumerate(data):
        if byte == 0x0A or (byte == 0x0D and data[index + 1 : index + 2] != b"\n"):
            starts.append(index + 1)
    first = starts[found.line - 1] + found.column - 1
    last = starts[found.end_line - 1] + found.end_column - 1
    if "\r\n" not in text:  # between the two lies no column
        assert data[first:last].decode() == text[start:end]
