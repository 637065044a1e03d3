"""Slips of people who write their first files: what is offered mends each, and gives back what was meant."""

from __future__ import annotations

import pytest

from convlint import check_text
from convlint.findings import Finding
from convlint.fixes import apply_edits

NET = """\
convlint: 1
constants: {w: 16, heads: 4}
inputs: {image: [3, 32, 32]}
blocks:
  Twice:
    params: {heads: null}
    layers:
      - {name: inside, op: Conv2d, out_channels: "${heads * 4}", kernel_size: 3, padding: 1}
layers:
  - name: first
    op: Conv2d
    out_channels: 16
    kernel_size: 3
    padding: 1
  - name: norm
    op: BatchNorm2d
    eps: 0.001
  - &wide {name: wide, op: Conv2d, out_channels: "${w * 2}", kernel_size: 3, padding: 2, dilation: 2}
  - {<<: *wide, name: further}
  - {name: twice, op: Twice, heads: "${heads}"}
  - {name: pool, op: AdaptiveAvgPool2d, output_size: 1}
  - {name: flat, op: Flatten}
  - {name: drop, op: Dropout, p: 0.5, inplace: true}
  - {name: head, op: Linear, out_features: 10}
outputs: {classes: {from: head, loss: CrossEntropyLoss}}
"""
ROWS = """\
nc: 4
scales:
  n: [0.33, 0.25, 1024]
  s: [0.33, 0.5, 1024]
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 3, C2f, [128, True]]
head:
  - [-1, 1, Conv, [64, 3, 2]]
  - [[2], 1, Detect, [nc]]
"""
BUNDLE = """\
network_def:
  _target_: UNet
  spatial_dims: 3
  in_channels: 1
  out_channels: 2
  channels: [16, 32, 64]
  strides: [2, 2]
  norm: batch
"""
SLIPS = {
    "a cross in an expression": (NET, "${w * 2}", "${w x 2}"),
    "a sign of print in an expression": (NET, "${w * 2}", "${w × 2}"),
    "a parameter of a block by another name": (NET, 'heads: "${heads}"}', 'number: "${heads}"}'),
    "a line a column to the left": (NET, "    eps: 0.001", "   eps: 0.001"),
    "no dash": (NET, "  - name: norm\n    op: B", "    name: norm\n    op: B"),
    "yes in quotes": (NET, "inplace: true", "inplace: 'yes'"),
    "a unit": (NET, "[3, 32, 32]", "[3, 32px, 32]"),
    "a comma behind": (NET, "eps: 0.001", "eps: 0.001,"),
    "an alias in capitals": (NET, "<<: *wide", "<<: *Wide"),
    "an alias without a merge": (NET, "<<: *wide", "*wide"),
    "half a merge": (NET, "<<: *wide", "<: *wide"),
    "a loss without its last letter": (NET, "CrossEntropyLoss", "CrossEntropyLos"),
    "a loss as a function": (NET, "CrossEntropyLoss", "cross_entropy"),
    "a module before its repeats": (ROWS, "[-1, 3, C2f, [128", "[-1, C2f, 3, [128"),
    "a dash without a space": (ROWS, "  - [-1, 3, C2f", "  -[-1, 3, C2f"),
    "a key a letter short": (BUNDLE, "spatial_dims", "spatial_dim"),
    "a class a letter long": (BUNDLE, "UNet", "UNett"),
    "a longer word": (BUNDLE, "norm: batch", "norm: batchnorm"),
    "a list without brackets": (BUNDLE, "[16, 32, 64]", "16, 32, 64"),
}
"""(what was meant, a part of it, what stands there)."""


def found(text: str) -> list[Finding]:
    return [item for item in check_text(text, path="net.yaml").findings if item.severity != "info"]


def with_fixes(text: str) -> str:
    """The text after one fix after another, until nothing is offered."""
    for _ in range(8):
        offered = [item.fix for item in found(text) if item.fix is not None]
        if not offered:
            break
        text = apply_edits(text, offered[0].edits)
    return text


@pytest.mark.parametrize("meant", [NET, ROWS, BUNDLE], ids=["native", "rows", "bundle"])
def test_what_was_meant_is_clean(meant: str) -> None:
    assert not found(meant)


@pytest.mark.parametrize("name", SLIPS)
def test_what_is_offered_mends_it(name: str) -> None:
    meant, part, slip = SLIPS[name]
    assert meant.count(part) == 1
    wrong = meant.replace(part, slip)
    assert found(wrong)
    assert with_fixes(wrong) == meant


