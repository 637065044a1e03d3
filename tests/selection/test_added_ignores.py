"""Comments that `--add-ignore` adds: in every layout, at the line of the finding, and nothing else changes."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.fixes import apply_edits
from convlint.selection.added_ignores import comments_of, ignoring_edits
from convlint.source import Source

HEAD = "convlint: 1\ninputs: {image: [3, 33, 33]}\n"
COMMENT = "# convlint: ignore[non-integer-division]"


def ignoring(text: str) -> str:
    """The text with comments for all that is found; they silence it all."""
    source = Source("net.yaml", text)
    edits, left = ignoring_edits(comments_of(source), check_source(source).findings)
    assert not left
    after = apply_edits(text, edits)
    assert check_source(Source("net.yaml", after)).findings == ()
    return after


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  - {op: MaxPool2d, kernel_size: 2}\n", f"  - {{op: MaxPool2d, kernel_size: 2}}  {COMMENT}\n"),
        ("  - {op: MaxPool2d, kernel_size: 2} # 0\n", f"  - {{op: MaxPool2d, kernel_size: 2}} # 0  {COMMENT}\n"),
        ("  - op: MaxPool2d\n    kernel_size: 2\n", f"  - op: MaxPool2d  {COMMENT}\n    kernel_size: 2\n"),
        (
            "  - {op: MaxPool2d,\n     kernel_size: 2,\n     stride: 2}\n",
            f"  - {{op: MaxPool2d,\n     kernel_size: 2,\n     stride: 2}}  {COMMENT}\n",
        ),
        (
            '  - {op: MaxPool2d, kernel_size: 2, name: "in\n\n       two"}\n',
            f'  {COMMENT}\n  - {{op: MaxPool2d, kernel_size: 2, name: "in\n\n       two"}}\n',
        ),
    ],
)
def test_layouts(before: str, after: str, line_end: str) -> None:
    assert ignoring(f"{HEAD}layers:\n{before}".replace("\n", line_end)) == f"{HEAD}layers:\n{after}".replace(
        "\n", line_end
    )


def test_a_comment_that_is_there_gets_a_further_name() -> None:
    text = f"{HEAD}layers:\n  - {{op: MaxPool2d, kernel_size: 2, paddin: 1}} # convlint: ignore[cycle] old\n"
    source = Source("net.yaml", text)
    known = [item for item in check_source(source).findings if item.rule.name == "unknown-key"]
    assert apply_edits(text, ignoring_edits(comments_of(source), known)[0]) == text.replace(
        "[cycle]", "[cycle, unknown-key]"
    )


@pytest.mark.parametrize("other", ["# convlint: ignore", "# 0 # convlint: ignore-file[cycle]"])
def test_another_comment_for_convlint_stays_and_the_new_one_stands_above(other: str) -> None:
    text = f"{HEAD}layers:\n  - {{op: MaxPool2d, kernel_size: 2}} {other}\n"
    source = Source("net.yaml", text)
    found = [item for item in check_source(source).findings if item.rule.name == "non-integer-division"]
    after = apply_edits(text, ignoring_edits(comments_of(source), found)[0])
    assert after == text.replace("  - {", f"  {COMMENT}\n  - {{")
    left = [item.rule.name for item in check_source(Source("net.yaml", after)).findings]
    assert left == ["unused-suppression"]


def test_a_list_on_one_line() -> None:
    text = f"{HEAD}layers: [{{op: MaxPool2d, kernel_size: 2}}, {{op: MaxPool2d, kernel_size: 3}}]\n"
    assert ignoring(text) == text.rstrip("\n") + f"  {COMMENT}\n"


def test_a_block_scalar_gets_its_comment_at_its_head() -> None:
    text = f"{HEAD}descriptio: |\n  no # comment\n  here\nlayers:\n  - {{op: ReLU}}\n"
    assert ignoring(text) == text.replace("descriptio: |", "descriptio: |  # convlint: ignore[unknown-key]")


def test_a_file_that_is_not_valid_gets_no_comments() -> None:
    source = Source("net.yaml", f"{HEAD}layers: [\n")
    findings = check_source(source).findings
    assert ignoring_edits(comments_of(source), findings) == ((), list(findings))


def test_complaints_about_comments_get_no_comments() -> None:
    source = Source("net.yaml", f"{HEAD}layers:\n  - {{op: ReLU}} # convlint: ignore[cycle]\n")
    findings = check_source(source).findings
    assert ignoring_edits(comments_of(source), findings) == ((), list(findings))
