"""Whether two values are the same or cannot be, and what two that differ have in common."""

from __future__ import annotations

from convlint.domain.values import UNKNOWN
from convlint.python_source.operations import holds_unknown, is_open
from convlint.python_source.values import Builtin, Class, External, Function, Tensor, Unknown


def is_same(first: object, second: object) -> bool:
    """Whether two values are certainly the same."""
    if first is second:
        return True
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return first.shape is not None and first.shape == second.shape and not holds_unknown(first.shape)
    if is_open(first) or is_open(second) or type(first) is not type(second):
        return False
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(is_same(a, b) for a, b in zip(first, second))
    if isinstance(first, (External, Builtin, int, float, str, bool)):
        return bool(first == second)
    return False


def join(first: object, second: object, reason: str) -> object:
    """What two values have in common: of tensors of one rank, the sizes that are the same."""
    if (
        isinstance(first, Tensor)
        and isinstance(second, Tensor)
        and first.shape is not None
        and second.shape is not None
    ) and len(first.shape) == len(second.shape):
        return Tensor(tuple(a if is_same(a, b) else UNKNOWN for a, b in zip(first.shape, second.shape)))
    return Unknown(reason)


def is_apart(first: object, second: object) -> bool:
    """Whether two values, one of which is not known, cannot be the same.

    What the repository defines is not foreign, and a class of torch goes by its own name everywhere.
    """
    return _is_other(first, second) or _is_other(second, first)


def _is_other(unknown: object, known: object) -> bool:
    if not isinstance(unknown, Unknown) or not unknown.is_foreign:
        return False
    if isinstance(known, External):
        return known.name.startswith("torch.nn.") and unknown.name not in ("", known.last)
    return isinstance(known, (Class, Function))


def is_foreign(value: object) -> bool:
    """Whether a value is unknown because it comes from outside the repository."""
    return isinstance(value, Unknown) and value.is_foreign
