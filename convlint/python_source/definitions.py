"""The functions and classes that the source defines."""

from __future__ import annotations

import ast

from convlint.python_source.assignment import poison
from convlint.python_source.class_order import resolution_order
from convlint.python_source.scopes import Scope
from convlint.python_source.values import Class, Function, GaveUp, PythonError, Unknown
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_KEEPING = frozenset(
    ("no_grad", "inference_mode", "wraps", "lru_cache", "cache", "smart_inference_mode", "autocast", "wrap")
)
"""Decorators that leave what a function gives as it is."""


def definition(run: Run, node: ast.FunctionDef | ast.ClassDef, scope: Scope) -> None:
    """A function or a class gets its name."""
    scope.names[node.name] = define(run, node, scope)


def define(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> object:
    """The function or the class that a statement defines."""
    if isinstance(node, ast.ClassDef):
        return _class(run, node, scope)
    function = _function(run, node, scope, None)
    return _decorated(run, node, function, scope)


def lambda_function(run: Run, node: ast.Lambda, scope: Scope) -> object:
    """`lambda ...: ...`."""
    return _function(run, node, scope, scope.owner if isinstance(scope.owner, Class) else None)


def _function(
    run: Run,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    scope: Scope,
    owner: Class | None,
    kind: str = "",
) -> Function:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: dict[str, object] = {}
    given = arguments.defaults
    for argument, value in zip(positional[len(positional) - len(given) :], given):
        defaults[argument.arg] = _default(run, value, scope)
    for argument, optional in zip(arguments.kwonlyargs, arguments.kw_defaults):
        if optional is not None:
            defaults[argument.arg] = _default(run, optional, scope)
    is_inner = scope.names or scope.parent is not None
    return Function(node, scope.module, scope if is_inner else None, defaults, owner, kind)


def _default(run: Run, node: ast.expr, scope: Scope) -> object:
    try:
        return run.evaluate(node, scope)
    except PythonError as error:
        return Unknown(str(error))


def _decorated(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef, function: Function, scope: Scope) -> object:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name not in _KEEPING and "jit" not in ast.unparse(called):
            return run.unknown(f"{node.name}, which {name or 'something'} decorates", node, scope)
    if isinstance(node, ast.AsyncFunctionDef):
        return run.unknown(f"{node.name}, which is async", node, scope)
    return function


def _class(run: Run, node: ast.ClassDef, scope: Scope) -> object:
    bases = tuple(_default(run, base, scope) for base in node.bases)
    namespace: dict[str, object] = {}
    made = Class(node.name, scope.module, bases, namespace)
    object.__setattr__(made, "order", resolution_order(made))
    inner = Scope(scope.module, namespace, scope if scope.names or scope.parent else None)
    for statement in node.body:
        _class_statement(run, statement, made, inner)
    return made


def _class_statement(run: Run, node: ast.stmt, made: Class, inner: Scope) -> None:
    if isinstance(node, ast.FunctionDef):
        made.namespace[node.name] = _class_function(run, node, made, inner)
    elif isinstance(node, ast.ClassDef):
        made.namespace[node.name] = _class(run, node, inner)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        try:
            run.execute([node], inner)
        except (PythonError, GaveUp) as error:
            for target in targets:
                poison(run, target, Unknown(str(error)), inner)


def _class_function(run: Run, node: ast.FunctionDef, made: Class, inner: Scope) -> object:
    kind = ""
    for decorator in node.decorator_list:
        text = ast.unparse(decorator)
        if text in ("staticmethod", "classmethod", "property"):
            kind = text
        elif text in ("functools.cached_property", "cached_property"):
            kind = "property"
        elif text.endswith((".setter", ".deleter")):
            return made.namespace.get(node.name, Unknown(node.name))
        elif not any(word in text for word in (*_KEEPING, "jit", "abstractmethod", "override")):
            return run.unknown(f"{node.name}, which {text[:40]} decorates", node, inner)
    function = _function(run, node, inner, made, kind)
    return Function(node, inner.module, inner.parent, function.defaults, made, kind)
