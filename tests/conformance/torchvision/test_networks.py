"""The networks of torchvision, traced and written as native files: no false alarm, torch's shapes and parameters."""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")
if importlib.util.find_spec("torchvision") is None:
    pytest.skip("torchvision is not installed", allow_module_level=True)

from convlint.describing import describe_source  # noqa: E402
from convlint.source import Source  # noqa: E402
from tests.conformance.torchvision.tracing import traced  # noqa: E402

FAMILIES = (
    "alexnet",
    "deeplabv3_mobilenet_v3_large",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "fcn_resnet50",
    "googlenet",
    "inception_v3",
    "lraspp_mobilenet_v3_large",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_0",
    "vgg11_bn",
)
"""One network of each family that torch.fx can trace; the long form (`--conformance-cases=600`) takes all."""

OTHERS = [
    "deeplabv3_resnet101",
    "deeplabv3_resnet50",
    "densenet161",
    "densenet169",
    "densenet201",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "efficientnet_v2_l",
    "efficientnet_v2_m",
    "fcn_resnet101",
    "mnasnet0_75",
    "mnasnet1_0",
    "mnasnet1_3",
    "mobilenet_v3_large",
    "regnet_x_16gf",
    "regnet_x_1_6gf",
    "regnet_x_32gf",
    "regnet_x_3_2gf",
    "regnet_x_800mf",
    "regnet_x_8gf",
    "regnet_y_16gf",
    "regnet_y_1_6gf",
    "regnet_y_32gf",
    "regnet_y_3_2gf",
    "regnet_y_800mf",
    "regnet_y_8gf",
    "resnet101",
    "resnet152",
    "resnet34",
    "resnet50",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
    "squeezenet1_1",
    "vgg11",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "wide_resnet101_2",
    "wide_resnet50_2",
]
SIZES = {"inception_v3": 299}
LOSES_PIXELS = {"squeezenet1_0", "squeezenet1_1"}
"""Networks whose first layer drops a column of an image of 224 pixels, as its rule's page says."""


@cache
def models() -> Any:
    """torchvision.models; what torchvision lacks is declared where it was built for another torch."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        try:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        except RuntimeError:
            continue
    return importlib.import_module("torchvision.models")


def build(name: str) -> Any:
    """The network with random weights."""
    options: dict[str, Any] = {"weights": None}
    if "segmentation" in models().get_model_builder(name).__module__:
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    return models().get_model(name, **options)


@pytest.mark.parametrize("name", [*FAMILIES, *OTHERS])
def test_a_network_is_what_torch_says(name: str, request: pytest.FixtureRequest) -> None:
    if name in OTHERS and request.config.getoption("--conformance-cases") < 600:
        pytest.skip("part of the long form")
    network = traced(build(name), 3, SIZES.get(name, 224))
    (facts,), result = describe_source(Source(f"{name}.yaml", network.text))
    found = {finding.rule.name for finding in result.findings}
    assert found == ({"non-integer-division"} if name in LOSES_PIXELS else set())
    assert facts.parameters == network.parameters
    shapes = {row.name: (1, *row.outputs[0]) for row in facts.layers if row.outputs and row.outputs[0] is not None}
    assert {layer: shapes.get(layer) for layer in network.shapes} == network.shapes
