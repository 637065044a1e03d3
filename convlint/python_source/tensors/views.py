"""Functions that order, merge, split or repeat the axes of a tensor."""

from __future__ import annotations

from math import prod

from convlint.domain.values import UNKNOWN, Scalar
from convlint.python_source.operations import is_open
from convlint.python_source.tensors.arguments import (
    argument,
    as_size,
    as_sizes,
    axis_of,
    dimension,
    failure,
    first_tensor,
)
from convlint.python_source.values import Arguments, External, Keywords, ShapeFunction, Sizes, Tensor, Unknown


def _reshape(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, given = first_tensor(arguments), arguments[1:]
    if "shape" in keywords:
        given = [keywords["shape"]]
    if len(given) == 1 and isinstance(given[0], (External, Unknown)):
        return Tensor(tensor.shape) if isinstance(given[0], External) else Tensor(None)
    sizes = as_sizes(given)
    if sizes is None:
        return Tensor(None)
    return Tensor(reshaped(tensor.shape, sizes, place))


def reshaped(shape: Sizes | None, sizes: list[Scalar], place: str) -> Sizes:
    """The sizes with -1 filled in."""
    rest = [size for size in sizes if not (type(size) is int and size == -1)]
    if len(rest) == len(sizes):
        if shape is not None and all(type(size) is int for size in (*shape, *sizes)) and prod(shape) != prod(sizes):
            raise failure(f"shape '{sizes}' is invalid for input of size {prod(shape)}", place)
        return tuple(sizes)
    if len(sizes) - len(rest) > 1:
        raise failure("only one dimension can be inferred", place)
    filled = UNKNOWN if shape is None else _quotient(shape, rest, sizes, place)
    return tuple(filled if type(size) is int and size == -1 else size for size in sizes)


def _quotient(shape: Sizes, rest: list[Scalar], sizes: list[Scalar], place: str) -> Scalar:
    """The size that is left, common factors taken out first: sizes that are not known may be among them."""
    above, below = list(shape), []
    for size in rest:
        at = next((at for at, other in enumerate(above) if _is_factor(other, size)), None)
        if at is not None:
            del above[at]
        else:
            below.append(size)
    if any(size is UNKNOWN for size in (*above, *below)):
        return UNKNOWN
    top, bottom = prod(above), prod(below)
    if type(top) is int and type(bottom) is int:
        if bottom == 0 or top % bottom:
            raise failure(f"shape '{sizes}' is invalid for input of size {prod(shape)}", place)
        return top // bottom
    return top // bottom if type(bottom) is int and bottom else UNKNOWN


def _is_factor(first: object, second: object) -> bool:
    """Whether two sizes are certainly the same."""
    if type(first) is int and type(second) is int:
        return first == second
    return first is not UNKNOWN and type(first) is type(second) and bool(first == second)


def _permute(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    dims = argument(arguments, keywords, 1, "dims")
    given = list(dims) if isinstance(dims, (list, tuple)) else arguments[1:]
    if tensor.shape is None:
        return tensor
    rank = len(tensor.shape)
    axes = [axis_of(value, rank, place) for value in given]
    if sorted(axes) != list(range(rank)):
        raise failure("permute(sparse_coo): number of dimensions does not match", place)
    return Tensor(tuple(tensor.shape[axis] for axis in axes))


def _transpose(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    rank, sizes = len(tensor.shape), list(tensor.shape)
    first = axis_of(argument(arguments, keywords, 1, "dim0", keywords.get("axis0", 0)), rank, place)
    second = axis_of(argument(arguments, keywords, 2, "dim1", keywords.get("axis1", 1)), rank, place)
    sizes[first], sizes[second] = sizes[second], sizes[first]
    return Tensor(tuple(sizes))


def _flatten(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    rank = len(tensor.shape)
    if rank == 0:
        return Tensor((1,))
    start = axis_of(argument(arguments, keywords, 1, "start_dim", 0), rank, place)
    end = axis_of(argument(arguments, keywords, 2, "end_dim", -1), rank, place)
    middle = tensor.shape[start : end + 1]
    return Tensor((*tensor.shape[:start], prod(middle), *tensor.shape[end + 1 :]))


def _unflatten(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    axis = axis_of(dimension(arguments, keywords, 1), len(tensor.shape), place)
    sizes = as_sizes([argument(arguments, keywords, 2, "sizes")])
    if sizes is None:
        return Tensor(None)
    return Tensor((*tensor.shape[:axis], *reshaped((tensor.shape[axis],), sizes, place), *tensor.shape[axis + 1 :]))


def _unsqueeze(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    axis = axis_of(dimension(arguments, keywords, 1), len(tensor.shape) + 1, place)
    return Tensor((*tensor.shape[:axis], 1, *tensor.shape[axis:]))


def _squeeze(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    dim = dimension(arguments, keywords, 1)
    rank = len(tensor.shape)
    if dim is None:
        if any(is_open(size) for size in tensor.shape):
            return Tensor(None)
        return Tensor(tuple(size for size in tensor.shape if size != 1))
    axes = {axis_of(value, rank, place) for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    if any(is_open(tensor.shape[axis]) for axis in axes):
        return Tensor(None)
    return Tensor(tuple(size for at, size in enumerate(tensor.shape) if at not in axes or size != 1))


def _expand(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, sizes = first_tensor(arguments), as_sizes(arguments[1:])
    if sizes is None or tensor.shape is None:
        return Tensor(None)
    padded = (1,) * (len(sizes) - len(tensor.shape)) + tensor.shape
    return Tensor(tuple(old if type(new) is int and new == -1 else new for old, new in zip(padded, sizes)))


def _as_other(arguments: Arguments, keywords: Keywords, place: str) -> object:
    other = arguments[1]
    return Tensor(other.shape) if isinstance(other, Tensor) else Tensor(None)


def _repeat(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, counts = first_tensor(arguments), as_sizes(arguments[1:])
    if counts is None or tensor.shape is None:
        return Tensor(None)
    padded = (1,) * (len(counts) - len(tensor.shape)) + tensor.shape
    return Tensor(tuple(size * count for size, count in zip(padded, counts)))


def _repeat_interleave(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = first_tensor(arguments), as_size(argument(arguments, keywords, 1, "repeats"))
    dim = dimension(arguments, keywords, 2)
    if tensor.shape is None or dim is None:
        return Tensor(None)
    axis = axis_of(dim, len(tensor.shape), place)
    return Tensor((*tensor.shape[:axis], tensor.shape[axis] * count, *tensor.shape[axis + 1 :]))


FUNCTIONS: dict[str, ShapeFunction] = {
    "view": _reshape,
    "reshape": _reshape,
    "permute": _permute,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "swapdims": _transpose,
    "flatten": _flatten,
    "unflatten": _unflatten,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "expand": _expand,
    "broadcast_to": _expand,
    "expand_as": _as_other,
    "view_as": _as_other,
    "reshape_as": _as_other,
    "repeat": _repeat,
    "tile": _repeat,
    "repeat_interleave": _repeat_interleave,
}
