"""`over`: a layer that takes the entries of its first axes for samples."""

from __future__ import annotations

from typing import Any

import pytest

import convlint

PAIR = """
convlint: 1
inputs: {pair: [2, 1, 28, 28]}
blocks:
  Encoder:
    layers:
      - {name: conv, op: Conv2d, out_channels: 16, kernel_size: 3}
      - {op: AdaptiveAvgPool2d, output_size: 1}
      - {op: Flatten}
      - {name: fc, op: Linear, out_features: 32}
layers:
  - {name: encoder, op: Encoder, over: 1}
  - {name: halves, op: Unbind}
  - {name: distance, op: PairwiseDistance, from: [halves, halves.1]}
"""


def described(text: str, tmp_path: Any) -> Any:
    path = tmp_path / "network.yaml"
    path.write_text(text, encoding="utf-8")
    (facts,) = convlint.describe(path)
    return facts


def test_shapes_keep_the_axes_and_weights_count_once(tmp_path: Any) -> None:
    both, one = described(PAIR, tmp_path), described(PAIR.replace("[2, 1,", "[3, 1,"), tmp_path)
    assert [row.outputs for row in both.layers] == [((2, 32),), ((32,), (32,)), ((),)]
    assert both.parameters == one.parameters == 16 * 9 + 16 + 16 * 32 + 32
    assert both.macs * 3 == one.macs * 2


@pytest.mark.parametrize(
    ("change", "rule", "text"),
    [
        (("over: 1", "over: 4"), "rank-mismatch", "over: 4 takes the first 4 axes for samples, but 2x1x28x28"),
        (("over: 1", "over: 0"), "invalid-value", "over"),
        (("over: 1", "over: yes"), "wrong-type", "over"),
        ((", over: 1", ""), "rank-mismatch", "Conv2d"),
        (("kernel_size: 3", "kernel_size: 30"), "non-positive-size", "30"),
    ],
)
def test_mistakes_are_found_where_they_stand(change: tuple[str, str], rule: str, text: str) -> None:
    findings = convlint.check_text(PAIR.replace(*change)).findings
    assert [finding.rule.name for finding in findings] == [rule]
    assert text in findings[0].message


def test_inputs_need_the_same_samples() -> None:
    text = "convlint: 1\ninputs: {a: [2, 4, 8, 8], b: [3, 4, 8, 8]}\nlayers:\n  - {op: Add, from: [a, b], over: 1}\n"
    (finding,) = convlint.check_text(text).findings
    assert (finding.rule.name, finding.layer) == ("skip-size-mismatch", "0")
    assert "2x4x8x8 and 3x4x8x8" in finding.message


def test_an_open_size_flows_through() -> None:
    result = convlint.check_text(PAIR.replace("[2, 1, 28, 28]", "[T, 1, H, 28]"))
    assert {finding.rule.name for finding in result.findings} <= {"input-size"}


def test_it_computes_what_a_loop_over_the_samples_does(tmp_path: Any) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "network.yaml"
    path.write_text(PAIR + "outputs: encoder\n", encoding="utf-8")
    network = convlint.build(path).eval()
    pair = torch.randn(5, 2, 1, 28, 28)
    (encoder,) = [part for name, part in network.named_children() if name == "encoder"]
    alone = torch.stack([encoder(pair[:, index])[0] for index in range(2)], dim=1)
    torch.testing.assert_close(network(pair), alone)
    assert next(iter(network.state_dict())) == "encoder.conv.weight"
