"""Makes a torch module of a network that is one class of a package: the builder of MONAI bundles and nnU-Net plans.

The class is one that a vocabulary declares, looked up in one module of its package, and it is given numbers, truth
values, plain words and lists of these alone. Where the package is not installed, the network is built of what the
class is known to have inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NamedTuple

import torch
from torch import Tensor, nn

from convlint.catalogue.lookup import plain_name
from convlint.engine.trace import Trace
from convlint.model import Architecture, Layer
from convlint.torch_check import BuildError, MissingPackageError
from convlint.torch_check.expansion import expanded
from convlint.torch_check.network import Layered, RefusedError, Tensors, error_text, flat
from convlint.torch_check.network import build_network as build_layers

_AFFINE = "norm_op_affine"
"""What stands for `affine` among the settings of a norm of nnU-Net."""


class _Package(NamedTuple):
    """Where the classes of a vocabulary are, what they are given that no file holds, and what of it they are not."""

    name: str
    module: str
    given: Mapping[str, object]
    left_out: tuple[str, ...]


_PACKAGES = {
    "monai": _Package("monai", "monai.networks.nets", {}, ("pretrained",)),
    "nnunet": _Package(
        "dynamic_network_architectures",
        "dynamic_network_architectures.architectures.unet",
        {"input_channels": 1, "num_classes": 2, "deep_supervision": False},
        (_AFFINE, "input_channels", "num_classes", "deep_supervision"),
    ),
}
_WORD = re.compile(r"[A-Za-z][\w-]{0,40}\Z")
_CLASSES = ("conv_op", "norm_op", "dropout_op", "nonlin")
"""Arguments that are classes of torch."""


def build_network(architecture: Architecture, trace: Trace) -> Layered:
    """The module of a network, in training mode; raises BuildError, with the package's own text where it refuses."""
    layer = architecture.graph.layers[0]
    if architecture.prefix is not None or not isinstance(layer.operator, str):
        return build_layers(architecture, trace)
    package = _PACKAGES[layer.operator.partition(".")[0]]
    try:
        module = import_module(package.module)
    except Exception as error:  # a package that does not fit the torch beside it fails in many ways
        return _of_layers(architecture, trace, package, error)
    made = Whole(layer, _built(module, plain_name(layer.operator), package, architecture.recipe, layer.name))
    made.notes = (f"built by {package.name} {_version(package.name)}".rstrip(),)
    return made


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _of_layers(architecture: Architecture, trace: Trace, package: _Package, error: Exception) -> Layered:
    graph = expanded(architecture, trace)
    if graph is None:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise MissingPackageError(package.name, reason)
    made = Whole(architecture.graph.layers[0], graph)
    made.notes = (f"built of the layers that it has inside, as {package.name} is not installed",)
    return made


class Whole(Layered):
    """A network that is one layer of its file."""

    def __init__(self, layer: Layer, network: nn.Module) -> None:
        super().__init__()
        self._name = layer.name
        self.network = network

    def layers(self) -> Iterator[tuple[str, nn.Module]]:
        yield self._name, self.network

    def forward(self, image: Tensor) -> object:
        """What the network gives, as it gives it."""
        return self.network(image)

    def seen(self, path: str, result: object) -> Tensors | None:
        """The first tensor, which is the output; in training a network may stack others on it."""
        del path
        first = next(flat(result), None)
        return (
            None if first is None or (self.training and getattr(self.network, "deep_supervision", False)) else (first,)
        )


def _built(module: object, name: str, package: _Package, recipe: object, path: str) -> nn.Module:
    found = getattr(module, name, None)
    if not isinstance(found, type) or not issubclass(found, nn.Module) or not isinstance(recipe, Mapping):
        raise BuildError(f"{package.name} has no class {name}", path)
    arguments = {key: _argument(key, value, path) for key, value in recipe.items() if key not in package.left_out}
    if _AFFINE in recipe:
        arguments["norm_op_kwargs"] = {"affine": recipe[_AFFINE]}
    try:
        made = found(**{**arguments, **package.given})
    except Exception as error:
        raise RefusedError(error_text(error), path) from error
    return _Fed(made) if "timesteps" in _names(made) else made


def _names(network: nn.Module) -> tuple[str, ...]:
    code = network.forward.__code__
    return tuple(code.co_varnames[: code.co_argcount])


class _Fed(nn.Module):
    """A network that reads time steps beside the image: it is given the first of them."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> object:
        """What the network gives; a condition is one token of zeros."""
        steps = torch.zeros(image.shape[0], dtype=torch.long)
        width = getattr(self.network, "cross_attention_dim", None)
        if getattr(self.network, "with_conditioning", False) and type(width) is int:
            return self.network(image, steps, torch.zeros(image.shape[0], 1, width))
        return self.network(image, steps)


def _argument(key: str, value: object, path: str) -> object:
    """A value as the class takes it; raises BuildError for what is more than numbers and plain words."""
    if isinstance(value, str) and key in _CLASSES:
        return _class_of_torch(value, path)
    if isinstance(value, list):
        return [_argument("", item, path) for item in value]
    if isinstance(value, dict):
        return {str(name): _argument("", item, path) for name, item in value.items()}
    if value is None or type(value) in (bool, int, float) or (isinstance(value, str) and _WORD.match(value)):
        return value
    raise BuildError(f"{key or 'an argument'} is no plain value", path)


def _class_of_torch(name: str, path: str) -> type[nn.Module]:
    lowered = name.rpartition(".")[2].lower()
    for known, found in vars(nn).items():
        if known.lower() == lowered and isinstance(found, type) and issubclass(found, nn.Module):
            return found
    raise BuildError(f"torch.nn has no class {name}", path)
