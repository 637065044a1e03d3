"""`convlint weights`: what loads, what does not and why, and weight files that carry their architecture."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

import convlint
from convlint.cli import main

Capture = pytest.CaptureFixture[str]

OLD = """\
convlint: 1
inputs: {image: [3, 32, 32]}
layers:
  - {name: c1, op: Conv2d, out_channels: 8, kernel_size: 3}
  - {name: b1, op: BatchNorm2d}
  - {name: c2, op: Conv2d, out_channels: 16, kernel_size: 3}
  - {name: head, op: Conv2d, out_channels: 80, kernel_size: 1}
"""
RENAMED = OLD.replace("c1", "first").replace("c2", "second").replace("out_channels: 80", "out_channels: 3")
TENSORS: dict[str, list[int]] = {
    "c1.weight": [8, 3, 3, 3],
    "c1.bias": [8],
    "b1.weight": [8],
    "b1.bias": [8],
    "b1.running_mean": [8],
    "b1.running_var": [8],
    "b1.num_batches_tracked": [],
    "c2.weight": [16, 8, 3, 3],
    "c2.bias": [16],
    "head.weight": [80, 16, 1, 1],
    "head.bias": [80],
}


def safetensors(path: Path, tensors: dict[str, list[int]]) -> None:
    header = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for name, shape in tensors.items()}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    (folder / "old.yaml").write_text(OLD)
    (folder / "new.yaml").write_text(RENAMED)
    safetensors(folder / "old.safetensors", TENSORS)
    return folder


def test_weights_of_the_same_network_load_whole(capsys: Capture) -> None:
    assert main(["weights", "old.yaml", "old.safetensors", "--fail-under", "100"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "old.safetensors -> old.yaml",
        "  11 of 11 tensors load as they are: same name, same shape",
    ]


@pytest.mark.parametrize("weights", ["old.safetensors", "old.yaml"])
def test_what_does_not_load_is_said_with_its_reason(weights: str, capsys: Capture) -> None:
    assert main(["weights", "new.yaml", weights]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  5 of 11 tensors load as they are: same name, same shape",
        "  9 load once layers are renamed as below",
        "  4 tensors of the weights have no place of their name: c1.weight, c1.bias, c2.weight, c2.bias",
        "  what gets nothing from the weights:",
        "    head (2 tensors): another number of outputs or classes than head: head.bias is 80 there, 3 here",
        "  layers of the weights -> layers of the network:",
        "    c1 -> first",
        "    c2 -> second",
    ]


def test_json_is_as_promised(capsys: Capture) -> None:
    assert main(["weights", "new.yaml", "old.safetensors", "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["version"], found["path"], found["weights"]) == (1, "new.yaml", "old.safetensors")
    (model,) = found["models"]
    assert (model["variant"], model["total"], model["loaded"], model["mapped"]) == (None, 11, 5, 9)
    assert model["missing"] == ["first.weight", "first.bias", "second.weight", "second.bias"]
    assert model["mismatched"][0] == {"name": "head.weight", "weights": [80, 16, 1, 1], "network": [3, 16, 1, 1]}
    assert {"weights": "c1", "network": "first"} in model["mapping"]
    assert model["misplaced"] == model["unknown"] == []


def test_fail_under_is_a_gate() -> None:
    assert main(["weights", "new.yaml", "old.safetensors", "--fail-under", "81"]) == 0
    assert main(["weights", "new.yaml", "old.safetensors", "--fail-under", "82%"]) == 1
    assert main(["weights", "new.yaml", "old.safetensors", "--fail-under", "many"]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.yaml", "old.safetensors"), "gone.yaml: no such file or directory"),
        (("old.yaml", "gone.pt"), "gone.pt cannot be read: no such file or directory"),
        (("compose.yml", "old.safetensors"), "compose.yml holds no network"),
        (("old.yaml", "old.safetensors", "--variant", "n"), "old.yaml has no variant 'n'; it has none"),
    ],
)
def test_what_cannot_be_answered_is_a_usage_error(arguments: tuple[str, ...], said: str, capsys: Capture) -> None:
    assert main(["weights", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_functions_of_the_api_give_the_same() -> None:
    found = convlint.weights("new.yaml", "old.safetensors")
    assert len(found.comparison.pairs) == 9
    assert [change.change for change in convlint.diff("old.yaml", "new.yaml").changes] == ["changed"]
    with pytest.raises(convlint.WeightsError):
        convlint.weights("new.yaml", "bad.pt")
    with pytest.raises(convlint.NoNetworkError):
        convlint.diff("old.yaml", "compose.yml")


# --- weight files that carry their architecture

CARRIED: dict[str, Any] = {
    "nc": 80,
    "scales": {"n": [0.33, 0.25, 1024], "s": [0.33, 0.5, 1024]},
    "scale": "n",
    "yaml_file": "tiny.yaml",
    "ch": 3,
    "backbone": [
        [-1, 1, "Conv", [64, 3, 2]],
        [-1, 1, "Conv", [128, 3, 2]],
        [-1, 1, "nn.Upsample", ["None", 2, "nearest"]],
    ],
    "head": [[[-1, 0], 1, "Concat", [1]], [-1, 1, "Classify", ["nc"]]],
}


class _Model:
    """Pickled as a module of torch is: by its class, and the dictionary of its attributes."""

    def __init__(self, carried: Any) -> None:
        self.yaml = carried
        self._parameters: dict[str, Any] = {}
        self._modules: dict[str, Any] = {}


def write_pt(path: Path, carried: Any) -> None:
    torch = pytest.importorskip("torch")
    model = _Model(carried)
    model._parameters["weight"] = torch.zeros(1)
    torch.save({"ema": model}, path)


def test_a_weight_file_is_checked_by_the_yaml_that_it_carries(folder: Path, capsys: Capture) -> None:
    write_pt(folder / "tiny.pt", CARRIED)
    assert main(["check", "tiny.pt"]) == 0
    capsys.readouterr()
    assert main(["show", "tiny.pt", "--output-format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert model["variant"] == "n"
    assert [layer["op"] for layer in model["layers"]][:2] == ["Conv", "Conv"]


def test_a_mistake_stands_in_the_yaml_as_it_is_printed_and_is_not_fixed(folder: Path, capsys: Capture) -> None:
    wrong = {**CARRIED, "head": [[[-1, 9], 1, "Concat", [1]], [-1, 1, "Classify", ["nc"]]]}
    write_pt(folder / "tiny.pt", wrong)
    before = (folder / "tiny.pt").read_bytes()
    assert main(["check", "--fix", "tiny.pt"]) == 1
    printed = capsys.readouterr().out
    assert "tiny.pt:8:11" in printed
    assert "- [[-1, 9], 1, Concat, [1]]" in printed
    assert (folder / "tiny.pt").read_bytes() == before


def test_a_weight_file_at_a_revision_is_compared(folder: Path, capsys: Capture) -> None:
    write_pt(folder / "tiny.pt", CARRIED)
    for arguments in (("init", "-q"), ("add", "tiny.pt"), ("commit", "-qm", "first")):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True, cwd=folder)
    write_pt(folder / "tiny.pt", {**CARRIED, "nc": 3})
    assert main(["diff", "HEAD:tiny.pt", "tiny.pt"]) == 0
    assert "changed  nc: 80 -> 3" in capsys.readouterr().out


def test_weights_without_an_architecture_say_so(folder: Path, capsys: Capture) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"a": torch.zeros(1)}, folder / "state.pt")
    assert main(["check", "state.pt"]) == 1
    assert "holds weights, but no architecture" in capsys.readouterr().out


def test_an_architecture_that_no_file_could_be_is_refused(folder: Path, capsys: Capture) -> None:
    for value in ({"a": object()}, "\x00\x1b[31m", float("nan"), {1: {2: {3: None}}}):
        write_pt(folder / "odd.pt", {**CARRIED, "nc": value})
        assert main(["check", "odd.pt"]) in (0, 1)
        capsys.readouterr()


def test_what_no_name_says_is_told_by_its_first_bytes(folder: Path, capsys: Capture) -> None:
    for name in ("model_best.pth.tar", "weights"):
        safetensors(folder / name, TENSORS)
        assert main(["weights", "old.yaml", name, "--fail-under", "100"]) == 0
    (folder / "notes.txt").write_text("no weights")
    assert main(["weights", "old.yaml", "notes.txt"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_where_a_checkpoint_holds_the_network_is_said(folder: Path, capsys: Capture) -> None:
    safetensors(folder / "lit.safetensors", {f"net.{name}": shape for name, shape in TENSORS.items()} | {"loss.w": [9]})
    assert main(["weights", "old.yaml", "lit.safetensors", "--fail-under", "100"]) == 0
    assert "the weights hold the layers of the network in 'net'" in capsys.readouterr().out
    assert main(["weights", "old.yaml", "lit.safetensors", "--output-format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["inside"], model["alike"], model["mapped"]) == ("net", [], model["total"])


# --- writing


def test_written_weights_give_the_outputs_of_the_old_network(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    (folder / "with_identity.yaml").write_text(
        OLD.replace("  - {name: b1", "  - {name: same, op: Identity}\n  - {name: b1").replace("c2", "second")
    )
    old = convlint.build("old.yaml").eval()
    for number, value in enumerate((old.state_dict(), {"ema": old.state_dict(), "epoch": 1})):
        torch.save(value, folder / f"old{number}.pt")
        assert main(["weights", "with_identity.yaml", f"old{number}.pt", "--write", f"out{number}.pt"]) == 0
        new = convlint.build("with_identity.yaml").eval()
        new.load_state_dict(torch.load(folder / f"out{number}.pt"))
        image = torch.rand(2, 3, 32, 32)
        assert torch.equal(old(image), new(image))


def test_a_whole_model_is_written_without_its_classes(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    (folder / "one.yaml").write_text(
        "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {name: conv, op: Conv2d, out_channels: 2, kernel_size: 1}\n"
        "  - {name: last, op: Conv2d, out_channels: 5, kernel_size: 1}\n"
    )
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1), torch.nn.Conv2d(2, 5, 1))
    model[0].weight.data = torch.rand(3, 2, 1, 1).transpose(0, 1)
    torch.save({"model": model}, folder / "whole.pt")
    assert main(["weights", "one.yaml", "whole.pt", "--write", "out.pt"]) == 0
    written = torch.load(folder / "out.pt")
    assert list(written) == ["conv.weight", "conv.bias", "last.weight", "last.bias"]
    assert all(torch.equal(a, b) for a, b in zip(written.values(), model.state_dict().values()))


def test_the_tar_layout_is_written_anew(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    from tests.weights import written

    written.save_tar(folder / "old.pth")
    (folder / "one.yaml").write_text(
        "convlint: 1\ninputs: {x: [2]}\nlayers:\n  - {name: weight, op: Parameter, shape: [2, 3]}\n"
        "  - {name: bias, op: Constant, shape: [2], value: 1}\n  - {op: MatMul, from: [bias, weight]}\n"
    )
    assert main(["weights", "one.yaml", "old.pth", "--write", "out.pt"]) == 0
    found, judged = torch.load(folder / "out.pt"), torch.load(folder / "old.pth", weights_only=False)
    assert torch.equal(found["weight"], judged["weight"])
    assert torch.equal(found["bias"], judged["bias"])


def test_tensors_that_share_their_numbers_are_written_to_safetensors(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    safe = pytest.importorskip("safetensors.torch")
    state = convlint.build("old.yaml").state_dict()
    numbers = torch.rand(16)
    state["b1.weight"], state["b1.bias"], state["c1.bias"] = numbers[:8], numbers[8:], numbers[:8]
    torch.save(state, folder / "tied.pt")
    assert main(["weights", "old.yaml", "tied.pt", "--write", "out.safetensors"]) == 0
    found = safe.load_file(folder / "out.safetensors")
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


def test_nothing_is_written_over(folder: Path, capsys: Capture) -> None:
    assert main(["weights", "old.yaml", "old.safetensors", "--write", "old.yaml"]) == 2
    assert "old.yaml exists already" in capsys.readouterr().err
    assert (folder / "old.yaml").read_text() == OLD
