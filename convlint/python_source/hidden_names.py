"""Names that come into a module in ways that its statements do not show."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from convlint.python_source.scopes import ModuleScope

_ANY = "*"
_READING = frozenset(("get", "keys", "values", "items", "copy"))
"""Methods of `globals()` that change nothing."""


def may_bind(module: ModuleScope, name: str) -> bool:
    """Whether a module may come to hold a name that none of its own statements gives it."""
    if module.hidden is None:
        module.hidden = frozenset(_hidden(module.tree))
    return module.is_open or name in module.hidden or _ANY in module.hidden


def _hidden(tree: ast.Module) -> Iterator[str]:
    """The names that functions and expressions set; `_ANY` where something may set all names."""
    harmless = {id(part) for node in ast.walk(tree) for part in _used_harmlessly(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id
        elif _is_namespace(node) and id(node) not in harmless:
            yield _ANY


def _used_harmlessly(node: ast.AST) -> list[ast.expr]:
    """What an expression looks into without a change of the names of a module.

    An item that is taken from `sys.modules` is a module, which can be changed; one that is put there changes none.
    """
    if isinstance(node, ast.Compare):
        return node.comparators
    if isinstance(node, ast.Subscript):
        return [node.value] if isinstance(node.ctx, ast.Load) == isinstance(node.value, ast.Call) else []
    if isinstance(node, ast.Attribute) and node.attr in _READING:
        return [node.value] if isinstance(node.value, ast.Call) else []
    return []


def _is_namespace(node: ast.AST) -> bool:
    """Whether an expression is `globals()` or `sys.modules`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "globals"
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "modules"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )
