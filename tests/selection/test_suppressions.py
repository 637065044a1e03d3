"""Suppression comments: where they hold, what they are written like, and what is said of those that do nothing."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.options import Options
from convlint.source import Source

HEAD = "convlint: 1\ninputs: {image: [3, 33, 33]}\n"
POOL = "  - {op: MaxPool2d, kernel_size: 2}"


def found(text: str) -> list[tuple[str, int]]:
    """(rule, line) of what is found."""
    return [
        (finding.rule.name, text.count("\n", 0, finding.place.start) + 1)
        for finding in check_source(Source("net.yaml", text)).findings
    ]


@pytest.mark.parametrize(
    "layers",
    [
        f"layers:\n{POOL} # convlint: ignore[non-integer-division]\n",
        f"layers:\n{POOL} # convlint: ignore[CL302] the last column is black\n",
        f"layers:\n{POOL} # convlint: ignore[CL302,] a comma too many\n",
        f"layers:\n{POOL} # 0 (P2/4) # convlint: ignore[CL302]\n",
        f"layers:\n  # convlint: ignore[CL302]\n{POOL}\n",
        f"# convlint: ignore[CL302] a list\nlayers:\n{POOL}\n{POOL}\n",
        "blocks:\n  # convlint: ignore[CL302] a mapping\n  Down:\n    layers:\n      - op: MaxPool2d\n"
        "        kernel_size: 2\nlayers:\n  - {op: Down}\n",
        "layers:\n  # convlint: ignore[CL302] a layer over several lines\n  - op: MaxPool2d\n    stride: 2\n"
        "    kernel_size: 2\n",
        f"layers:\n{POOL}\n# convlint: ignore-file[CL302] wherever it stands\n",
        "layers: [ # convlint: ignore-file[CL302]\n    {op: MaxPool2d, kernel_size: 2}]\n",
    ],
)
def test_silenced(layers: str) -> None:
    assert found(HEAD + layers) == []


def test_a_block_ends_where_the_next_one_begins() -> None:
    layers = f"layers:\n  # convlint: ignore[CL302]\n  - op: MaxPool2d\n    kernel_size: 2\n{POOL}\n"
    text = HEAD.replace("33, 33", "34, 38").replace("[3, 34, 38]", "[3, 35, 35]") + layers
    assert found(text) == [("non-integer-division", 7)]


@pytest.mark.parametrize(
    ("comment", "meant"),
    [
        ("# convlint: ignore CL302", "# convlint: ignore[non-integer-division]"),
        ("# convlint:ignore non-integer-division why not", "# convlint: ignore[non-integer-division] why not"),
        ("# convlint: ignore(CL302)", "# convlint: ignore[non-integer-division]"),
        ("# convlint: disable=CL302", "# convlint: ignore[non-integer-division]"),
        ("# convlint: disable-line CL302", "# convlint: ignore[non-integer-division]"),
        ("# convlint: disable-file=CL302", "# convlint: ignore-file[non-integer-division]"),
        ("# convlint: noqa: CL302", "# convlint: ignore[non-integer-division]"),
        ("# convlint ignore[CL302]", "# convlint: ignore[non-integer-division]"),
        ("# noqa: CL302 black", "# convlint: ignore[non-integer-division] black"),
        ("# 0 # noqa: non-integer-division", "# convlint: ignore[non-integer-division]"),
    ],
)
def test_other_spellings_say_the_right_one(comment: str, meant: str) -> None:
    text = f"{HEAD}layers:\n{POOL} {comment}\n"
    findings = check_source(Source("net.yaml", text)).findings
    (complaint,) = [finding for finding in findings if finding.rule.name == "unused-suppression"]
    assert complaint.message == "this comment is no suppression"
    assert complaint.help == f"write `{meant}`"
    assert complaint.fix is not None and complaint.fix.safe
    (edit,) = complaint.fix.edits
    assert edit.text == meant
    assert found(text[: edit.start] + edit.text + text[edit.end :]) == []


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param(f"{HEAD}layers:\n{POOL} # convlint: ignore[CL302]\n  - {{op: ReLU\n", Options(), id="syntax"),
        pytest.param(
            f"{HEAD}layers:\n  - {{op: Convolve}}\n{POOL} # convlint: ignore[CL302]\n", Options(), id="operator"
        ),
        pytest.param(
            f"{HEAD}layers:\n  - {{op: ReLU, from: imge}}\n{POOL} # convlint: ignore[CL302]\n", Options(), id="input"
        ),
        pytest.param(
            f"{HEAD}blocks:\n  Down:\n    layers:\n      - {{op: Convolve}}\n    {POOL} # convlint: ignore[CL302]\n"
            "      - {op: AdaptiveAvgPool2d, output_size: 1}\nlayers:\n  - {op: Down}\n",
            Options(),
            id="inside a block",
        ),
        pytest.param(
            f"convlint: 1\ninputs: {{image: [3, H, H]}}\nlayers:\n{POOL} # convlint: ignore[CL302]\n",
            Options(),
            id="open size",
        ),
        pytest.param(
            f"convlint: 1\ninputs: {{image: [3, H, H]}}\nlayers:\n{POOL} # convlint: ignore[CL302]\n",
            Options(sizes=(("H", 8),)),
            id="size of one run",
        ),
        pytest.param(
            "nc: 1\nscales: {n: [1.0, 1.0, 64], x: [1.0, 2.0, 64]}\nbackbone:\n  - [-1, 1, Conv, [8, 3, 2]]\n"
            "  - [-1, 1, nn.MaxPool2d, [2, 2]] # convlint: ignore[CL302]\nhead:\n  - [[1], 1, Detect, [nc]]\n",
            Options(scales=("n",)),
            id="scale of one run",
        ),
        pytest.param(
            f"{HEAD}layers:\n  - {{op: ReLU}} # convlint: ignore[torch-shape-mismatch]\n", Options(), id="torch"
        ),
    ],
)
def test_nothing_is_said_of_a_comment_whose_finding_may_be_out_of_sight(text: str, options: Options) -> None:
    found = check_source(Source("net.yaml", text), options).findings
    assert [finding for finding in found if finding.rule.name == "unused-suppression"] == []


@pytest.mark.parametrize(("size", "reported"), [("32", ["unused-suppression"]), ("H", [])])
def test_a_comment_for_all_rules_is_reported_where_all_is_known(size: str, reported: list[str]) -> None:
    text = f"# convlint: ignore-file\nconvlint: 1\ninputs: {{image: [3, {size}, 32]}}\nlayers:\n  - {{op: ReLU}}\n"
    found = check_source(Source("net.yaml", text)).findings
    assert [finding.rule.name for finding in found] == reported


def test_an_open_size_hides_no_rule_that_is_not_about_sizes() -> None:
    text = (
        "convlint: 1\ninputs: {image: [3, H, H]}\nlayers:\n  - {op: ReLU} # convlint: ignore[channel-mismatch, cycle]\n"
    )
    found = check_source(Source("net.yaml", text)).findings
    assert [finding.rule.name for finding in found] == ["unused-suppression"] * 2


@pytest.mark.parametrize(
    "comment",
    ["# convlint:ignore", "# convlint: ignore[]", "# convlint: ignore[,]", "# convlint: off", "# convlint off"],
)
def test_a_comment_without_a_rule_says_how_one_is_written(comment: str) -> None:
    text = f"{HEAD}layers:\n{POOL} {comment}\n"
    findings = check_source(Source("net.yaml", text)).findings
    (complaint,) = [finding for finding in findings if finding.rule.name == "unused-suppression"]
    assert complaint.help == "write `# convlint: ignore[rule-name] reason`"
    assert complaint.fix is None


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: E501",
        "# x",
        "# convlint",
        "# convlint-like",
        "# convlint: 1",
        "# convlint: this file is checked in CI",
        "# convlint checks this file",
        "# convlint ignores what torch computes",
        "# convlint.toml has the settings",
        "# convlint check --select ALL net.yaml",
        "# about convlint: ignore it",
        "# write `# convlint: ignore[rule-name] reason` at its line",
    ],
)
def test_remarks_that_are_none_of_ours(comment: str) -> None:
    assert found(f"{HEAD}layers:\n{POOL} {comment}\n") == [("non-integer-division", 4)]


@pytest.mark.parametrize(
    "comment", ["# convlint: ingore: this", "# convlint: skip", "# convlint: ignore[,]", "# convlint disable"]
)
def test_what_was_meant_as_a_suppression_is_said_to_be_none(comment: str) -> None:
    assert found(f"{HEAD}layers:\n{POOL} {comment}\n") == [("non-integer-division", 4), ("unused-suppression", 4)]


def test_a_comma_too_many_is_no_rule() -> None:
    assert found(f"{HEAD}layers:\n{POOL} # convlint: ignore[CL302, ]\n") == []


@pytest.mark.parametrize("before", ["#  - {op: MaxPool2d, kernel_size: 2}", "  # kernel_size: 2"])
def test_a_layer_that_is_taken_out_takes_its_suppression_with_it(before: str) -> None:
    layers = "layers:\n  - {op: MaxPool2d, kernel_size: 3}\n"
    assert found(f"{HEAD}{layers}{before} # convlint: ignore[CL302]\n") == []
