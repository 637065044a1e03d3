"""Calls of all that can be called, and the functions of the source run."""

from __future__ import annotations

import ast

from convlint.limits import DEEPEST_CALL
from convlint.python_source import builtin, externals, forwards, module_methods, plain_methods, records
from convlint.python_source.arguments import bound_arguments
from convlint.python_source.flow import Returned
from convlint.python_source.iteration import values_of
from convlint.python_source.operations import is_plain, type_name
from convlint.python_source.scopes import Scope
from convlint.python_source.tensors import calling
from convlint.python_source.values import (
    Arguments,
    Bound,
    Builtin,
    Class,
    External,
    Function,
    GaveUp,
    Globals,
    Instance,
    Keywords,
    Method,
    Native,
    Partial,
    PythonError,
    Super,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_SILENT = frozenset(("LOGGER", "logger", "logging", "warnings", "print", "thop", "LOG"))
"""Names whose calls have no effect on a network."""
_SPECIAL = frozenset(("super", "globals", "locals", "eval"))


def call_expression(run: Run, node: ast.Call, scope: Scope) -> object:
    """`function(...)` as it is written."""
    function = node.func
    root = function.value if isinstance(function, ast.Attribute) else function
    if isinstance(root, ast.Name) and root.id in _SILENT:
        return None
    if isinstance(function, ast.Name) and function.id in _SPECIAL and function.id not in scope.names:
        return _special(run, function.id, node, scope)
    called = run.evaluate(function, scope)
    arguments = values_of(run, node.args, scope)
    keywords = _keywords(run, node, scope)
    return call(run, called, arguments, keywords, node, scope)


def _keywords(run: Run, node: ast.Call, scope: Scope) -> dict[str, object]:
    keywords: Keywords = {}
    for keyword in node.keywords:
        value = run.evaluate(keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
            keywords.update(value)
        else:
            raise GaveUp(f"keywords that are not known at {run.place(node, scope)}")
    return keywords


def call(run: Run, called: object, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    """Calls a value of the interpreter's world."""
    if isinstance(called, Function):
        return apply(run, called, arguments, keywords, node, scope)
    if isinstance(called, Bound):
        return apply(run, called.function, [called.receiver, *arguments], keywords, node, scope)
    if isinstance(called, Class):
        return records.instantiate(run, called, arguments, keywords, run.place(node, scope))
    if isinstance(called, External):
        result = externals.call(run, called, arguments, keywords, run.place(node, scope))
        return run.recorded(called.last, arguments, keywords, result)
    if isinstance(called, Builtin):
        return builtin.call(run, called.name, arguments, keywords, node, scope)
    if isinstance(called, Method):
        return _call_method(run, called, arguments, keywords, node, scope)
    if isinstance(called, Instance):
        return forwards.call(run, called, arguments, keywords, run.place(node, scope))
    if isinstance(called, Partial):
        merged = {**called.keywords, **keywords}
        return call(run, called.function, [*called.arguments, *arguments], merged, node, scope)
    if isinstance(called, Native):
        return called.call(*arguments, **keywords)
    if isinstance(called, Unknown):
        _note_escape(run, arguments, called)
        run.recorded("", arguments, keywords, called)
        return Unknown(called.reason)
    if isinstance(called, Globals) or is_plain(called):
        text = f"'{type_name(called)}' object is not callable"
        raise PythonError("TypeError", text, run.place(node, scope))
    return run.unknown("a call", node, scope)


def _note_escape(run: Run, arguments: Arguments, called: Unknown) -> None:
    """What an unknown function is given, it may change."""
    if any(isinstance(value, (list, dict, set)) for value in arguments):
        run.suspect(called.reason)


def _call_method(
    run: Run, method: Method, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope
) -> object:
    receiver, place = method.receiver, run.place(node, scope)
    if isinstance(receiver, Tensor):
        result = calling.call_method(receiver, method.name, arguments, keywords, place)
        name = "windows" if method.name == "unfold" else method.name
        return run.recorded(name, [receiver, *arguments], keywords, result)
    if isinstance(receiver, Instance):
        return module_methods.call_method(run, receiver, method.name, arguments, keywords, place)
    return plain_methods.call_method(run, receiver, method.name, arguments, keywords, node, scope)


def apply(
    run: Run, function: Function, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope
) -> object:
    """Calls a function of the source."""
    if run.depth >= DEEPEST_CALL:
        raise GaveUp(f"calls too deep at {run.place(node, scope)}")
    names = bound_arguments(function, arguments, keywords, run.place(node, scope))
    receiver = arguments[0] if arguments and function.owner is not None else None
    inner = Scope(function.module, names, function.scope, function.owner, receiver)
    run.depth += 1
    try:
        if isinstance(function.node, ast.Lambda):
            return run.evaluate(function.node.body, inner)
        if _is_generator(function.node):
            return run.unknown(f"{function.name}, a generator", function.node, inner)
        flow = run.execute(function.node.body, inner)
    finally:
        run.depth -= 1
    return flow.value if isinstance(flow, Returned) else None


def _is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    known = getattr(node, "_yields", None)
    if known is None:
        known = any(isinstance(child, (ast.Yield, ast.YieldFrom, ast.Await)) for child in ast.walk(node))
        node._yields = known  # type: ignore[union-attr]
    return bool(known)


def _special(run: Run, name: str, node: ast.Call, scope: Scope) -> object:
    if name == "super":
        return _super(run, node, scope)
    if name == "globals":
        return Globals(scope.module)
    if name == "locals":
        names: dict[str, object] = {}
        inner: Scope | None = scope
        while inner is not None:
            names = {**inner.names, **names}
            inner = inner.parent
        return names
    text = run.evaluate(node.args[0], scope) if node.args else None
    return _evaluate_text(run, text, node, scope)


def _evaluate_text(run: Run, text: object, node: ast.AST, scope: Scope) -> object:
    """What `eval` of a text gives: the text is parsed and interpreted like all else."""
    if isinstance(text, Unknown) or not isinstance(text, str):
        if isinstance(text, Unknown):
            return text
        raise PythonError("TypeError", "eval() arg 1 must be a string, bytes or code object", run.place(node, scope))
    if len(text) > 1000:
        return run.unknown("a long text that is evaluated", node, scope)
    try:
        parsed = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        kind = type(error).__name__
        raise PythonError(kind, f"invalid syntax: '{text}'", run.place(node, scope)) from None
    for inner in ast.walk(parsed):
        if hasattr(inner, "lineno"):
            inner.lineno = getattr(node, "lineno", 0)
    return run.evaluate(parsed, scope)


def _super(run: Run, node: ast.Call, scope: Scope) -> object:
    owner, receiver = scope.owner, scope.receiver
    inner = scope.parent
    while owner is None and inner is not None:
        owner, receiver, inner = inner.owner, inner.receiver, inner.parent
    if node.args:
        named = run.evaluate(node.args[0], scope)
        owner = named if isinstance(named, Class) else owner
    if not isinstance(owner, Class):
        return run.unknown("super()", node, scope)
    return Super(receiver, owner)
