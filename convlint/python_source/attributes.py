"""Attributes of values, read and set; nothing real is asked for one."""

from __future__ import annotations

import ast

from convlint.python_source import externals, plain_methods, records
from convlint.python_source.imports import member
from convlint.python_source.operations import is_plain, type_name
from convlint.python_source.scopes import ModuleScope, Scope
from convlint.python_source.tensors import properties
from convlint.python_source.values import (
    Bound,
    Builtin,
    Class,
    External,
    Function,
    Instance,
    Method,
    Partial,
    PythonError,
    Super,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run


def attribute_expression(run: Run, node: ast.Attribute, scope: Scope) -> object:
    """`value.name` as it is written."""
    value = run.evaluate(node.value, scope)
    return attribute(run, value, node.attr, node, scope)


def attribute(run: Run, value: object, name: str, node: ast.AST, scope: Scope) -> object:
    """`value.name`; nothing real is asked for an attribute."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, ModuleScope):
        return member(run, value, name)
    if isinstance(value, External):
        return externals.attribute(value, name)
    if isinstance(value, Class):
        return _class_attribute(run, value, name, node, scope)
    if isinstance(value, Instance):
        return records.attribute(run, value, name, run.place(node, scope))
    if isinstance(value, Super):
        return records.super_attribute(run, value, name)
    if isinstance(value, Tensor):
        found = properties.attribute(value, name)
        return run.recorded(name, [value], {}, found) if name in ("T", "mT") else found
    if isinstance(value, (Function, Builtin)):
        return value.name if name == "__name__" else run.unknown(f"{name} of a function", node, scope)
    if is_plain(value):
        if name in plain_methods.methods_of(value):
            return Method(value, name)
        if isinstance(value, (int, float)) and name == "real":
            return value
        if isinstance(value, tuple) and len(value) == 2 and name in ("values", "indices"):
            return value[name == "indices"]  # what a reduction along an axis gives
        if name == "__len__" and not isinstance(value, (int, float, type(None))):
            return Partial(Builtin("len"), (value,), {})
        if name in dir(type(value)):
            return run.unknown(f"the method {name}", node, scope)
        text = f"'{type_name(value)}' object has no attribute '{name}'"
        raise PythonError("AttributeError", text, run.place(node, scope))
    return run.unknown(f"the attribute {name}", node, scope)


def _class_attribute(run: Run, value: Class, name: str, node: ast.AST, scope: Scope) -> object:
    if name in ("__name__", "__qualname__"):
        return value.name
    found = records.class_member(value, name)
    if found is None:
        return run.unknown(f"{name} of {value.name}", node, scope)
    if isinstance(found, Function) and found.kind == "classmethod":
        return Bound(value, found)
    return found


def set_attribute(run: Run, owner: object, name: str, value: object) -> None:
    """Sets `owner.name`."""
    run.changes += 1
    if isinstance(owner, Instance):
        records.set_attribute(run, owner, name, value)
    elif isinstance(owner, Class):
        owner.namespace[name] = value
    elif isinstance(owner, ModuleScope):
        run.suspect(f"the attribute {name} that is set")
