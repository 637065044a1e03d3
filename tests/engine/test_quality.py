"""What runs and is hardly meant: said where it stands, and not of what is like it and right."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.source import Source


@pytest.mark.parametrize(
    ("shape", "row", "rules"),
    [
        ("[1, 8, 8]", "{op: Softmax, dim: 1}", ["degenerate-softmax"]),
        ("[1, 8, 8]", "{op: Softmax2d}", ["degenerate-softmax"]),
        ("[1, 8, 8]", "{op: Softmax, dim: -1}", []),
        ("[1, 8, 8]", "{op: Softmax, dim: 0}", ["batch-axis-mixed"]),
        ("[5, 8]", "{op: Softmax}", ["batch-axis-mixed"]),
        ("[8]", "{op: Softmax}", []),
        ("[5, 8, 8]", "{op: Conv2d, out_channels: 4, kernel_size: 1, padding: 1}", ["padding-exceeds-kernel"]),
        ("[5, 8, 8]", "{op: Conv2d, out_channels: 4, kernel_size: [1, 7], padding: [0, 3]}", []),
        (
            "[5, 8, 8]",
            "{op: Conv2d, out_channels: 4, kernel_size: [1, 7], padding: [3, 0]}",
            ["padding-exceeds-kernel"],
        ),
        ("[5, 1]", "{op: RMSNorm, normalized_shape: [1]}", ["degenerate-norm"]),
        ("[1, 5]", "{op: LayerNorm, normalized_shape: [1, 5]}", []),
        ("[6, 4, 4]", "{op: Reshape, shape: [16, 6]}", ["reshape-mixes-channels"]),
        ("[6, 4, 4]", "{op: Reshape, shape: [6, -1]}", []),
        ("[1, 4, 4]", "{op: Reshape, shape: [16, 1]}", []),
        ("[6, 4, 4]", "{op: Reshape, shape: [12, 8]}", []),
        ("[6, 2, 3]", "{op: Reshape, shape: [6, 6]}", []),
    ],
)
def test_a_layer(shape: str, row: str, rules: list[str]) -> None:
    assert rules_of(f"convlint: 1\ninputs: {{x: {shape}}}\nlayers:\n  - {row}\n") == rules


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        ("[8, 1, 1]", "[1, 4, 4]", []),
        ("[8, 1]", "[1, 4]", ["broadcast-merge"]),
        ("[8, 4, 1]", "[8, 1, 4]", ["broadcast-merge"]),
        ("[8, 1, 1]", "[8, 4, 4]", []),
        ("[8, 4, 4]", "[8, 4, 4]", []),
        ("[8, H, W]", "[8, H, W]", []),
        ("[8, 1, 1]", "[8, H, W]", []),
    ],
)
def test_a_merge(one: str, other: str, rules: list[str]) -> None:
    text = f"convlint: 1\ninputs: {{a: {one}, b: {other}}}\nlayers:\n  - {{op: Mul, from: [a, b]}}\n"
    assert rules_of(text) == rules


def rules_of(text: str) -> list[str]:
    return [finding.rule.name for finding in check_source(Source("net.yaml", text)).findings]


def test_a_linear_map_of_a_map_is_no_safe_fix_away() -> None:
    text = "convlint: 1\ninputs: {x: [2, 8, 8]}\nlayers: [{op: Linear, in_features: 100, out_features: 5}]\n"
    (finding,) = check_source(Source("net.yaml", text)).findings
    assert finding.rule.name == "channel-mismatch"
    assert "Flatten" in finding.help
    assert finding.fix is None or not finding.fix.safe
