"""Costs against torch: parameters, operations, activations, and receptive fields found by gradients."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from convlint.describing import describe_file, describe_source
from convlint.facts import LayerFacts, NetworkFacts
from convlint.source import Source

ROOT = Path(__file__).parent.parent.parent
NETWORKS = sorted([*(ROOT / "tests" / "cases" / "good").glob("*.yaml"), ROOT / "examples" / "unet.yaml"])
SIZES = (("H", 64), ("W", 64))


def network_of(layers: str, inputs: str = "{image: [1, 96, 96]}", extra: str = "") -> NetworkFacts:
    rows = "".join(f"  - {{{row}}}\n" for row in layers.split("; "))
    (network,), result = describe_source(Source("net.yaml", f"convlint: 1\ninputs: {inputs}\n{extra}layers:\n{rows}"))
    assert not [finding for finding in result.findings if finding.severity == "error"]
    return network


def module_of(layers: str, folder: Path, extra: str = "") -> Any:
    from convlint import build

    rows = "".join(f"  - {{{row}}}\n" for row in layers.split("; "))
    file = folder / "net.yaml"
    file.write_text(f"convlint: 1\ninputs: {{image: [1, 96, 96]}}\n{extra}layers:\n{rows}")
    return build(file)


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_costs_are_those_of_torch(path: Path) -> None:
    """Parameters, two operations for each MAC that torch counts, and four bytes for each output of a layer."""
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    from convlint import Options, build
    from convlint.torch_check.network import GraphModule, Repeated, flat

    options = Options(sizes=SIZES) if "symbolic" in path.stem else Options()
    (network,), _ = describe_file(str(path), options)
    with torch.device("meta"):
        module = build(path, options).eval()
        inputs = [torch.rand((1, *(shape or ()))) for _, shape in network.inputs]
    elements = 0

    def count(_: Any, __: Any, result: Any) -> None:
        nonlocal elements
        outputs = list(flat(result))
        kind = type(_).__name__
        elements += sum(item.numel() for item in (outputs[:1] if kind == "MultiheadAttention" else outputs))

    for inner in module.modules():
        parent_is_ours = not isinstance(inner, (GraphModule, Repeated))
        if parent_is_ours and type(inner).__module__.startswith(("torch.nn.modules", "convlint")):
            inner.register_forward_hook(count)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    assert network.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert network.macs is not None
    assert network.macs * 2 == counter.get_total_flops()
    if "vit" not in path.stem:  # whose layers have layers inside
        assert network.activation_bytes == 4 * elements


SEQUENCES = [
    "op: LSTM, hidden_size: 8; op: LSTM, hidden_size: 6, num_layers: 2, bidirectional: true, proj_size: 3, batch_first: true",
    "op: GRU, hidden_size: 8, bidirectional: true, batch_first: true; op: RNN, hidden_size: 8, num_layers: 2",
    "op: MultiheadAttention, num_heads: 4, batch_first: true; op: Linear, out_features: 12",
    "op: MultiheadAttention, num_heads: 4",
    "op: MultiheadAttention, num_heads: 4, add_bias_kv: true, add_zero_attn: true, batch_first: true",
    "op: MultiheadAttention, num_heads: 4, add_bias_kv: true, add_zero_attn: true",
    "name: q, op: Linear, out_features: 16; op: MultiheadAttention, num_heads: 2, from: [q, steps, steps], batch_first: true",
    "op: TransformerEncoderLayer, nhead: 4, dim_feedforward: 32, batch_first: true, repeat: 3",
    "op: TransformerEncoderLayer, nhead: 4, dim_feedforward: 32; op: LSTM, hidden_size: 5, batch_first: true",
]


@pytest.mark.parametrize("layers", SEQUENCES)
def test_costs_of_sequences_are_those_of_torch(layers: str, tmp_path: Path) -> None:
    """On the meta device and in training, where torch takes no path that its counter does not see."""
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    from convlint import build

    rows = "".join(f"  - {{{row}}}\n" for row in layers.split("; "))
    file = tmp_path / "net.yaml"
    file.write_text(f"convlint: 1\ninputs: {{steps: [12, 16]}}\nlayers:\n{rows}")
    (network,), _ = describe_file(str(file))
    module = build(file).to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(torch.rand(1, 12, 16, device="meta"))
    assert network.macs is not None
    assert network.macs * 2 == counter.get_total_flops()
    assert network.parameters == sum(parameter.numel() for parameter in module.parameters())


FIELDS = [
    "op: Conv2d, out_channels: 1, kernel_size: 3",
    "op: Conv2d, out_channels: 1, kernel_size: [3, 5], dilation: 2, padding: 2; op: MaxPool2d, kernel_size: 2; "
    "op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1",
    "op: Conv2d, out_channels: 1, kernel_size: 7, stride: 2, padding: 3; op: AvgPool2d, kernel_size: 3, stride: 2, padding: 1; "
    "op: Conv2d, out_channels: 1, kernel_size: 3, repeat: 3, padding: 1",
    "name: a, op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1; name: b, op: Conv2d, out_channels: 1, kernel_size: 5, padding: 2; "
    "op: Concat, from: [a, b]; op: Conv2d, out_channels: 1, kernel_size: 3",
    "op: MaxPool2d, kernel_size: 4; op: Upsample, scale_factor: 2; op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1",
    "op: Conv2d, out_channels: 1, kernel_size: 4, stride: 4; op: Upsample, scale_factor: 4; "
    "op: Conv2d, out_channels: 1, kernel_size: 5, padding: 2",
    "op: AvgPool2d, kernel_size: 2; op: ConvTranspose2d, out_channels: 1, kernel_size: 2, stride: 2; "
    "op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1",
    "op: AvgPool2d, kernel_size: 2; op: ConvTranspose2d, out_channels: 1, kernel_size: 4, stride: 2, padding: 1",
    "op: Unit; op: MaxPool2d, kernel_size: 2; op: Unit, repeat: 2",
    "op: ReLU; op: AdaptiveAvgPool2d, output_size: 1",
]
UNIT = """\
blocks:
  Unit:
    layers:
      - {name: conv, op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1}
      - {name: act, op: ReLU}
      - {name: sum, op: Add, from: [act, input]}
