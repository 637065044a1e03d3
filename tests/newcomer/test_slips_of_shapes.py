"""Slips in shapes and sizes of sequences, volumes, decoders and detectors: one finding each, with what would work."""

from __future__ import annotations

import pytest

from convlint import check_text
from convlint.findings import Finding
from convlint.fixes import apply_edits

WAVE = """\
convlint: 1
inputs: {wave: [1, 16000]}
layers:
  - {name: conv, op: Conv1d, out_channels: 32, kernel_size: 80, stride: 16}
  - {name: norm, op: BatchNorm1d, momentum: 0.1}
  - {name: act, op: LeakyReLU}
  - {name: steps, op: Transpose, dim0: 1, dim1: 2}
  - {name: gru, op: GRU, hidden_size: 64, batch_first: true}
"""
DECODER = """\
convlint: 1
inputs: {code: [24]}
layers:
  - {name: wide, op: Linear, out_features: 1568}
  - {name: map, op: Reshape, shape: [32, 7, 7]}
  - {name: up1, op: ConvTranspose2d, in_channels: 32, out_channels: 16, kernel_size: 3, stride: 2, padding: 1, output_padding: 1}
  - {name: up2, op: ConvTranspose2d, in_channels: 16, out_channels: 1, kernel_size: 3, stride: 2, padding: 1, output_padding: 1, expect: [1, 28, 28]}
"""
VOLUME = """\
convlint: 1
sizes:
  D: {min: 16, max: 64, multiple_of: 4}
inputs: {ct: [1, D, 32, 32]}
blocks:
  Up:
    inputs: [deep, skip]
    params: {channels: null}
    layers:
      - {name: up, op: ConvTranspose3d, from: deep, out_channels: "${channels}", kernel_size: 2, stride: 2}
      - {name: cat, op: Concat, from: [up, skip]}
      - {name: conv, op: Conv3d, out_channels: "${channels}", kernel_size: 3, padding: 1}
layers:
  - {name: enc0, op: Conv3d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: enc1, op: Conv3d, out_channels: 16, kernel_size: 2, stride: 2}
  - {name: enc2, op: Conv3d, out_channels: 32, kernel_size: 2, stride: 2}
  - {name: dec1, op: Up, from: [enc2, enc1], channels: 16}
  - {name: dec0, op: Up, from: [dec1, enc0], channels: 8}
"""
TOKENS = """\
convlint: 1
inputs: {ids: [64]}
layers:
  - {name: embedding, op: Embedding, num_embeddings: 1000, embedding_dim: 128}
  - {name: positions, op: Parameter, shape: [64, 128]}
  - {name: sum, op: Add, from: [embedding, positions]}
  - {name: first, op: Select, dim: 1, index: 0}
  - {name: head, op: Linear, out_features: 4}
outputs: {label: {from: head, shape: [4]}}
"""
PATCHES = """\
convlint: 1
inputs: {real: [3, 64, 64], photo: [3, 64, 64]}
blocks:
  Step:
    params: {features: null, stride: 2}
    layers:
      - {name: conv, op: Conv2d, out_channels: "${features}", kernel_size: 4, stride: "${stride}", padding: 1}
      - {name: act, op: LeakyReLU}
layers:
  - {name: pair, op: Concat, from: [real, photo]}
  - {name: s1, op: Step, features: 64}
  - {name: s2, op: Step, features: 128, stride: 1}
outputs: {score: {from: s2, shape: [128, 31, 31]}}
"""


def found(text: str) -> list[Finding]:
    return [item for item in check_text(text, path="net.yaml").findings if item.severity != "info"]


@pytest.mark.parametrize("text", [WAVE, DECODER, VOLUME, TOKENS, PATCHES])
def test_what_was_meant_is_clean(text: str) -> None:
    assert not found(text)


