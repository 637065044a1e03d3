"""Rules over layers that stand side by side: through blocks and copies, and silent where something else reads."""

from __future__ import annotations

import pytest

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.options import Options
from convlint.selection.selectors import enabled_rules
from convlint.source import Source

HEAD = "convlint: 1\n"
BLOCKS = """convlint: 1
inputs: {x: [128]}
blocks:
  Mapped:
    params: {to: null}
    layers:
      - {name: norm, op: LayerNorm, normalized_shape: "${to}"}
      - {name: fc, op: Linear, out_features: "${to}"}
"""


def found(text: str, *rules: str) -> list[tuple[str, str | None]]:
    """(rule, layer) of what is found, with rules on that are off by default."""
    options = Options(rules=enabled_rules(lookup.rules(), extend=rules))
    return [(finding.rule.name, finding.layer) for finding in check_source(Source("x.yaml", text), options).findings]


def test_a_pair_is_told_at_the_second_layer_with_the_first_beside_it() -> None:
    text = HEAD + (
        "inputs: {x: [128]}\nlayers:\n"
        "  - {name: up, op: Linear, out_features: 256}\n"
        "  - {name: down, op: Linear, out_features: 10}\n"
    )
    (finding,) = check_source(Source("x.yaml", text)).findings
    assert (finding.rule.name, finding.layer, finding.severity) == ("linear-pair", "down", "warning")
    assert "up" in finding.message
    assert [text[place.place.start : place.place.end] for place in finding.related] == ["Linear"]


@pytest.mark.parametrize(
    "layers",
    [
        "[{op: Linear, out_features: 32}, {op: Linear, out_features: 128}]",
        "[{op: Linear, out_features: 256}, {op: ReLU}, {op: Linear, out_features: 10}]",
        "[{op: Linear, out_features: 32, repeat: 1}]",
    ],
    ids=["low rank", "activation", "one"],
)
def test_what_is_meant_is_no_pair(layers: str) -> None:
    assert found(f"{HEAD}inputs: {{x: [128]}}\nlayers: {layers}\n") == []


def test_a_layer_that_something_else_reads_is_no_pair() -> None:
    text = HEAD + (
        "inputs: {x: [128]}\nlayers:\n"
        "  - {name: a, op: Linear, out_features: 128}\n"
        "  - {name: b, op: Linear, out_features: 128}\n"
        "  - {name: c, op: Add, from: [a, b]}\n"
    )
    assert found(text) == []
    outputs = HEAD + (
        "inputs: {x: [128]}\nlayers:\n"
        "  - {name: a, op: Linear, out_features: 128}\n"
        "  - {name: b, op: Linear, out_features: 128}\n"
        "outputs: [a, b]\n"
    )
    assert found(outputs) == []


def test_a_layer_in_copies_stands_before_itself() -> None:
    text = HEAD + "inputs: {x: [128]}\nlayers: [{name: fc, op: Linear, out_features: 128, repeat: 3}]\n"
    assert found(text) == [("linear-pair", "fc")]


def test_the_end_of_a_block_stands_before_what_reads_the_block() -> None:
    text = BLOCKS + ("layers:\n  - {name: a, op: Mapped, to: 128}\n  - {name: b, op: Linear, out_features: 4}\n")
    assert found(text) == [("linear-pair", "b")]


def test_what_a_block_is_given_stands_before_its_first_layer() -> None:
    text = (
        "convlint: 1\ninputs: {x: [8, 16, 16]}\nblocks:\n"
        "  Unit: {layers: [{name: act, op: ReLU}, {name: conv, op: Conv2d, out_channels: 8, kernel_size: 1}]}\n"
        "layers:\n  - {op: ReLU}\n  - {name: unit, op: Unit}\n"
    )
    assert found(text) == [("repeated-activation", "unit/act")]


def test_a_block_in_copies_stands_before_itself_and_is_said_once() -> None:
    text = (
        "convlint: 1\ninputs: {x: [8, 16, 16]}\nblocks:\n"
        "  Unit:\n    layers:\n"
        "      - {name: first, op: ReLU}\n"
        "      - {name: conv, op: Conv2d, out_channels: 8, kernel_size: 1}\n"
        "      - {name: last, op: ReLU}\n"
        "layers:\n  - {name: units, op: Unit, repeat: 3}\n  - {name: more, op: Unit}\n"
    )
    (finding,) = found(text)
    assert finding[0] == "repeated-activation"


def test_unknown_sizes_make_no_pair() -> None:
    text = HEAD + (
        "inputs: {x: [128, H, W]}\nlayers:\n  - {op: Upsample, scale_factor: 2}\n  - {op: MaxPool2d, kernel_size: 2}\n"
    )
    assert [rule for rule, _ in found(text)] in ([], ["undone-resampling"])
    halves = HEAD + (
        "inputs: {x: [8, H, 16]}\nlayers:\n"
        "  - {op: Mean, dim: 2}\n  - {op: Linear, out_features: 99}\n  - {op: Linear, out_features: 8}\n"
    )
    assert found(halves) == [("linear-pair", "2")]


def test_the_second_of_two_equal_activations_and_what_lets_everything_through() -> None:
    for layers in ("{op: SiLU}, {op: SiLU}", "{op: Sigmoid}, {op: ReLU}", "{op: Tanh}, {op: Hardtanh}"):
        assert found(f"{HEAD}inputs: {{x: [8]}}\nlayers: [{layers}]\n") == [("repeated-activation", "1")]
    for layers in ("{op: ReLU}, {op: Tanh}", "{op: Tanh}, {op: ReLU}", "{op: Tanh}, {op: Hardtanh, max_val: 0.5}"):
        assert found(f"{HEAD}inputs: {{x: [8]}}\nlayers: [{layers}]\n") == []


