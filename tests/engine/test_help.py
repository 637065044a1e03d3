"""What a finding proposes is what the person who made the mistake can do."""

from __future__ import annotations

import textwrap

import pytest

from convlint.checking import check_source
from convlint.findings import Finding
from convlint.fixes import apply_edits
from convlint.solving import advice, ranges
from convlint.source import Source

U_NET = """
- {name: conv1, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
- {name: pool1, op: MaxPool2d, kernel_size: 2}
- {name: mid, op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
- {name: up1, op: ConvTranspose2d, out_channels: 16, kernel_size: 2, stride: 2}
- {name: cat, op: Concat, from: [up1, conv1]}
"""


def text_of(layers: str, shape: str) -> str:
    rows = textwrap.indent(textwrap.dedent(layers).strip(), "  ")
    return f"convlint: 1\ninputs: {{image: {shape}}}\nlayers:\n{rows}\n"


def findings_of(layers: str, shape: str) -> tuple[Finding, ...]:
    return check_source(Source("net.yaml", text_of(layers, shape))).findings


def test_squares_are_said_where_the_axes_only_work_together() -> None:
    (finding,) = findings_of(
        """
        - {op: Conv2d, out_channels: 32, kernel_size: 4, stride: 2, padding: 1}
        - {op: Conv2d, out_channels: 64, kernel_size: 4, stride: 2, padding: 1}
        - {op: Flatten}
        - {name: fc, op: Linear, in_features: 16384, out_features: 10}
        """,
        "[3, 128, 128]",
    )
    assert finding.rule.name == "flatten-mismatch"
    assert finding.help.endswith("the whole network takes height and width 64 (64..67)")


def test_crops_and_pads_are_said_in_numbers() -> None:
    merged = findings_of(U_NET, "[1, 125, 128]")[-1]
    assert "pad up1 to 125x128 or crop conv1 to 124x128" in merged.help
    assert "height 124 or 126" in merged.help


def test_fixes_that_undo_one_another_are_not_offered_together() -> None:
    text = text_of(U_NET, "[1, 125, 128]")
    fixes = [finding.fix for finding in findings_of(U_NET, "[1, 125, 128]") if finding.fix is not None]
    assert [fix.title for fix in fixes] == ["set output_padding to [1, 0]"]
    after = check_source(Source("net.yaml", apply_edits(text, fixes[0].edits))).findings
    assert [finding.rule.name for finding in after] == ["non-integer-division"]


def test_channels_that_come_last_are_recognised() -> None:
    layers = "- {name: pool1, op: MaxPool2d, kernel_size: 2}"
    (finding,) = findings_of(layers, "[128, 128, 3]")
    assert finding.help == "channels come first: if image is an image of 128x128, write [3, 128, 128]"
    assert finding.fix is None
    assert "channels come first" not in findings_of(layers, "[128, 7, 7]")[0].help


def test_what_does_not_follow_from_channels_that_come_last_keeps_its_help() -> None:
    layers = """
  - {op: Conv2d, in_channels: 3, out_channels: 16, kernel_size: 3}
  - {name: mid, op: Conv2d, out_channels: 16, kernel_size: 1}
  - {op: Conv2d, in_channels: 32, out_channels: 8, kernel_size: 1}
"""
    first, last = findings_of(layers, "[128, 128, 3]")
    assert first.help == "channels come first: if image is an image of 128x128, write [3, 128, 128]"
    assert last.help.startswith("set in_channels to 16, or leave it out")
    assert last.fix is not None


def test_rows_of_what_was_flattened_are_tokens() -> None:
    (finding,) = findings_of(
        """
        - {name: patches, op: Conv2d, out_channels: 8, kernel_size: 16, stride: 16}
        - {name: rows, op: Flatten, start_dim: 2}
        - {name: tokens, op: Transpose, dim0: 1, dim1: 2}
        - {name: places, op: Parameter, shape: [196, 8]}
        - {name: placed, op: Add, from: [tokens, places]}
        """,
        "[3, 256, 256]",
    )
    assert finding.message == "the inputs have different numbers of tokens: tokens is 256x8, places is 196x8"
    assert finding.help.endswith("the whole network takes height and width 224 (224..239)")


def test_a_size_that_fits_by_repetition_alone_is_no_advice() -> None:
    (finding,) = findings_of(
        """
        - {name: a, op: Conv2d, out_channels: 3, kernel_size: 3, padding: 1, stride: 2}
        - {name: sum, op: Add, from: [a, image]}
        """,
        "[3, 64, 64]",
    )
    assert "whole network" not in finding.help


def test_a_linear_on_a_map_is_offered_a_flatten_first() -> None:
    (finding,) = findings_of("- {name: fc, op: Linear, in_features: 1000, out_features: 10}", "[2, 128, 128]")
    assert "Flatten" in finding.help and "32768 features" in finding.help
    assert finding.fix is not None and not finding.fix.safe


