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
from convlint.source.nodes import Source
from convlint.tensors.state import network_state
from tests.conformance.monai.drawing import NETWORKS, plan

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
            result = make().eval()(torch.zeros(1, channels, *size))
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


@pytest.mark.parametrize("name", ["UNet", "BasicUNet", "DynUNet", "SegResNet", "AttentionUnet"])
def test_tensors_are_those_of_the_package(name: str) -> None:
    rng = Random(f"{name}-2")
    compared = 0
    while compared < 6:
        arguments, size = NETWORKS[name](rng)
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


def test_every_network_is_declared_with_the_parameters_of_its_constructor() -> None:
    import inspect

    for name in (*NETWORKS, "SwinUNETR", "UNETR", "DiffusionModelUNet", "FlexibleUNet", "SegResNetDS"):
        declared = lookup.operator(f"monai.{name}")
        assert declared is not None
        real = inspect.signature(getattr(monai, name).__init__).parameters
        assert set(real) - {"self"} <= set(declared.positions), name
