"""Functions that join tensors, or split one into several."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN, Scalar
from convlint.python_source.tensors.arguments import (
    argument,
    as_size,
    axis_of,
    dimension,
    failure,
    first_tensor,
    unknown_call,
)
from convlint.python_source.values import Arguments, Keywords, PythonError, ShapeFunction, Sizes, Tensor, Unknown


def _cat(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = argument(arguments, keywords, 0, "tensors")
    if not isinstance(parts, (list, tuple)) or not parts:
        return parts if isinstance(parts, Unknown) else unknown_call("cat", place)
    missing = next((at for at, part in enumerate(parts) if part is None), None)
    if missing is not None:
        text = f"expected Tensor as element {missing} in argument 0, but got NoneType"
        raise PythonError("TypeError", text, place)
    found = [part.shape for part in parts if isinstance(part, Tensor) and part.shape is not None]
    if not found:
        return Tensor(None)
    rank = len(found[0])
    axis = axis_of(dimension(arguments, keywords, 1, 0), rank, place)
    if any(len(shape) != rank for shape in found):
        raise failure("Tensors must have same number of dimensions", place)
    sizes: list[Scalar] = []
    for at in range(rank):
        column = [shape[at] for shape in found]
        if at == axis:
            sizes.append(sum(column) if len(found) == len(parts) else UNKNOWN)
            continue
        known = {size for size in column if type(size) is int}
        if len(known) > 1:
            raise failure(f"Sizes of tensors must match except in dimension {axis}: {sorted(known)}", place)
        same = len({id(size) if size is UNKNOWN else size for size in column}) == 1
        sizes.append(column[0] if same else next(iter(known), UNKNOWN))
    return Tensor(tuple(sizes))


def _stack(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = argument(arguments, keywords, 0, "tensors")
    if not isinstance(parts, (list, tuple)) or not all(
        isinstance(part, Tensor) and part.shape is not None for part in parts
    ):
        return Tensor(None)
    if not parts:
        return unknown_call("stack", place)
    shape = parts[0].shape
    axis = axis_of(dimension(arguments, keywords, 1, 0), len(shape) + 1, place)
    return Tensor((*shape[:axis], len(parts), *shape[axis:]))


def _chunk(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor, count = first_tensor(arguments), as_size(argument(arguments, keywords, 1, "chunks"))
    if tensor.shape is None or type(count) is not int or not 0 < count <= 1000:
        return unknown_call("chunk", place)
    axis = axis_of(dimension(arguments, keywords, 2, 0), len(tensor.shape), place)
    size = tensor.shape[axis]
    if type(size) is not int:
        return tuple(with_axis(tensor.shape, axis, UNKNOWN) for _ in range(count))
    step = -(-size // count)
    if step == 0:
        return (Tensor(tensor.shape),) * count
    return tuple(with_axis(tensor.shape, axis, min(step, size - start)) for start in range(0, size, step))


def _split(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    given = argument(arguments, keywords, 1, "split_size_or_sections", keywords.get("split_size"))
    if tensor.shape is None or isinstance(given, (Tensor, Unknown)):
        return unknown_call("split", place)
    axis = axis_of(dimension(arguments, keywords, 2, 0), len(tensor.shape), place)
    size = tensor.shape[axis]
    if isinstance(given, (list, tuple)):
        sizes = [as_size(value) for value in given]
        if all(type(value) is int for value in (size, *sizes)) and sum(sizes) != size:
            raise failure(f"split_with_sizes expects split_sizes to sum exactly to {size}, but got {sizes}", place)
        return tuple(with_axis(tensor.shape, axis, value) for value in sizes)
    step = as_size(given)
    if type(step) is not int or type(size) is not int or step <= 0 or size // step > 1000:
        return unknown_call("split", place)
    return tuple(with_axis(tensor.shape, axis, min(step, size - start)) for start in range(0, size, step))


def with_axis(shape: Sizes, axis: int, size: Scalar) -> Tensor:
    """A tensor of a shape with one size replaced."""
    return Tensor((*shape[:axis], size, *shape[axis + 1 :]))


def _unbind(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return unknown_call("unbind", place)
    axis = axis_of(dimension(arguments, keywords, 1, 0), len(tensor.shape), place)
    count = tensor.shape[axis]
    if type(count) is not int or count > 1000:
        return unknown_call("unbind", place)
    return (Tensor((*tensor.shape[:axis], *tensor.shape[axis + 1 :])),) * count


def _narrow(arguments: Arguments, keywords: Keywords, place: str) -> object:
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    axis = axis_of(dimension(arguments, keywords, 1), len(tensor.shape), place)
    return with_axis(tensor.shape, axis, as_size(argument(arguments, keywords, 3, "length")))


FUNCTIONS: dict[str, ShapeFunction] = {
    "cat": _cat,
    "concat": _cat,
    "concatenate": _cat,
    "stack": _stack,
    "chunk": _chunk,
    "split": _split,
    "tensor_split": _chunk,
    "unbind": _unbind,
    "narrow": _narrow,
}
