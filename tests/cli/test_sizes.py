"""`convlint sizes`: what it says of axes that meet, of one unknown on several axes, and of a size that was asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import convlint
from convlint.cli import main

Capture = pytest.CaptureFixture[str]
HEAD = """layers:
  - {op: MaxPool2d, kernel_size: 8}
  - {op: Flatten}
  - {op: Linear, in_features: 192, out_features: 10}
"""
PAN = """convlint: 1
inputs: {image: [3, 640, 640]}
layers:
  - {name: down, op: Conv2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1}
  - {name: again, op: Conv2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1}
  - {name: up, op: Upsample, scale_factor: 2}
  - {name: cat, op: Concat, from: [up, down]}
"""


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> str:
    Path("net.yaml").write_text(text, encoding="utf-8")
    return "net.yaml"


def as_json(text: str, capsys: Capture) -> dict[str, Any]:
    assert main(["sizes", write(text), "--output-format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    found: dict[str, Any] = model["axes"]
    return found


def as_text(text: str, capsys: Capture, *arguments: str) -> str:
    assert main(["sizes", write(text), *arguments]) == 0
    return capsys.readouterr().out


def test_one_unknown_on_two_axes_is_solved_as_one(capsys: Capture) -> None:
    text = f"convlint: 1\ninputs: {{image: [3, H, H]}}\n{HEAD}"
    found = as_json(text, capsys)
    expected = {"from": 72, "modulus": 1, "residues": [], "below": [64, 65, 66, 67, 68, 69, 70, 71]}
    assert found["image.1"]["valid"] == expected
    assert "coupled" not in found["image.1"]
    assert found["image.1"]["same"] == {"image.2": "H"}
    assert "width (image.2): the same as image.1, both are H" in as_text(text, capsys)


def test_axes_that_only_work_together_say_so(capsys: Capture) -> None:
    text = f"convlint: 1\ninputs: {{image: [3, H, W]}}\n{HEAD}"
    found = as_json(text, capsys)
    assert found["image.1"]["coupled"] == {"image.2": 64}
    assert found["image.1"]["valid"]["below"] == [64, 65, 66, 67, 68, 69, 70, 71]
    assert "with image.2 = 64: these axes only work together" in as_text(text, capsys)


def test_axes_of_one_size_by_name_and_by_formula(capsys: Capture) -> None:
    text = (
        'convlint: 1\nsizes: {H: 64}\ninputs: {a: [3, H, 64], b: [3, "${H // 2}", 32]}\nlayers:\n'
        "  - {name: half, op: MaxPool2d, kernel_size: 2, from: a}\n"
        "  - {op: Concat, from: [half, b]}\n  - {op: PixelUnshuffle, downscale_factor: 3}\n"
    )
    found = as_json(text, capsys)
    assert found["a.1"]["valid"] == {"from": 6, "modulus": 6, "residues": [0, 1], "below": []}
    assert found["b.1"]["valid"] == {"from": 3, "modulus": 3, "residues": [0], "below": []}
    assert found["b.1"]["size"] == "⌊H/2⌋"


def test_a_size_that_was_asked_about(capsys: Capture) -> None:
    output = as_text(PAN, capsys, "--size", "image.1=722", "--size", "image.2=640")
    assert "722 fails at cat (362 vs 361); nearest 720 and 723" in output
    assert "640 works" in output


def test_what_excludes_sizes_is_named_with_the_copy_of_a_repeated_block(capsys: Capture) -> None:
    output = as_text(
        "convlint: 1\ninputs: {image: [3, H, 64]}\nblocks:\n  Halve:\n    layers:\n"
        "      - {op: PixelUnshuffle, downscale_factor: 2}\n      - {op: Conv2d, out_channels: 3, kernel_size: 1}\n"
        "layers:\n  - {name: down, op: Halve, repeat: 3}\n",
        capsys,
    )
    assert "not h mod 2 = 1 from 1: down[0]/0, indivisible-shape at 1" in output
    assert "not h mod 8 = 4 from 4: down[2]/0, indivisible-shape at 4" in output


def test_a_factor_that_rounds_unevenly_is_known_up_to_a_bound(capsys: Capture) -> None:
    text = "convlint: 1\ninputs: {image: [3, H, 64]}\nlayers:\n  - {op: Interpolate, scale_factor: 0.7}\n"
    valid = as_json(text, capsys)["image.1"]["valid"]
    assert valid == {"from": 4097, "modulus": 1, "residues": [], "below": [*range(2, 4097)], "known_to": 4096}
    assert "2 or more; known up to 4096" in as_text(text, capsys)
    assert "5000 is beyond what is known" in as_text(text, capsys, "--size", "H=5000")


@pytest.mark.parametrize("command", ["sizes", "show", "check"])
def test_a_size_that_the_file_does_not_have(command: str, capsys: Capture) -> None:
    assert main([command, write(PAN), "--size", "image.3=4"]) == 2
    assert "--size: no size or input axis is called 'image.3'; did you mean" in capsys.readouterr().err


def test_a_size_that_one_of_several_files_has(capsys: Capture) -> None:
    Path("other.yaml").write_text(PAN.replace("640, 640", "H, 640"), encoding="utf-8")
    assert main(["check", write(PAN), "other.yaml", "--size", "H=640"]) == 0
    assert main(["check", "net.yaml", "other.yaml", "--size", "G=640"]) == 2


SEQUENCE = """convlint: 1
inputs: {words: [T, 40]}
layers:
  - {op: Transpose, dim0: 1, dim1: 2}
  - {op: Conv1d, out_channels: 3, kernel_size: 5}
  - {op: AdaptiveAvgPool1d, output_size: 1}
"""


def test_an_open_first_axis_is_solved_too(capsys: Capture) -> None:
    assert as_json(SEQUENCE, capsys)["words.0"]["valid"] == {"from": 5, "modulus": 1, "residues": [0], "below": []}
    tokens = SEQUENCE.replace("[T, 40]", "[T]").replace(
        "{op: Transpose", "{op: Embedding, num_embeddings: 9, embedding_dim: 40}\n  - {op: Transpose"
    )
    axes = as_json(tokens, capsys)
    assert list(axes) == ["words.0"] and axes["words.0"]["valid"]["from"] == 5


def test_what_is_declared_of_an_open_first_axis_is_proven(capsys: Capture) -> None:
    path = write(SEQUENCE.replace("layers:", "sizes: {T: {min: 2}}\nlayers:"))
    assert main(["check", "--output-format", "concise", path]) == 1
    assert "input-size" in capsys.readouterr().out


def test_a_network_of_open_tokens_is_built() -> None:
    torch = pytest.importorskip("torch")
    network = convlint.build(write(SEQUENCE))
    assert network(torch.zeros(2, 7, 40)).shape == (2, 3, 1)


def test_the_reason_is_that_of_the_rows_as_they_are_written(capsys: Capture) -> None:
    """However they were meant: rows that moved are no reason of a size."""
    example = (Path(__file__).parent.parent.parent / "examples" / "yolov8-small.yaml").read_text(encoding="utf-8")
    first, rest = example.split("backbone:\n")
    new = "  - [-1, 1, nn.Identity, []]\n"
    write(f"{first}backbone:\n{new}{new}{rest}")
    assert main(["check", "--isolated", "--output-format", "concise", "net.yaml"]) == 1
    assert "shifted-rows" in capsys.readouterr().out
    main(["sizes", "--variant", "n", "net.yaml"])
    text = capsys.readouterr().out
    assert "skip-size-mismatch at 1: 10 (nn.Upsample) is 2 high, 4 (C2f) is 1" in text
    assert "moved by" not in text
