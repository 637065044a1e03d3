"""What autograd keeps of single layers and of networks, against `torch.autograd.graph.saved_tensors_hooks`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convlint

torch = pytest.importorskip("torch")
from tests.conformance.saved import saved_bytes  # noqa: E402

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
LocalResponseNorm, size: 3 | LocalResponseNorm, size: 2 | LPPool2d, norm_type: 2, kernel_size: 2 | Normalize | Normalize, dim: 2
InstanceNorm2d, affine: true | InstanceNorm2d, track_running_stats: true | RMSNorm, normalized_shape: 12 | Var, dim: 1 | Std, dim: 1
RMSNorm, normalized_shape: [8, 12, 12], elementwise_affine: false | Softsign | Tanhshrink | Interpolate, scale_factor: 1.3, mode: area
Conv2d, out_channels: 4, kernel_size: 3, padding: 1, padding_mode: circular | Interpolate, size: 1, mode: area
Conv2d, out_channels: 4, kernel_size: 3, padding: 1, padding_mode: reflect | Upsample, scale_factor: 0.5, mode: area
Mul, from: [it, other, it] | Div, from: [it, other, other] | Maximum, from: [it, other, it] | Einsum, equation: bchw->bhcw
ScaledDotProductAttention, from: [it, other, it] | Dropout3d
Norm, dim: 1 | AlphaDropout | FeatureAlphaDropout | PairwiseDistance, from: [it, other] | CosineSimilarity, from: [it, other]
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


OF_TOKENS = """
GRU, hidden_size: 6 | GRU, hidden_size: 6, num_layers: 3 | GRU, hidden_size: 6, num_layers: 2, bidirectional: true
GRU, hidden_size: 6, num_layers: 2, dropout: 0.3 | GRU, hidden_size: 6, bias: false
RNN, hidden_size: 6 | RNN, hidden_size: 6, num_layers: 3 | RNN, hidden_size: 6, num_layers: 2, bidirectional: true
RNN, hidden_size: 6, num_layers: 2, dropout: 0.3 | RNN, hidden_size: 6, nonlinearity: relu
TransformerEncoderLayer, nhead: 2 | TransformerEncoderLayer, nhead: 2, dropout: 0.0 | TransformerEncoderLayer, nhead: 2, norm_first: true
TransformerEncoderLayer, nhead: 2, dropout: 0.0, activation: gelu, dim_feedforward: 9
TransformerEncoder, nhead: 2, num_layers: 3 | TransformerEncoder, nhead: 2, num_layers: 2, norm: true, norm_first: true, dropout: 0.0
TransformerDecoderLayer, nhead: 2, from: [layer, other] | TransformerDecoderLayer, nhead: 2, dropout: 0.0, from: [layer, other]
TransformerDecoder, nhead: 4, num_layers: 3, norm: true, activation: gelu, from: [layer, other]
TransformerDecoder, nhead: 4, num_layers: 2, dropout: 0.0, activation: gelu, norm_first: true, from: [layer, other]
Transformer, nhead: 2, num_encoder_layers: 2, num_decoder_layers: 3, from: [layer, other]
Transformer, nhead: 2, num_encoder_layers: 1, num_decoder_layers: 1, dropout: 0.0, norm_first: true, from: [layer, other]
"""


@pytest.mark.parametrize(
    "layer", [layer.strip() for line in OF_TOKENS.strip().splitlines() for layer in line.split("|")]
)
def test_a_layer_of_tokens_keeps_what_torch_keeps(layer: str, tmp_path: Path) -> None:
    path = tmp_path / "tokens.yaml"
    path.write_text(
        f"""
convlint: 1
inputs: {{x: [7, 5]}}
layers:
  - {{name: layer, op: Linear, out_features: 8}}
  - {{name: other, op: Linear, out_features: 8, from: x}}
  - {{name: tokens, op: {layer.replace("from:", "batch_first: true, from:") if "from:" in layer else layer + ", batch_first: true, from: layer"}}}
  - {{name: end, op: Neg}}
  - {{name: aside, op: Neg, from: other}}
outputs: {{end: end, aside: aside}}
""",
        encoding="utf-8",
    )
    said, kept = judged(path)
    assert said == kept


@pytest.mark.parametrize(
    "layer", ["LSTM, hidden_size: 16", "LSTM, hidden_size: 16, num_layers: 2, proj_size: 3", "LSTMCell, hidden_size: 6"]
)
def test_what_a_long_memory_keeps_is_a_bound(layer: str, tmp_path: Path) -> None:
    shape, before = ("[8]", "") if "Cell" in layer else ("[7, 8]", ", batch_first: true")
    path = tmp_path / "memory.yaml"
    path.write_text(
        f"convlint: 1\ninputs: {{x: {shape}}}\nlayers:\n  - {{op: Linear, out_features: 8}}\n  - {{op: {layer}{before}}}\n",
        encoding="utf-8",
    )
    said, kept = judged(path)
    assert 0 < said <= kept


NETWORKS = {
    "resnet": """