TOLD = {
    "no channel": (WAVE, "[1, 16000]", "[16000]", "rank-mismatch", "if there is one channel, the input is [1, 16000]"),
    "a comma in a size": (WAVE, "16000", "16,000", "invalid-value", "a comma ends a value: write 16000"),
    "a comma in a fraction": (WAVE, "0.1", "0,1", "wrong-type", "a comma ends a value: write 0.1"),
    "a kernel of two axes": (WAVE, "kernel_size: 80", "kernel_size: [80, 1]", "invalid-value", "Conv1d has one axis: write [80]"),
    "a short word": (WAVE, "LeakyReLU", "LReLU", "unknown-operator", "did you mean 'LeakyReLU'?"),
    "no transposition": (WAVE, "op: Transpose, dim0: 1, dim1: 2", "op: Identity", "sequence-over-channels", "steps come first"),
    "a batch in a reshape": (DECODER, "[32, 7, 7]", "[-1, 32, 7, 7]", "rank-mismatch", "shape: [32, 7, 7] in map"),
    "channels last in a reshape": (DECODER, "[32, 7, 7]", "[7, 7, 32]", "channel-mismatch", "channels come first: shape: [32, 7, 7] in map"),
    "no output padding": (DECODER, "output_padding: 1}\n  - {name: up2", "output_padding: 0}\n  - {name: up2", "output-shape-mismatch", "set output_padding to 1 in up1"),
    "one input of a block": (VOLUME, "[enc2, enc1]", "enc2", "input-count", "from: [deep, skip], in this order"),
    "another word for a step": (VOLUME, "multiple_of", "divisible_by", "unknown-key", "did you mean 'multiple_of'?"),
    "another level in a block": (VOLUME, "[dec1, enc0]", "[dec1, enc1]", "skip-size-mismatch", "let dec0 (line 18) read enc0 in place of enc1"),
    "too many positions": (TOKENS, "[64, 128]", "[512, 128]", "merge-channel-mismatch", "set shape to [64, 128] in positions"),
    "all tokens": (TOKENS, "op: Select, dim: 1, index: 0", "op: Identity", "output-shape-mismatch", "there are 64 of these: take one of them, or their mean"),
    "no merge": (PATCHES, "- {name: s1, op: Step,", "- {name: more, op: Conv2d, from: [pair, real], out_channels: 6, kernel_size: 1}\n  - {name: s1, op: Step,", "input-count", "a merge before it"),
    "an output of another size": (PATCHES, "features: 128, stride: 1", "features: 128", "output-shape-mismatch", "set stride to 1 in s2"),
    "an input inside a block": (PATCHES, "name: conv, op", "name: conv, from: photo, op", "undefined-input", "a block reads its own layers and what it is given: input"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_one_finding_says_what_would_work(name: str) -> None:
    meant, part, slip, rule, help = TOLD[name]
    assert meant.count(part) >= 1
    (finding,) = found(meant.replace(part, slip, 1))
    assert finding.rule.name == rule
    assert help in finding.help


MENDED = (
    "a comma in a size",
    "a comma in a fraction",
    "a batch in a reshape",
    "channels last in a reshape",
    "another word for a step",
    "another level in a block",
)


@pytest.mark.parametrize("name", MENDED)
def test_the_fix_gives_back_what_was_meant(name: str) -> None:
    meant, part, slip, *_ = TOLD[name]
    text = meant.replace(part, slip, 1)
    (finding,) = found(text)
    assert finding.fix is not None
    assert apply_edits(text, finding.fix.edits) == meant


def test_tokens_are_told_for_those_that_were_looked_up() -> None:
    (finding,) = found(TOKENS.replace("[64, 128]", "[512, 128]"))
    assert finding.message == "the inputs have different numbers of tokens: embedding is 64x128, positions is 512x128"


def test_features_are_told_for_those_that_were_looked_up() -> None:
    (finding,) = found(TOKENS.replace("[64, 128]", "[64, 96]"))
    assert finding.message == "the inputs have different numbers of features: embedding is 64x128, positions is 64x96"
    assert finding.help.startswith("set ")


def test_a_name_from_outside_is_the_input_of_the_block() -> None:
    text = PATCHES.replace("name: conv, op", "name: conv, from: photo, op")
    (finding,) = found(text)
    assert finding.fix is not None and not finding.fix.safe
    assert not found(apply_edits(text, finding.fix.edits))


def test_a_change_after_which_nothing_is_known_is_no_remedy() -> None:
    text = """\
convlint: 1
inputs: {image: [24, 32, 32]}
layers:
  - {name: parts, op: Split, split_size: [16, 8], expect: [20, 32, 32]}
"""
    (finding,) = found(text)
    assert "dim" not in finding.help and finding.fix is None


COUNTS = """\
convlint: 1
inputs: {image: [3, 32, 32]}
layers:
  - {name: a, op: Conv2d, out_channels: 64, kernel_size: 3, padding: 1}
  - {name: b, op: Conv2d, in_channels: 64, out_channels: 32, kernel_size: 3, padding: 1}
  - {name: c, op: Conv2d, in_channels: 32, out_channels: 128, kernel_size: 3, padding: 1}
"""


def test_a_number_that_is_odd_among_round_ones_leaves_no_safe_fix_of_its_reader() -> None:
    (finding,) = found(COUNTS.replace("name: a, op: Conv2d, out_channels: 64", "name: a, op: Conv2d, out_channels: 65"))
    assert finding.layer == "b" and finding.fix is not None and not finding.fix.safe
    assert "set out_channels to 64 in a (line 4)" in finding.help
    assert finding.related[0].message == "a gives 65x32x32 with out_channels: 65"


def test_a_number_that_is_odd_in_its_reader_is_mended_there() -> None:
    (finding,) = found(COUNTS.replace("name: b, op: Conv2d, in_channels: 64", "name: b, op: Conv2d, in_channels: 65"))
    assert finding.fix is not None and finding.fix.safe


JSON = """\
{
    "network_def": {
        "_target_": "UNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [16, 32],
        "strides": [2]
    }
}
"""


@pytest.mark.parametrize("part", ['"UNet",', '"in_channels": 1,', '"channels": [16, 32],', "[16,"])
def test_a_comma_that_is_missing_in_json(part: str) -> None:
    text = JSON.replace(part, part[:-1])
    (finding,) = [item for item in check_text(text, path="net.json").findings if item.severity != "info"]
    assert finding.rule.name == "yaml-syntax"
    assert finding.fix is not None and finding.fix.safe
    assert apply_edits(text, finding.fix.edits) == JSON


def test_help_for_a_missing_comma_says_where_it_goes() -> None:
    def told(part: str, slip: str) -> tuple[str, bool]:
        (finding,) = check_text(JSON.replace(part, slip), path="net.json").findings
        return finding.help, finding.fix is not None and finding.fix.safe

    assert told('"UNet",', '"UNet"') == ("a comma is missing at the end of line 3", True)
    assert told("[16, 32]", "[16 32]") == ("put a comma before it", True)
    assert told("[16, 32]", "[16 384]") == ("put a comma before it", False)


def test_a_bracket_that_is_missing_in_json_is_no_comma() -> None:
    text = JSON.replace('"strides": [2]', '"strides": [2')
    (finding,) = [item for item in check_text(text, path="net.json").findings if item.severity != "info"]
    assert finding.rule.name == "yaml-syntax" and finding.fix is None


@pytest.mark.parametrize(
    ("part", "slip"), [('"UNet"', "'UNet'"), ('"in_channels"', "'in_channels'"), ("[2]", "[2,]"), ("[2]", "[2],")]
)
def test_the_json_of_python_is_mended(part: str, slip: str) -> None:
    text = JSON.replace(part, slip)
    (finding,) = [item for item in check_text(text, path="net.json").findings if item.severity != "info"]
    assert finding.rule.name == "yaml-syntax"
    assert finding.fix is not None and finding.fix.safe
    assert apply_edits(text, finding.fix.edits) == JSON


def test_a_concatenation_along_another_dimension_is_one_finding() -> None:
    text = """\
convlint: 1
inputs: {a: [8, 16, 16], b: [4, 16, 16]}
layers:
  - {name: cat, op: Concat, from: [a, b], dim: 2}
  - {name: conv, op: Conv2d, in_channels: 12, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: add, op: Add, from: [conv, a]}
"""
    (finding,) = found(text)
    assert finding.help == "along dim 1, the channels, they may have different ones"
    assert finding.fix is not None and not finding.fix.safe
    assert not found(apply_edits(text, finding.fix.edits))


def test_a_name_in_a_shape_that_is_like_no_other_is_told_those_that_there_are() -> None:
    (finding,) = found(WAVE.replace("hidden_size: 64", "hidden_size: 64, expect: [T, 64]"))
    assert finding.rule.name == "undefined-input"


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        ("{op: ReLU, from: [a, b]}", "a merge before it makes one of several"),
        ("{op: MatMul, from: a}", "from takes several as a list: [a, b]"),
        ("{op: Parameter, shape: [3], from: a}", "it reads nothing: leave from out, and let another layer read it"),
        ("{op: MultiheadAttention, embed_dim: 8, num_heads: 1, batch_first: true, from: [a, b]}", ""),
    ],
)
def test_help_for_a_number_of_inputs_fits_what_is_wrong(layer: str, help: str) -> None:
    text = f"convlint: 1\ninputs: {{a: [8, 8], b: [8, 8]}}\nlayers:\n  - {layer}\n"
    assert [item.help for item in found(text) if item.rule.name == "input-count"] == [help]


