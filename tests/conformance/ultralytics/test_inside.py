"""What is inside the modules of stock models: each inner layer gives the shape that torch sees there."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml

from convlint.dialects.reading import load_file
from convlint.engine.opening import opened
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Shapes, Trace
from convlint.model import Layer
from tests.conformance.ultralytics.oracle import Failure, build, stock_files
from tests.conformance.ultralytics.requirements import needs_package

torch = pytest.importorskip("torch")
pytestmark = needs_package
MODELS = ("yolov8", "yolo12", "yolov10n", "yolo26-pose", "yolov9c", "yolov8-ghost", "yolo11-cls")


def inner(trace: Trace, prefix: str, session: Session) -> dict[str, tuple[Layer, Shapes]]:
    """Each layer below the rows by its path, with its outputs."""
    found = {}
    for layer, step in zip(trace.graph.layers, trace.steps):
        name = prefix + layer.name
        if prefix:
            found[name] = (layer, step.outputs)
        for number, inside in enumerate(opened(layer, step, session)):
            found |= inner(inside.trace, f"{name}.{number}." if layer.repeat > 1 else f"{name}.", session)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_inner_shapes_are_those_of_torch(name: str) -> None:
    (path,) = [path for path in stock_files() if path.stem == name]
    network = load_file(str(path))[0]
    layers = build(yaml.safe_load(path.read_text(encoding="utf-8")), network.variant)
    assert not isinstance(layers, Failure)
    truth: dict[str, tuple[int, ...]] = {}

    def noting(layer: str) -> Any:
        return lambda module, given, output: truth.update({layer: tuple(output.shape[1:])})

    model = torch.nn.Sequential(*layers).train()
    for layer, module in model.named_modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear)):
            module.register_forward_hook(noting(layer))
    outputs: list[Any] = []
    image = torch.zeros(2, 3, 640, 640, device="meta")
    with torch.no_grad():
        for row in layers:
            sources = row.f if isinstance(row.f, list) else [row.f]
            given = [(outputs[-1] if outputs else image) if source == -1 else outputs[source] for source in sources]
            outputs.append(row(given if isinstance(row.f, list) else given[0]))
    session = Session({})
    found = inner(propagate(network.graph, network.inputs, session), "", session)
    assert {layer: found[layer][1][0] for layer in truth} == truth
    assert len(truth) > 40


def test_kernels_are_counted_inside_modules() -> None:
    (path,) = [path for path in stock_files() if path.stem == "yolo12"]
    session = Session({})
    network = load_file(str(path))[0]
    found = inner(propagate(network.graph, network.inputs, session), "", session)
    kernels = [layer.parameters[2] for layer, _ in found.values() if layer.operator == "Conv2d"]
    sizes = Counter(kernel[0] if isinstance(kernel, tuple) else kernel for kernel in kernels)
    assert sizes == {1: 72, 3: 39, 7: 8}  # without the fixed one of DFL, which no training runs
