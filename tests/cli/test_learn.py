"""`convlint learn`: classes of Python become blocks of a file that says of them what torch says, and nothing is run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from convlint.cli import main
from convlint.describing import describe_source
from convlint.source.nodes import Source

NET = """
import torch
import torch.nn as nn

class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2)
    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))

class Gate(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channels, channels // reduction), nn.ReLU())
        self.out = nn.Linear(channels // reduction, channels)
    def forward(self, x):
        b, c, _, _ = x.shape
        y = torch.sigmoid(self.out(self.fc(x.mean((2, 3)))))
        return x * y.view(b, c, 1, 1)

class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = Conv(3, 32, 3, 2)
        self.gate = Gate(32)
        self.body = nn.ModuleList(Conv(32, 32, 3) for _ in range(2))
        self.head = nn.Linear(32, classes)
    def forward(self, x):
        x = self.gate(self.stem(x))
        for m in self.body:
            x = x + m(x)
        return self.head(x.flatten(2).mean(-1))
"""
ODD = """
import torch, torch.nn as nn
print("run")
class Odd(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv = nn.Conv2d(c, 2 * c, 3)
    def forward(self, x):
        return torch.histc(self.cv(x))
"""


@pytest.fixture
def learn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(text: str, name: str = "", *arguments: str) -> tuple[int, str, str]:
        path = tmp_path / "net.py"
        path.write_text(text)
        code = main(["learn", f"{path}:{name}" if name else str(path), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_network_becomes_a_file_with_the_shapes_and_parameters_of_torch(learn: Any) -> None:
    torch = pytest.importorskip("torch")
    code, text, said = learn(NET, "Net")
    assert code == 0 and not said
    networks, result = describe_source(Source("net.yaml", text))
    assert not [finding for finding in result.findings if finding.severity == "error"]
    names: dict[str, Any] = {}
    exec(NET, names)
    net = names["Net"]().eval()
    (row,) = networks[0].layers
    assert row.outputs == (tuple(net(torch.zeros(1, 3, 224, 224)).shape[1:]),)
    assert row.parameters == sum(parameter.numel() for parameter in net.parameters())


def test_numbers_follow_from_the_arguments_of_the_class(learn: Any) -> None:
    _, text, _ = learn(NET)
    blocks = yaml.safe_load(text)["blocks"]
    assert list(blocks) == ["Conv", "Gate", "Net"]
    assert blocks["Conv"]["params"] == {"c2": None, "k": 1, "s": 1}
    conv = blocks["Conv"]["layers"][0]
    assert conv["out_channels"] == "${c2}" and conv["padding"] == "${k // 2}" and conv["stride"] == "${s}"
    gate = {layer["name"]: layer for layer in blocks["Gate"]["layers"]}
    assert gate["fc.0"]["out_features"] == "${channels // reduction}"
    assert gate["view"]["shape"] == ["${channels}", 1, 1]
    net = {layer["name"]: layer for layer in blocks["Net"]["layers"]}
    assert net["body.1"]["op"] == "Conv" and net["body.1"]["c2"] == 32 and net["body.1"]["k"] == 3
    assert net["head"]["out_features"] == "${classes}"


def test_the_file_holds_for_other_arguments(learn: Any) -> None:
    torch = pytest.importorskip("torch")
    _, text, _ = learn(NET, "Gate")
    file = yaml.safe_load(text)
    file["inputs"] = {"x": [24, 10, 12]}
    file["layers"] = [{"name": "gate", "op": "Gate", "from": "x", "channels": 24, "reduction": 3}]
    networks, result = describe_source(Source("net.yaml", yaml.safe_dump(file, sort_keys=False)))
    assert not result.findings
    names: dict[str, Any] = {}
    exec(NET, names)
    gate = names["Gate"](24, 3)
    assert networks[0].layers[0].outputs == (tuple(gate(torch.zeros(1, 24, 10, 12)).shape[1:]),)
    assert networks[0].parameters == sum(parameter.numel() for parameter in gate.parameters())


def test_what_is_followed_in_part_says_so(learn: Any) -> None:
    code, text, said = learn(ODD)
    assert code == 0
    assert "Odd (net.py:4) was followed in part: torch.histc at net.py:9" in text
    assert "followed in part" in said and "run" not in text.split("\n")
    assert "cv" in text and yaml.safe_load(text) is None


def test_arguments_and_inputs_can_be_given(learn: Any) -> None:
    code, text, _ = learn(NET, "Conv", "--set", "c1=3", "--set", "c2=7", "--input", "3x9x9")
    file = yaml.safe_load(text)
    assert code == 0 and file["inputs"] == {"x": [3, 9, 9]} and file["layers"][0]["c2"] == 7


@pytest.mark.parametrize(
    "text, name, wanted",
    [
        (NET, "Nett", "did you mean 'Net'?"),
        ("x = (", "", "cannot be read as Python"),
        ("class A: pass", "", "has no class of its own that is a torch.nn.Module"),
    ],
)
def test_what_is_not_there_is_a_usage_error(learn: Any, text: str, name: str, wanted: str) -> None:
    code, out, said = learn(text, name)
    assert code == 2 and not out and wanted in said


def test_nothing_is_imported(learn: Any) -> None:
    before = set(sys.modules)
    learn(ODD)
    assert not {name.partition(".")[0] for name in set(sys.modules) - before} & {"torch", "numpy", "net"}


def test_a_folder_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", str(tmp_path)]) == 2
    assert "is a directory; name a file of Python in it" in capsys.readouterr().err
