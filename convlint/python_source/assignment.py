"""Gives targets their values and takes them away: names, attributes, items, and several at once."""

from __future__ import annotations

import ast

from convlint.python_source.attributes import set_attribute
from convlint.python_source.iteration import iterate
from convlint.python_source.operations import LONGEST, is_open, is_plain, type_name
from convlint.python_source.operators import operate
from convlint.python_source.scopes import Scope
from convlint.python_source.subscripts import set_item
from convlint.python_source.values import GaveUp, Instance, Lazy, PythonError, Unknown
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def assign_statement(run: Run, node: ast.Assign, scope: Scope) -> None:
    """`targets = value`."""
    value = run.evaluate(node.value, scope)
    for target in node.targets:
        assign(run, target, value, scope)


def annotated(run: Run, node: ast.AnnAssign, scope: Scope) -> None:
    """`target: type = value`."""
    if node.value is not None:
        assign(run, node.target, run.evaluate(node.value, scope), scope)


def augmented(run: Run, node: ast.AugAssign, scope: Scope) -> None:
    """`target op= value`."""
    target: ast.expr = node.target
    current = run.evaluate(target, scope)
    value = run.evaluate(node.value, scope)
    if isinstance(current, list) and isinstance(node.op, ast.Add):
        run.changes += 1
        extend(run, current, value, node, scope)
        assign(run, target, current, scope)
        return
    assign(run, target, operate(run, type(node.op), current, value, node, scope), scope)


def walrus(run: Run, node: ast.NamedExpr, scope: Scope) -> object:
    """`(target := value)`."""
    value = run.evaluate(node.value, scope)
    assign(run, node.target, value, scope)
    return value


def delete(run: Run, node: ast.Delete, scope: Scope) -> None:
    """`del targets`."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            scope.names.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            owner = run.evaluate(target.value, scope)
            if isinstance(owner, Instance):
                run.changes += 1
                owner.attributes.pop(target.attr, None)
        elif isinstance(target, ast.Subscript):
            owner, key = run.evaluate(target.value, scope), run.evaluate(target.slice, scope)
            if not isinstance(owner, (list, dict)) or is_open(key):
                raise GaveUp(f"an item that is deleted at {run.place(node, scope)}")
            run.changes += 1
            try:
                del cast(dict[object, object], owner)[key]
            except (KeyError, IndexError, TypeError) as error:
                raise PythonError(type(error).__name__, str(error), run.place(node, scope)) from None


def assign(run: Run, target: ast.expr, value: object, scope: Scope) -> None:
    """Gives a target its value."""
    if isinstance(target, ast.Name):
        _owner_of(run, target.id, scope).names[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(run, target, value, scope)
    elif isinstance(target, ast.Attribute):
        set_attribute(run, run.evaluate(target.value, scope), target.attr, value)
    elif isinstance(target, ast.Subscript):
        set_item(run, target, value, scope)
    else:
        raise GaveUp(f"{type(target).__name__} at {run.place(target, scope)}")


def _owner_of(run: Run, name: str, scope: Scope) -> Scope:
    if name not in scope.outer:
        return scope
    inner = scope.parent
    while inner is not None:
        if name in inner.names:
            return inner
        inner = inner.parent
    run.suspect(f"the global {name}")
    return scope


def _unpack(run: Run, target: ast.Tuple | ast.List, value: object, scope: Scope) -> None:
    if isinstance(value, Unknown) or (is_open(value) and not is_plain(value)):
        poison(run, target, value, scope)
        return
    if value is None or isinstance(value, (int, float)):
        text = f"cannot unpack non-iterable {type_name(value)} object"
        raise PythonError("TypeError", text, run.place(target, scope))
    items = iterate(run, value, target, scope)
    stars = [at for at, item in enumerate(target.elts) if isinstance(item, ast.Starred)]
    wanted = len(target.elts)
    if stars:
        at, behind = stars[0], wanted - stars[0] - 1
        if len(items) < wanted - 1:
            text = f"not enough values to unpack (expected at least {wanted - 1}, got {len(items)})"
            raise PythonError("ValueError", text, run.place(target, scope))
        items = [*items[:at], items[at : len(items) - behind], *items[len(items) - behind :]]
    elif len(items) < wanted:
        text = f"not enough values to unpack (expected {wanted}, got {len(items)})"
        raise PythonError("ValueError", text, run.place(target, scope))
    elif len(items) > wanted:
        text = f"too many values to unpack (expected {wanted})"
        raise PythonError("ValueError", text, run.place(target, scope))
    for part, item in zip(target.elts, items):
        assign(run, part.value if isinstance(part, ast.Starred) else part, item, scope)


def poison(run: Run, target: ast.expr, value: object, scope: Scope) -> None:
    """Makes all that a target names unknown."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            scope.names[node.id] = value
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            set_attribute(run, run.evaluate(node.value, scope), node.attr, value)


def extend(run: Run, items: list[object], value: object, node: ast.AST, scope: Scope) -> None:
    """Adds the items of a value to a list, one at a time: a generator may read the list."""
    added = value.items if isinstance(value, Lazy) else iterate(run, value, node, scope)
    for item in added:
        items.append(item)
    if len(items) > LONGEST:
        raise GaveUp(f"a list that is too long at {run.place(node, scope)}")
