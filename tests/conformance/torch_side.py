"""What torch says of a case: builds the operator from the `torch` field of its declaration and runs it on the CPU."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import torch

from convlint.engine import catalogue

BATCH = 2
INDEX_INPUTS = {"MaxUnpool1d": (1,), "MaxUnpool2d": (1,), "MaxUnpool3d": (1,), "Embedding": (0,)}


class Verdict:
    """Output shapes with the batch (None for what is no tensor) and the parameter count, or torch's error."""

    def __init__(self, shapes: list[tuple[int, ...]] | None, parameters: int | None, error: str | None) -> None:
        self.shapes = shapes
        self.parameters = parameters
        self.error = error


def run(name: str, parameters: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...]) -> Verdict:
    """A forward of batch 2 in training mode."""
    declaration = catalogue.declaration(name)
    values = _filled(name, parameters, shapes)
    tensors = [_tensor(name, index, shape) for index, shape in enumerate(shapes)]
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            assert declaration.torch is not None
            if "(" in declaration.torch:
                result, count = eval(declaration.torch, _namespace(tensors, values)), 0
            else:
                constructor: Any = functools.reduce(getattr, declaration.torch.split(".")[1:], torch)
                module = constructor(**values)
                inputs = tensors * 3 if name == "MultiheadAttention" and len(tensors) == 1 else tensors
                result = module(*inputs)
                count = sum(parameter.numel() for parameter in module.parameters())
    except Exception as error:
        return Verdict(None, None, f"{type(error).__name__}: {error}".splitlines()[0])
    results = result if isinstance(result, (tuple, list)) else [result]
    return Verdict([tuple(item.shape) if isinstance(item, torch.Tensor) else () for item in results], count, None)


def _filled(name: str, parameters: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...]) -> dict[str, Any]:
    """Keyword arguments; inferred parameters get the value that the declaration infers."""
    values: dict[str, Any] = {}
    for parameter, value in zip(catalogue.declaration(name).parameters, parameters):
        if value is None and parameter.infer is not None:
            if parameter.infer == "kernel_size":
                continue
            (value,) = catalogue.evaluate(name, (parameter.infer,), parameters, shapes, ())
        values[parameter.name] = str(value) if isinstance(value, str) else value
    return values


def _tensor(name: str, index: int, shape: tuple[int, ...]) -> torch.Tensor:
    if index in INDEX_INPUTS.get(name, ()):
        return torch.zeros(BATCH, *shape, dtype=torch.long)
    return torch.randn(BATCH, *shape)


def _namespace(tensors: list[torch.Tensor], values: dict[str, Any]) -> dict[str, Any]:
    return {
        "torch": torch,
        "x": tensors[0],
        "inputs": tensors,
        "batch": BATCH,
        "reduce_Add": lambda inputs: functools.reduce(torch.add, inputs),
        "reduce_Sub": lambda inputs: functools.reduce(torch.sub, inputs),
        "reduce_Mul": lambda inputs: functools.reduce(torch.mul, inputs),
        "center_crop": _center_crop,
        **values,
    }


def _center_crop(x: torch.Tensor, size: Any) -> torch.Tensor:
    """As torchvision.transforms.functional.center_crop: pads what is too small, then cuts the middle out."""
    height, width = (size, size) if isinstance(size, int) else size
    pads = [max(0, width - x.shape[-1]), max(0, height - x.shape[-2])]
    x = torch.nn.functional.pad(x, [pads[0] // 2, (pads[0] + 1) // 2, pads[1] // 2, (pads[1] + 1) // 2])
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., top : top + height, left : left + width]
