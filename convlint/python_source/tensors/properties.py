"""What a tensor tells of itself: its shape, its axes, its numbers."""

from __future__ import annotations

from math import prod

from convlint.python_source.operations import is_open
from convlint.python_source.tensors.arguments import axis_of, dimension, first_tensor
from convlint.python_source.values import Arguments, External, Keywords, Method, ShapeFunction, Tensor, Unknown


def attribute(value: Tensor, name: str) -> object:
    """`tensor.name`."""
    if name == "shape":
        return value.shape if value.shape is not None else Unknown("the shape of a tensor")
    if name == "ndim":
        return len(value.shape) if value.shape is not None else Unknown("the axes of a tensor")
    if name == "data" or name == "real":
        return value
    if name in ("T", "mT"):
        return _turned(value)
    if name in ("is_cuda", "is_mps", "is_quantized"):
        return False
    if name == "dtype":
        return External("torch.float32")
    if name == "device":
        return External("torch.cpu")
    if name in ("requires_grad", "grad", "layout"):
        return Unknown(f"{name} of a tensor")
    return Method(value, name)


def _turned(value: Tensor) -> Tensor:
    """A tensor with its last two axes in the other order."""
    if value.shape is None:
        return value
    return Tensor((*value.shape[:-2], *reversed(value.shape[-2:])))


def _size_of(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, dim = first_tensor(arguments), dimension(arguments, keywords, 1)
    if tensor.shape is None:
        return Unknown(f"the shape of a tensor at {place}")
    if dim is None:
        return tensor.shape
    return tensor.shape[axis_of(dim, len(tensor.shape), place)]


def _dim(arguments: Arguments, keywords: Keywords, place: str) -> object:
    shape = first_tensor(arguments).shape
    return len(shape) if shape is not None else Unknown(f"the axes of a tensor at {place}")


def _numel(arguments: Arguments, keywords: Keywords, place: str) -> object:
    shape = first_tensor(arguments).shape
    if shape is None or any(is_open(size) for size in shape):
        return Unknown(f"the size of a tensor at {place}")
    return prod(shape)


def _item(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = arguments[0]
    if isinstance(tensor, Tensor) and tensor.numbers is not None and tensor.shape is not None:
        return list(tensor.numbers) if tensor.shape else tensor.numbers[0]
    return Unknown(f"the value of a tensor at {place}")


FUNCTIONS: dict[str, ShapeFunction] = {
    "size": _size_of,
    "dim": _dim,
    "ndimension": _dim,
    "numel": _numel,
    "item": _item,
    "tolist": _item,
}
