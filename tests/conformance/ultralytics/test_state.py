"""The tensors of the stock models: names, shapes, order and buffers are those of `state_dict()`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from convlint.dialects.reading import load_file
from convlint.weights.state import network_state
from tests.conformance.ultralytics.oracle import Failure, build, stock_files
from tests.conformance.ultralytics.requirements import needs_package

torch = pytest.importorskip("torch")
pytestmark = needs_package


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
        untold = [layer.name for layer in network.graph.layers if layer.operator == "ultralytics.TorchVision"]
        assert list(found.unknown) == untold
        truth = [entry for entry in truth if entry[0].split(".")[1] not in untold]
        assert [(tensor.name, tensor.shape, tensor.is_buffer) for tensor in found.tensors] == truth
