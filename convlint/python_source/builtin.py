"""Python's built-in functions and the methods of plain values, as far as they are pure: an allow-list."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.domain.values import Symbolic
from convlint.python_source import containers
from convlint.python_source.operations import LONGEST, bounded, holds_unknown, is_open, is_plain, type_name
from convlint.python_source.plain_methods import is_computable, sorted_items
from convlint.python_source.reflection import REFLECTION, BuiltinFunction
from convlint.python_source.values import (
    Arguments,
    Class,
    External,
    GaveUp,
    Instance,
    Keywords,
    Lazy,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run
    from convlint.python_source.scopes import Scope

CONSTANTS: dict[str, object] = {"True": True, "False": False, "None": None, "Ellipsis": Ellipsis}
_EXCEPTIONS = {
    "BaseException": (),
    "Exception": ("BaseException",),
    "ArithmeticError": ("Exception", "BaseException"),
    "ZeroDivisionError": ("ArithmeticError", "Exception", "BaseException"),
    "OverflowError": ("ArithmeticError", "Exception", "BaseException"),
    "LookupError": ("Exception", "BaseException"),
    "KeyError": ("LookupError", "Exception", "BaseException"),
    "IndexError": ("LookupError", "Exception", "BaseException"),
    "ModuleNotFoundError": ("ImportError", "Exception", "BaseException"),
    "NotImplementedError": ("RuntimeError", "Exception", "BaseException"),
    "UnboundLocalError": ("NameError", "Exception", "BaseException"),
}
_ERRORS = [
    "AssertionError",
    "AttributeError",
    "ImportError",
    "NameError",
    "RuntimeError",
    "SyntaxError",
    "TypeError",
    "ValueError",
    "StopIteration",
    "Warning",
    "UserWarning",
    "DeprecationWarning",
    "FutureWarning",
    "OSError",
    "FileNotFoundError",
    "RecursionError",
    "MemoryError",
]
_FUNCTIONS = [
    "abs",
    "all",
    "any",
    "callable",
    "chr",
    "delattr",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "ord",
    "pow",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "classmethod",
    "str",
    "sum",
    "tuple",
    "type",
    "vars",
    "zip",
    "bool",
    "bytes",
    "complex",
    "open",
    "input",
    "exec",
    "compile",
    "__import__",
    "memoryview",
    "bytearray",
    "hex",
    "bin",
    "oct",
    "ascii",
    "dir",
]
NAMES = frozenset((*_FUNCTIONS, *_ERRORS, *_EXCEPTIONS))


def is_exception(kind: str, handled: str) -> bool:
    """Whether a handler of the class `handled` catches an exception of the class `kind`."""
    if kind == handled or handled in ("Exception", "BaseException"):
        return True
    return handled in _EXCEPTIONS.get(kind, ())


def call(run: Run, name: str, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    """A built-in function or class."""
    place = run.place(node, scope)
    function = _BY_NAME.get(name)
    if function is not None:
        try:
            return function(run, arguments, keywords, node, scope)
        except (ValueError, IndexError):  # too few arguments, or too many
            text = f"{name}() takes other arguments than {len(arguments)}"
            raise PythonError("TypeError", text, place, is_certain=False) from None
    if name in NAMES and name not in _PURE:
        if name.endswith(("Error", "Warning", "Exception", "StopIteration")):
            return Unknown(f"the exception {name} at {place}")
        run.suspect(f"{name} at {place}")
        return run.unknown(f"{name}()", node, scope)
    if name == "int" and len(arguments) == 1 and isinstance(arguments[0], Symbolic):
        return arguments[0].floored()
    values = [_spread(run, value, node, scope) for value in arguments]
    if any(holds_unknown(value) for value in values) or not all(is_computable(value) for value in values):
        return run.unknown(f"{name}() of something unknown", node, scope)
    try:
        return bounded(_PURE[name](*values, **keywords))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, IndexError) as error:
        raise PythonError(type(error).__name__, str(error), place) from None


def _spread(run: Run, value: object, node: ast.AST, scope: Scope) -> object:
    """A generator as the list of its items."""
    return run.iterate(value, node, scope) if isinstance(value, Lazy) else value


def _len(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    (value,) = arguments
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Tensor):
        return value.shape[0] if value.shape else run.unknown("len()", node, scope)
    if isinstance(value, Instance):
        return len(containers.container_items(run, value, run.place(node, scope)))
    if isinstance(value, (list, tuple, dict, set, frozenset, str, range)):
        return len(value)
    if is_plain(value):
        text = f"object of type '{type_name(value)}' has no len()"
        raise PythonError("TypeError", text, run.place(node, scope))
    return run.unknown("len()", node, scope)


def _sequence(kind: str) -> Callable[[Run, Arguments, Keywords, ast.AST, Scope], object]:
    def make(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
        items = run.iterate(arguments[0], node, scope) if arguments else []
        if kind in ("set", "frozenset"):
            found = run.hashed(items, node, scope)
            return frozenset(found) if kind == "frozenset" else found
        return tuple(items) if kind == "tuple" else items

    return make


def _enumerate(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    start = arguments[1] if len(arguments) > 1 else keywords.get("start", 0)
    if not isinstance(start, int):
        return run.unknown("enumerate() from something unknown", node, scope)
    return list(enumerate(run.iterate(arguments[0], node, scope), start))


def _zip(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    return list(zip(*[run.iterate(value, node, scope) for value in arguments]))


def _map(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    rows = zip(*[run.iterate(value, node, scope) for value in arguments[1:]])
    return [run.call(arguments[0], list(row), {}, node, scope) for row in rows]


def _filter(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    kept = []
    for item in run.iterate(arguments[1], node, scope):
        value = item if arguments[0] is None else run.call(arguments[0], [item], {}, node, scope)
        truth = run.truth(value)
        if truth is None:
            raise GaveUp(f"filter() at {run.place(node, scope)}")
        if truth:
            kept.append(item)
    return kept


def _reversed(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    return run.iterate(arguments[0], node, scope)[::-1]


def _sum(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    total = arguments[1] if len(arguments) > 1 else keywords.get("start", 0)
    for item in run.iterate(arguments[0], node, scope):
        total = run.operate(ast.Add, total, item, node, scope)
    return total


def _extreme(kind: str) -> Callable[[Run, Arguments, Keywords, ast.AST, Scope], object]:
    def choose(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
        items = arguments if len(arguments) > 1 else run.iterate(arguments[0], node, scope)
        if not items and "default" in keywords:
            return keywords["default"]
        if "key" in keywords or any(holds_unknown(item) for item in items) or not all(map(is_computable, items)):
            return run.unknown(f"{kind}() of something unknown", node, scope)
        try:
            numbers = cast(list[int], items)  # texts and lists have an order too
            return max(numbers) if kind == "max" else min(numbers)
        except (TypeError, ValueError) as error:
            raise PythonError(type(error).__name__, str(error), run.place(node, scope)) from None

    return choose


def _any(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    truths = [run.truth(item) for item in run.iterate(arguments[0], node, scope)]
    return True if True in truths else run.unknown("any()", node, scope) if None in truths else False


def _all(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    truths = [run.truth(item) for item in run.iterate(arguments[0], node, scope)]
    return False if False in truths else run.unknown("all()", node, scope) if None in truths else True


def _dict(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    result: dict[object, object] = {}
    if arguments:
        given = arguments[0]
        pairs = given.items() if isinstance(given, dict) else run.iterate(given, node, scope)
        for pair in pairs:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2 or is_open(pair[0]):
                raise GaveUp(f"dict() at {run.place(node, scope)}")
            result[pair[0]] = pair[1]
    result.update(keywords)
    return result


def _str(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    value = arguments[0] if arguments else ""
    if isinstance(value, (str, int, float, bool, type(None))):
        return str(value)
    if isinstance(value, External):
        return f"<class '{value.name}'>"
    if isinstance(value, Class):
        return f"<class '{value.module.label}.{value.name}'>"
    return run.unknown("str()", node, scope)


def _nothing(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    return None


def _iter(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    return run.iterate(arguments[0], node, scope)


def _next(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    value = arguments[0]
    if isinstance(value, Lazy):
        for item in value.items:
            return item
        if len(arguments) > 1:
            return arguments[1]
    return run.unknown("next()", node, scope)


def _range(*values: int) -> range:
    made = range(*values)
    if len(made) > LONGEST:
        raise GaveUp("a range that is too long")
    return made


_PURE: dict[str, Callable[..., object]] = {
    "abs": abs,
    "bool": bool,
    "complex": complex,
    "divmod": divmod,
    "float": float,
    "int": int,
    "pow": lambda *values: values[0] ** values[1] if len(values) == 2 and abs(values[1]) < 64 else Unknown("pow()"),
    "range": _range,
    "round": round,
    "slice": lambda *values: Unknown("slice()"),
    "id": lambda *values: Unknown("id()"),
    "hash": lambda *values: Unknown("hash()"),
    "repr": lambda value: str(value) if isinstance(value, (int, float)) else Unknown("repr()"),
    "ord": ord,
    "chr": chr,
}
_BY_NAME: dict[str, BuiltinFunction] = {
    **REFLECTION,
    "len": _len,
    "list": _sequence("list"),
    "tuple": _sequence("tuple"),
    "set": _sequence("set"),
    "frozenset": _sequence("frozenset"),
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    "reversed": _reversed,
    "sorted": sorted_items,
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "any": _any,
    "all": _all,
    "dict": _dict,
    "str": _str,
    "print": _nothing,
    "iter": _iter,
    "next": _next,
}
