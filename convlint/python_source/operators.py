"""Operators on values: arithmetic, comparisons, membership, `and`, `or` and `not`."""

from __future__ import annotations

import ast

from convlint.domain.values import Symbolic
from convlint.python_source import containers
from convlint.python_source.operations import SYMBOLS, arithmetic, compare, is_open, is_plain, type_name
from convlint.python_source.sameness import is_apart, is_foreign, is_same
from convlint.python_source.scopes import Scope
from convlint.python_source.tensors.arithmetic import broadcast, matmul
from convlint.python_source.values import (
    Builtin,
    Class,
    External,
    Function,
    Globals,
    Instance,
    Lazy,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run

_FUNCTIONS_OF: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}
"""The functions of torch that operators of Python are."""


def logic(run: Run, node: ast.BoolOp, scope: Scope) -> object:
    """`and` and `or`; unknown where what decides is not known."""
    stops_at = isinstance(node.op, ast.Or)
    unknown: Unknown | None = None
    value: object = None
    for part in node.values:
        value = run.evaluate(part, scope)
        truth = run.truth(value)
        if truth is None:
            unknown = unknown or run.unknown("a condition", part, scope)
        elif truth is stops_at:
            # `unknown and False` is not true, whatever the unknown is
            return value if unknown is None else bool(stops_at)
    return value if unknown is None else unknown


def unary(run: Run, node: ast.UnaryOp, scope: Scope) -> object:
    """`-value`, `+value`, `~value` or `not value`."""
    value = run.evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        truth = run.truth(value)
        return run.unknown("a condition", node, scope) if truth is None else not truth
    if isinstance(value, (Unknown, Tensor)):
        return value
    symbol = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op), "~")
    if is_open(value):
        return -value if symbol == "-" and isinstance(value, Symbolic) else value
    if not isinstance(value, (int, float)) or (symbol == "~" and isinstance(value, float)):
        text = f"bad operand type for unary {symbol}: '{type_name(value)}'"
        raise PythonError("TypeError", text, run.place(node, scope))
    return -value if symbol == "-" else +value if symbol == "+" else ~int(value)


def binary(run: Run, node: ast.BinOp, scope: Scope) -> object:
    """`left op right`."""
    left, right = run.evaluate(node.left, scope), run.evaluate(node.right, scope)
    return operate(run, type(node.op), left, right, node, scope)


def operate(run: Run, kind: type[ast.operator], left: object, right: object, node: ast.AST, scope: Scope) -> object:
    """`left op right`, tensors included."""
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        result = _tensor_arithmetic(kind, left, right, run.place(node, scope))
        return _recorded_arithmetic(run, kind, left, right, result)
    for value in (left, right):
        if isinstance(value, Unknown):
            return value
        if not is_plain(value) and not is_open(value):
            return run.unknown(f"{SYMBOLS[kind]} of {type_name(value)}", node, scope)
    result = arithmetic(kind, left, right, run.place(node, scope))
    if isinstance(result, (list, tuple, str)):
        run.steps -= len(result) // 16
    return result


def _tensor_arithmetic(kind: type[ast.operator], left: object, right: object, place: str) -> object:
    """`left op right` where one of them is a tensor."""
    if any(isinstance(value, (Class, Function, Builtin, Instance)) for value in (left, right)):
        return Unknown(f"arithmetic at {place}")
    if kind is ast.MatMult:
        return matmul(left, right, place)
    return broadcast(left, right, place)


def _recorded_arithmetic(run: Run, kind: type[ast.operator], left: object, right: object, result: object) -> object:
    name = _FUNCTIONS_OF.get(kind, kind.__name__)
    if not isinstance(left, Tensor):
        name = {"sub": "rsub", "div": "rdiv"}.get(name, name)
    arguments = [right, left] if name in ("add", "mul") and not isinstance(left, Tensor) else [left, right]
    return run.recorded(name, arguments, {}, result)


def comparison(run: Run, node: ast.Compare, scope: Scope) -> object:
    """One comparison, or several in a row."""
    left = run.evaluate(node.left, scope)
    result: object = True
    for kind, part in zip(node.ops, node.comparators):
        right = run.evaluate(part, scope)
        result = _compared(run, kind, left, right, node, scope)
        if result is False or not isinstance(result, bool):
            return result
        left = right
    return result


def _compared(run: Run, kind: ast.cmpop, left: object, right: object, node: ast.AST, scope: Scope) -> object:
    if isinstance(kind, (ast.Is, ast.IsNot)):
        if is_open(left) or is_open(right):
            if is_apart(left, right):
                return isinstance(kind, ast.IsNot)
            return run.unknown("a comparison", node, scope)
        same = left is right or (isinstance(left, (External, Builtin)) and left == right)
        same = same or (type(left) is type(right) and isinstance(left, (bool, int, str)) and left == right)
        return same is isinstance(kind, ast.Is)
    if isinstance(kind, (ast.In, ast.NotIn)):
        found = _contains(run, right, left, node, scope)
        return found if not isinstance(found, bool) else found is isinstance(kind, ast.In)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return _tensor_arithmetic(ast.Sub, left, right, run.place(node, scope))
    for value in (left, right):
        if isinstance(value, Unknown):
            return value
    are_records = not (is_plain(left) and is_plain(right)) and not (is_open(left) or is_open(right))
    if are_records and isinstance(kind, (ast.Eq, ast.NotEq)):
        return is_same(left, right) is isinstance(kind, ast.Eq)
    return compare(type(kind), left, right, run.place(node, scope))


def _contains(run: Run, container: object, item: object, node: ast.AST, scope: Scope) -> object:
    if is_open(container) or (is_open(item) and not is_foreign(item)):
        return run.unknown("a membership", node, scope)
    if isinstance(container, Instance):
        container = containers.container_keys(run, container)
    if container == External("os.environ"):
        return False  # as `os.getenv` has it: nothing is set
    if isinstance(container, Globals):
        return run.exported(item, container.module) is not None if isinstance(item, str) else False
    if isinstance(container, Lazy):
        container = list(container.items)
    if not isinstance(container, (list, tuple, dict, set, frozenset, str, range)):
        return run.unknown("a membership", node, scope)
    if isinstance(container, (list, tuple, str)):
        run.steps -= len(container) // 16
    try:
        if item in container:
            return True
    except TypeError as error:
        raise PythonError("TypeError", str(error), run.place(node, scope)) from None
    held = list(container) if isinstance(container, dict) else container
    open_items = [other for other in held if is_open(other)] if not isinstance(held, (str, range)) else []
    if any(not is_apart(item, other) for other in (open_items if not is_open(item) else held)):
        return run.unknown("a membership", node, scope)
    return False
