"""`convlint state`: its text, its JSON, and what becomes of files that hold no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.cli import main

Capture = pytest.CaptureFixture[str]
NETWORK = """convlint: 1
inputs: {image: [3, 8, 8]}
layers:
  - {name: conv, op: Conv2d, out_channels: 4, kernel_size: 3}
  - {name: norm, op: BatchNorm2d}
"""


def test_the_text_names_each_tensor(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    assert main(["state", "net.yaml"]) == 0
    assert capsys.readouterr().out == (
        "net.yaml\n"
        "  conv.weight               4x3x3x3\n"
        "  conv.bias                 4\n"
        "  norm.weight               4\n"
        "  norm.bias                 4\n"
        "  norm.running_mean         4  buffer\n"
        "  norm.running_var          4  buffer\n"
        "  norm.num_batches_tracked  scalar  buffer\n"
        "7 tensors (3 buffers), 120 parameters\n"
    )


def test_the_json_keeps_its_contract(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK, encoding="utf-8")
    assert main(["state", "net.yaml", "--output-format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["version"], data["path"], data["dialect"]) == (1, "net.yaml", "native")
    (model,) = data["models"]
    assert model["variant"] is None and model["unknown"] == []
    assert model["tensors"][0] == {
        "name": "conv.weight",
        "shape": [4, 3, 3, 3],
        "buffer": False,
        "layer": "conv",
        "line": 4,
    }
    assert model["tensors"][-1]["shape"] == [] and model["tensors"][-1]["buffer"] is True


def test_layers_that_are_not_known_are_named(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = NETWORK + "  - {name: mystery, op: Conv9d}\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    assert main(["state", "net.yaml", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"][0]["unknown"] == ["mystery"]


@pytest.mark.parametrize("text", ["a: 1\n", "convlint: [\n"])
def test_a_file_without_a_network_is_said(text: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "none.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["state", str(path)]) == 2
    assert main(["state", str(tmp_path / "absent.yaml")]) == 2
    assert "absent.yaml" in capsys.readouterr().err
