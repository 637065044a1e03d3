"""The items of values, the values of displays, and whether a value counts as true."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from convlint.python_source import containers
from convlint.python_source.operations import is_open, is_plain, type_name
from convlint.python_source.scopes import Scope
from convlint.python_source.tensors import indexing
from convlint.python_source.values import GaveUp, Instance, Lazy, PythonError, Tensor, Unknown
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def values_of(run: Run, nodes: list[ast.expr], scope: Scope) -> list[object]:
    """The values of expressions, starred ones spread out."""
    values: list[object] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            values.append(run.evaluate(node, scope))
            continue
        spread = run.evaluate(node.value, scope)
        values += iterate(run, spread, node, scope)
    return values


def iterate(run: Run, value: object, node: ast.AST, scope: Scope) -> list[object]:
    """The items of a value; GaveUp where they are not known."""
    if isinstance(value, (list, tuple, range, str, dict)):
        run.steps -= len(value)
        return list(value)
    if isinstance(value, (set, frozenset)):
        run.steps -= len(value)
        return sorted(value, key=_order_key)
    if isinstance(value, Lazy):
        return list(value.items)
    if isinstance(value, Instance):
        return containers.iterated(run, value, run.place(node, scope))
    if isinstance(value, Tensor):
        rows = indexing.rows(value, run.place(node, scope))
        found = run.recorded("unbind", [value], {}, rows)
        return list(cast(list[object], found))
    if isinstance(value, (int, float, type(None))):
        text = f"'{type_name(value)}' object is not iterable"
        raise PythonError("TypeError", text, run.place(node, scope))
    raise GaveUp(value.reason if isinstance(value, Unknown) else f"a loop at {run.place(node, scope)}")


def _order_key(value: object) -> tuple[str, str]:
    return type(value).__name__, str(value) if isinstance(value, (int, float, str)) else type_name(value)


def hashed(run: Run, values: Iterable[object], node: ast.AST, scope: Scope) -> set[object]:
    """A set of values; PythonError where one cannot be in a set."""
    try:
        return set(values)
    except TypeError as error:
        raise PythonError("TypeError", str(error), run.place(node, scope)) from None


def truth_of(run: Run, value: object) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if is_open(value) or isinstance(value, Tensor):
        return None
    if isinstance(value, Instance):
        return containers.truth(run, value)
    return bool(value) if is_plain(value) else True
