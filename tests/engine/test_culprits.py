"""The layer that is to blame is named, and offered to be changed; those that rightly refuse it are left alone."""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest

from convlint.api import check_file, options_for
from convlint.budget import Budget, within
from convlint.catalogue import lookup
from convlint.checking import check_source, study
from convlint.engine.culprits import MOST_FAILURES
from convlint.engine.swapped_numbers import Swap, swapped
from convlint.findings import Finding
from convlint.fixes import apply_edits
from convlint.options import Advice, Options
from convlint.source import Source

ENCODER = """
- {name: conv1, op: Conv2d, in_channels: 3, out_channels: 16, kernel_size: 3, padding: 1}
- {name: norm1, op: BatchNorm2d, num_features: 16}
- {name: conv2, op: Conv2d, in_channels: 16, out_channels: 32, kernel_size: 3, stride: 2, padding: 1}
- {name: norm2, op: BatchNorm2d, num_features: 32}
- {name: conv3, op: Conv2d, in_channels: 32, out_channels: 32, kernel_size: 3, padding: 1}
- {name: norm3, op: BatchNorm2d, num_features: 32}
- {name: sum, op: Add, from: [norm3, norm2]}
"""
RESIDUAL = """
convlint: 1
inputs: {x: [3, 32, 32]}
blocks:
  ConvNorm:
    params: {channels: null, kernel: 3, stride: 1}
    layers:
      - {name: conv, op: Conv2d, out_channels: "${channels}", kernel_size: "${kernel}", stride: "${stride}", padding: "${kernel // 2}"}
      - {name: norm, op: BatchNorm2d}
  Block:
    params: {channels: null}
    layers:
      - {name: first, op: ConvNorm, channels: "${channels}"}
      - {name: second, op: ConvNorm, channels: "${channels}"}
      - {name: sum, op: Add, from: [second, input]}
layers:
  - {name: stem, op: ConvNorm, channels: 16}
  - {name: one, op: Block, channels: 16}
  - {name: two, op: Block, channels: 16}
"""


def network(layers: str) -> str:
    return (
        f"convlint: 1\ninputs: {{x: [3, 32, 32]}}\nlayers:\n{textwrap.indent(textwrap.dedent(layers).strip(), '  ')}\n"
    )


def the_error(text: str) -> Finding:
    """The one error of a text."""
    (found,) = [item for item in check_source(Source("net.yaml", text)).findings if item.severity == "error"]
    return found


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def mended(text: str, finding: Finding) -> str:
    assert finding.fix is not None
    return apply_edits(text, finding.fix.edits)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_producer_that_two_consumers_contradict_is_to_blame() -> None:
    right = network(ENCODER)
    wrong = changed(right, "in_channels: 16, out_channels: 32", "in_channels: 16, out_channels: 48")
    finding = the_error(wrong)
    assert (finding.layer, finding.rule.name) == ("norm2", "channel-mismatch")
    assert finding.related[0].message == "conv2 gives 48x16x16 with out_channels: 48"
    assert (
        finding.help
        == f"set out_channels to 32 in conv2 (line {line_of(wrong, 'conv2')}): that fits norm2, conv3 and sum"
    )
    assert finding.fix is not None and not finding.fix.safe
    assert mended(wrong, finding) == right


def test_a_consumer_that_alone_is_wrong_is_changed_safely() -> None:
    right = network(ENCODER)
    wrong = changed(right, "op: BatchNorm2d, num_features: 16", "op: BatchNorm2d, num_features: 24")
    finding = the_error(wrong)
    assert (finding.layer, finding.related) == ("norm1", ())
    assert finding.fix is not None and finding.fix.safe
    assert mended(wrong, finding) == right


def test_a_missing_padding_is_said_at_the_layer_that_lacks_it() -> None:
    right = network(ENCODER)
    wrong = changed(
        right,
        "in_channels: 32, out_channels: 32, kernel_size: 3, padding: 1",
        "in_channels: 32, out_channels: 32, kernel_size: 3",
    )
    finding = the_error(wrong)
    assert (finding.layer, finding.rule.name) == ("sum", "skip-size-mismatch")
    assert finding.help.startswith(f"set padding to 1 in conv3 (line {line_of(wrong, 'conv3')})")


