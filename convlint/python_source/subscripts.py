"""Items and slices of values, read and set."""

from __future__ import annotations

import ast

from convlint.python_source import containers
from convlint.python_source.iteration import iterate
from convlint.python_source.names import global_item
from convlint.python_source.operations import is_open, is_plain, type_name
from convlint.python_source.scopes import Scope
from convlint.python_source.tensors import indexing
from convlint.python_source.values import GaveUp, Globals, Instance, PythonError, SliceParts, Tensor, Unknown
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def subscript(run: Run, node: ast.Subscript, scope: Scope) -> object:
    """`value[...]` as it is written."""
    value = run.evaluate(node.value, scope)
    if isinstance(value, Tensor):
        keys = _tensor_keys(run, node.slice, scope)
        result = indexing.indexed(value, keys, run.place(node.slice, scope))
        return run.recorded("getitem", [value, keys], {}, result)
    if isinstance(value, Unknown):
        return value
    if isinstance(node.slice, ast.Slice):
        return _sliced(run, value, node, _slice(run, node.slice, scope), scope)
    key = run.evaluate(node.slice, scope)
    return item(run, value, key, node, scope)


def _tensor_keys(run: Run, index: ast.expr, scope: Scope) -> list[object]:
    """What stands in the brackets of `tensor[...]`."""
    if isinstance(index, ast.Tuple):
        return [_tensor_key(run, part, scope) for part in index.elts]
    key = _tensor_key(run, index, scope)
    return list(key) if isinstance(key, tuple) else [key]


def _tensor_key(run: Run, node: ast.expr, scope: Scope) -> object:
    return slice(*_slice(run, node, scope)) if isinstance(node, ast.Slice) else run.evaluate(node, scope)


def _slice(run: Run, node: ast.Slice, scope: Scope) -> tuple[object, ...]:
    parts = (node.lower, node.upper, node.step)
    return tuple(run.evaluate(part, scope) if part is not None else None for part in parts)


def _sliced(run: Run, value: object, node: ast.Subscript, parts: tuple[object, ...], scope: Scope) -> object:
    if isinstance(value, Instance):
        return containers.sliced(run, value, parts)
    if isinstance(value, Unknown) or any(is_open(part) for part in parts):
        return run.unknown("a slice", node, scope)
    if not isinstance(value, (list, tuple, str, range)):
        raise PythonError("TypeError", f"'{type_name(value)}' object is not subscriptable", run.place(node, scope))
    run.steps -= len(value) // 16
    try:
        return value[slice(*cast(SliceParts, parts))]
    except (TypeError, ValueError) as error:
        raise PythonError(type(error).__name__, str(error), run.place(node, scope)) from None


def item(run: Run, value: object, key: object, node: ast.AST, scope: Scope) -> object:
    """`value[key]`."""
    if isinstance(value, Instance):
        return containers.item(run, value, key, run.place(node, scope))
    if is_open(value):
        return value
    if is_open(key):
        return run.unknown("an item", node, scope)
    if isinstance(value, Globals):
        return global_item(run, value, key, node, scope)
    if not isinstance(value, (list, tuple, dict, str, range)):
        if isinstance(value, (int, float, type(None), set)):
            text = f"'{type_name(value)}' object is not subscriptable"
            raise PythonError("TypeError", text, run.place(node, scope))
        return run.unknown("an item", node, scope)
    try:
        return cast(dict[object, object], value)[key]  # a sequence refuses what is no index of it
    except KeyError:
        raise PythonError("KeyError", repr(key) if is_plain(key) else "?", run.place(node, scope)) from None
    except (IndexError, TypeError) as error:
        raise PythonError(type(error).__name__, str(error), run.place(node, scope)) from None


def set_item(run: Run, target: ast.Subscript, value: object, scope: Scope) -> None:
    """`target[...] = value`."""
    owner = run.evaluate(target.value, scope)
    if isinstance(owner, Tensor):
        object.__setattr__(owner, "numbers", None)
    if isinstance(owner, (Unknown, Tensor)):
        return
    run.changes += 1
    if isinstance(target.slice, ast.Slice):
        if not isinstance(owner, list):
            raise GaveUp(f"a slice that is set at {run.place(target, scope)}")
        parts = _slice(run, target.slice, scope)
        if any(is_open(part) for part in parts):
            raise GaveUp(f"a slice that is set at {run.place(target, scope)}")
        run.steps -= len(owner) // 16
        try:
            owner[slice(*cast(SliceParts, parts))] = iterate(run, value, target, scope)
        except (ValueError, TypeError) as error:
            raise PythonError(type(error).__name__, str(error), run.place(target, scope)) from None
        return
    key = run.evaluate(target.slice, scope)
    if isinstance(owner, Instance):
        containers.set_item(run, owner, key, value)
        return
    if is_open(key) and isinstance(owner, list):
        # whichever it is, all may be another now
        run.suspect(f"an item that is set at {run.place(target, scope)}")
        owner[:] = [run.unknown("an item that is set", target, scope)] * len(owner)
        return
    if is_open(key) or not isinstance(owner, (list, dict)):
        raise GaveUp(f"an item that is set at {run.place(target, scope)}")
    try:
        cast(dict[object, object], owner)[key] = value
    except (IndexError, TypeError) as error:
        raise PythonError(type(error).__name__, str(error), run.place(target, scope)) from None
