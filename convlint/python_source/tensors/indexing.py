"""Items, slices, rows and windows of tensors."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN, Scalar, Symbolic
from convlint.python_source.tensors.arguments import argument, as_size, axis_of, first_tensor
from convlint.python_source.values import Arguments, GaveUp, Keywords, PythonError, ShapeFunction, Tensor, Unknown


def indexed(tensor: Tensor, keys: Arguments, place: str) -> object:
    """`tensor[keys]`: slices, integers, None and one Ellipsis."""
    if tensor.shape is None:
        return Tensor(None)
    rank = len(tensor.shape)
    taken = len([key for key in keys if key is not None and key is not Ellipsis])
    if Ellipsis in [key for key in keys if not isinstance(key, Tensor)]:
        at = next(at for at, key in enumerate(keys) if key is Ellipsis)
        keys = [*keys[:at], *[slice(None)] * (rank - taken), *keys[at + 1 :]]
    elif taken > rank:
        raise PythonError("IndexError", f"too many indices for tensor of dimension {rank}", place, is_certain=False)
    sizes: list[Scalar] = []
    left = list(tensor.shape)
    for key in keys:
        if key is None:
            sizes.append(1)
            continue
        size = left.pop(0)
        if isinstance(key, slice):
            sizes.append(_slice_length(size, key))
        elif type(key) is int or (isinstance(key, Symbolic)):
            if type(key) is int and type(size) is int and not -size <= key < size:
                text = f"index {key} is out of bounds for dimension 0 with size {size}"
                raise PythonError("IndexError", text, place, is_certain=False)
        else:
            return Tensor(None)
    return Tensor((*sizes, *left))


def _slice_length(size: Scalar, key: slice) -> Scalar:
    parts = (key.start, key.stop, key.step)
    if parts == (None, None, None):
        return size
    if type(size) is int and all(part is None or type(part) is int for part in parts):
        return len(range(*key.indices(size))) if key.step != 0 else UNKNOWN
    if any(isinstance(part, (Unknown, Tensor, Symbolic)) for part in parts) or key.step is None:
        return UNKNOWN
    begin = key.start or 0
    step = key.step
    if key.stop is None and isinstance(begin, int) and isinstance(step, int) and begin >= 0 and step > 0:
        return (size - begin + step - 1) // step
    return UNKNOWN


def rows(tensor: Tensor, place: str) -> list[object]:
    """What a loop over a tensor goes through."""
    if not tensor.shape or type(tensor.shape[0]) is not int or tensor.shape[0] > 1000:
        raise GaveUp(f"a loop over a tensor at {place}")
    if tensor.numbers is not None and len(tensor.shape) == 1:
        return [Tensor((), numbers=(number,)) for number in tensor.numbers]
    return [Tensor(tensor.shape[1:])] * tensor.shape[0]


def _unfolded(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`tensor.unfold(dimension, size, step)`: windows along one axis, behind all others."""
    tensor = first_tensor(arguments)
    if tensor.shape is None:
        return tensor
    axis = axis_of(argument(arguments, keywords, 1, "dimension"), len(tensor.shape), place)
    size, step = (as_size(argument(arguments, keywords, at, name)) for at, name in ((2, "size"), (3, "step")))
    if type(step) is not int or step < 1:
        return Tensor(None)
    count = (tensor.shape[axis] - size) // step + 1
    return Tensor((*tensor.shape[:axis], count, *tensor.shape[axis + 1 :], size))


def _gather(arguments: Arguments, keywords: Keywords, place: str) -> object:
    index = argument(arguments, keywords, 2, "index")
    return Tensor(index.shape) if isinstance(index, Tensor) else Tensor(None)


FUNCTIONS: dict[str, ShapeFunction] = {
    "tensor.unfold": _unfolded,
    "gather": _gather,
}
