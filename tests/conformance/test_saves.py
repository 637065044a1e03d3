"""What autograd keeps of single layers and of networks, against `torch.autograd.graph.saved_tensors_hooks`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convlint
from tests.conformance.saved import saved_bytes

torch = pytest.importorskip("torch")
EXACT = """
ReLU | ReLU, inplace: true | ReLU6 | ReLU6, inplace: true | SELU | SiLU | SiLU, inplace: true | Mish | Hardswish | Hardsigmoid
Sigmoid | Tanh | LogSigmoid | ELU | ELU, inplace: true | CELU | LeakyReLU | LeakyReLU, inplace: true | GELU | Hardtanh
Hardshrink | Softshrink | Softplus | PReLU | Softmax, dim: 1 | LogSoftmax, dim: 1 | GLU, dim: 1 | Identity
Threshold, threshold: 0.1, value: 0
Sqrt | Exp | Abs | Square | Sin | Cos | Neg | Floor | Pow, exponent: 3 | Clamp, min: 0
Dropout, p: 0.5 | Dropout, p: 0 | Dropout2d, p: 0.5
BatchNorm2d | BatchNorm2d, affine: false | BatchNorm2d, track_running_stats: false | InstanceNorm2d | GroupNorm, num_groups: 2
LayerNorm, normalized_shape: 12 | LayerNorm, normalized_shape: [8, 12, 12]
Conv2d, out_channels: 4, kernel_size: 3 | Conv2d, out_channels: 4, kernel_size: 3, groups: 2, bias: false
ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2
Linear, out_features: 5 | Linear, out_features: 5, bias: false
MaxPool2d, kernel_size: 2 | AvgPool2d, kernel_size: 2 | AdaptiveAvgPool2d, output_size: 1 | AdaptiveAvgPool2d, output_size: 3
AdaptiveMaxPool2d, output_size: 3 | ReflectionPad2d, padding: 1 | ReplicationPad2d, padding: 1 | ZeroPad2d, padding: 1
Upsample, scale_factor: 2 | Upsample, scale_factor: 2, mode: bilinear | Interpolate, scale_factor: 2
PixelShuffle, upscale_factor: 2 | Flatten | Permute, dims: [0, 2, 3, 1] | Reshape, shape: [4, 288] | Slice, dim: 1, end: 3
Chunk, chunks: 2 | Select, dim: 1, index: 2 | Unsqueeze, dim: 1 | Roll, shifts: 1, dims: 2 | Flip, dims: [2]
Mean, dim: 1 | Sum, dim: 1 | Max, dim: 1 | Mul, value: 2 | Add, value: 2
Mul, from: [it, other] | Add, from: [it, other] | Sub, from: [it, other] | Div, from: [it, other] | Maximum, from: [it, other]
MatMul, from: [it, other] | Concat, from: [it, other]
"""
LAYERS = [layer.strip() for line in EXACT.strip().splitlines() for layer in line.split("|")]


def _network(layer: str, last: str = "Conv2d, out_channels: 2, kernel_size: 1") -> str:
    """The layer between two others that learn; what it gives is read by a layer that keeps nothing of it."""
    return f"""
convlint: 1
inputs: {{x: [3, 12, 12]}}
layers:
  - {{name: it, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  - {{name: other, op: Conv2d, out_channels: 8, kernel_size: 1, from: x}}
  - {{name: more, op: Identity, from: it}}
  - {{name: layer, op: {layer}}}
  - {{name: end, op: Neg}}
  - {{name: aside, op: Neg, from: other}}
outputs: {{end: end, aside: aside}}
"""


def judged(path: Path, batch: int = 1) -> tuple[int, int]:
    """(what is said, what torch keeps)."""
    (facts,) = convlint.describe(path)
    module: Any = convlint.build(path)
    inputs = [torch.rand(batch, *shape) for _, shape in facts.inputs if shape is not None]
    assert facts.kept_bytes is not None
    return facts.kept_bytes, saved_bytes(module.train(), inputs)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_keeps_what_torch_keeps(layer: str, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(_network(layer), encoding="utf-8")
    said, kept = judged(path)
    assert said == kept