def test_a_stride_unlike_that_of_its_siblings_is_to_blame() -> None:
    right = RESIDUAL.lstrip()
    wrong = changed(right, "name: second, op: ConvNorm, channels", "name: second, op: ConvNorm, stride: 2, channels")
    finding = the_error(wrong)
    assert finding.layer == "one/sum"
    assert f"set stride to 1 in one/second (line {line_of(wrong, 'name: second')})" in finding.help
    assert mended(wrong, finding) == wrong.replace("stride: 2", "stride: 1")


def test_an_argument_of_a_block_is_to_blame_for_what_is_computed_from_it() -> None:
    right = RESIDUAL.lstrip()
    wrong = changed(right, "name: stem, op: ConvNorm, channels: 16", "name: stem, op: ConvNorm, channels: 17")
    finding = the_error(wrong)
    assert finding.layer == "one/sum"
    assert finding.related[0].place.source.text[finding.related[0].place.start] == "1"
    assert f"set channels to 16 in stem (line {line_of(wrong, 'name: stem')})" in finding.help
    assert mended(wrong, finding) == right


def test_a_size_that_fits_by_repetition_alone_is_not_proposed() -> None:
    finding = the_error(
        network(
            """
            - {name: patches, op: Conv2d, out_channels: 8, kernel_size: 4, stride: 1}
            - {name: rows, op: Flatten, start_dim: 2}
            - {name: tokens, op: Transpose, dim0: 1, dim1: 2}
            - {name: places, op: Parameter, shape: [64, 8]}
            - {name: placed, op: Add, from: [tokens, places]}
            """
        )
    )
    assert finding.layer == "placed"
    assert "set stride to 4 in patches" in finding.help
    assert "[1, 8]" not in finding.help


def test_a_layer_that_reads_another_than_was_meant_is_named() -> None:
    finding = the_error(
        network(
            """
            - {name: one, op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 1}
            - {name: two, op: Conv2d, in_channels: 8, out_channels: 16, kernel_size: 1}
            - {name: three, op: ReLU, from: one}
            - {name: four, op: Conv2d, in_channels: 16, out_channels: 16, kernel_size: 1}
            - {name: five, op: Conv2d, in_channels: 16, out_channels: 8, kernel_size: 1}
            - {name: six, op: Add, from: [five, one]}
            """
        )
    )
    assert finding.layer == "four"
    assert "let three (line 6) read two in place of one" in finding.help
    assert finding.fix is None or not finding.fix.safe


def test_what_a_blamed_layer_explains_is_not_said_again() -> None:
    wrong = changed(
        network(ENCODER), "kernel_size: 3, stride: 2, padding: 1", "kernel_size: 3, stride: 2, padding: 1, groups: 3"
    )
    assert the_error(wrong).layer == "conv2"


def test_what_refuses_is_no_example_of_what_the_layer_above_should_have_been() -> None:
    right = network("""
        - {op: Conv2d, in_channels: 3, out_channels: 23, kernel_size: 3, padding: 1}
        - {op: ReLU}
        - {op: Conv2d, in_channels: 23, out_channels: 24, kernel_size: 3, padding: 1}
    """)
    wrong = changed(right, "in_channels: 23", "in_channels: 24")
    finding = the_error(wrong)
    assert mended(wrong, finding) == right


def test_where_one_layer_stands_against_one_other_what_arrives_is_taken_and_the_other_is_named() -> None:
    finding = the_error(
        network(
            """
            - {name: one, op: Conv2d, out_channels: 23, kernel_size: 3}
            - {name: two, op: Conv2d, in_channels: 24, out_channels: 8, kernel_size: 5}
            """
        )
    )
    assert finding.layer == "two"
    assert finding.help == "set in_channels to 23, or leave it out; or set out_channels to 24 in one (line 4)"
    assert finding.related == ()
    assert finding.fix is not None and finding.fix.safe


def test_where_the_rest_of_the_network_speaks_for_the_other_the_fix_is_safe() -> None:
    alike = "- {op: Conv2d, in_channels: 64, out_channels: 64, kernel_size: 3, padding: 1}\n"
    text = network("- {op: Conv2d, out_channels: 64, kernel_size: 3}\n" + alike * 4)
    finding = the_error(text[::-1].replace("46 :slennahc_ni", "046 :slennahc_ni", 1)[::-1])
    assert finding.help.startswith("set in_channels to 64, or leave it out")
    assert finding.fix is not None and finding.fix.safe


