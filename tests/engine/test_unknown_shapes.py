"""A shape of which nothing is known stays so: nothing is said of what follows from it."""

from __future__ import annotations

import pytest

from convlint.checking import check_source
from convlint.source import Source

FOLLOWING = (
    "Conv2d, out_channels: 4, kernel_size: 1",
    "Conv1d, out_channels: 4, kernel_size: 1",
    "MaxPool2d, kernel_size: 2",
    "Permute, dims: [0, 2, 3, 1]",
    "Mean, dim: [2, 3]",
    "Softmax, dim: 1",
    "LayerNorm, normalized_shape: [4]",
    "Flatten",
    "Interpolate, size: [8, 8]",
    "Upsample, scale_factor: [2, 2]",
    "Pad, padding: [1, 1, 1, 1]",
    "Slice, dim: 3",
    "Reshape, shape: [4, 4]",
)


@pytest.mark.parametrize("merge", ["Add", "Sub", "Mul", "Div", "Maximum", "Minimum", "Concat", "Stack"])
@pytest.mark.parametrize("following", FOLLOWING)
def test_a_merge_of_unknown_shapes_is_unknown(merge: str, following: str) -> None:
    text = f"""\
convlint: 1
inputs: {{x: [4, 8, 8]}}
layers:
  - {{name: a, op: Foo}}
  - {{name: b, op: {merge}, from: [a, a]}}
  - {{name: c, op: {following}}}
"""
    found = [finding.rule.name for finding in check_source(Source("net.yaml", text)).findings]
    assert found == ["unknown-operator"]


def test_a_merge_with_a_known_shape_has_its_axes() -> None:
    text = """\
convlint: 1
inputs: {x: [4, 8, 8]}
layers:
  - {name: a, op: Foo}
  - {name: b, op: Add, from: [a, x]}
  - {name: c, op: Conv1d, out_channels: 4, kernel_size: 1}
"""
    found = [finding.rule.name for finding in check_source(Source("net.yaml", text)).findings]
    assert found == ["unknown-operator", "rank-mismatch"]
