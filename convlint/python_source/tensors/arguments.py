"""What a function of tensors is given, read as Python binds it: tensors, sizes and axes."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN, Scalar, Size, Symbolic
from convlint.python_source.values import Arguments, Keywords, PythonError, ShapeFunction, Tensor, Unknown
from convlint.typed import Any


class Undecided(Exception):
    """What is given does not tell the shape of the result."""


def unknown_call(name: str, place: str) -> Unknown:
    """What a function gives that is not followed."""
    return Unknown(f"torch.{name} at {place}")


def failure(text: str, place: str) -> PythonError:
    """The error that torch raises at a place."""
    return PythonError("RuntimeError", text, place)


def first_tensor(arguments: Arguments) -> Tensor:
    """What a method is called on, or what a function of a tensor is given first."""
    value = arguments[0]
    if not isinstance(value, Tensor):
        raise Undecided
    return value


def argument(arguments: Arguments, keywords: Keywords, at: int, name: str, default: object = None) -> Any:
    """An argument, by position or by name."""
    return arguments[at] if len(arguments) > at else keywords.get(name, default)


def dimension(arguments: Arguments, keywords: Keywords, at: int, default: object = None) -> Any:
    """The argument `dim`, which may be called `axis`."""
    return argument(arguments, keywords, at, "dim", keywords.get("axis", default))


def as_size(value: object) -> Size:
    """A size: an integer, or UNKNOWN."""
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else UNKNOWN


def as_sizes(values: Arguments) -> list[Scalar] | None:
    """Sizes that are given one by one, or as a list."""
    given = list(values[0]) if len(values) == 1 and isinstance(values[0], (list, tuple)) else list(values)
    if any(isinstance(value, Tensor) for value in given):
        return None
    return [as_size(value) for value in given]


def axis_of(value: object, rank: int, place: str) -> int:
    """An axis from the front; IndexError where a tensor of that rank has none such."""
    if type(value) is not int:
        raise Undecided
    if not -rank <= value < rank:
        raise PythonError("IndexError", f"Dimension out of range: {value} of {rank} axes", place, is_certain=False)
    return value % rank


def decided(function: ShapeFunction) -> ShapeFunction:
    """The function, giving a tensor of unknown shape where an axis is not known, or an argument is not as expected."""

    def apply(arguments: Arguments, keywords: Keywords, place: str) -> object:
        try:
            return function(arguments, keywords, place)
        except (Undecided, AttributeError, IndexError, TypeError, ValueError):
            return Tensor(None)

    return apply
