"""Runs statements: for each kind of node the function that does it and tells how it ends."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.python_source import assignment, branches, definitions, exceptions, imports
from convlint.python_source.assignment import assign
from convlint.python_source.flow import BREAK, CONTINUE, NORMAL, Flow, Returned
from convlint.python_source.iteration import iterate, truth_of
from convlint.python_source.scopes import Scope
from convlint.python_source.values import GaveUp
from convlint.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def execute(run: Run, body: list[ast.stmt], scope: Scope) -> Flow:
    """Runs statements; tells how they end."""
    for node in body:
        flow = _execute_one(run, node, scope)
        if flow != NORMAL:
            return flow
    return NORMAL


def _execute_one(run: Run, node: ast.stmt, scope: Scope) -> Flow:
    run.steps -= 1
    handler = _STATEMENTS.get(type(node))
    if handler is None:
        raise GaveUp(f"{type(node).__name__} at {run.place(node, scope)}")
    flow: Flow | None = handler(run, node, scope)
    return NORMAL if flow is None else flow


def _expression(run: Run, node: ast.Expr, scope: Scope) -> None:
    if not isinstance(node.value, ast.Constant):
        run.evaluate(node.value, scope)


def _for(run: Run, node: ast.For, scope: Scope) -> Flow:
    items = iterate(run, run.evaluate(node.iter, scope), node.iter, scope)
    for item in items:
        if run.watcher is not None:
            run.watcher(item, scope, "before")
        assign(run, node.target, item, scope)
        flow = execute(run, node.body, scope)
        if run.watcher is not None:
            run.watcher(item, scope, "after")
        if flow == BREAK:
            return NORMAL
        if isinstance(flow, Returned):
            return flow
    return execute(run, node.orelse, scope)


def _while(run: Run, node: ast.While, scope: Scope) -> Flow:
    while True:
        truth = truth_of(run, run.evaluate(node.test, scope))
        if truth is None:
            raise GaveUp(f"a condition at {run.place(node.test, scope)}")
        if not truth:
            return execute(run, node.orelse, scope)
        flow = execute(run, node.body, scope)
        if flow == BREAK:
            return NORMAL
        if isinstance(flow, Returned):
            return flow


def _return(run: Run, node: ast.Return, scope: Scope) -> Flow:
    return Returned(run.evaluate(node.value, scope) if node.value is not None else None)


def _outer(run: Run, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
    scope.outer = scope.outer | frozenset(node.names)


def _pass(run: Run, node: ast.stmt, scope: Scope) -> None:
    return None


def _break(run: Run, node: ast.stmt, scope: Scope) -> Flow:
    return BREAK


def _continue(run: Run, node: ast.stmt, scope: Scope) -> Flow:
    return CONTINUE


_STATEMENTS: dict[type[ast.stmt], Callable[[Run, Any, Scope], Flow | None]] = {
    ast.Expr: _expression,
    ast.Assign: assignment.assign_statement,
    ast.AnnAssign: assignment.annotated,
    ast.AugAssign: assignment.augmented,
    ast.If: branches.if_statement,
    ast.For: _for,
    ast.While: _while,
    ast.Try: exceptions.try_statement,
    ast.With: exceptions.with_statement,
    ast.Return: _return,
    ast.Raise: exceptions.raise_statement,
    ast.Assert: exceptions.assert_statement,
    ast.FunctionDef: definitions.definition,
    ast.ClassDef: definitions.definition,
    ast.Import: imports.import_statement,
    ast.ImportFrom: imports.import_from,
    ast.Delete: assignment.delete,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.Pass: _pass,
    ast.Break: _break,
    ast.Continue: _continue,
}