def test_a_layer_that_resizes_to_a_given_size_loses_nothing() -> None:
    (finding,) = findings_of(
        """
        - {name: half, op: AvgPool2d, from: image, kernel_size: 2}
        - {name: resized, op: Interpolate, size: 12}
        - {name: quarter, op: AvgPool2d, from: image, kernel_size: 4}
        - {name: sum, op: Add, from: [resized, quarter]}
        """,
        "[3, 16, 16]",
    )
    assert finding.message == "resized is 12 high, quarter is 4 (and they differ in width)"
    assert "set size to 4 in resized" in finding.help


def test_lost_pixels_deep_in_a_network_are_told_with_the_sizes_of_the_image() -> None:
    layers = "".join(
        f"  - {{op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}}\n  - {{name: p{n}, op: MaxPool2d, kernel_size: 2}}\n"
        for n in range(3)
    )
    text = f"convlint: 1\ninputs: {{image: [3, 100, 100]}}\nlayers:\n{layers}"
    (finding,) = check_source(Source("net.yaml", text)).findings
    assert finding.layer == "p2"
    assert finding.help.endswith("; the whole network loses nothing at height and width 96 or 104 (multiples of 8)")


@pytest.mark.parametrize(
    ("shape", "layers"),
    [
        ("[3, 65, 64]", "- {op: MaxPool2d, kernel_size: 2}"),
        ("[3, 65, 49]", "- {op: MaxPool2d, kernel_size: 2}"),
        ("[3, 67, 67]", "- {op: MaxPool2d, kernel_size: 2}\n- {op: MaxPool2d, kernel_size: 2}"),
        ("[3, 65, 65]", "- {op: MaxPool2d, kernel_size: 2}\n- {op: MaxPool2d, kernel_size: 2}"),
        ("[3, 66, 66]", "- {op: MaxPool2d, kernel_size: 2}\n- {op: MaxPool2d, kernel_size: 2}"),
        ("[3, 225, 225]", "- {op: Conv2d, out_channels: 8, kernel_size: 4, stride: 4}"),
        (
            "[3, 65, 65]",
            "- {op: MaxPool2d, kernel_size: 2}\n- {op: Flatten}\n- {op: Linear, in_features: 3072, out_features: 2}",
        ),
        ("[3, 65, 65]", "- {op: MaxPool2d, kernel_size: 2, expect: [3, 32, 32]}"),
    ],
)
def test_trying_the_sizes_beside_the_declared_ones_says_what_solving_says(
    shape: str, layers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = findings_of(layers, shape)
    monkeypatch.setattr(advice, "_are_beside", lambda *_: False)
    assert tried == findings_of(layers, shape)
    assert any(finding.rule.name == "non-integer-division" for finding in tried)


def test_a_lost_pixel_of_the_image_is_told_without_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "sizes_without_loss", lambda *_: pytest.fail("solved"))
    layers = "- {op: Conv2d, out_channels: 8, kernel_size: 2, stride: 2}\n- {op: ReLU}"
    (finding,) = findings_of(layers, "[3, 65, 65]")
    assert finding.help == "nothing is lost at height and width 64 or 66"


def test_what_fails_in_a_network_without_inputs_has_no_sizes_that_work() -> None:
    text = (
        "convlint: 1\ni-nputs: {image: [3, 226, 226]}\nlayers:\n"
        "  - {op: Conv2d, in_channels: 3, out_channels: 96, kernel_size: 4, stride: 4}\n"
        "  - {op: Unflatten, dim: 2, unflattened_size: [-0, 7]}\n"
    )
    findings = check_source(Source("net.yaml", text)).findings
    assert "reshape-mismatch" in [finding.rule.name for finding in findings]
    assert not any("the whole network" in finding.help for finding in findings)


def test_a_layer_is_never_told_its_own_name() -> None:
    text = (
        "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n"
        "  - {name: bottleneck, op: ReLU, from: botleneck}\n  - {name: last, op: Sigmoid}\n"
    )
    (finding,) = check_source(Source("net.yaml", text)).findings
    assert finding.help == "there are x, last"
    assert finding.fix is None


def test_a_block_that_gives_what_is_its_own_is_told_beside_a_map_of_another_size() -> None:
    text = """
    convlint: 1
    inputs: {x: [8, 32, 32]}
    blocks:
      Fixed:
        layers:
          - {name: grid, op: Parameter, shape: [8, 16, 16]}
          - {name: twice, op: Identity}
    layers:
      - {name: fixed, op: Fixed}
      - {name: sum, op: Add, from: [fixed, x]}
    """
    (finding,) = check_source(Source("net.yaml", textwrap.dedent(text).lstrip())).findings
    assert finding.rule.name == "skip-size-mismatch"
    assert "16" in finding.message
    assert "32" in finding.message
