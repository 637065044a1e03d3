"""The output for people: source lines, carets of the right width, related places, help."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.findings import Finding, Place, Related
from convlint.render.full import WIDEST, render
from convlint.render.text import display_width
from convlint.source.nodes import LineIndex, Source
from tests.render.findings import finding, place, result

SNAPSHOTS = Path(__file__).parent / "snapshots"
UNET = Source(
    "models/unet.yaml",
    """\
convlint: 1
inputs: {image: [3, 63, 63]}
layers:
  - {name: enc1, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: pool1, op: MaxPool2d, kernel_size: 2}
  - {name: up1, op: Upsample, scale_factor: 2}
  - name: block
    op: Conv2d
    kernel_size: 3
  - {name: cat1, op: Concat, from: [up1, enc1]}
""",
)


def shown(*findings: Finding, colour: bool = False) -> str:
    return "".join(render([result(*findings)], colour))


def caret_columns(text: str) -> tuple[str, str]:
    """(the source line, the line with the caret) of a rendered finding, both without the gutter."""
    lines = text.splitlines()
    return lines[3].split(" | ", 1)[1], lines[4].split(" | ", 1)[1]


def unet_findings() -> list[Finding]:
    related = (
        Related(place(UNET, "up1"), "up1 is 62 wide"),
        Related(place(UNET, "enc1"), "enc1 is 63 wide"),
        Related(place(UNET, "pool1"), "pool1 floors 63 / 2"),
    )
    mismatch = finding(
        place(UNET, "[up1, enc1]"),
        "decoder up1 is 62 wide, skip enc1 is 63",
        help="widths that work: 56, 64 (multiples of 8)",
        related=related,
        layer="cat1",
    )
    many_lines = finding(place(UNET, "name: block\n    op: Conv2d\n    kernel_size: 3"), severity="warning")
    variants = finding(place(UNET, "63", 1), severity="info", variants=("n", "s"))
    return [variants, many_lines, mismatch]


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_snapshot(colour: bool) -> None:
    """The whole output, as it was looked at and found good: `tests/render/snapshots/`."""
    expected = (SNAPSHOTS / f"full.{'colour' if colour else 'plain'}.txt").read_text(encoding="utf-8")
    assert shown(*unet_findings(), colour=colour) == expected


def test_of_several_lines_the_first_is_underlined() -> None:
    source, caret = caret_columns(shown(finding(place(UNET, "name: block\n    op: Conv2d"))))
    assert source == "  - name: block"
    assert caret == "    ^^^^^^^^^^^"


@pytest.mark.parametrize(
    ("line", "mistake", "caret"),
    [
        ("name: 編碼器, op: X", "X", "                  ^"),
        ("name: 編碼器", "編碼器", "      ^^^^^^"),
        ("a:\tb", "b", "      ^"),
        ("a:\tb", "\tb", "  ^^^^^"),
        ("e\u0301: b", "b", "   ^"),
        ("a\u00a0b: c", "c", "        ^"),
        ("'\x7f': c", "c", "        ^"),
        ("\N{ROCKET}: c", "c", "    ^"),
    ],
    ids=["before-wide", "wide", "before-tab", "tab", "combining", "no-break-space", "control", "emoji"],
)
def test_caret_stands_under_the_mistake(line: str, mistake: str, caret: str) -> None:
    source = Source("a.yaml", line + "\n")
    assert caret_columns(shown(finding(place(source, mistake))))[1] == caret


def test_tabs_become_spaces() -> None:
    source = Source("a.yaml", "a:\tb\n")
    assert caret_columns(shown(finding(place(source, "b"))))[0] == "a:    b"


def test_control_characters_cannot_reach_the_terminal() -> None:
    source = Source("\x1b[2Ja.yaml", "a: '\x9b31m'\n")
    text = shown(finding(place(source, "a"), "no \x1b[31mred\x07\nand one line", help="none\r\nhere either"))
    assert text.replace("\n", "").isprintable()
    assert "no \\x1b[31mred\\x07 and one line" in text
    assert "= help: none here either" in text


def test_long_line_is_cut_around_the_mistake() -> None:
    source = Source("a.yaml", "{" + "key: value, " * 200 + "bad: thing, " + "key: value, " * 200 + "}\n")
    line, caret = caret_columns(shown(finding(place(source, "bad"))))
    assert line.startswith("...")
    assert line.endswith("...")
    assert len(line) <= WIDEST + 6
    assert line[caret.index("^") : caret.rindex("^") + 1] == "bad"


def test_end_of_a_long_line_shows_what_stands_before_it() -> None:
    source = Source("a.yaml", "key: value, " * 200 + "end")
    line, caret = caret_columns(shown(finding(place(source, "end"))))
    assert line.endswith("key: value, end")
    assert len(line) == WIDEST + 3
    assert caret.endswith(" ^^^")


def test_long_mistake_is_underlined_as_far_as_it_is_shown() -> None:
    source = Source("a.yaml", "a: [" + "1, " * 500 + "1]\n")
    line, caret = caret_columns(shown(finding(place(source, source.text[3:-1]))))
    assert caret.count("^") == len(line) - len("a: ") - len("...")


def test_megabytes_in_one_line_are_not_looked_at_for_every_finding() -> None:
    source = Source("a.yaml", "編" * 2_000_000)
    findings = [finding(Place(source, start, start + 2)) for start in range(0, 2_000_000, 100_000)]
    assert len(shown(*findings)) < 20 * 1000


def test_a_file_without_text_has_a_place_and_no_line() -> None:
    text = shown(finding(Place(Source("gone.yaml", ""), 0, 0), "no such file"))
    assert text == "error[bad-thing] CL999: no such file\n --> gone.yaml:1:1\n\n"


def test_the_end_of_a_file_can_be_pointed_at() -> None:
    source = Source("a.yaml", "a: [1,\n")
    text = shown(finding(Place(source, len(source.text), len(source.text))))
    assert " --> a.yaml:2:1\n  |\n2 |\n  | ^\n" in text


def test_related_place_in_another_file() -> None:
    other = Source("base.yaml", "\n" * 99 + "x: &anchor 1\n")
    related = (Related(place(other, "&anchor"), "the anchor stands here"),)
    text = shown(finding(place(UNET, "63"), related=related))
    assert "   ::: base.yaml:100:4\n    |\n100 | x: &anchor 1\n    |    ------- the anchor stands here\n" in text


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_every_place_of_every_text_can_be_shown(text: str, start: int, length: int) -> None:
    source = Source("a.yaml", text)
    start = min(start, len(text))
    output = shown(finding(Place(source, start, min(len(text), start + length))))
    assert output.replace("\n", "").isprintable()
    shown_line = LineIndex(text).line(LineIndex(text).position(start)[0])
    if shown_line:
        line, caret = caret_columns(output)
        assert "^" in caret
        assert display_width(caret) <= display_width(line) + 1
