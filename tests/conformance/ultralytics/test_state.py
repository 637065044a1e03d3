"""The tensors of the stock models: names, shapes, order and buffers are those of `state_dict()`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from convlint.checking import conclude, study
from convlint.dialects.reading import load_file
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.tensors.state import network_state
from tests.conformance.ultralytics.oracle import Failure, build, stock_files
from tests.conformance.ultralytics.requirements import needs_package

torch = pytest.importorskip("torch")
pytestmark = needs_package

SHARING = ("yolov8.yaml", "yolo11-pose.yaml", "yolo26-seg.yaml", "yolov10b.yaml", "yolov5.yaml", "yolov9e.yaml")
"""Files whose convolutions stand in modules of many kinds."""
VISION = ("resnet18", "resnext50_32x4d", "resnext101_64x4d", "wide_resnet50_2", "convnext_tiny", "convnext_base")
"""Networks of torchvision, which a row may hold."""


@pytest.mark.parametrize("path", stock_files(), ids=lambda path: str(path.stem))
def test_the_state_is_that_of_the_package(path: Path, cases: int) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    networks = load_file(str(path))
    for network in networks if cases >= 100 else networks[:1]:
        layers = build(config, network.variant)
        assert not isinstance(layers, Failure)
        model = torch.nn.Sequential(*layers)
        buffers = {name for name, _ in model.named_buffers(remove_duplicate=False)}
        state = model.state_dict()
        truth = [(f"model.{name}", tuple(value.shape), name in buffers) for name, value in state.items()]
        found = network_state(network)
        assert not found.unknown
        assert [(tensor.name, tensor.shape, tensor.is_buffer) for tensor in found.tensors] == truth


@pytest.mark.parametrize("name", VISION)
@pytest.mark.parametrize("left_out", [1, 2, 3, 6, 9])
def test_a_network_of_torchvision_is_its_parts(name: str, left_out: int) -> None:
    config = _taken_apart(name, left_out, 0)
    layers = build(config, None)
    assert not isinstance(layers, Failure)
    shape = tuple(layers[0].eval()(torch.zeros(1, 3, 97, 97, device="meta")).shape[1:])
    config = _taken_apart(name, left_out, shape[0])
    options = Options(dialect="ultralytics", sizes=(("imgsz", 97),))
    network = study(Source("model.yaml", yaml.safe_dump(config, sort_keys=False)), options).networks[0]
    found = network_state(network.architecture, network.trace)
    assert network.trace.steps[0].outputs == (shape,)
    assert not found.unknown
    truth = [(f"model.0.{tensor}", tuple(value.shape)) for tensor, value in layers[0].state_dict().items()]
    assert [(tensor.name, tensor.shape) for tensor in found.tensors] == truth


def test_a_network_of_torchvision_reads_an_image() -> None:
    config = _taken_apart("resnet18", 2, 512)
    config["backbone"].insert(0, [-1, 1, "Conv", [16, 3, 2]])
    layers = build(config, None)
    assert not isinstance(layers, Failure)
    with pytest.raises(RuntimeError, match="channel"):
        layers[1](layers[0](torch.zeros(2, 3, 64, 64, device="meta")))
    source = Source("model.yaml", yaml.safe_dump(config, sort_keys=False))
    (found,) = conclude(study(source, Options()), Options()).findings
    assert (found.rule.name, found.layer) == ("channel-mismatch", "1")


def _taken_apart(name: str, left_out: int, channels: int) -> dict[str, Any]:
    row = [-1, 1, "TorchVision", [channels, name, "DEFAULT", True, left_out, False]]
    return {"nc": 4, "backbone": [row], "head": [[-1, 1, "nn.Identity", []]]}


@pytest.mark.parametrize("name", SHARING)
@pytest.mark.parametrize("activation", ["nn.PReLU()", "torch.nn.GELU(approximate='tanh')"])
def test_the_activation_of_the_file_is_inside_all_of_its_modules(name: str, activation: str, tmp_path: Path) -> None:
    stock = next(path for path in stock_files() if path.name == name)
    config = {**yaml.safe_load(stock.read_text(encoding="utf-8")), "activation": activation}
    file = tmp_path / name
    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    network = load_file(str(file))[0]
    layers = build(config, network.variant)
    assert not isinstance(layers, Failure)
    truth = [(f"model.{name}", tuple(value.shape)) for name, value in torch.nn.Sequential(*layers).state_dict().items()]
    found = network_state(network)
    assert not found.unknown
    assert [(tensor.name, tensor.shape) for tensor in found.tensors] == truth
    assert any(tensor.is_shared for tensor in found.tensors) == (activation == "nn.PReLU()")
