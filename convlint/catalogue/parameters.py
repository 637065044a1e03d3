"""The parameters of operators: whether a value fits the declared type, and the form in which the engine takes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from convlint.domain.values import UNKNOWN, Word
from convlint.limits import LARGEST_SIZE
from convlint.typed import Final, NamedTuple


class Parameter(NamedTuple):
    """One parameter of an operator.

    `type` is count, integer, number, flag, choice, text, dim, dims, integers, extent (an integer, or one an axis),
    factor (a number, or one an axis), sides (an integer, or two an axis, the last axis first), activation (true, false,
    null or a text) or anchors (boxes for each level, or how many there are; taken as the number of levels, 0 where that
    is open, and the number of boxes). `infer` is an expression for the value when the file gives none. `removed` is the
    version of the class's package that took the parameter away, `renamed` the parameter that took its place.
    """

    name: str
    type: str
    required: bool = False
    default: object = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    infer: str | None = None
    summary: str = ""
    removed: str = ""
    renamed: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the newest version of the class no longer takes it."""
        return bool(self.removed or self.renamed)


Values = tuple[object, ...]
"""The values of all parameters of an operator, as the engine takes them, in the order of its declaration."""


class _Rejected:
    __slots__ = ()


REJECTED: Final = _Rejected()
LONGEST_LIST = 256
_MOST_AXES = 3


def accept(parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    """The value as the engine takes it (lists as tuples, text as `Word`), or REJECTED.

    `axes` holds the numbers of spatial axes that the operator may have; None where they follow from the input.
    """
    kind = parameter.type
    if value is None:
        return None if (parameter.nullable and not parameter.required) or kind == "activation" else REJECTED
    if kind == "integer" or kind == "dim":
        return value if _fits(parameter, value) else REJECTED
    if kind == "flag":
        return value if value is True or value is False else REJECTED
    if kind == "extent" or kind == "factor":
        return _one_an_axis(parameter, axes, value)
    if kind == "anchors":
        return _anchors(value)
    if kind in _LISTS:
        return _list(_LISTS[kind], parameter, axes, value)
    if kind == "settings":
        return UNKNOWN
    if kind == "activation":
        return Word(value) if isinstance(value, str) else value if value in (0, 1) else REJECTED
    if kind == "choice":
        return Word(value) if isinstance(value, str) and value in parameter.choices else REJECTED
    if kind == "number":
        return value if _is_number(parameter, value) else REJECTED
    if kind == "text":
        return Word(value) if isinstance(value, str) and len(value) <= LONGEST_LIST else REJECTED
    if kind == "sides":
        return _sides(parameter, axes, value)
    return _integers(parameter, value)


_OF_INTEGERS = frozenset(("integer", "dim", "extent"))
_NO_INTEGERS = range(0)


def integers_of(parameter: Parameter) -> range:
    """Integers that `accept` takes as they are; none where it depends on more than the declared bounds."""
    if parameter.type not in _OF_INTEGERS:
        return _NO_INTEGERS
    least = -LARGEST_SIZE if parameter.minimum is None else math.ceil(max(-LARGEST_SIZE, parameter.minimum))
    most = LARGEST_SIZE if parameter.maximum is None else math.floor(min(LARGEST_SIZE, parameter.maximum))
    return range(least, most + 1)


def _fits(parameter: Parameter, value: object) -> bool:
    if type(value) is not int or not -LARGEST_SIZE <= value <= LARGEST_SIZE:
        return False
    if parameter.minimum is not None and value < parameter.minimum:
        return False
    return parameter.maximum is None or value <= parameter.maximum


def _is_factor(parameter: Parameter, value: object) -> bool:
    return isinstance(value, (int, float)) and _is_number(parameter, value) and math.isfinite(value)


def _is_number(parameter: Parameter, value: object) -> bool:
    """Whether a number fits; one that is not finite does, as in torch: pads and bounds are."""
    if type(value) is not int and type(value) is not float:
        return False
    if parameter.minimum is not None and value < parameter.minimum:
        return False
    return parameter.maximum is None or bool(value <= parameter.maximum)


def _one_an_axis(parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    fits = _fits if parameter.type == "extent" else _is_factor
    if fits(parameter, value):
        return value
    if isinstance(value, str):
        return Word(value) if value in parameter.choices else REJECTED
    if isinstance(value, (list, tuple)):
        if len(value) not in (axes or (1, 2, 3)):
            return REJECTED
        if all(fits(parameter, item) or (item is None and parameter.nullable) for item in value):
            return tuple(value)
    return REJECTED


def _sides(parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    if _fits(parameter, value):
        return value
    if isinstance(value, (list, tuple)) and len(value) in [2 * count for count in axes or (1, 2, 3)]:
        return tuple(value) if all(_fits(parameter, item) for item in value) else REJECTED
    return REJECTED


def _list(takes: Callable[..., bool], parameter: Parameter, axes: tuple[int, ...] | None, value: object) -> object:
    """A list, which may be empty, of what `takes` accepts."""
    if not isinstance(value, (list, tuple)) or len(value) > LONGEST_LIST:
        return REJECTED
    if parameter.type == "extents":
        count = axes[0] if axes is not None and len(axes) == 1 else 1
        value = [tuple(item) if isinstance(item, (list, tuple)) else (item,) * count for item in value]
    return tuple(value) if all(takes(parameter, item) for item in value) else REJECTED


def _is_flag(_: Parameter, value: object) -> bool:
    return value is True or value is False


def _is_extent(parameter: Parameter, value: Sequence[object]) -> bool:
    return 0 < len(value) <= _MOST_AXES and all(_fits(parameter, size) for size in value)


_LISTS: dict[str, Callable[..., bool]] = {"counts": _fits, "flags": _is_flag, "extents": _is_extent}


def _anchors(value: object) -> object:
    if type(value) is int and 0 < value <= LONGEST_LIST:
        return (0, value)
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= LONGEST_LIST:
        return REJECTED
    lengths = {len(level) if isinstance(level, (list, tuple)) else 0 for level in value}
    (length,) = lengths if len(lengths) == 1 else (1,)
    return (len(value), length // 2) if length and length % 2 == 0 else REJECTED


def _integers(parameter: Parameter, value: object) -> object:
    if _fits(parameter, value):
        return value
    if isinstance(value, (list, tuple)) and 0 < len(value) <= LONGEST_LIST:
        return tuple(value) if all(_fits(parameter, item) for item in value) else REJECTED
    return REJECTED
