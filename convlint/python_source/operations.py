"""Operators of Python on plain values, with bounds on what they may make."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from convlint.domain.values import UNKNOWN, Symbolic
from convlint.python_source.values import External, GaveUp, Instance, PythonError, Tensor, Unknown
from convlint.typed import Any

LARGEST_NUMBER = 2**64
LONGEST = 100_000
"""Items of a list, letters of a text."""

_Operation = Callable[[Any, Any], object]
"""What Python's operator does with two values, of which it refuses those that it cannot take."""
_ARITHMETIC: dict[type[ast.operator], tuple[str, _Operation]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.BitOr: ("|", operator.or_),
    ast.BitAnd: ("&", operator.and_),
    ast.BitXor: ("^", operator.xor),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, _Operation]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_SYMBOLIC: dict[type[ast.cmpop], str] = {
    ast.Eq: "is_equal",
    ast.Lt: "is_less",
    ast.LtE: "is_at_most",
    ast.Gt: "is_more",
    ast.GtE: "is_at_least",
}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_PLAIN = (int, float, str, bytes, list, tuple, dict, set, frozenset, range, bool, type(None), complex)
SYMBOLS = {kind: symbol for kind, (symbol, _) in _ARITHMETIC.items()} | {
    ast.Pow: "** or pow()",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
}


def is_plain(value: object) -> bool:
    """Whether a value is one of Python's own (what it holds may be anything)."""
    return isinstance(value, _PLAIN)


def is_open(value: object) -> bool:
    """Whether a value is not known, or is a size that is not."""
    return isinstance(value, (Unknown, Symbolic))


def holds_unknown(value: object, depth: int = 4) -> bool:
    """Whether a value or an item of it is not known."""
    if is_open(value):
        return True
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return any(holds_unknown(item, depth - 1) for item in value)
    if depth and isinstance(value, dict):
        return any(holds_unknown(item, depth - 1) for item in value.values())
    return False


def type_name(value: object) -> str:
    """The name of a value's type in messages of Python."""
    if isinstance(value, Instance):
        return value.name
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, External):
        return "type"
    return type(value).__name__ if is_plain(value) else "object"


def arithmetic(kind: type[ast.operator], left: object, right: object, place: str) -> object:
    """`left op right`; a PythonError where Python raises, UNKNOWN or Unknown where the answer is not known."""
    if isinstance(left, Symbolic) or isinstance(right, Symbolic):
        return _symbolic(kind, left, right)
    if kind is ast.Pow:
        return _power(left, right, place)
    if kind in (ast.LShift, ast.RShift):
        return _shifted(kind, left, right, place)
    entry = _ARITHMETIC.get(kind)
    if entry is None:
        raise PythonError("TypeError", _unsupported(SYMBOLS[kind], left, right), place)
    if kind is ast.Mult:
        _refuse_large_repeat(left, right)
    if kind is ast.Mod and isinstance(left, (str, bytes)):
        return Unknown("a text made with %")
    try:
        result = entry[1](left, right)
    except (TypeError, ZeroDivisionError, ValueError, OverflowError) as error:
        raise PythonError(type(error).__name__, _said(error, kind, left, right), place) from None
    return bounded(result)


def _said(error: Exception, kind: type[ast.operator], left: object, right: object) -> str:
    return str(error) if is_plain(left) and is_plain(right) else _unsupported(SYMBOLS[kind], left, right)


def _unsupported(symbol: str, left: object, right: object) -> str:
    return f"unsupported operand type(s) for {symbol}: '{type_name(left)}' and '{type_name(right)}'"


def _symbolic(kind: type[ast.operator], left: object, right: object) -> object:
    entry = _ARITHMETIC.get(kind)
    if entry is None or not all(isinstance(value, (int, float, Symbolic)) for value in (left, right)):
        return UNKNOWN
    try:
        return entry[1](left, right)
    except (ArithmeticError, TypeError, ValueError, LookupError):
        return UNKNOWN


def _power(left: object, right: object, place: str) -> object:
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        raise PythonError("TypeError", _unsupported("** or pow()", left, right), place)
    if isinstance(left, int) and (right > 64 or abs(left) > LARGEST_NUMBER):
        return Unknown("a large power")
    try:
        result = left**right
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise PythonError(type(error).__name__, str(error), place) from None
    return bounded(result)


def _shifted(kind: type[ast.operator], left: object, right: object, place: str) -> object:
    if type(left) is not int or type(right) is not int:
        raise PythonError("TypeError", _unsupported(SYMBOLS[kind], left, right), place)
    if not 0 <= right <= 64:
        return Unknown("a large shift")
    return bounded(left << right if kind is ast.LShift else left >> right)


def _refuse_large_repeat(left: object, right: object) -> None:
    for sequence, count in ((left, right), (right, left)):
        if not isinstance(sequence, (list, tuple, str, bytes)) or not isinstance(count, int):
            continue
        if len(sequence) * count > LONGEST:
            raise GaveUp("a list or text that is too long")


def bounded(value: object) -> object:
    """The value, if it is not larger than anything that a network needs."""
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return Unknown("a number that is too large")
    if isinstance(value, (list, tuple, str, bytes, set, dict)) and len(value) > LONGEST:
        raise GaveUp("a list or text that is too long")
    return value


def compare(kind: type[ast.cmpop], left: object, right: object, place: str) -> object:
    """`left op right` for an ordering or an equality; Unknown where it is not known."""
    if isinstance(left, Symbolic) or isinstance(right, Symbolic):
        return _compare_symbolic(kind, left, right)
    symbol, function = _COMPARISONS[kind]
    if kind in (ast.Eq, ast.NotEq) and (holds_unknown(left) or holds_unknown(right)):
        return Unknown("a comparison with something unknown")
    try:
        return bool(function(left, right))
    except TypeError:
        names = f"'{type_name(left)}' and '{type_name(right)}'"
        raise PythonError("TypeError", f"'{symbol}' not supported between instances of {names}", place) from None


def _compare_symbolic(kind: type[ast.cmpop], left: object, right: object) -> object:
    if not isinstance(left, Symbolic):
        mirrored = _MIRRORED.get(kind, kind)
        return _compare_symbolic(mirrored, right, left)
    if not isinstance(right, (int, float, Symbolic)):
        return Unknown("a comparison with a size that is not known")
    if kind is ast.NotEq:
        equal = _compare_symbolic(ast.Eq, left, right)
        return not equal if isinstance(equal, bool) else equal
    answer = getattr(left, _SYMBOLIC[kind])(right)
    return answer if isinstance(answer, bool) else Unknown("a comparison with a size that is not known")