def test_an_adaptive_pool_is_named_where_the_features_of_its_map_are_refused() -> None:
    finding = the_error(
        network(
            """
            - {name: conv, op: Conv2d, out_channels: 512, kernel_size: 3}
            - {name: pool, op: AdaptiveAvgPool2d, output_size: 7}
            - {name: flat, op: Flatten}
            - {name: fc, op: Linear, in_features: 512, out_features: 10}
            """
        )
    )
    assert finding.message == "in_features is 512, but 25088 features arrive (512*7*7 from flat)"
    assert finding.help == "set in_features to 25088, or leave it out; or set output_size to 1 in pool (line 5)"
    assert finding.fix is not None and not finding.fix.safe


def test_an_input_with_its_axes_turned_round_is_told() -> None:
    finding = the_error(
        "convlint: 1\ninputs: {speech: [80, 200]}\nlayers:\n"
        "  - {name: reduce, op: Linear, in_features: 80, out_features: 64}\n"
    )
    assert finding.help.endswith("; or write [200, 80] for speech: 80 is its first axis")
    assert finding.fix is not None and not finding.fix.safe


UNET = """
- {name: enc1, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
- {name: pool1, op: MaxPool2d, kernel_size: 2}
- {name: enc2, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
- {name: pool2, op: MaxPool2d, kernel_size: 2}
- {name: mid, op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
- {name: up2, op: ConvTranspose2d, out_channels: 16, kernel_size: 2, stride: 2}
- {name: cat2, op: Concat, from: [up2, enc2]}
- {name: up1, op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}
- {name: cat1, op: Concat, from: [up1, enc1]}
"""
ROWS = """nc: 4
backbone:
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [32, 3, 2]]
  - [-1, 1, C2f, [32, True]]
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, C2f, [64, True]]
  - [-1, 1, SPPF, [64, 5]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 2], 1, Concat, [1]]
  - [-1, 1, C2f, [32]]
  - [-1, 1, Conv, [32, 3, 2]]
  - [[-1, 5], 1, Concat, [1]]
  - [-1, 1, C2f, [64]]
  - [[8, 11], 1, Detect, [nc]]
"""


def test_a_skip_of_another_level_is_offered_the_level_that_fits() -> None:
    right = network(UNET)
    finding = the_error(changed(right, "[up2, enc2]", "[up2, enc1]"))
    assert finding.rule.name == "skip-size-mismatch"
    assert "let cat2 (line 10) read enc2 in place of enc1" in finding.help
    assert finding.fix is not None and not finding.fix.safe
    assert mended(changed(right, "[up2, enc2]", "[up2, enc1]"), finding) == right


def test_a_row_that_reads_a_row_of_another_level_is_offered_the_last_row_of_the_level_that_fits() -> None:
    wrong = changed(ROWS, "[[-1, 5], 1, Concat", "[[-1, 2], 1, Concat")
    finding = the_error(wrong)
    assert "read 5 in place of 2" in finding.help
    assert mended(wrong, finding) == ROWS


def test_a_wrong_source_that_breaks_channels_and_sizes_is_one_error() -> None:
    finding = the_error(
        network(
            """
            - {name: one, op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 1}
            - {name: down, op: MaxPool2d, kernel_size: 2}
            - {name: two, op: Conv2d, in_channels: 8, out_channels: 16, kernel_size: 1}
            - {name: three, op: Conv2d, from: one, in_channels: 16, out_channels: 8, kernel_size: 3, padding: 1}
            - {name: sum, op: Add, from: [three, down]}
            """
        )
    )
    assert finding.layer == "three"
    assert "let three (line 7) read two in place of one: that fits three and sum" in finding.help


def test_what_a_blamed_layer_loses_is_not_mended_by_another_number() -> None:
    text = network("""
        - {name: down1, op: Conv2d, out_channels: 8, kernel_size: 4, stride: 2, padding: 1}
        - {name: down2, op: Conv2d, out_channels: 16, kernel_size: 4, stride: 3, padding: 1}
        - {name: down3, op: Conv2d, out_channels: 32, kernel_size: 4, stride: 2, padding: 1}
        - {name: score, op: Conv2d, out_channels: 1, kernel_size: 4}
    """)
    loss, refused = [item for item in check_source(Source("net.yaml", text)).findings if item.severity == "error"]
    assert (loss.layer, loss.rule.name, loss.fix) == ("down2", "non-integer-division", None)
    assert refused.layer == "score"
    assert "set stride to 2 in down2" in refused.help


