"""Methods of texts, numbers and containers, as far as they are pure: an allow-list."""

from __future__ import annotations

import ast

from convlint.python_source.operations import LONGEST, bounded, holds_unknown, is_open, is_plain
from convlint.python_source.values import Arguments, GaveUp, Keywords, Lazy, PythonError
from convlint.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from convlint.python_source.run import Run
    from convlint.python_source.scopes import Scope
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
_STORING = frozenset(("append", "setdefault", "get", "insert", "pop"))
"""Methods that take a value as it is."""


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
        receiver[:] = sorted_items(run, [receiver], keywords, node, scope)
        return None
    if name == "join" and isinstance(receiver, str):
        return _joined(run, receiver, arguments, node, scope)
    run.steps -= len(receiver) // 16 if isinstance(receiver, (list, dict, set, str, tuple)) else 0
    if name == "extend" and len(arguments) == 1 and isinstance(receiver, list):
        run.extend(receiver, arguments[0], node, scope)
        return None
    if name in ("extend", "update") and not isinstance(receiver, dict):
        arguments = [run.iterate(value, node, scope) for value in arguments]
    elif name not in _STORING:
        arguments = [run.iterate(value, node, scope) if isinstance(value, Lazy) else value for value in arguments]
    if (name not in _STORING and any(is_open(value) for value in arguments)) or (
        name in ("get", "pop", "insert") and arguments and is_open(arguments[0])
    ):
        return _method_of_unknown(run, name, node, scope)
    if name in ("index", "count", "remove") and holds_unknown(receiver):
        raise GaveUp(f"{name} in a list that holds something unknown at {place}")
    if name == "replace" and isinstance(receiver, str) and len(receiver) * len(str(arguments[-1])) > LONGEST:
        raise GaveUp(f"a long text at {place}")
    if name == "zfill" and arguments and isinstance(arguments[0], int) and arguments[0] > 1000:
        raise GaveUp(f"a long text at {place}")
    try:
        result = getattr(receiver, name)(*arguments, **keywords)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        is_of_interpreter = not all(is_plain(value) for value in (*arguments, *keywords.values()))
        if is_of_interpreter and isinstance(error, (TypeError, AttributeError)):
            return _method_of_unknown(run, name, node, scope)
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


def _method_of_unknown(run: Run, name: str, node: ast.AST, scope: Scope) -> object:
    if name in _CHANGING:
        raise GaveUp(f"{name} of something unknown at {run.place(node, scope)}")
    return run.unknown(f"{name} of something unknown", node, scope)


def is_computable(value: object, depth: int = 3) -> bool:
    if not is_plain(value):
        return False
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return all(is_computable(item, depth - 1) for item in value)
    return True


def sorted_items(run: Run, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> list[object]:
    items = run.iterate(arguments[0], node, scope)
    key = keywords.get("key")
    keys = items if key is None else [run.call(key, [item], {}, node, scope) for item in items]
    if any(holds_unknown(value) for value in keys) or not all(is_computable(value) for value in keys):
        raise GaveUp(f"sorted() of something unknown at {run.place(node, scope)}")
    try:
        order = sorted(
            range(len(items)), key=cast(list[int], keys).__getitem__, reverse=bool(keywords.get("reverse", False))
        )
    except TypeError as error:
        raise PythonError("TypeError", str(error), run.place(node, scope)) from None
    return [items[at] for at in order]
