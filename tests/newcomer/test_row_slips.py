"""Slips in the rows of model files: one finding each, at the slip, with its fix."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from convlint import check_text
from convlint.fixes import apply_edits

DETECTOR = """\
# a small detector
nc: 5
scales:
  n: [0.33, 0.25, 1024]
backbone:
  # [from, repeats, module, args]
  - [-1, 1, Conv, [64, 3, 2]] # 0-P1/2
  - [-1, 1, Conv, [128, 3, 2]] # 1-P2/4
  - [-1, 3, C2f, [128, True]] # 2
  - [-1, 1, Conv, [256, 3, 2]] # 3-P3/8
  - [-1, 6, C2f, [256, True]] # 4
  - [-1, 1, Conv, [512, 3, 2]] # 5-P4/16
  - [-1, 6, C2f, [512, True]] # 6
  - [-1, 1, SPPF, [512, 5]] # 7
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]] # 8
  - [[-1, 4], 1, Concat, [1]] # 9
  - [-1, 3, C2f, [256]] # 10
  - [-1, 1, Conv, [256, 3, 2]] # 11
  - [[-1, 7], 1, Concat, [1]] # 12
  - [-1, 3, C2f, [512]] # 13
  - [[10, 13], 1, Detect, [nc]] # 14
"""


class Slip(NamedTuple):
    """What is `written` in place of what was `meant`; the finding of `rule` stands at the text `at`, with `help`."""

    meant: str
    written: str
    rule: str
    at: str
    help: str = ""
    is_safe: bool | None = True


SLIPS = {
    "args outside": Slip("SPPF, [512, 5]", "SPPF, 512, 5", "row-arity", "[-1, 1, SPPF", "[-1, 1, SPPF, [512, 5]]"),
    "an arg alone": Slip("C2f, [256]", "C2f, 256", "row-arity", "[-1, 3, C2f, 256]", "args stand in one list"),
    "rows outside": Slip("[[-1, 7], 1,", "[-1, 7, 1,", "row-arity", "[-1, 7, 1", "the rows that it reads stand in one list"),
    "no repeats": Slip("[-1, 1, Conv, [256, 3, 2]] # 11", "[-1, Conv, [256, 3, 2]] # 11", "row-arity", "[-1, Conv", "repeats is missing", False),
    "no None": Slip('[None, 2, "nearest"]', '[2, "nearest"]', "row-arguments", '"nearest"', "[size, scale_factor, mode]", False),
    "small letters": Slip("[-1, 6, C2f, [512", "[-1, 6, c2f, [512", "unknown-operator", "c2f", "did you mean 'C2f'?"),
    "a prefix of torch": Slip("nn.Upsample", "torch.nn.Upsample", "unknown-operator", "torch.nn.Upsample", "write nn.Upsample"),
    "classes in quotes": Slip("nc: 5", 'nc: "5"', "wrong-type", '"5"'),
    "classes in letters": Slip("nc: 5", "nc: five", "wrong-type", "five", is_safe=None),
    "no classes": Slip("nc: 5", "nc: 0", "invalid-value", "0", is_safe=None),
    "no from": Slip("[-1, 1, SPPF, [512, 5]]", "[1, SPPF, [512, 5]]", "row-arity", "[1, SPPF", "from is missing, or repeats: [-1, 1, SPPF, [512, 5]]", False),
    "args in parentheses": Slip("SPPF, [512, 5]]", "SPPF, (512, 5)]", "row-arity", "[-1, 1, SPPF", "args stand in one list: [-1, 1, SPPF, [512, 5]]"),
    "a dash a column to the right": Slip("  - [-1, 1, SPPF", "   - [-1, 1, SPPF", "yaml-syntax", "-", "so do the dashes of one list", False),
    "a torch class without nn": Slip("nn.Upsample", "Upsample", "unknown-module", "Upsample", "did you mean 'nn.Upsample'?", False),
    "no commas": Slip("[64, 3, 2]", "[64 3 2]", "row-arguments", "64 3 2", "64, 3, 2", False),
    "a slip of True": Slip("[512, True]", "[512, Ture]", "row-arguments", "Ture", "did you mean True?", False),
    "a bracket": Slip("SPPF, [512, 5]]", "SPPF, [512, 5]", "yaml-syntax", "", "] is missing at the end of line 14"),
    "an equals sign": Slip("nc: 5", "nc=5", "yaml-syntax", "", "nc: 5"),
    "no colon": Slip("head:", "head", "yaml-syntax", "", "a colon is missing: head:"),
    "a capital key": Slip("head:", "Head:", "missing-key", "Head", "did you mean 'head' by 'Head'?"),
    "one scale": Slip("scales:", "scale:", "ignored-key", "scale", "did you mean 'scales'?", False),
    "levels the other way round": Slip("[10, 13]", "[13, 10]", "head-strides", "[13, 10]", "[10, 13]", False),
    "a row that comes later": Slip("[10, 13]", "[10, 15]", "undefined-input", "15", is_safe=None),
}  # fmt: skip


def test_the_network_is_clean() -> None:
    assert check_text(DETECTOR, path="net.yaml").findings == ()


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_one_finding_at_the_slip_and_its_fix_mends_it(slip: Slip) -> None:
    text = DETECTOR.replace(slip.meant, slip.written, 1)
    assert text != DETECTOR
    (finding,) = check_text(text, path="net.yaml").findings
    assert finding.rule.name == slip.rule
    assert text[finding.place.start : finding.place.end].startswith(slip.at)
    assert slip.help in finding.help
    assert (finding.fix.safe if finding.fix is not None else None) == slip.is_safe
    if finding.fix is not None:
        assert check_text(apply_edits(text, finding.fix.edits), path="net.yaml").findings == ()


ROWS = [line for line in DETECTOR.splitlines() if line.startswith("  - [")]
INSERTED = {
    index: DETECTOR.replace(row + "\n", f"{row}\n  - [-1, 1, nn.Identity, []]\n", 1)
    for index, row in enumerate(ROWS[:-1])
}


def renumbered(text: str, inserted: int) -> str:
    """The text as it should be after a row came in behind row `inserted`."""
    for number in range(14, inserted, -1):
        text = text.replace(f"# {number}\n", f"# {number + 1}\n").replace(f"# {number}-", f"# {number + 1}-")
        for before, behind in (("[-1, ", "]"), ("[[", ","), (", ", "], 1, Detect")):
            text = text.replace(f"{before}{number}{behind}", f"{before}{number + 1}{behind}")
    return text


@pytest.mark.parametrize("index", range(4, 13))
def test_rows_that_moved_are_one_finding_that_renumbers(index: int) -> None:
    findings = check_text(INSERTED[index], path="net.yaml").findings
    (finding,) = [
        item for item in findings if item.rule.name in ("shifted-rows", "unused-layer", "index-comment-mismatch")
    ]
    assert finding.rule.name == "shifted-rows"
    assert finding.message.startswith(f"rows from {index + 2} on moved by one: ")
    assert finding.fix is not None and not finding.fix.safe
    assert apply_edits(INSERTED[index], finding.fix.edits) == renumbered(INSERTED[index], index)


@pytest.mark.parametrize("index", range(4, 13))
def test_rows_that_moved_are_found_without_comments(index: int) -> None:
    text = "\n".join(line.partition(" #")[0] for line in INSERTED[index].splitlines()) + "\n"
    rules = {item.rule.name for item in check_text(text, path="net.yaml").findings}
    assert rules & {"shifted-rows", "unused-layer"}


def test_a_row_that_went_is_an_error_where_a_number_names_no_row() -> None:
    text = DETECTOR.replace("  - [-1, 1, SPPF, [512, 5]] # 7\n", "").replace("[-1, 7]", "[-1, 6]")
    (finding,) = [
        item for item in check_text(text, path="net.yaml").findings if item.rule.name != "index-comment-mismatch"
    ]
    assert (finding.rule.name, finding.severity) == ("shifted-rows", "error")
    assert finding.message == "rows from 7 on moved by -1: [10, 13] -> [9, 12]"


def test_rows_that_moved_are_an_error_where_the_network_fails_by_them() -> None:
    new = "  - [-1, 1, nn.Identity, []]\n"
    moved = DETECTOR.replace(f"{ROWS[0]}\n", f"{ROWS[0]}\n{new}{new}")
    wide = "  n: [0.33, 0.25, 1024]\n  l: [1.0, 1.0, 1024]\n"
    for text in (moved, moved.replace("  n: [0.33, 0.25, 1024]\n", wide)):
        (finding,) = check_text(text, path="net.yaml").findings
        assert (finding.rule.name, finding.severity, finding.variants) == ("shifted-rows", "error", ())
        assert finding.message == "rows from 3 on moved by 2: [4, 7, 10, 13] -> [6, 9, 12, 15]"
        assert finding.fix is not None
        assert check_text(apply_edits(text, finding.fix.edits), path="net.yaml").findings == ()


def test_a_row_that_nothing_reads_is_no_move_of_rows() -> None:
    text = DETECTOR.replace("[[10, 13], 1, Detect", "[[10], 1, Detect")
    assert [item.rule.name for item in check_text(text, path="net.yaml").findings] == ["unused-layer"]


def test_comments_that_number_the_rows_as_they_are_speak_against_a_move() -> None:
    text = renumbered(INSERTED[7], 7).replace("[[11, 14], 1, Detect", "[[11, 12], 1, Detect")
    assert "shifted-rows" not in [item.rule.name for item in check_text(text, path="net.yaml").findings]


def without(row: int, text: str = DETECTOR) -> str:
    """The text without a row."""
    return text.replace(f"{ROWS[row]}\n", "")


@pytest.mark.parametrize("row", range(1, 14))
def test_a_row_that_went_is_one_finding_and_its_fix_leaves_none(row: int) -> None:
    text = without(row)
    (finding,) = [
        item for item in check_text(text, path="net.yaml").findings if item.rule.name != "index-comment-mismatch"
    ]
    assert finding.rule.name in ("shifted-rows", "unused-layer", "undefined-input")
    if finding.rule.name == "shifted-rows" and finding.fix is not None:
        assert check_text(apply_edits(text, finding.fix.edits), path="net.yaml").findings == ()


@pytest.mark.parametrize(("row", "did"), [(8, "doubled"), (5, "halved"), (11, "halved")])
def test_a_row_that_changed_the_size_is_to_be_put_back(row: int, did: str) -> None:
    (finding,) = check_text(without(row), path="net.yaml").findings
    assert (finding.rule.name, finding.severity) == ("shifted-rows", "error")
    assert f"put back the row that {did} the size, before row" in finding.help


def test_a_row_that_doubled_the_size_is_put_back() -> None:
    text = without(8)
    (finding,) = check_text(text, path="net.yaml").findings
    assert finding.fix is not None and not finding.fix.safe
    mended = apply_edits(text, finding.fix.edits)
    assert mended == DETECTOR.replace(ROWS[8], "  - [-1, 1, nn.Upsample, [None, 2, nearest]]")


def test_what_read_the_row_that_went_reads_the_one_above() -> None:
    text = without(4)
    (finding,) = check_text(text, path="net.yaml").findings
    assert finding.message == "rows from 4 on moved by -1: [4, 7, 10, 13] -> [3, 6, 9, 12]"


def test_another_mistake_stays_beside_rows_that_moved() -> None:
    text = without(8).replace("[-1, 6, C2f, [512, True]] # 6", "[[-1, 4], 1, Concat, [1]] # 6")
    assert sorted(item.rule.name for item in check_text(text, path="net.yaml").findings) == [
        "shifted-rows",
        "skip-size-mismatch",
    ]


def test_a_module_of_ones_own_tells_where_rows_came_in_without_comments() -> None:
    text = "\n".join(line.partition(" #")[0] for line in DETECTOR.splitlines()) + "\n"
    row = ROWS[4].partition(" #")[0]
    moved = text.replace(f"{row}\n", f"{row}\n  - [-1, 1, MyAttention, [256]]\n")
    found = {item.rule.name: item for item in check_text(moved, path="net.yaml").findings}
    assert set(found) == {"unknown-module", "shifted-rows"}
    assert found["shifted-rows"].message == "rows from 6 on moved by one: [7, 10, 13] -> [8, 11, 14]"


def test_numbers_that_may_be_old_too_are_named() -> None:
    text = "\n".join(line.partition(" #")[0] for line in DETECTOR.splitlines()) + "\n"
    row = ROWS[4].partition(" #")[0]
    moved = text.replace(f"{row}\n", f"{row}\n  - [-1, 1, Conv, [256, 3, 1]]\n")
    (finding,) = check_text(moved, path="net.yaml").findings
    assert "if the row came higher up, 4 and 7 may be old too" in finding.help