convlint: 1
inputs: {x: [3, 32, 32]}
blocks:
  Residual:
    params: {channels: null}
    layers:
      - {name: conv1, op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1, bias: false}
      - {name: norm1, op: BatchNorm2d}
      - {name: act1, op: ReLU, inplace: true}
      - {name: conv2, op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1, bias: false}
      - {name: norm2, op: BatchNorm2d}
      - {name: sum, op: Add, from: [norm2, input]}
      - {name: act2, op: ReLU, inplace: true}
layers:
  - {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  - {op: Residual, channels: 16, repeat: 3}
  - {op: AdaptiveAvgPool2d, output_size: 1}
  - {op: Flatten}
  - {op: Dropout, p: 0.2}
  - {op: Linear, out_features: 10}
""",
    "unet": """
convlint: 1
inputs: {x: [1, 32, 32]}
layers:
  - {name: enc, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: act, op: SiLU}
  - {name: pool, op: MaxPool2d, kernel_size: 2}
  - {name: mid, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  - {name: norm, op: GroupNorm, num_groups: 4}
  - {name: up, op: ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2}
  - {name: cat, op: Concat, from: [up, act]}
  - {name: out, op: Conv2d, out_channels: 2, kernel_size: 1}
""",
    "transformer": """
convlint: 1
inputs: {x: [16, 32]}
layers:
  - {name: embed, op: Linear, out_features: 32}
  - {name: norm, op: LayerNorm, normalized_shape: 32}
  - {name: mixed, op: MultiheadAttention, num_heads: 4, batch_first: true}
  - {name: sum, op: Add, from: [mixed, embed]}
  - {name: norm2, op: LayerNorm, normalized_shape: 32}
  - {name: fc1, op: Linear, out_features: 64}
  - {name: gelu, op: GELU}
  - {name: fc2, op: Linear, out_features: 32}
""",
    "siamese": """
convlint: 1
inputs: {left: [1, 16, 16], right: [1, 16, 16]}
layers:
  - {name: a, op: Conv2d, out_channels: 8, kernel_size: 3, from: left}
  - {name: b, share: a, from: right}
  - {name: difference, op: Sub, from: [a, b]}
  - {name: far, op: Abs}
  - {name: each, op: Reshape, shape: [8, 1, 14, 14]}
  - {name: maps, op: Conv2d, out_channels: 4, kernel_size: 3, over: 1}
""",
}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_keeps_what_torch_keeps(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(NETWORKS[name], encoding="utf-8")
    said, kept = judged(path)
    assert said == kept


@pytest.mark.parametrize("name", ["convnext_tiny", "dcgan_generator", "mobilenetv3", "swin_t", "vae", "vit_b16"])
def test_a_network_of_the_gallery_keeps_what_torch_keeps(name: str) -> None:
    said, kept = judged(Path(__file__).parents[2] / "examples" / "gallery" / f"{name}.yaml", 2)
    assert said == pytest.approx(kept / 2, rel=0.02)


@pytest.mark.parametrize(
    "name", ["yolov8", "yolo11", "yolo12", "yolov10n", "yolov5", "yolov9t", "yolo26", "yolov6", "yolov8-seg"]
)
def test_a_network_of_the_package_keeps_what_torch_keeps(name: str) -> None:
    tasks = pytest.importorskip("ultralytics.nn.tasks")
    import ultralytics
    import yaml

    (path,) = Path(ultralytics.__file__).parent.joinpath("cfg", "models").rglob(f"{name}.yaml")
    sizes = (("image.1", 128), ("image.2", 128))
    facts = convlint.describe(path, convlint.Options(sizes=sizes))[0]
    data = {**yaml.safe_load(path.read_text(encoding="utf-8"))}
    if facts.variant is not None:
        data["scale"] = facts.variant
    build: Any = tasks.SegmentationModel if name.endswith("seg") else tasks.DetectionModel
    kept = saved_bytes(build(data, ch=3, verbose=False).train(), [torch.rand(1, 3, 128, 128)])
    assert facts.kept_bytes == pytest.approx(kept, rel=0.01)
