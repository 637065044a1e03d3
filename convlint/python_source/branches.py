"""Chooses between two ways to go on; where it is not known which, both are tried."""

from __future__ import annotations

import ast

from convlint.python_source.flow import Flow, Returned
from convlint.python_source.iteration import truth_of
from convlint.python_source.sameness import is_same, join
from convlint.python_source.scopes import Scope
from convlint.python_source.values import GaveUp, PythonError, Unknown
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def if_statement(run: Run, node: ast.If, scope: Scope) -> Flow:
    """An `if` with its `else`."""
    truth = truth_of(run, run.evaluate(node.test, scope))
    if truth is not None:
        return run.execute(node.body if truth else node.orelse, scope)
    return _both(run, node, scope)


def choice(run: Run, node: ast.IfExp, scope: Scope) -> object:
    """`yes if test else no`."""
    truth = truth_of(run, run.evaluate(node.test, scope))
    if truth is not None:
        return run.evaluate(node.body if truth else node.orelse, scope)
    values, written = [], written_so_far(run)
    for part in (node.body, node.orelse):
        try:
            values.append(run.evaluate(part, scope))
        except PythonError:
            run.suspect(f"a choice at {run.place(node, scope)}")
    lose_since(run, written, f"a choice at {run.place(node, scope)}")
    if not values:
        raise GaveUp(f"a choice at {run.place(node, scope)}")
    return values[0] if is_same(values[0], values[-1]) else run.unknown("a choice", node, scope)


def _both(run: Run, node: ast.If, scope: Scope) -> Flow:
    """A branch on something unknown: what both sides agree on is known, the rest is not."""
    reason = f"a condition at {run.place(node.test, scope)}"
    before, changes, written = dict(scope.names), run.changes, written_so_far(run)
    ends: list[tuple[Flow, dict[str, object]]] = []
    for body in (node.body, node.orelse):
        scope.names.clear()
        scope.names.update(before)
        try:
            ends.append((run.execute(body, scope), dict(scope.names)))
        except PythonError:
            run.suspect(reason)  # an exception that may never be raised
    if run.changes != changes or not ends:
        raise GaveUp(reason)
    lose_since(run, written, reason)
    flows = [flow for flow, _ in ends]
    names = ends[0][1]
    if len(ends) == 2:
        other = ends[1][1]
        names = {
            name: names[name]
            if name in names and name in other and is_same(names[name], other[name])
            else Unknown(reason)
            for name in {**names, **other}
        }
    scope.names.clear()
    scope.names.update(names)
    return _joined(flows, reason)


def _joined(flows: list[Flow], reason: str) -> Flow:
    first = flows[0]
    if len(flows) == 1:
        return first
    second = flows[1]
    if isinstance(first, Returned) and isinstance(second, Returned):
        return first if is_same(first.value, second.value) else Returned(join(first.value, second.value, reason))
    if first != second:
        raise GaveUp(reason)
    return first


def written_so_far(run: Run) -> int:
    """How many operations were written down in this run."""
    return run.recorder.emitted if run.recorder is not None else 0


def lose_since(run: Run, written: int, reason: str) -> None:
    """What was written down since then may not have happened."""
    if run.recorder is not None and run.recorder.frames and written_so_far(run) != written:
        run.recorder.frames[-1].lose(reason)
