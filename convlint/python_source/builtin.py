"""Python's built-in functions and the methods of plain values, as far as they are pure: an allow-list."""

from __future__ import annotations

import ast
from collections.abc import Callable

from convlint.domain.values import Symbolic
from convlint.python_source import containers, module_methods, records
from convlint.python_source.operations import LONGEST, bounded, holds_unknown, is_open, is_plain, type_name
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
    Lazy,
    Method,
    Partial,
    PythonError,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run
    from convlint.python_source.scopes import Scope

CONSTANTS: dict[str, object] = {"True": True, "False": False, "None": None, "Ellipsis": Ellipsis}
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
_TEXT_METHODS = frozenset(
    [
        "startswith",
        "endswith",
        "lower",
        "upper",
        "replace",
        "split",
        "rsplit",
        "join",
        "strip",
        "lstrip",
        "rstrip",
        "isdigit",
        "isnumeric",
        "isidentifier",
        "isalpha",
        "count",
        "find",
        "index",
        "title",
        "capitalize",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "format",
        "splitlines",
        "casefold",
        "isupper",
        "islower",
        "zfill",
    ]
)
_METHODS: dict[type, frozenset[str]] = {
    str: _TEXT_METHODS,
    list: frozenset(
        ["append", "extend", "insert", "pop", "remove", "index", "count", "copy", "reverse", "sort", "clear"]
    ),
    tuple: frozenset(("index", "count")),
    dict: frozenset(["get", "items", "keys", "values", "pop", "update", "setdefault", "copy", "clear"]),
    set: frozenset(
        ["add", "update", "union", "discard", "remove", "intersection", "difference", "copy", "issubset", "issuperset"]
    ),
    frozenset: frozenset(["union", "intersection", "difference", "copy", "issubset", "issuperset"]),
    int: frozenset(("bit_length", "is_integer")),
    float: frozenset(("is_integer",)),
    bool: frozenset(),
    range: frozenset(("index", "count")),
    type(None): frozenset(),
    bytes: frozenset(),
    complex: frozenset(),
}
_CHANGING = frozenset(
    [
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "reverse",
        "sort",
        "clear",
        "update",
        "setdefault",
        "add",
        "discard",
    ]
)


def is_exception(kind: str, handled: str) -> bool:
    """Whether a handler of the class `handled` catches an exception of the class `kind`."""
    if kind == handled or handled in ("Exception", "BaseException"):
        return True
    return handled in _EXCEPTIONS.get(kind, ())


def methods_of(value: object) -> frozenset[str]:
    """The methods of a plain value that may be called."""
    return _METHODS.get(type(value), frozenset())


def call_method(
    run: Run,
    receiver: object,
    name: str,
    arguments: Arguments,
    keywords: Keywords,
    node: ast.AST,
    scope: Scope,
) -> object:
    """A method of a plain value, from the allow-list."""
    place = run.place(node, scope)
    if name not in methods_of(receiver):
        return run.unknown(f"the method {name}", node, scope)
    if name in _CHANGING:
        run.changes += 1
    if name == "format":
        return run.unknown("a formatted text", node, scope)
    if name == "sort" and isinstance(receiver, list):
        receiver[:] = _sorted(run, [receiver], keywords, node, scope)
        return None
    if name == "join" and isinstance(receiver, str):
        return _joined(run, receiver, arguments, node, scope)
    run.steps -= len(receiver) // 16 if isinstance(receiver, (list, dict, set, str, tuple)) else 0
    if name == "extend" and len(arguments) == 1 and isinstance(receiver, list):
        run.extend(receiver, arguments[0], node, scope)
        return None
    if name in ("extend", "update") and not isinstance(receiver, dict):
        arguments = [run.iterate(value, node, scope) for value in arguments]
    elif (
        name not in ("append", "setdefault", "get", "insert", "pop") and any(is_open(value) for value in arguments)
    ) or (name in ("get", "pop", "insert") and arguments and is_open(arguments[0])):
        return _method_of_unknown(run, receiver, name, arguments, node, scope)
    if name in ("index", "count", "remove") and holds_unknown(receiver):
        raise GaveUp(f"{name} in a list that holds something unknown at {place}")
    if name == "replace" and isinstance(receiver, str) and len(receiver) * len(str(arguments[-1])) > LONGEST:
        raise GaveUp(f"a long text at {place}")
    if name == "zfill" and arguments and isinstance(arguments[0], int) and arguments[0] > 1000:
        raise GaveUp(f"a long text at {place}")
    try:
        result = getattr(receiver, name)(*arguments, **keywords)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        raise PythonError(type(error).__name__, str(error), place) from None
    if isinstance(receiver, (list, dict, set)) and len(receiver) > LONGEST:
        raise GaveUp(f"a list that is too long at {place}")
    if isinstance(result, (str, int, float, bool, type(None))) or name in ("get", "pop", "setdefault"):
        return bounded(result) if isinstance(result, (str, int)) else result
    if isinstance(receiver, dict) and name in ("items", "keys", "values"):
        return list(result)
    return bounded(result)