"""


@pytest.mark.parametrize("layers", FIELDS)
def test_receptive_fields_are_those_of_the_gradient(layers: str, tmp_path: Path) -> None:
    """The largest extent of input pixels that one output depends on; max pooling counts all of its window."""
    torch = pytest.importorskip("torch")
    extra = UNIT if "Unit" in layers else ""
    network = network_of(layers, extra=extra)
    averaged = layers.replace("MaxPool2d", "AvgPool2d")
    extra = extra.replace("op: ReLU", "op: Identity")
    module = module_of(averaged, tmp_path, extra).double()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    image = torch.ones(1, 1, 96, 96, dtype=torch.double, requires_grad=True)
    output = module(image)
    rows, columns = output.shape[-2:]
    extents = [0, 0]
    for row in range(rows // 3, min(rows // 3 + 8, rows)):
        for column in range(columns // 3, min(columns // 3 + 8, columns)):
            (gradient,) = torch.autograd.grad(output[0, 0, row, column], image, retain_graph=True)
            seen = gradient[0, 0].nonzero()
            spans = seen.max(0).values - seen.min(0).values + 1
            extents = [max(extent, int(span)) for extent, span in zip(extents, spans)]
    assert network.receptive_field == tuple(extents)


def test_published_receptive_fields() -> None:
    """ResNet-18 sees 435 pixels before the head (Araujo et al., 2019), with 32 from one output to the next."""
    (network,), _ = describe_file(str(ROOT / "tests" / "cases" / "good" / "resnet18.yaml"))
    last = [layer for layer in network.layers if layer.outputs == ((512, 7, 7),)][-1]
    assert last.receptive_field == (435, 435)
    assert last.jump == (Fraction(32), Fraction(32))


def test_jumps_become_fractions_by_upsampling() -> None:
    network = network_of("op: MaxPool2d, kernel_size: 2; op: Upsample, scale_factor: 4")
    assert [layer.jump for layer in network.layers] == [(2, 2), (Fraction(1, 2), Fraction(1, 2))]
    assert network.jump == (Fraction(1, 2), Fraction(1, 2))


def test_what_sees_the_whole_input_and_keeps_the_map_keeps_the_jump() -> None:
    """A norm over the map, and the convolution behind it, whose outputs are still two pixels apart."""
    network = network_of(
        "op: Conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1; op: GroupNorm, num_groups: 1; "
        "op: Conv2d, out_channels: 2, kernel_size: 3"
    )
    assert [layer.receptive_field for layer in network.layers] == [(3, 3), (96, 96), (100, 100)]
    assert [layer.jump for layer in network.layers] == [(Fraction(2), Fraction(2))] * 3


OWN_FIELDS = [
    ("op: Mean, dim: 1, keepdim: true", (3, 3)),  # over the channels
    ("op: Mean, dim: [2, 3]", (96, 96)),
    ("op: Mean, dim: 3, keepdim: true", None),
    ("op: Flatten; op: Linear, out_features: 2", (96, 96)),
    ("op: Flatten, start_dim: 2; op: Linear, out_features: 2", None),
    ("op: Flatten, start_dim: 2; op: LayerNorm, normalized_shape: 2304", None),
    ("op: LayerNorm, normalized_shape: [48, 48]", (96, 96)),
    ("op: LayerNorm, normalized_shape: 48", None),
    ("op: Linear, out_features: 2", None),
    ("op: Slice, dim: 2, start: -1; op: Flatten; op: Linear, out_features: 2", None),
]


@pytest.mark.parametrize(("layers", "field"), OWN_FIELDS)
def test_only_what_sees_all_axes_sees_the_whole_input(layers: str, field: tuple[int, ...] | None) -> None:
    """What mixes some axes only, or reads a part, is not said to see everything."""
    first = "op: Conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1; "
    assert network_of(first + layers).receptive_field == field


def test_each_input_is_a_whole_of_its_own() -> None:
    text = """\
