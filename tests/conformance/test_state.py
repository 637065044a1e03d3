"""The tensors of native networks: names, shapes, order and buffers are those of the module that `convlint.build` gives."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import convlint
from convlint import BuildError
from tests.conformance.random_networks import as_yaml, random_network

torch = pytest.importorskip("torch")
CASES = sorted((Path(__file__).parent.parent / "cases" / "good").glob("*.yaml"))
RANDOM_NETWORKS = 30
OPERATORS = {
    "sequence": (
        (12, 8),
        [
            "GRU, hidden_size: 5, num_layers: 2, bidirectional: true, batch_first: true",
            "RNN, hidden_size: 5, bias: false, batch_first: true",
            "LSTM, hidden_size: 6, proj_size: 3, num_layers: 2, bidirectional: true, batch_first: true",
            "LSTM, hidden_size: 6, batch_first: true",
            "MultiheadAttention, num_heads: 2, batch_first: true",
            "MultiheadAttention, num_heads: 2, add_bias_kv: true, bias: false, batch_first: true",
            "TransformerEncoderLayer, nhead: 2, dim_feedforward: 10, batch_first: true",
            "TransformerEncoderLayer, nhead: 2, dim_feedforward: 10, bias: false, batch_first: true",
            "LayerNorm, normalized_shape: 8",
            "LayerNorm, normalized_shape: [12, 8], bias: false",
            "RMSNorm, normalized_shape: 8",
            "Linear, out_features: 3",
            "LazyLinear, out_features: 3, bias: false",
        ],
    ),
    "map": (
        (8, 16, 16),
        [
            "Conv2d, out_channels: 4, kernel_size: [3, 1], groups: 2, bias: false",
            "LazyConv2d, out_channels: 4, kernel_size: 3",
            "ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2, groups: 2",
            "LazyConvTranspose2d, out_channels: 4, kernel_size: 2, bias: false",
            "BatchNorm2d",
            "BatchNorm2d, affine: false",
            "BatchNorm2d, track_running_stats: false",
            "LazyBatchNorm2d",
            "InstanceNorm2d",
            "InstanceNorm2d, affine: true, track_running_stats: true",
            "GroupNorm, num_groups: 2",
            "GroupNorm, num_groups: 2, affine: false",
            "PReLU, num_parameters: 8",
            "ReLU",
        ],
    ),
}
SINGLE = [(shape, layer) for shape, layers in OPERATORS.values() for layer in layers]


def judge(path: Path) -> None:
    module = convlint.build(path)
    inputs = convlint.describe(path)[0].inputs
    with torch.no_grad():
        if any(type(part).__name__.startswith("Lazy") for part in module.modules()):
            module.eval()(*[torch.zeros(2, *shape) for _, shape in inputs if shape is not None])
    buffers = {name for name, _ in module.named_buffers(remove_duplicate=False)}
    truth = [(name, tuple(value.shape), name in buffers) for name, value in module.state_dict().items()]
    (found,) = convlint.state(path)
    assert found.unknown == ()
    assert [(tensor.name, tensor.shape, tensor.is_buffer) for tensor in found.tensors] == truth


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_state_of_a_case(path: Path) -> None:
    try:
        convlint.build(path)
    except BuildError as error:
        pytest.skip(str(error))
    judge(path)


@pytest.mark.parametrize(("shape", "layer"), SINGLE, ids=str)
def test_state_of_an_operator(shape: tuple[int, ...], layer: str, tmp_path: Path) -> None:
    text = f"convlint: 1\ninputs: {{x: {list(shape)}}}\nlayers:\n  - {{name: it, op: {layer}}}\n"
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    judge(tmp_path / "one.yaml")


def test_state_of_random_networks(tmp_path: Path, cases: int, seed: int) -> None:
    path = tmp_path / "random.yaml"
    wanted = max(RANDOM_NETWORKS, cases)
    judged = 0
    for number in range(100 * wanted):
        shape, layers = random_network(random.Random(f"{number} {seed}"))
        path.write_text(as_yaml((shape[0], 32, 32), layers), encoding="utf-8")
        if any(finding.severity == "error" for finding in convlint.check_file(path).findings):
            continue
        judge(path)
        judged += 1
        if judged == wanted:
            return
    raise AssertionError(f"only {judged} networks have no errors")


def test_own_tensors_repeated_blocks_and_blocks_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "nested.yaml"
    path.write_text(
        """
convlint: 1
inputs: {x: [8, 16, 16]}
blocks:
  Inner:
    layers:
      - {name: conv, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      - {op: BatchNorm2d}
      - {name: gain, op: Parameter, shape: [8, 1, 1]}
      - {name: scaled, op: Mul, from: [gain, conv]}
  Outer:
    layers:
      - {name: first, op: Inner}
      - {name: more, op: Inner, repeat: 2}
      - {name: convs, op: Conv2d, out_channels: 8, kernel_size: 1, repeat: 3}
layers:
  - {name: stem, op: Outer, repeat: 2}
  - {name: grid, op: Constant, shape: [8, 16, 16]}
  - {name: token, op: Parameter, shape: [8, 16, 16]}
  - {name: sum, op: Add, from: [stem, grid, token]}
""",
        encoding="utf-8",
    )
    judge(path)
