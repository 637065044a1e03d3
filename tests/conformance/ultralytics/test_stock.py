"""The package's own model files are clean, and every layer has the shape and the parameters that the package gives it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import convlint
from convlint.facts import LayerFacts
from tests.conformance.ultralytics.oracle import BUILD_SIZE, LayerTruth, scales_of, stock_files, truth_of
from tests.conformance.ultralytics.requirements import needs_dialect, needs_package

pytestmark = [needs_package, needs_dialect]
each_stock_file = pytest.mark.parametrize("path", stock_files(), ids=lambda path: str(path.stem))


@each_stock_file
def test_stock_file_is_clean(path: Path) -> None:
    findings = convlint.check_file(path).findings
    assert [(finding.rule.name, finding.message) for finding in findings if finding.severity != "info"] == []


@each_stock_file
def test_every_layer_is_that_of_the_package(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    networks = convlint.describe(path)
    assert [network.variant for network in networks] == scales_of(yaml.safe_load(text))
    for network in networks:
        truth = truth_of(text, network.variant)
        assert truth.failure is None
        assert [layer.parameters for layer in network.layers] == [layer.parameters for layer in truth.layers]
        assert network.parameters == sum(layer.parameters for layer in truth.layers)
        compared = [(ours, true) for ours, true in zip(network.layers, truth.layers) if is_map(true)]
        assert [ours.outputs for ours, _ in compared] == [true.shapes for _, true in compared]


@each_stock_file
def test_stock_file_works_at_the_size_at_which_it_is_built(path: Path) -> None:
    sizes = convlint.Options(sizes=(("imgsz", BUILD_SIZE),))
    assert [
        finding.message for finding in convlint.check_file(path, sizes).findings if finding.severity == "error"
    ] == []


def is_map(layer: LayerTruth) -> bool:
    """Whether a layer that is no head gives maps of features."""
    return layer.shapes is not None and all(len(shape) == 3 for shape in layer.shapes)


def test_a_layer_says_where_it_reads() -> None:
    """Both sides number the layers over backbone and head together."""
    (path,) = [path for path in stock_files() if path.stem == "yolov8"]
    network = convlint.describe(path)[0]
    truth = truth_of(path.read_text(encoding="utf-8"), network.variant)
    assert [sources(layer) for layer in network.layers] == [
        [layer.number - 1 if source == -1 else source for source in as_list(layer.sources)] for layer in truth.layers
    ]


def sources(layer: LayerFacts) -> list[int]:
    """The indices of the layers that a layer reads; -1 for the image."""
    return [int(name) if name.isdigit() else -1 for name in layer.sources]


def as_list(given: int | list[int]) -> list[int]:
    """What a layer reads, as a list."""
    return given if isinstance(given, list) else [given]