convlint: 1
inputs: {image: [3, 32, 32], other: [3, 32, 32], wave: [1, 64], pose: [7]}
layers:
  - {name: seen, op: AdaptiveAvgPool2d, from: other, output_size: 1}
  - {name: heard, op: AdaptiveAvgPool1d, from: wave, output_size: 1}
  - {name: posed, op: Linear, from: pose, out_features: 2}
"""
    (network,), _ = describe_source(Source("net.yaml", text))
    assert [layer.receptive_field for layer in network.layers] == [(32, 32), (64,), None]
    (network,), _ = describe_source(Source("net.yaml", text.replace("other: [3, 32, 32]", "other: [3, 16, 16]")))
    assert [layer.receptive_field for layer in network.layers] == [None, (64,), None]


def rows_by_path(layers: tuple[LayerFacts, ...]) -> dict[str, LayerFacts]:
    return {
        path: row
        for layer in layers
        for path, row in {layer.path: layer, **rows_by_path(layer.layers)}.items()
    }  # fmt: skip


NESTED = """\
convlint: 1
inputs: {image: [2, 8, 8]}
blocks:
  Unit:
    params: {channels: null}
    layers:
      - {name: conv, op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1, bias: false}
  Stage:
    layers:
      - {name: units, op: Unit, channels: 4, repeat: 4}
      - {name: pool, op: MaxPool2d, kernel_size: 2}
layers:
  - {name: stage, op: Stage}
  - {name: end, op: ReLU}
"""


def test_rows_inside_blocks_add_up_to_their_block(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NESTED, encoding="utf-8")
    (network,), _ = describe_file(str(file), depth=2)
    rows = rows_by_path(network.layers)
    assert list(rows) == [
        "stage",
        "stage/units",
        "stage/units[0]/conv",
        "stage/units[1..3]/conv",
        "stage/pool",
        "end",
    ]
    assert [rows[path].parameters for path in rows] == [504, 504, 72, 432, 0, 0]
    assert [rows[path].macs for path in rows] == [32256, 32256, 4608, 27648, 0, 0]
    assert [rows[path].activation_bytes for path in rows] == [4352, 4096, 1024, 3072, 256, 256]
    assert [rows[path].receptive_field for path in rows] == [(10, 10), (9, 9), (3, 3), (9, 9), (10, 10), (10, 10)]
    assert (network.parameters, network.macs, network.activation_bytes) == (504, 32256, 4608)


@pytest.mark.parametrize(("depth", "deepest"), [(0, "stage"), (1, "stage/pool"), (9, "stage/units[1..3]/conv")])
def test_depth_is_how_many_blocks_are_opened(depth: int, deepest: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(NESTED, encoding="utf-8")
    (network,), _ = describe_file(str(file), depth=depth)
    assert max(rows_by_path(network.layers), key=lambda path: path.count("/")).count("/") == deepest.count("/")


def test_unknown_costs_are_unknown() -> None:
    network = network_of("op: Conv2d, out_channels: 2, kernel_size: 3", "{image: [1, H, W]}")
    assert (network.parameters, network.macs, network.activation_bytes) == (20, None, None)
    assert network.receptive_field == (3, 3)


def test_fields_of_repeats_in_repeats_end() -> None:
    blocks = "".join(f"  B{depth}: {{layers: [{{op: B{depth + 1}, repeat: 900}}]}}\n" for depth in range(6))
    blocks += "  B6: {layers: [{op: Conv2d, out_channels: 1, kernel_size: 3, padding: 1}]}\n"
    network = network_of("op: B0, repeat: 900", extra="blocks:\n" + blocks)
    assert network.parameters == 10 * 900**7
    assert network.receptive_field is None


def test_an_activation_that_layers_share_counts_once(tmp_path: Path) -> None:
    rows = """
nc: 80
activation: nn.PReLU()
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
head:
  - [[0, 1], 1, Detect, [nc]]
"""
    (tmp_path / "shared.yaml").write_text(rows, encoding="utf-8")
    network = describe_file(str(tmp_path / "shared.yaml"))[0][0]
    assert [layer.parameters for layer in network.layers] == [1_857, 73_985, 460_209]  # of torch, 1 in each is the same
    assert network.parameters == 536_049