def _joined(run: Run, between: str, arguments: Arguments, node: ast.AST, scope: Scope) -> object:
    """`between.join(arguments)`."""
    pieces = run.iterate(arguments[0], node, scope) if arguments else []
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) < len(pieces):
        return run.unknown("a joined text", node, scope)
    if sum(len(text) + len(between) for text in texts) > LONGEST:
        raise GaveUp(f"a long text at {run.place(node, scope)}")
    return bounded(between.join(texts))


def _method_of_unknown(
    run: Run, receiver: object, name: str, arguments: Arguments, node: ast.AST, scope: Scope
) -> object:
    if name in _CHANGING:
        raise GaveUp(f"{name} of something unknown at {run.place(node, scope)}")
    return run.unknown(f"{name} of something unknown", node, scope)


def call(run: Run, name: str, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    """A built-in function or class."""
    place = run.place(node, scope)
    handler = _HANDLERS.get(name)
    if handler is not None:
        try:
            return handler(run, arguments, keywords, node, scope)
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
    values = [_spread(run, value, name, node, scope) for value in arguments]
    if any(holds_unknown(value) for value in values) or not all(_is_computable(value) for value in values):
        return run.unknown(f"{name}() of something unknown", node, scope)
    try:
        return bounded(_PURE[name](*values, **keywords))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, IndexError) as error:
        raise PythonError(type(error).__name__, str(error), place) from None


def _spread(run: Run, value: object, name: str, node: ast.AST, scope: Scope) -> object:
    """A generator as the list of its items."""
    return run.iterate(value, node, scope) if isinstance(value, Lazy) else value


def _is_computable(value: object, depth: int = 3) -> bool:
    if not is_plain(value):
        return False
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return all(_is_computable(item, depth - 1) for item in value)
    return True


def _isinstance(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
    if len(arguments) != 2:
        text = f"isinstance expected 2 arguments, got {len(arguments)}"
        raise PythonError("TypeError", text, run.place(node, scope))
    value, kinds = arguments
    answers = [_is_of(run, value, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    if any(answer is True for answer in answers):
        return True
    return run.unknown("isinstance()", node, scope) if None in answers else False


def _is_of(run: Run, value: object, kind: object) -> bool | None:
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
        from convlint.python_source.externals import is_function

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


def _sorted(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> list[object]:
    items = run.iterate(arguments[0], node, scope)
    key = keywords.get("key")
    keys = items if key is None else [run.call(key, [item], {}, node, scope) for item in items]
    if any(holds_unknown(value) for value in keys) or not all(_is_computable(value) for value in keys):
        raise GaveUp(f"sorted() of something unknown at {run.place(node, scope)}")
    try:
        order = sorted(
            range(len(items)), key=cast(list[int], keys).__getitem__, reverse=bool(keywords.get("reverse", False))
        )
    except TypeError as error:
        raise PythonError("TypeError", str(error), run.place(node, scope)) from None
    return [items[at] for at in order]


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
        if "key" in keywords or any(holds_unknown(item) for item in items) or not all(map(_is_computable, items)):
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
_HANDLERS: dict[str, Callable[[Run, Arguments, Keywords, ast.AST, Scope], object]] = {
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "delattr": _delattr,
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
    "sorted": _sorted,
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "any": _any,
    "all": _all,
    "dict": _dict,
    "type": _type,
    "callable": _callable,
    "str": _str,
    "print": _nothing,
    "iter": _iter,
    "next": _next,
}
