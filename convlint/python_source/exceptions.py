"""Statements that raise exceptions, and those that handle or suppress them."""

from __future__ import annotations

import ast

from convlint.python_source import builtin
from convlint.python_source.assignment import poison
from convlint.python_source.branches import lose_since, written_so_far
from convlint.python_source.flow import NORMAL, Flow
from convlint.python_source.iteration import truth_of
from convlint.python_source.scopes import Scope
from convlint.python_source.values import GaveUp, PythonError, Unknown
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def raise_statement(run: Run, node: ast.Raise, scope: Scope) -> Flow:
    """`raise`, with an exception or again."""
    if node.exc is None and run.handled:
        raise run.handled[-1]
    named = scope.names.get(node.exc.id) if isinstance(node.exc, ast.Name) else None
    if isinstance(named, Unknown) and named.caught is not None:
        raise named.caught
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    kind = ast.unparse(raised).rpartition(".")[2] if raised is not None else "Exception"
    text = ""
    if isinstance(node.exc, ast.Call) and node.exc.args:
        try:
            said = run.evaluate(node.exc.args[0], scope)
        except (PythonError, GaveUp):
            said = None
        text = said if isinstance(said, str) else ""
    raise PythonError(kind, text, run.place(node, scope))


def assert_statement(run: Run, node: ast.Assert, scope: Scope) -> None:
    """`assert`; what is not known holds."""
    try:
        truth = truth_of(run, run.evaluate(node.test, scope))
    except GaveUp:
        return
    if truth is False:
        said = run.evaluate(node.msg, scope) if node.msg is not None else ""
        text = said if isinstance(said, str) and said else ast.unparse(node.test)[:80]
        raise PythonError("AssertionError", text, run.place(node, scope))


def try_statement(run: Run, node: ast.Try, scope: Scope) -> Flow:
    """`try` with its handlers."""
    written = written_so_far(run)
    try:
        flow = run.execute(node.body, scope)
    except PythonError as error:
        lose_since(run, written, f"{error} at {error.place}")
        handler = next((item for item in node.handlers if _handles(item, error)), None)
        if handler is None:
            run.execute(node.finalbody, scope)
            raise
        flow = _handle(run, handler, error, scope)
    else:
        if flow == NORMAL:
            flow = run.execute(node.orelse, scope)
    last = run.execute(node.finalbody, scope)
    return flow if last == NORMAL else last


def _handle(run: Run, handler: ast.ExceptHandler, error: PythonError, scope: Scope) -> Flow:
    if handler.name is not None:
        scope.names[handler.name] = Unknown(str(error), caught=error)
    run.handled.append(error)
    try:
        return run.execute(handler.body, scope)
    finally:
        run.handled.pop()


def _handles(handler: ast.ExceptHandler, error: PythonError) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(builtin.is_exception(error.kind, ast.unparse(kind).rpartition(".")[2]) for kind in kinds)


def with_statement(run: Run, node: ast.With, scope: Scope) -> Flow:
    """`with`: what a context gives is unknown."""
    suppressed: list[str] = []
    for item in node.items:
        context = item.context_expr
        if isinstance(context, ast.Call) and ast.unparse(context.func).endswith("suppress"):
            suppressed += [ast.unparse(argument).rpartition(".")[2] for argument in context.args]
        if item.optional_vars is not None:
            poison(run, item.optional_vars, run.unknown("a context", node, scope), scope)
    try:
        return run.execute(node.body, scope)
    except PythonError as error:
        if not any(builtin.is_exception(error.kind, kind) for kind in suppressed):
            raise
        return NORMAL
