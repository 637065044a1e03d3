"""Computes what a `$` expression of a bundle gives, by interpreting its Python over plain values; nothing is run."""

from __future__ import annotations

import ast

from convlint.budget import allows
from convlint.domain.values import UNKNOWN

_LONGEST = 10_000
_STEPS = 5_000
"""Steps of one expression."""
_WHAT = "what expressions give"
_FUNCTIONS = frozenset(
    (
        *("abs", "all", "any", "bool", "dict", "divmod", "enumerate", "float", "int", "isinstance", "len", "list"),
        *(
            "map",
            "max",
            "min",
            "pow",
            "range",
            "reversed",
            "round",
            "set",
            "sorted",
            "str",
            "sum",
            "tuple",
            "type",
            "zip",
        ),
    )
)


def python_value(text: str, names: dict[str, object]) -> object:
    """The value of an expression over names: numbers, texts and lists of them; UNKNOWN where it is anything else."""
    tree = _parsed(text)
    if tree is None or not _is_closed(tree, names):
        return UNKNOWN
    try:
        return _plain(ast.literal_eval(tree))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _interpreted(tree, names)


def _parsed(text: str) -> ast.expr | None:
    if len(text) > _LONGEST:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_closed(tree: ast.expr, names: dict[str, object]) -> bool:
    """Whether an expression reads nothing but the names that are given, its own, and functions of plain values."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return used <= names.keys() | own | _FUNCTIONS


def _interpreted(tree: ast.expr, names: dict[str, object]) -> object:
    if not allows(_STEPS, _WHAT):
        return UNKNOWN
    from convlint.python_source.interpreter import Interpreter
    from convlint.python_source.scopes import ModuleScope, Repository, Scope
    from convlint.python_source.values import GaveUp, PythonError

    nowhere = ModuleScope("expression", Repository("", ()), ast.Module([], []))
    try:
        return _plain(Interpreter(_STEPS).evaluate(tree, Scope(nowhere, dict(names))))
    except (GaveUp, PythonError, RecursionError):
        return UNKNOWN


def _plain(value: object) -> object:
    """A value as nodes hold it: lists for sequences; UNKNOWN for what is no plain value."""
    if isinstance(value, (list, tuple)):
        items = [_plain(item) for item in value]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    return value if value is None or type(value) in (bool, int, float, str) else UNKNOWN