def test_two_numbers_that_are_swapped_are_one_mistake_with_what_follows() -> None:
    right = network(
        """
        - {name: one, op: Conv2d, in_channels: 3, out_channels: 32, kernel_size: 3, padding: 1}
        - {name: two, op: Conv2d, in_channels: 32, out_channels: 64, kernel_size: 3, padding: 1}
        - {name: three, op: Conv2d, in_channels: 64, out_channels: 128, kernel_size: 3, padding: 1}
        """
    )
    wrong = changed(right, "in_channels: 32, out_channels: 64", "in_channels: 64, out_channels: 32")
    finding = the_error(wrong)
    assert finding.layer == "two"
    assert finding.help == "in_channels and out_channels are swapped: in_channels 32, out_channels 64"
    assert mended(wrong, finding) == right


def test_a_number_in_a_block_that_cannot_be_right_in_all_its_uses_is_to_be_left_out() -> None:
    finding = the_error(
        """convlint: 1
inputs: {x: [3, 32, 32]}
blocks:
  Down:
    params: {channels: null}
    layers:
      - {op: Conv2d, out_channels: "${channels}", kernel_size: 3}
      - {op: BatchNorm2d, num_features: 32}
layers:
  - {op: Down, channels: 32}
  - {op: Down, channels: 64}
"""
    )
    assert finding.help == "leave num_features out: the block is used with 32 or 64"
    assert finding.fix is not None and not finding.fix.safe


def test_a_layer_that_nothing_reads_is_said_once_with_what_was_to_read_it() -> None:
    wrong = network(
        """
        - {name: c2, op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
        - {name: c3, op: Conv2d, in_channels: 32, out_channels: 64, kernel_size: 3, padding: 1}
        - {name: b3, op: BatchNorm2d, from: c2, num_features: 64}
        - {name: c4, op: Conv2d, in_channels: 64, out_channels: 64, kernel_size: 3, padding: 1}
        - {name: cat, op: Concat, from: [c4, c2]}
        """
    )
    (finding,) = check_source(Source("net.yaml", wrong)).findings
    assert "let b3 (line 6) read c3 in place of c2" in finding.help


def test_an_input_that_is_as_wide_as_a_layer_has_channels_is_not_taken_for_channels_last() -> None:
    finding = the_error(
        "convlint: 1\ninputs: {x: [3, 64, 64]}\nlayers:\n"
        "  - {op: Conv2d, in_channels: 64, out_channels: 8, kernel_size: 3}\n"
    )
    assert finding.help == "set in_channels to 3, or leave it out"


def test_a_shortcut_that_reads_the_wrong_layer_is_one_mistake() -> None:
    finding = the_error(
        """convlint: 1
inputs: {x: [64, 32, 32]}
layers:
  - {name: a1, op: Conv2d, in_channels: 64, out_channels: 64, kernel_size: 3, padding: 1}
  - {name: a, op: Add, from: [a1, x]}
  - {name: relu, op: ReLU}
  - {name: b1, op: Conv2d, in_channels: 64, out_channels: 128, kernel_size: 3, padding: 1, stride: 2}
  - {name: shortcut, op: Conv2d, from: b1, in_channels: 64, out_channels: 128, kernel_size: 1, stride: 2}
  - {name: b, op: Add, from: [b1, shortcut]}
"""
    )
    assert finding.layer == "shortcut"
    assert finding.help.endswith("in place of b1: that fits shortcut and b")


@pytest.mark.parametrize(
    "layers",
    [
        "layers:\n  - {op: Halved, width: 4, features: 9}\n  - {op: Halved, width: 4, features: 4}\n",
        "blocks:\n  Two:\n    layers:\n      - {op: Halved, width: 4, features: 8}\n"
        "layers:\n  - {op: Two}\n  - {op: Two}\n",
    ],
)
def test_a_number_that_cannot_be_inferred_is_no_internal_error(layers: str, tmp_path: Path) -> None:
    (tmp_path / "convlint.toml").write_text('operators = ["operators.yaml"]\n')
    (tmp_path / "operators.yaml").write_text(
        "Halved:\n  rank: 3\n  summary: Divides by zero for 8 channels.\n"
        "  params:\n"
        "    width: {type: count, infer: 16 // (C - 8), summary: Channels.}\n"
        "    features: {type: count, required: true, summary: Channels of the output.}\n"
        "  require:\n    channel-mismatch: {that: width == C, at: width, say: 'width {width} is not {C}'}\n"
        "  output: [features, L]\n"
    )
    path = tmp_path / "net.yaml"
    path.write_text("convlint: 1\ninputs: {x: [8, 16, 16]}\n" + layers)
    found = check_file(path, options_for(path)).findings
    assert found[0].rule.name == "channel-mismatch"
    assert found[0].message == "width 4 is not 8"


def test_few_of_many_failures_are_asked_for_swapped_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(*given: Any) -> Swap | None:
        asked.append(given)
        return swapped(*given)

    monkeypatch.setattr("convlint.engine.swapped_numbers.swapped", counted)
    layer = "  - {op: Conv2d, in_channels: 1, out_channels: 2, kernel_size: 1}\n"
    text = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n" + layer * 200
    result = check_source(Source("net.yaml", text), Options(advice="help"))
    assert len(result.findings) > MOST_FAILURES >= len(asked)


def _with_mistakes() -> str:
    """Three layers, each of which says a wrong number of channels that it reads."""
    rows = ["convlint: 1", "inputs: {x: [3, 32, 32]}", "layers:"]
    for number, wrong in enumerate((4, 17, 15)):
        rows.append(f"  - {{name: c{number}, op: Conv2d, in_channels: {wrong}, out_channels: 16, kernel_size: 1}}")
        rows.append(f"  - {{name: r{number}, op: ReLU}}")
    return "\n".join(rows) + "\n"


def _steps_taken(text: str, advice: Advice) -> int:
    budget = Budget(len(text))
    before = budget.left
    with within(budget):
        study(Source("n.yaml", text), Options(advice=advice))
    return before - budget.left


def test_nobody_is_blamed_where_no_change_could_matter_to_what_is_found() -> None:
    text = _with_mistakes()
    assert _steps_taken(text, "none") < _steps_taken(text, "help")


@pytest.mark.parametrize("above", ["c1", "c2"])
def test_the_same_is_found_whether_advice_is_read_or_not(above: str) -> None:
    rows = [
        "convlint: 1",
        "inputs: {x: [3, 32, 32]}",
        "layers:",
        "  - {name: c1, op: Conv2d, in_channels: 3, out_channels: 24, kernel_size: 1}",
        "  - {name: b1, op: BatchNorm2d, num_features: 16, from: c1}",
        "  - {name: c2, op: Conv2d, in_channels: 16, out_channels: 16, kernel_size: 1, from: c1}",
        f"  - {{name: c3, op: Conv2d, in_channels: 16, out_channels: 8, kernel_size: 1, from: {above}}}",
        "  - {name: c4, op: Conv2d, in_channels: 9, out_channels: 8, kernel_size: 1}",
        "outputs: [b1, c4]",
    ]
    source = Source("n.yaml", "\n".join(rows) + "\n")
    found = [check_source(source, Options(advice=advice)).findings for advice in ("none", "help", "fixes")]
    told = [[(item.rule.name, item.layer, item.message) for item in findings] for findings in found]
    assert told[0] == told[1] == told[2] != []


CASES = sorted((Path(__file__).parent.parent / "cases").glob("*/*.yaml"))


def number_changed(text: str, chance: random.Random) -> str:
    """A text with one of its whole numbers changed a little, or by much."""
    numbers = list(re.finditer(r"(?<![\w.])\d+(?![\w.])", text))
    found = chance.choice(numbers)
    value = int(found.group())
    other = chance.choice((value + 1, value - 1, 2 * value, value // 2, 3))
    return text[: found.start()] + str(other) + text[found.end() :]


def all_parameters(operator: str, wanted: int) -> Container[str]:
    known = lookup.operator(operator)
    return () if known is None else known.positions


@pytest.mark.parametrize("path", CASES[::3], ids=lambda path: path.name)
def test_parameters_that_decide_nothing_of_a_failure_never_mend_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(path.name)
    texts = [number_changed(path.read_text(encoding="utf-8"), chance) for _ in range(6)]
    found = [check_source(Source(path.name, text)).findings for text in texts]
    monkeypatch.setattr("convlint.engine.suspects.parameters_that_decide", all_parameters)
    assert found == [check_source(Source(path.name, text)).findings for text in texts]
