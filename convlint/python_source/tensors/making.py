"""Functions that make tensors of sizes or of numbers."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN
from convlint.python_source.tensors.arguments import argument, as_size, as_sizes
from convlint.python_source.values import Arguments, External, Keywords, ShapeFunction, Tensor, Unknown

_MOST_NUMBERS = 1000
"""Numbers of a vector that are kept."""


def made(sizes: Arguments, keywords: Keywords) -> object:
    """A tensor of given sizes."""
    if "size" in keywords:
        sizes = [keywords["size"]]
    if len(sizes) > 1 and isinstance(sizes[0], (list, tuple)):
        sizes = sizes[:1]
    found = as_sizes([value for value in sizes if not isinstance(value, External)])
    return Tensor(None) if found is None else Tensor(tuple(found))


def _tensor(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A tensor of given values: nested lists say its shape."""
    shape: list[int] = []
    value = arguments[0] if arguments else None
    while isinstance(value, (list, tuple)):
        shape.append(len(value))
        value = value[0] if value else None
    if isinstance(value, (Tensor, Unknown)):
        return Tensor(None)
    return Tensor(tuple(shape))


def _of_class(arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`torch.Tensor(...)`: of sizes, or of values; a tuple is the one or the other."""
    first = arguments[0] if len(arguments) == 1 else None
    if isinstance(first, (tuple, Tensor)):
        return Tensor(None)
    return _tensor(arguments, keywords, place) if isinstance(first, list) else made(arguments, keywords)


def _arange(arguments: Arguments, keywords: Keywords, place: str) -> object:
    values = [value for value in arguments if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(values) != len(arguments) or not values or len(values) > 3:
        return Tensor((UNKNOWN,))
    start, end, step = (0, values[0], 1) if len(values) == 1 else (*values, 1)[:3]
    return Tensor((max(0, int(-(-(end - start) // step))),) if step else (UNKNOWN,))


def _linspace(arguments: Arguments, keywords: Keywords, place: str) -> object:
    steps = as_size(argument(arguments, keywords, 2, "steps"))
    bounds = [bound for bound in arguments[:2] if isinstance(bound, (int, float))]
    if type(steps) is not int or not 1 < steps <= _MOST_NUMBERS or len(bounds) < 2:
        return Tensor((steps,))
    start, end = bounds
    step = (end - start) / (steps - 1)
    return Tensor((steps,), numbers=(*(start + step * at for at in range(steps - 1)), end))


def _eye(arguments: Arguments, keywords: Keywords, place: str) -> object:
    size = as_size(arguments[0]) if arguments else UNKNOWN
    return Tensor((size, as_size(arguments[1]) if len(arguments) > 1 else size))


def _meshgrid(arguments: Arguments, keywords: Keywords, place: str) -> object:
    parts = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)) else arguments
    sizes = tuple(part.shape[0] if isinstance(part, Tensor) and part.shape else UNKNOWN for part in parts)
    return (Tensor(sizes),) * len(parts)


FUNCTIONS: dict[str, ShapeFunction] = {
    "tensor": _tensor,
    "as_tensor": _tensor,
    "Tensor": _of_class,
    "FloatTensor": _of_class,
    "arange": _arange,
    "linspace": _linspace,
    "eye": _eye,
    "meshgrid": _meshgrid,
}
