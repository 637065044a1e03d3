"""What a module that was learned from source makes of shapes, how many parameters it has, and their names."""

from __future__ import annotations

from math import prod
from typing import Any

from convlint.domain.values import UNKNOWN
from convlint.python_source import layers, records
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.operations import is_open
from convlint.python_source.values import Class, Function, GaveUp, Instance, PythonError, Tensor, Unknown

BATCH = 2
"""Samples of the batch that a forward is followed with: not one, which broadcasting and squeezing would lose."""


class Outcome:
    """The shapes that a forward gives (UNKNOWN each where it is not known), and why something is not known."""

    __slots__ = ("error", "reason", "shapes")

    def __init__(self, shapes: tuple[Any, ...], reason: str = "", error: PythonError | None = None) -> None:
        self.shapes = shapes
        self.reason = reason
        self.error = error


def forward(module: Any, inputs: tuple[Any, ...], is_list: bool) -> Outcome:
    """Follows the forward of a record on the shapes of maps, without the batch."""
    if not isinstance(module, Instance):
        return Outcome((UNKNOWN,), module.reason if isinstance(module, Unknown) else "no module")
    outcome = _followed(module, inputs, is_list, training=True)
    if outcome.error is None:
        return outcome
    other = _followed(module, inputs, is_list, training=False)
    return outcome if other.error is not None or other.reason else other


def _followed(module: Instance, inputs: tuple[Any, ...], is_list: bool, *, training: bool) -> Outcome:
    maps = [Tensor(None if shape is UNKNOWN else (BATCH, *shape)) for shape in inputs]
    interpreter = Interpreter()
    interpreter.training = training
    given: list[Any] = maps if not is_list or _takes_several(module, len(maps)) else [maps]
    try:
        value = records.call(interpreter, module, given, {}, "the network")
    except PythonError as error:
        error.is_certain = error.is_certain and not interpreter.doubt
        return Outcome((UNKNOWN,), str(error) + (f" at {error.place}" if error.place else ""), error)
    except GaveUp as error:
        return Outcome((UNKNOWN,), error.reason)
    except RecursionError:
        return Outcome((UNKNOWN,), "calls too deep")
    return _outcome(value)


def _takes_several(module: Instance, count: int) -> bool:
    """Whether a forward cannot be called with one list, but with its items."""
    function = records.class_member(module.kind, "forward") if isinstance(module.kind, Class) else None
    if not isinstance(function, Function):
        return False
    positional = [argument.arg for argument in function.node.args.args][1:]
    needed = [name for name in positional if name not in function.defaults]
    return 1 < len(needed) <= count <= len(positional)


def _outcome(value: Any) -> Outcome:
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    if isinstance(value, dict):
        parts = list(value.values())
    flat = [item for part in parts for item in (part if isinstance(part, (list, tuple)) else [part])]
    reason = next((part.reason for part in flat if isinstance(part, Unknown)), "")
    return Outcome(tuple(_shape(part) for part in flat) or (UNKNOWN,), reason)


def _shape(value: Any) -> Any:
    if not isinstance(value, Tensor) or value.shape is None or not value.shape or value.shape[0] != BATCH:
        return UNKNOWN
    return tuple(UNKNOWN if isinstance(size, Unknown) else size for size in value.shape[1:])


def construct(module: Any) -> PythonError | str:
    """Follows the constructor of a record and of all modules in it: an error, or why it is not known ("" if it is)."""
    if not isinstance(module, Instance):
        return module.reason if isinstance(module, Unknown) else "no module"
    interpreter = Interpreter()
    try:
        for _ in records.walk(interpreter, module):
            pass
    except PythonError as error:
        error.is_certain = error.is_certain and not interpreter.doubt
        return error
    except GaveUp as error:
        return error.reason
    except RecursionError:
        return "calls too deep"
    return ""


def parameter_count(module: Any) -> int | None:
    """The learned parameters of a record, shared ones once; None where they are not known."""
    if not isinstance(module, Instance):
        return None
    total, seen = 0, set[int]()
    try:
        for _, part in records.walk(Interpreter(), module):
            if id(part) in seen:
                continue
            seen.add(id(part))
            count = _own_parameters(part, seen)
            if count is None:
                return None
            total += count
    except (GaveUp, PythonError, RecursionError):
        return None
    return total


def _own_parameters(part: Instance, seen: set[int]) -> int | None:
    total = 0
    if part.core is not None and part.core.name not in ("Sequential", "ModuleList", "ModuleDict", "OrderedDict"):
        count = layers.parameter_count(part.core)
        if count is None:
            return None
        total = count
    for _, tensor in records.own_tensors(part):
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if tensor.shape is None or any(is_open(size) for size in tensor.shape):
            return None
        total += prod(tensor.shape)
    return total
