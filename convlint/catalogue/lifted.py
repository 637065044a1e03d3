"""Runs what expressions were lowered to for sizes that may be unknown: the names it uses, and its bounds."""

from __future__ import annotations

from collections.abc import Callable

from convlint.domain import values
from convlint.domain.einsum import einsum, einsum_products
from convlint.domain.values import Shape, Shapes, Size, UnknownSize
from convlint.typed import Any


def _first(shapes: Shapes) -> Shape:
    return shapes[0] if shapes else values.UNKNOWN


def _channel(shape: Shape) -> Size:
    return values.UNKNOWN if isinstance(shape, UnknownSize) else shape[0]


def _spatial(shape: Shape) -> tuple[Size, ...]:
    return (values.UNKNOWN,) if isinstance(shape, UnknownSize) else shape[1:]


def _by_axis(shapes: Shapes) -> tuple[tuple[Size, ...], ...]:
    known = [shape for shape in shapes if not isinstance(shape, UnknownSize)]
    if not known:
        return ((values.UNKNOWN,),)
    rank = min(len(shape) for shape in known)
    return tuple(
        tuple(values.UNKNOWN if isinstance(shape, UnknownSize) else shape[axis] for shape in shapes)
        for axis in range(1, rank)
    )


def _all_lack_axes(shapes: Shapes) -> bool:
    return all(isinstance(shape, UnknownSize) for shape in shapes)


def _axis_count(shape: Shape, parameters: tuple[object, ...]) -> int:
    if not isinstance(shape, UnknownSize):
        return len(shape) - 1
    return max((len(value) for value in parameters if isinstance(value, tuple)), default=1)


LIFTED_NAMES: dict[str, object] = {
    **{name: value for name, value in vars(values).items() if getattr(value, "__module__", "") == values.__name__},
    "einsum": einsum,
    "einsum_products": einsum_products,
    "UNKNOWN": values.UNKNOWN,
    "first": _first,
    "channel": _channel,
    "spatial": _spatial,
    "by_axis": _by_axis,
    "axis_count": _axis_count,
    "all_lack_axes": _all_lack_axes,
    "__builtins__": {
        "tuple": tuple,
        "int": int,
        "range": range,
        "len": len,
        "zip": zip,
        "type": type,
        "slice": slice,
    },
}


def make_function(source: str, name: str) -> Callable[..., Any]:
    """The function of a lifted source; it raises TooLarge where it would compute too much."""
    return values.within_bounds(_function(source, name))


def make_own_function(source: str, name: str) -> Callable[..., Any]:
    """As `make_function`, for what the linted repository brings: it draws on the budget of the file."""
    return values.drawing_on_the_budget(_function(source, name))


def _function(source: str, name: str) -> Callable[..., object]:
    namespace: dict[str, Any] = dict(LIFTED_NAMES)
    exec(source, namespace)  # the first call of `compile` costs 0.7 ms: it makes the classes of syntax trees
    function: Callable[..., Any] = namespace[name]
    return function
