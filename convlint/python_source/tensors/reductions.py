"""Functions that take an axis together, or order what is along it."""

from __future__ import annotations

from convlint.python_source.tensors.arguments import (
    Undecided,
    argument,
    as_size,
    axis_of,
    dimension,
    first_tensor,
    unknown_call,
)
from convlint.python_source.tensors.arithmetic import broadcast
from convlint.python_source.tensors.joining import with_axis
from convlint.python_source.values import Arguments, Keywords, ShapeFunction, Tensor

_PAIRS = frozenset(("max", "min", "median"))


def reduced(name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """What a function of `names.REDUCING` gives: a tensor, or two where it tells the places as well."""
    tensor = arguments[0]
    if not isinstance(tensor, Tensor):
        return unknown_call(name, place)
    at = 2 if name == "norm" else 1
    dim = dimension(arguments, keywords, at)
    if isinstance(dim, Tensor):
        return broadcast(tensor, dim, place)
    if name in ("std", "var") and isinstance(dim, bool):
        dim = None
    if dim is None:
        return Tensor(())
    if tensor.shape is None:
        return (tensor, tensor) if name in _PAIRS else tensor
    keeps = argument(arguments, keywords, at + 1, "keepdim", keywords.get("keepdims", False))
    if name in ("std", "var"):
        keeps = keywords.get("keepdim", False)
    rank = len(tensor.shape)
    axes = {axis_of(value, rank, place) for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    if not isinstance(keeps, (bool, int)):
        raise Undecided
    sizes = tuple(1 if axis in axes else size for axis, size in enumerate(tensor.shape) if keeps or axis not in axes)
    result = Tensor(sizes)
    return (result, result) if name in _PAIRS else result


def _topk(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = first_tensor(arguments), as_size(argument(arguments, keywords, 1, "k"))
    if tensor.shape is None:
        return (tensor, tensor)
    axis = axis_of(dimension(arguments, keywords, 2, -1), len(tensor.shape), place)
    found = with_axis(tensor.shape, axis, count)
    return (found, found)


def _sort(arguments: Arguments, keywords: Keywords, place: str) -> object:
    found = Tensor(first_tensor(arguments).shape)
    return (found, found)


FUNCTIONS: dict[str, ShapeFunction] = {
    "topk": _topk,
    "sort": _sort,
}
