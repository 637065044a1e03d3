"""Evaluates expressions: for each kind of node the function that gives its value."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.python_source import (
    assignment,
    attributes,
    branches,
    calls,
    comprehensions,
    definitions,
    operators,
    subscripts,
)
from convlint.python_source.iteration import hashed, values_of
from convlint.python_source.names import lookup
from convlint.python_source.operations import is_open
from convlint.python_source.scopes import Scope
from convlint.python_source.values import GaveUp
from convlint.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def evaluate(run: Run, node: ast.expr, scope: Scope) -> object:
    """The value of an expression."""
    run.steps -= 1
    if run.steps < 0:
        raise GaveUp(f"too many steps at {run.place(node, scope)}")
    handler = _EXPRESSIONS.get(type(node))
    if handler is None:
        raise GaveUp(f"{type(node).__name__} at {run.place(node, scope)}")
    return handler(run, node, scope)


def _constant(run: Run, node: ast.Constant, scope: Scope) -> object:
    return node.value


def _name(run: Run, node: ast.Name, scope: Scope) -> object:
    names = scope.names
    if node.id in names:
        return names[node.id]
    return lookup(run, node.id, node, scope)


def _text(run: Run, node: ast.JoinedStr, scope: Scope) -> object:
    parts = []
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            parts.append(str(piece.value))
            continue
        if not isinstance(piece, ast.FormattedValue):
            return run.unknown("a text", node, scope)
        value = evaluate(run, piece.value, scope)
        if piece.format_spec is not None or not isinstance(value, (str, int, float, bool, type(None))):
            return run.unknown("a formatted text", node, scope)
        parts.append(repr(value) if piece.conversion == ord("r") else str(value))
    return "".join(parts)


def _list(run: Run, node: ast.List, scope: Scope) -> object:
    return values_of(run, node.elts, scope)


def _tuple(run: Run, node: ast.Tuple, scope: Scope) -> object:
    return tuple(values_of(run, node.elts, scope))


def _set(run: Run, node: ast.Set, scope: Scope) -> object:
    return hashed(run, values_of(run, node.elts, scope), node, scope)


def _dict(run: Run, node: ast.Dict, scope: Scope) -> object:
    result: dict[object, object] = {}
    for key, value in zip(node.keys, node.values):
        if key is None:
            other = evaluate(run, value, scope)
            if not isinstance(other, dict):
                return run.unknown("a mapping", node, scope)
            result.update(other)
            continue
        name = evaluate(run, key, scope)
        if is_open(name) or isinstance(name, (list, dict, set)):
            return run.unknown("a mapping", node, scope)
        result[name] = evaluate(run, value, scope)
    return result


_EXPRESSIONS: dict[type[ast.expr], Callable[[Run, Any, Scope], object]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.JoinedStr: _text,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.IfExp: branches.choice,
    ast.BoolOp: operators.logic,
    ast.UnaryOp: operators.unary,
    ast.BinOp: operators.binary,
    ast.Compare: operators.comparison,
    ast.Subscript: subscripts.subscript,
    ast.Attribute: attributes.attribute_expression,
    ast.Lambda: definitions.lambda_function,
    ast.NamedExpr: assignment.walrus,
    ast.ListComp: comprehensions.list_comprehension,
    ast.GeneratorExp: comprehensions.generator,
    ast.SetComp: comprehensions.set_comprehension,
    ast.DictComp: comprehensions.dict_comprehension,
    ast.Call: calls.call_expression,
}