def test_layers_that_change_nothing_may_stand_between() -> None:
    head = f"{HEAD}inputs: {{x: [128]}}\nlayers: "
    assert found(head + "[{op: Linear, out_features: 256}, {op: Dropout}, {op: Linear, out_features: 8}]\n") == [
        ("linear-pair", "2")
    ]
    assert found(head + "[{op: ReLU}, {op: Identity}, {op: ReLU}]\n") == [("repeated-activation", "2")]
    assert found(head + "[{op: Tanh}, {op: Dropout}, {op: Hardtanh}]\n") == []


def test_a_block_of_nothing_in_copies_comes_to_an_end() -> None:
    text = (
        "convlint: 1\ninputs: {x: [8]}\nblocks:\n  Nothing: {layers: [{op: Identity}]}\n"
        "layers: [{op: ReLU}, {op: Nothing, repeat: 9}, {op: ReLU}]\n"
    )
    assert [rule for rule, _ in found(text)] in ([], ["repeated-activation"])


def test_a_linear_over_the_width_of_a_map_is_told_and_one_over_channels_is_not() -> None:
    head = f"{HEAD}inputs: {{x: [3, 16, 16]}}\nlayers:\n  - {{op: Conv2d, out_channels: 16, kernel_size: 1}}\n"
    (finding,) = check_source(Source("x.yaml", head + "  - {op: ReLU}\n  - {op: Linear, out_features: 8}\n")).findings
    assert finding.rule.name == "linear-over-width"
    assert "16x16x16" in finding.message
    permuted = "  - {op: Permute, dims: [0, 2, 3, 1]}\n  - {op: Linear, out_features: 8}\n"
    assert found(head + permuted) == []


def test_a_square_is_no_merge_with_itself() -> None:
    head = f"{HEAD}inputs: {{x: [8, 4, 4]}}\nlayers: "
    assert found(head + "[{op: Mul, from: [x, x]}]\n") == []
    assert found(head + "[{op: Add, from: [x, x]}]\n") == [("self-merge", "0")]
    assert found(head + "[{name: a, op: Chunk, chunks: 2}, {op: Add, from: [a.0, a.1]}]\n") == []


def test_the_bias_before_a_norm_is_taken_away_by_its_fix() -> None:
    text = f"{HEAD}inputs: {{x: [3, 8, 8]}}\nlayers:\n  - {{op: Conv2d, out_channels: 8, kernel_size: 1}}\n  - {{op: BatchNorm2d}}\n"
    options = Options(rules=enabled_rules(lookup.rules(), extend=["bias-before-batchnorm"]))
    (finding,) = check_source(Source("x.yaml", text), options).findings
    assert finding.layer == "0" and finding.fix is not None and finding.fix.safe
    (edit,) = finding.fix.edits
    assert "bias: false" in text[: edit.start] + edit.text + text[edit.end :]


def test_an_output_through_blocks_is_an_output() -> None:
    text = (
        "convlint: 1\ninputs: {x: [8, 16, 16]}\nblocks:\n"
        "  Head: {layers: [{op: Conv2d, out_channels: 8, kernel_size: 1}, {name: last, op: Softmax2d}]}\n"
        "layers:\n  - {name: one, op: Head}\n"
    )
    assert found(text, "output-activation") == [("output-activation", "one/last")]


def test_a_field_is_that_of_the_output() -> None:
    text = f"{HEAD}inputs: {{x: [3, 8, 8]}}\nlayers: [{{name: a, op: Conv2d, out_channels: 8, kernel_size: 3}}]\n"
    (finding,) = check_source(
        Source("x.yaml", text), Options(rules=enabled_rules(lookup.rules(), extend=["small-receptive-field"]))
    ).findings
    assert finding.message == "the output 'a' sees 3 pixels of the height, which has 8"


CONV = "{op: Conv1d, out_channels: 7, kernel_size: 3, padding: 1}"
SEQUENCE = "sequence-over-channels"


@pytest.mark.parametrize(
    "shape, layers",
    [
        ("[7, 96]", (CONV, "{op: ReLU}", "{op: GRU, hidden_size: 8, batch_first: true}")),
        ("[7, 96]", (CONV, "{op: BatchNorm1d}", "{op: MaxPool1d, kernel_size: 2}", "{op: LSTM, hidden_size: 8, batch_first: true}")),
        ("[7, 7]", (CONV, "{op: MultiheadAttention, embed_dim: 7, num_heads: 1, batch_first: true}")),
    ],
)  # fmt: skip
def test_channels_of_a_convolution_are_no_steps(shape: str, layers: tuple[str, ...]) -> None:
    text = HEAD + f"inputs: {{x: {shape}}}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    assert (SEQUENCE, str(len(layers) - 1)) in found(text)


@pytest.mark.parametrize(
    "shape, layers",
    [
        ("[20, 8]", ("{op: LSTM, hidden_size: 32, batch_first: true}", "{op: BatchNorm1d}", "{op: GRU, hidden_size: 8, batch_first: true}")),
        ("[20]", ("{op: Embedding, num_embeddings: 9, embedding_dim: 64}", "{op: MaxPool1d, kernel_size: 2}", "{op: LSTM, hidden_size: 8, batch_first: true}")),
        ("[7, 96]", (CONV, "{op: MultiheadAttention, embed_dim: 96, num_heads: 4, batch_first: true}")),
    ],
)  # fmt: skip
def test_steps_that_stand_first_already_are_no_channels(shape: str, layers: tuple[str, ...]) -> None:
    text = HEAD + f"inputs: {{x: {shape}}}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    assert SEQUENCE not in {rule for rule, _ in found(text)}
