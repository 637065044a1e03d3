"""Built-in functions that ask of what class a value is, and for its attributes."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.python_source import module_methods, records
from convlint.python_source.externals import is_function
from convlint.python_source.operations import is_open, is_plain
from convlint.python_source.plain_methods import methods_of
from convlint.python_source.values import (
    Arguments,
    Bound,
    Builtin,
    Class,
    External,
    Function,
    GaveUp,
    Instance,
    Keywords,
    Method,
    Partial,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run
    from convlint.python_source.scopes import Scope
_TYPES: dict[str, type] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "frozenset": frozenset,
    "range": range,
    "bytes": bytes,
    "complex": complex,
}
_ABSTRACT: dict[str, tuple[type, ...]] = {
    "Iterable": (list, tuple, dict, set, str, range),
    "Sequence": (list, tuple, str, range),
    "Mapping": (dict,),
    "Number": (int, float),
    "OrderedDict": (dict,),
}


def _isinstance(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    if len(arguments) != 2:
        text = f"isinstance expected 2 arguments, got {len(arguments)}"
        raise PythonError("TypeError", text, run.place(node, scope))
    value, kinds = arguments
    answers = [_is_of(value, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    if any(answer is True for answer in answers):
        return True
    return run.unknown("isinstance()", node, scope) if None in answers else False


def _is_of(value: object, kind: object) -> bool | None:
    if isinstance(value, Unknown) or isinstance(kind, Unknown):
        return None
    if is_open(value):
        return isinstance(kind, Builtin) and kind.name == "int"
    if isinstance(value, Tensor):
        return isinstance(kind, External) and kind.last in ("Tensor", "Parameter")
    if isinstance(value, Instance):
        return records.is_instance(value, kind)
    if isinstance(value, (Class, External)) and isinstance(kind, Builtin):
        return kind.name in ("type", "object")
    if isinstance(value, (Function, Bound, Method, Builtin, Partial)):
        return False
    if isinstance(kind, Builtin):
        expected = _TYPES.get(kind.name)
        return isinstance(value, expected) if expected is not None else kind.name == "object"
    if isinstance(kind, External):
        return isinstance(value, _ABSTRACT.get(kind.last, ()))
    return False if isinstance(kind, Class) else None


def _issubclass(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    value, kinds = arguments
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    order = value.order if isinstance(value, Class) else (value,)
    return any(
        item is kind or (isinstance(item, External) and records.is_below(item, kind))
        for item in order
        for kind in wanted
    )


def _getattr(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    owner, name = arguments[:2]
    if not isinstance(name, str):
        return run.unknown("getattr()", node, scope)
    try:
        found = run.attribute(owner, name, node, scope)
    except PythonError:
        if len(arguments) > 2:
            return arguments[2]
        raise
    if len(arguments) > 2 and isinstance(owner, Instance) and isinstance(found, (Unknown, Method)):
        return found if module_methods.may_have(run, owner, name) else arguments[2]
    return found


def _hasattr(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    owner, name = arguments
    if isinstance(owner, Unknown):
        return owner
    if isinstance(owner, Instance) and isinstance(name, str):
        return module_methods.has_attribute(run, owner, name)
    if is_plain(owner):
        return name in methods_of(owner)
    if isinstance(owner, (Function, Class, Builtin, External)) and name == "__name__":
        return True
    if isinstance(owner, (Function, Builtin)):
        return False
    if isinstance(owner, External) and isinstance(name, str):
        return True if is_function(f"{owner.name}.{name}") else run.unknown("hasattr()", node, scope)
    return run.unknown("hasattr()", node, scope)


def _setattr(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> None:
    owner, name, value = arguments
    if not isinstance(name, str):
        raise GaveUp(f"setattr() at {run.place(node, scope)}")
    run.changes += 1
    if isinstance(owner, Instance):
        records.set_attribute(run, owner, name, value)


def _delattr(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> None:
    run.changes += 1
    owner, name = arguments
    if isinstance(owner, Instance) and isinstance(name, str):
        owner.attributes.pop(name, None)


def _type(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    if len(arguments) == 1 and isinstance(arguments[0], Instance):
        return arguments[0].kind
    if len(arguments) == 1 and is_plain(arguments[0]) and type(arguments[0]).__name__ in _TYPES:
        return Builtin(type(arguments[0]).__name__)
    return run.unknown("type()", node, scope)


def _callable(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown):
        return value
    return not is_plain(value) and not isinstance(value, Tensor)


BuiltinFunction = Callable[["Run", Arguments, Keywords, ast.AST, "Scope"], object]
"""Gives the value of a call of a function of Python's own."""
REFLECTION: dict[str, BuiltinFunction] = {
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "delattr": _delattr,
    "type": _type,
    "callable": _callable,
}
