"""What people write who know torch's outputs, shapes and blocks by other words: what they are told, and the fix."""

from __future__ import annotations

import pytest

from convlint import check_text
from convlint.findings import Finding
from convlint.fixes import apply_edits

LSTM = (
    "convlint: 1\ninputs: {steps: [50, 12]}\nlayers:\n"
    "  - {name: lstm, op: LSTM, hidden_size: 8, batch_first: true}\n  - {name: last, op: Select, from: NAME, index: -1}\n"
)
GATE = """\
convlint: 1
inputs: {image: [3, 16, 16]}
blocks:
  Gate:
    inputs: [skip, deep]
    params: {widths: null}
    layers:
      - {op: Conv2d, from: deep, out_channels: "${widths[0]}", kernel_size: 1}
      - {op: Sigmoid}
      - {name: gated, op: Conv2d, out_channels: "${widths[1]}", kernel_size: 1}
      - {name: sum, op: Add, from: [gated, skip]}
layers:
  - {name: a, op: Conv2d, out_channels: 8, kernel_size: 1}
  - {name: b, op: ReLU}
  - {name: c, op: Gate, from: [a, b], widths: [4, 8]}
"""


def only(text: str) -> Finding:
    (finding,) = check_text(text).findings
    return finding


@pytest.mark.parametrize(
    ("name", "meant"), [("lstm.h_n", "lstm.1"), ("lstm.c_n", "lstm.2"), ('"lstm[1]"', "lstm.1"), ("lstm.hidden", None)]
)
def test_a_state_by_its_name_in_torch(name: str, meant: str | None) -> None:
    text = LSTM.replace("NAME", name)
    finding = only(text)
    assert finding.rule.name == "undefined-input"
    assert "lstm.1 (h_n) and lstm.2 (c_n)" in finding.help
    assert (finding.fix is not None) == (meant is not None)
    if finding.fix is not None:
        assert not finding.fix.safe
        assert apply_edits(text, finding.fix.edits).replace('"', "") == LSTM.replace("NAME", str(meant))


def test_an_output_of_a_layer_with_as_many_as_it_is_told() -> None:
    head = "convlint: 1\ninputs: {x: [8, 4, 4]}\nlayers:\n  - {name: parts, op: Chunk, chunks: 2}\n"
    text = f'{head}  - {{name: z, op: Mul, from: [parts.0, "parts[1]"]}}\n'
    finding = only(text)
    assert finding.fix is not None
    assert check_text(apply_edits(text, finding.fix.edits)).findings == ()


@pytest.mark.parametrize(("above", "is_taken"), [("op: Chunk, chunks: 2", True), ("op: ReLU", False)])
def test_a_name_that_is_how_an_output_is_read(above: str, is_taken: bool) -> None:
    text = (
        f"convlint: 1\ninputs: {{x: [8, 4, 4]}}\nlayers:\n  - {{name: a, {above}}}\n  - {{name: a.1, op: Tanh, from: a}}\n"
        "  - {op: Add, from: [a, a.1]}\n"
    )
    found = [(item.rule.name, item.message, item.help) for item in check_text(text).findings]
    said = ("duplicate-layer", "'a.1' is also how output 1 of 'a' is read", "'a_1' is free")
    assert found == ([said] if is_taken else [])


def test_inputs_of_a_block_by_name() -> None:
    assert check_text(GATE).findings == ()
    text = GATE.replace("from: [a, b]", "from: {deep: b, skip: a}")
    finding = only(text)
    assert (finding.rule.name, finding.help) == ("wrong-type", "inputs go by position: from: [a, b]")
    assert finding.fix is not None
    assert apply_edits(text, finding.fix.edits) == GATE
    other = only(GATE.replace("from: [a, b]", "from: {depth: b, skip: a}"))
    assert (other.help, other.fix) == ("inputs go by position: from: [a, b]", None)


def test_a_nested_list_for_a_parameter_is_told_where_it_stands() -> None:
    found = check_text(GATE.replace("widths: [4, 8]", "widths: [[4, 1], 8]")).findings
    assert [item.rule.name for item in found] == ["wrong-type"]


def test_one_number_a_sample() -> None:
    text = "convlint: 1\ninputs: {x: [8], label: []}\nlayers: [{op: Add, from: [x, label]}]\n"
    assert only(text).help == "one number a sample is [1]: label: [1]"


@pytest.mark.parametrize(
    ("one", "other", "help"),
    [
        ("[8]", "[1, 8]", "a Reshape to [1, 8] gives"),
        ("[8]", "[5, 8]", "a Reshape to [1, 8] gives"),
        ("[8]", "[8, 16, 16]", "a Reshape to [8, 1, 1] gives"),
        ("[8]", "[8, H, W]", "a Reshape to [8, 1, 1] gives"),
        ("[5]", "[8, 16, 16]", "bring the one with fewer axes to [8, 16, 16]"),
    ],
)
def test_what_brings_merged_inputs_to_as_many_axes(one: str, other: str, help: str) -> None:
    text = f"convlint: 1\ninputs: {{a: {one}, b: {other}}}\nlayers: [{{op: Mul, from: [a, b]}}]\n"
    assert only(text).help.startswith(help)


def test_a_tuple_with_an_open_batch_and_the_channels_last() -> None:
    text = "convlint: 1\ninputs: {image: (None, 224, 224, 3)}\nlayers: [{op: ReLU}]\n"
    finding = only(text)
    assert finding.fix is not None
    assert not finding.fix.safe
    assert "inputs: {image: [3, 224, 224]}" in apply_edits(text, finding.fix.edits)


@pytest.mark.parametrize(
    "layer", ["{type: Conv2D, out_channels: 8, kernel_size: 3}", "{type: Conv2D, filters: 8, kernel_size: 3}"]
)
def test_a_keras_layer_under_type_is_written_in_one_go(layer: str) -> None:
    text = f"convlint: 1\ninputs: {{x: [3, 8, 8]}}\nlayers: [{layer}]\n"
    finding = only(text)
    assert finding.fix is not None
    mended = apply_edits(text, finding.fix.edits)
    assert "layers: [{op: Conv2d, out_channels: 8, kernel_size: 3}]" in mended
    assert check_text(mended).findings == ()


def test_an_operator_is_no_expression() -> None:
    text = 'convlint: 1\nconstants: {act: ReLU}\ninputs: {x: [3, 8, 8]}\nlayers: [{op: "${act}"}]\n'
    assert only(text).help.startswith("op cannot be an expression")
