"""MONAI's networks at random: an error where the package cannot build or run them, and nowhere else; the same tensors."""

from __future__ import annotations

import json
import warnings
from functools import partial
from random import Random
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.dialects.reading import load_source
from convlint.dialects.targets.networks import network_meant_by, operator_named
from convlint.engine.costs import network_facts
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session
from convlint.solving.solving import solve
from convlint.source.nodes import Source
from convlint.tensors.state import network_state
from tests.conformance.monai.drawing import NETWORKS, WHOLE, plan

torch = pytest.importorskip("torch")
torch.library.register_fake = lambda *_, **__: lambda function: function
monai = pytest.importorskip("monai.networks.nets")


def bundle(name: str, arguments: dict[str, Any], size: list[int]) -> str:
    inferer = {"_target_": "SlidingWindowInferer", "roi_size": size}
    return json.dumps({"network_def": {"_target_": name, **arguments}, "validate": {"inferer": inferer}})


def verdict(text: str) -> list[str]:
    """The messages of all errors."""
    return [item.message for item in check_source(Source("x.json", text)).findings if item.severity == "error"]


def outcome(make: Any, channels: int, size: list[int]) -> list[int] | None:
    """The spatial sizes of what a network gives; None where it cannot be built or cannot run."""
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            network = make().eval()
            steps = [torch.zeros(1, dtype=torch.long)] if hasattr(network, "time_embed") else []
            result = network(torch.zeros(1, channels, *size), *steps)
    except Exception:
        return None
    return list((result[0] if isinstance(result, (tuple, list)) else result).shape[2:])


