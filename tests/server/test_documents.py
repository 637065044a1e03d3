"""What is asked of a file that is typed has the answer of one that was opened with the same text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lsprotocol import types

from convlint.server.actions import FIX_ALL, actions
from convlint.server.diagnostics import diagnostics
from convlint.server.documents import Analysis, Held, OpenDocument
from convlint.server.layers import hover, inlay_hints, symbols
from convlint.server.navigation import declaration_and_references, definitions
from tests.keystrokes import typed_over

ROOT = Path(__file__).parents[2]
TEXTS = sorted([*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "cases").glob("*/*.yaml")])
URI = "file:///net.yaml"


def asked(analysis: Analysis | None, number: int) -> object:
    """The answers of a document at the offset of a number, and for all of it."""
    assert analysis is not None
    offset = number % (len(analysis.source.text) + 1)
    position = analysis.positions.at(offset)
    whole = types.Range(types.Position(0, 0), types.Position(len(analysis.source.text), 0))
    return (
        diagnostics(analysis.findings, analysis, URI),
        diagnostics(analysis.advised, analysis, URI),
        actions(analysis, URI, whole),
        actions(analysis, URI, whole, [FIX_ALL]),
        hover(analysis, position),
        inlay_hints(analysis, whole),
        symbols(analysis),
        definitions(analysis, offset),
        declaration_and_references(analysis, offset),
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("seed", range(12))
def test_answers_are_those_of_a_file_that_was_just_opened(seed: int, line_end: str) -> None:
    choose = random.Random(seed)
    text = choose.choice(TEXTS).read_text(encoding="utf-8").replace("\n", line_end)
    typed = OpenDocument("net.yaml", Held())
    for number, version in enumerate(typed_over(text.replace("name: ", "name: \U0001f600", 1), choose, 8)):
        analysis = typed.analysis(version, "utf-16")
        if number % 3 == 2:
            opened = OpenDocument("net.yaml", Held()).analysis(version, "utf-16")
            at = choose.randrange(len(version) + 1)
            assert asked(analysis, at) == asked(opened, at), version