def the_help(text: str) -> str:
    """The help of the one finding of a text."""
    (finding,) = found(text)
    return finding.help


def test_a_parameter_that_is_missing_may_be_the_constant_of_its_name() -> None:
    wrong = NET.replace(', heads: "${heads}"}', "}")
    assert the_help(wrong) == 'write heads: "${heads}", which is the value of that name'
    assert not found(with_fixes(wrong))


def test_a_scale_of_two_numbers_is_told_the_third() -> None:
    wrong = ROWS.replace("[0.33, 0.5, 1024]", "[0.33, 0.5]")
    assert the_help(wrong) == "max_channels is missing, which is 1024 in another scale: [0.33, 0.5, 1024]"


def test_a_list_where_one_number_is_taken() -> None:
    assert the_help(NET.replace("out_features: 10", "out_features: [10, 10]")) == "it takes one number"


def test_noise_without_its_axes_is_told_them() -> None:
    text = "convlint: 1\ninputs: {noise: [100]}\nlayers:\n  - {op: ConvTranspose2d, out_channels: 8, kernel_size: 4}\n"
    assert the_help(text) == "if 100 are channels, the input is [100, 1, 1]"


def test_losses_of_peoples_own_are_no_slips() -> None:
    for name in ("CELoss", "RMSELoss", "L2Loss", "FocalLoss", "DiceCELoss", "WeightedCrossEntropyLoss", "MSELoss"):
        assert not found(NET.replace("loss: CrossEntropyLoss", f"loss: {name}")), name


def test_a_detector_that_leaves_out_its_last_level_has_no_rows_that_moved() -> None:
    rows = ROWS.replace("head:\n", "head:\n" + "  - [-1, 1, Conv, [64, 3, 2]]\n" * 2)
    (finding,) = found(rows.replace("[[2], 1, Detect", "[[0, 2], 1, Detect"))
    assert finding.rule.name == "unused-layer"


def test_a_constant_in_quotes_is_one_mistake() -> None:
    wrong = NET.replace("w: 16", 'w: "16"')
    assert the_help(wrong) == "write 16 without quotes"
    assert with_fixes(wrong) == NET


def test_a_layer_that_got_its_name_from_an_anchor_is_given_its_own() -> None:
    wrong = NET.replace("{<<: *wide, name: further}", "{<<: *wide}")
    assert the_help(wrong) == "'wide1' is free; a layer that no other reads needs no name"
    assert "- {name: wide1, <<: *wide}" in with_fixes(wrong)
    assert not found(with_fixes(wrong))


def test_equals_signs_are_mended_one_by_one() -> None:
    wrong = NET.replace("op: Linear, out_features: 10", "op: Linear, out_features=10, bias=true")
    assert with_fixes(wrong) == NET.replace("out_features: 10", "out_features: 10, bias: true")


THOUSANDS = """\
convlint: 1
constants: {vocabulary: 12k}
inputs: {tokens: [64]}
layers:
  - {op: Embedding, num_embeddings: "${vocabulary}", embedding_dim: 32}
"""


@pytest.mark.parametrize(
    ("written", "meant"), [("12k", "12000"), ("12K", "12000"), ("1.5k", "1500"), ("2M", "2000000"), ("'12'", "12")]
)
def test_a_constant_in_thousands_is_a_number(written: str, meant: str) -> None:
    wrong = THOUSANDS.replace("12k", written)
    (finding,) = found(wrong)
    assert finding.fix is not None and finding.fix.safe == (written == "'12'")
    assert with_fixes(wrong) == THOUSANDS.replace("12k", meant)


def test_a_constant_that_is_compared_as_a_text_is_one() -> None:
    assert not found(
        THOUSANDS.replace("12k", "12, mode: small").replace("${vocabulary}", "${vocabulary if mode == 'small' else 9}")
    )


@pytest.mark.parametrize("text", ["'2m'", "''2m''", '\\"2m\\"', "'8m'"])
def test_a_constant_that_looks_like_thousands_and_is_compared_is_a_text(text: str) -> None:
    quote = "'" if text.startswith("''") else '"'
    expression = f"{quote}${{7 if kind == {text} else 9}}{quote}"
    assert not found(THOUSANDS.replace("12k", "12, kind: 2m").replace('"${vocabulary}"', expression))


def test_a_size_in_thousands_is_a_guess() -> None:
    (finding,) = found(THOUSANDS.replace("12k", "12").replace("[64]", "[4k]"))
    assert (finding.rule.name, finding.help) == ("wrong-type", "write 4000")
    assert finding.fix is not None and not finding.fix.safe