@pytest.mark.parametrize("name", NETWORKS)
def test_an_error_where_the_package_fails_or_stretches(name: str, cases: int) -> None:
    rng = Random(f"{name}-1")
    for _ in range(max(8, cases // 6)):
        arguments, size = NETWORKS[name](rng)
        found = outcome(partial(getattr(monai, name), **arguments), arguments.get("in_channels", 1), size)
        errors = verdict(bundle(name, arguments, size))
        assert bool(errors) == (found != size), (name, arguments, size, found, errors)


@pytest.mark.parametrize("name", ["UNet", "BasicUNet", "AttentionUnet", "BasicUNetPlusPlus", "AutoEncoder", *WHOLE])
def test_tensors_are_those_of_the_package(name: str, cases: int) -> None:
    rng = Random(f"{name}-2")
    draw = WHOLE.get(name) or NETWORKS[name]
    compared = 0
    while compared < max(4, cases // 10):
        arguments, size = draw(rng)
        try:
            real = getattr(monai, name)(**arguments).state_dict()
        except Exception:
            continue
        assert listed(bundle(name, arguments, size)) == [(key, tuple(value.shape)) for key, value in real.items()]
        compared += 1


def listed(text: str) -> list[tuple[str, tuple[int | None, ...]]]:
    """(name, shape) of the tensors of the network of a file."""
    (architecture,) = load_source(Source("x.json", text))
    return [(tensor.name, tensor.shape) for tensor in network_state(architecture).tensors]


PUBLISHED: dict[int, dict[str, Any]] = {
    4_808_917: {
        "_target_": "UNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [16, 32, 64, 128, 256],
        "strides": [2, 2, 2, 2],
        "num_res_units": 2,
        "norm": "batch",
    },
    4_702_227: {
        "_target_": "SegResNet",
        "blocks_down": [1, 2, 2, 4],
        "blocks_up": [1, 1, 1],
        "init_filters": 16,
        "in_channels": 4,
        "out_channels": 3,
        "dropout_prob": 0.2,
    },
    7_978_856: {"_target_": "DenseNet121", "spatial_dims": 2, "in_channels": 3, "out_channels": 1000},
    5_288_548: {"_target_": "EfficientNetBN", "model_name": "efficientnet-b0"},
    11_689_512: {
        "_target_": "resnet18",
        "spatial_dims": 2,
        "num_classes": 1000,
        "bias_downsample": False,
    },
}
"""Networks with their counts of parameters: two of MONAI's model zoo, and three that are published for ImageNet."""


@pytest.mark.parametrize("count", PUBLISHED)
def test_parameters_are_counted_to_the_digit(count: int) -> None:
    axes = PUBLISHED[count].get("spatial_dims", 2 if "model_name" in PUBLISHED[count] else 3)
    window = {"_target_": "SlidingWindowInferer", "roi_size": [64] * axes}
    (architecture,) = load_source(Source("x.json", json.dumps({"network_def": PUBLISHED[count], "inferer": window})))
    trace = propagate(architecture.graph, architecture.inputs, Session({}))
    assert network_facts(architecture, trace).parameters == count


def valid_sizes(text: str) -> set[int]:
    """The heights up to 70 at which the network of a file works, as `convlint sizes` has them."""
    (architecture,) = load_source(Source("x.json", text))
    axis = next(item for item in solve(architecture) if item.axis.endswith(".1"))
    return {size for size in range(1, 71) if size in axis.valid}


@pytest.mark.parametrize("name", [*NETWORKS, "SegResNetDS", "DiffusionModelUNet", "FlexibleUNet", "DenseNet", "ResNet"])
def test_the_heights_that_work_are_those_that_the_package_takes(name: str) -> None:
    rng = Random(f"{name}-3")
    draw = WHOLE.get(name) or NETWORKS[name]
    while True:
        arguments, size = draw(rng)
        found = outcome(partial(getattr(monai, name), **arguments), channels_of(arguments), size)
        if len(size) == 2 and found in (size, []):
            break
    network = getattr(monai, name)(**arguments)
    works = {
        height
        for height in range(1, 71)
        if outcome(lambda: network, channels_of(arguments), [height, size[1]]) in ([height, size[1]], [])
    }
    assert valid_sizes(bundle(name, arguments, size)) == works, (arguments, size)


def channels_of(arguments: dict[str, Any]) -> int:
    count: int = arguments.get("in_channels", arguments.get("n_input_channels", 1))
    return count


def plans(name: str, arguments: dict[str, Any], size: list[int]) -> str:
    architecture = {
        "network_class_name": f"dynamic_network_architectures.architectures.unet.{name}",
        "arch_kwargs": arguments,
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
    configurations = {"c": {"patch_size": size, "batch_size": 2, "architecture": architecture}}
    return json.dumps({"plans_name": "p", "dataset_name": "d", "configurations": configurations})


def nnunet_class(name: str, arguments: dict[str, Any]) -> Any:
    import pydoc

    module = pytest.importorskip("dynamic_network_architectures.architectures.unet")
    given = {
        key: pydoc.locate(value) if key in ("conv_op", "norm_op", "nonlin") else value
        for key, value in arguments.items()
    }
    return getattr(module, name)(input_channels=1, num_classes=2, **given)


def test_plans_are_judged_as_nnunet_judges_them(cases: int) -> None:
    rng = Random("plans")
    for _ in range(max(20, cases // 2)):
        name, arguments, size = plan(rng)
        found = outcome(partial(nnunet_class, name, arguments), 1, size)
        errors = verdict(plans(name, arguments, size))
        assert bool(errors) == (found is None), (name, arguments, size, found, errors)


@pytest.mark.parametrize("is_residual", [True, False])
def test_tensors_of_plans_are_those_of_nnunet(is_residual: bool, cases: int) -> None:
    rng = Random(f"plans-{is_residual}")
    compared = 0
    while compared < max(6, cases // 6):
        name, arguments, size = plan(rng)
        if (name == "ResidualEncoderUNet") is not is_residual:
            continue
        try:
            real = nnunet_class(name, arguments).state_dict()
        except Exception:
            continue
        assert listed(plans(name, arguments, size)) == [(key, tuple(value.shape)) for key, value in real.items()]
        compared += 1


def test_no_class_of_the_package_is_taken_for_a_slip_of_another() -> None:
    for name in [name for name, found in vars(monai).items() if callable(found)]:
        assert network_meant_by(name) is None or operator_named(name, ()) is not None, name


def test_every_network_is_declared_with_the_parameters_of_its_constructor() -> None:
    import inspect

    for name in (*NETWORKS, *WHOLE, "SwinUNETR"):
        declared = lookup.operator(f"monai.{name}")
        assert declared is not None
        real = inspect.signature(getattr(monai, name).__init__).parameters
        assert set(real) - {"self"} <= set(declared.positions), name