@pytest.mark.parametrize(
    ("row", "help"),
    [
        ("[-1, 1, Concat, [1]]", "what it reads is a list: [-1]"),
        ("[[-1], 1, Conv, [64]]", "write -1 without brackets"),
        ("[[-1, 0], 1, Conv, [64]]", "a Concat before it makes one of several"),
    ],
)
def test_help_for_what_a_row_reads_is_in_the_words_of_rows(row: str, help: str) -> None:
    text = f"nc: 2\nbackbone:\n  - [-1, 1, Conv, [8, 3, 2]]\n  - {row}\nhead:\n  - [[-1], 1, Detect, [nc]]\n"
    assert [item.help for item in found(text) if item.rule.name == "input-count"] == [help]


@pytest.mark.parametrize("channels", [1, 8])
def test_a_map_that_is_declared_without_its_channels(channels: int) -> None:
    layer = f"{{op: Conv2d, out_channels: {channels}, kernel_size: 1, expect: [64, 64]}}"
    (finding,) = found(f"convlint: 1\ninputs: {{a: [3, 64, 64]}}\nlayers:\n  - {layer}\n")
    assert finding.rule.name == "output-shape-mismatch"
    assert finding.help == f"a shape begins with the channels: [{channels}, 64, 64]"


def test_a_reshape_to_tokens_has_no_batch_to_leave_out() -> None:
    text = DECODER.replace("[32, 7, 7]", "[-1, 32]")
    (finding,) = [item for item in found(text) if item.rule.name == "rank-mismatch"]
    assert "batch" not in finding.help