@pytest.mark.parametrize(("text", "number"), [("12", "12"), ("12k", "12000")])
def test_a_text_that_an_expression_gives_for_a_number_is_said_to_be_one(text: str, number: str) -> None:
    (finding,) = found(THOUSANDS.replace("12k", "12").replace("${vocabulary}", f"${{'{text}' if vocabulary else 9}}"))
    assert finding.help == f"'{text}' is a text: write {number} where it comes from"


def test_a_division_that_leaves_a_half_is_written_with_two_slashes() -> None:
    wrong = NET.replace("padding: 1}", 'padding: "${3 / 2}"}', 1)
    (finding,) = found(wrong)
    assert finding.help == "// divides to an integer: ${3 // 2}"
    assert with_fixes(wrong) == NET.replace("padding: 1}", 'padding: "${3 // 2}"}', 1)


@pytest.mark.parametrize(
    ("second", "kept", "is_safe"), [("out_channels: 16", "16", True), ("out_channels: 24", "24", False)]
)
def test_of_a_key_that_stands_twice_the_one_that_is_read_is_kept(second: str, kept: str, is_safe: bool) -> None:
    wrong = NET.replace("    out_channels: 16\n", f"    out_channels: 16\n    {second}\n")
    (finding,) = found(wrong)
    assert finding.rule.name == "duplicate-key"
    assert finding.fix is not None and finding.fix.safe == is_safe
    assert with_fixes(wrong) == NET.replace("out_channels: 16", f"out_channels: {kept}")


@pytest.mark.parametrize(("count", "is_mended"), [(100, True), (101, False)])
def test_of_many_keys_that_stand_twice_all_are_told_and_few_mended(count: int, is_mended: bool) -> None:
    layers = "  - {op: Dropout, p: 0.5, p: 0.5}\n" * count
    repeated = found(f"convlint: 1\ninputs: {{x: [3]}}\nlayers:\n{layers}")
    assert len(repeated) == count
    assert all((finding.fix is not None) == is_mended for finding in repeated)


def test_a_part_that_stands_twice_has_no_fix() -> None:
    (finding,) = [item for item in found(NET + "layers:\n  - {op: ReLU}\n") if item.rule.name == "duplicate-key"]
    assert finding.fix is None


REFERENCES = "size: [64, 64, 64]\nsame: '@size'\n"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (REFERENCES.replace("[64, 64, 64]", "'@size'"), "'size' refers to itself"),
        (REFERENCES.replace("[64, 64, 64]", "$@size + 1"), "'size' refers to itself"),
        (REFERENCES.replace("[64, 64, 64]", "'@same'"), "these references lead to each other: size -> same -> size"),
        (
            REFERENCES.replace("[64, 64, 64]", "[64, '@same']"),
            "these references lead to each other: size -> same -> size",
        ),
        (REFERENCES.replace("[64, 64, 64]", "{a: '@size'}"), "'size' refers to itself"),
    ],
)
def test_references_that_lead_back_are_a_circle(wrong: str, message: str) -> None:
    (finding,) = found(BUNDLE + wrong)
    assert (finding.rule.name, finding.message) == ("cycle", message)


@pytest.mark.parametrize(
    "right",
    [REFERENCES, "size: {a: '@size::b', b: 3}\n", "size: {a: '@same', b: 3}\nsame: '@size::b'\n", "size: '%size'\n"],
)
def test_references_that_lead_on_are_none(right: str) -> None:
    assert not found(BUNDLE + right)


def test_of_a_long_circle_the_ends_are_named() -> None:
    around = "".join(f"k{number}: '@k{(number + 1) % 20}'\n" for number in range(20))
    (finding,) = found(BUNDLE + around)
    assert (
        finding.message == "these references lead to each other: k0 -> k1 -> k2 -> k3 -> k4 -> k5 -> ... -> k19 -> k0"
    )


def test_of_references_that_all_lead_to_each_other_a_hundred_circles_are_told() -> None:
    every = ", ".join(f"'@k{number}'" for number in range(30))
    circles = found(BUNDLE + "".join(f"k{number}: [{every}]\n" for number in range(30)))
    assert [finding.rule.name for finding in circles] == ["cycle"] * 100


def test_a_reference_to_itself_may_be_meant_for_a_longer_name() -> None:
    wrong = BUNDLE + "network: $@network.to('cpu')\n"
    assert with_fixes(wrong) == BUNDLE + "network: $@network_def.to('cpu')\n"
