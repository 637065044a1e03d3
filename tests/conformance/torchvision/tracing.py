"""Writes a torch model as a native file: its graph traced by torch.fx, one layer a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import yaml
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from convlint.catalogue import lookup

Layer = dict[str, Any]


class Traced(NamedTuple):
    """A model as text, the shape that torch gives each layer (batch included), and the parameters of what was called."""

    text: str
    shapes: dict[str, tuple[int, ...]]
    parameters: int


def traced(model: nn.Module, channels: int, size: int) -> Traced:
    """The model in evaluation mode on one square image; raises KeyError for a call that has no operator."""
    graph = fx.symbolic_trace(model.eval())
    with torch.no_grad():
        ShapeProp(graph).propagate(torch.zeros(1, channels, size, size))
    modules = dict(graph.named_modules())
    writer = _Writer(modules)
    layers = [layer for node in graph.graph.nodes for layer in writer.layers(node)]
    data = {"convlint": 1, "inputs": {"input": [channels, size, size]}, "layers": layers}
    text = yaml.safe_dump(json.loads(json.dumps(data)), sort_keys=False, default_flow_style=None, width=200)
    called = [modules[node.target] for node in graph.graph.nodes if node.op == "call_module"]
    parameters = {id(parameter): parameter.numel() for module in called for parameter in module.parameters()}
    return Traced(text, writer.shapes, sum(parameters.values()))


class _Writer:
    def __init__(self, modules: dict[str, nn.Module]) -> None:
        self._modules = modules
        self._names: dict[fx.Node, str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def layers(self, node: fx.Node) -> Iterator[Layer]:
        """The layer of a node; none for one that is no tensor, an input, an output, or a part of what has several."""
        if node.op == "placeholder":
            self._names[node] = "input"
        elif _is_part(node):
            self._names[node] = f"{self._names[node.args[0]]}.{node.args[1]}"  # type: ignore[index]
        elif node.op != "output" and _holds_tensors(node):
            self._names[node] = node.name
            if isinstance(node.meta["tensor_meta"], torch.fx.passes.shape_prop.TensorMetadata):
                self.shapes[node.name] = tuple(node.meta["tensor_meta"].shape)
            sources = [self._names[source] for source in _sources(node)]
            yield {"name": node.name, **self._operator(node), "from": sources if len(sources) > 1 else sources[0]}

    def _operator(self, node: fx.Node) -> Layer:
        if node.op == "call_module":
            return _of_module(self._modules[str(node.target)])
        return _FUNCTIONS[_function_name(node)](node)


def _holds_tensors(node: fx.Node) -> bool:
    meta = node.meta.get("tensor_meta")
    return meta is not None and _function_name(node) not in ("getattr", "size")


def _is_part(node: fx.Node) -> bool:
    """Whether a node takes one of the tensors of another that has several."""
    if _function_name(node) != "getitem" or not isinstance(node.args[0], fx.Node):
        return False
    return _function_name(node.args[0]) in ("chunk", "split")


def _sources(node: fx.Node) -> list[fx.Node]:
    first = node.args[0]
    if isinstance(first, (list, tuple)):
        return [source for source in first if isinstance(source, fx.Node)]
    return [source for source in node.args if isinstance(source, fx.Node) and _holds_tensors(source)]


def _function_name(node: fx.Node) -> str:
    if node.op == "call_method":
        return str(node.target)
    return str(getattr(node.target, "__name__", node.target)) if node.op == "call_function" else ""


def _of_module(module: nn.Module) -> Layer:
    """The operator of a module, with the value that the module has for each of its parameters."""
    name = type(module).__name__
    if name == "StochasticDepth":
        return {"op": "Identity"}
    layer: Layer = {"op": name}
    for parameter in lookup.declaration(name).parameters:
        value = getattr(module, parameter.name, None)
        if parameter.name == "bias":
            layer["bias"] = value is not None
        elif value is not None:
            layer[parameter.name] = _plain(value)
    return layer


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _pool(name: str) -> Callable[[fx.Node], Layer]:
    def pool(node: fx.Node) -> Layer:
        given = {**dict(zip(("kernel_size", "stride", "padding"), node.args[1:])), **node.kwargs}
        known = {parameter.name for parameter in lookup.declaration(name).parameters}
        return {"op": name, **{key: _plain(value) for key, value in given.items() if key in known and value}}

    return pool


def _argument(node: fx.Node, position: int, name: str, default: Any = None) -> Any:
    return _plain(node.args[position] if len(node.args) > position else node.kwargs.get(name, default))


def _shape(node: fx.Node) -> list[int]:
    return list(node.meta["tensor_meta"].shape)


_FUNCTIONS: dict[str, Callable[[fx.Node], Layer]] = {
    "add": lambda node: {"op": "Add"},
    "mul": lambda node: {"op": "Mul"},
    "cat": lambda node: {"op": "Concat", "dim": _argument(node, 1, "dim", 0)},
    "flatten": lambda node: {"op": "Flatten", "start_dim": _argument(node, 1, "start_dim", 0)},
    "relu": lambda node: {"op": "ReLU"},
    "dropout": lambda node: {"op": "Dropout"},
    "adaptive_avg_pool2d": lambda node: {"op": "AdaptiveAvgPool2d", "output_size": _argument(node, 1, "output_size")},
    "avg_pool2d": _pool("AvgPool2d"),
    "max_pool2d": _pool("MaxPool2d"),
    "boolean_dispatch": _pool("MaxPool2d"),
    "mean": lambda node: {"op": "Mean", "dim": _argument(node, 1, "dim")},
    "chunk": lambda node: {"op": "Chunk", "chunks": _argument(node, 1, "chunks"), "dim": _argument(node, 2, "dim", 0)},
    "view": lambda node: {"op": "Reshape", "shape": _shape(node)[1:]},
    "stochastic_depth": lambda node: {"op": "Identity"},
    "contiguous": lambda node: {"op": "Identity"},
    "transpose": lambda node: {"op": "Permute", "dims": _swapped(len(_shape(node)), *node.args[1:])},
    "interpolate": lambda node: {"op": "Interpolate", "size": _shape(node)[2:], "mode": node.kwargs["mode"]},
}


def _swapped(count: int, first: Any, second: Any) -> list[int]:
    axes = list(range(count))
    axes[first], axes[second] = axes[second], axes[first]
    return axes
