"""Finds a repository's own builder of model files, and interprets it over the rows of one."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence

from convlint.forks.searching import FUNCTION
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.operations import is_open
from convlint.python_source.scopes import ModuleScope, Repository, Scope
from convlint.python_source.values import Function, GaveUp, Instance, PythonError, Unknown
from convlint.typed import Any, NamedTuple

PARTS = ("backbone", "head")
BUILDER_STEPS = 2_000_000


class Builder(NamedTuple):
    """The function that makes a network of a model file, and the module that it stands in.

    `takes_list` says that it is given the channels of the image as a list; `channel_keys` are the top-level keys from
    which its repository reads them. `has_plain_loop` says that networks run as everywhere: row after row on one image.
    """

    function: Function
    module: ModuleScope
    takes_list: bool
    channel_keys: tuple[str, ...]
    has_plain_loop: bool


class BuiltRow(NamedTuple):
    """What the builder made of one row.

    `number` is the row's own number and `first` that from which it counts: a backbone that gives several maps counts as
    several rows. `module` is the record that was built, `arguments` its final arguments, `channels` what later rows are
    told, `sources` what it reads as the builder keeps it.
    """

    first: int
    number: int
    module: Any
    arguments: tuple[Any, ...]
    channels: object
    sources: Any


class BuiltFile(NamedTuple):
    """The rows that were built, in their order; and what stopped the builder at the row behind them, if anything did.

    `doubt` is empty where nothing was assumed: only then an error is certain.
    """

    rows: tuple[BuiltRow, ...]
    error: PythonError | None = None
    stopped: str = ""
    doubt: str = ""
    in_row: bool = True


_found: dict[tuple[str, str], Builder | None] = {}


def load_builder(path: str, top: str) -> Builder | None:
    """The builder in a file; read once a process, and again when a file that was read for it has changed."""
    key = (os.path.abspath(path), os.path.abspath(top))
    known = _found.get(key)
    if known is None or not known.module.repository.is_unchanged():
        _found[key] = _loaded(path, top)
    return _found[key]


def _loaded(path: str, top: str) -> Builder | None:
    package = os.path.dirname(os.path.abspath(path))
    above = os.path.dirname(package)
    while os.path.isfile(os.path.join(package, "__init__.py")):
        package = os.path.dirname(package)
    roots = tuple(dict.fromkeys((package, above, os.path.abspath(top))))
    module = Repository(top, roots).module_at(path)
    if module is None:
        return None
    try:
        found = Interpreter().exported(FUNCTION, module)
    except (PythonError, GaveUp, RecursionError):
        return None
    if found is None or not isinstance(found[0], Function) or isinstance(found[0].node, ast.Lambda):
        return None
    return Builder(
        found[0], module, not _wraps_channels(found[0].node), _channel_keys(module.tree), _has_plain_loop(module.tree)
    )


def _wraps_channels(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the builder makes the list of channels itself: `ch = [ch]`."""
    return any(
        isinstance(item, ast.Assign) and isinstance(item.value, ast.List) and ast.unparse(item) == "ch = [ch]"
        for item in ast.walk(node)
    )


def _has_plain_loop(tree: ast.Module) -> bool:
    """Whether the forward of the model gives each row what its `from` names, beginning with one image."""
    loops = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(item, ast.ListComp) and ast.unparse(item.generators[0].iter) == "m.f" for item in ast.walk(node)
        ):
            loops.append(node)
    needed = [len(loop.args.args) - len(loop.args.defaults) for loop in loops]
    return bool(loops) and all(count <= 2 for count in needed[:1])


def _channel_keys(tree: ast.Module) -> tuple[str, ...]:
    keys = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            key = node.args[0]
            if isinstance(key, ast.Constant) and key.value in ("ch", "channels"):
                keys.append(str(key.value))
    return tuple(dict.fromkeys(keys))


def build(builder: Builder, data: dict[str, object], channels: int, scale: str | None) -> BuiltFile:
    """Interprets the builder over a file: `data` is what YAML holds (it is copied), `scale` the variant."""
    given = {key: _copied(value) for key, value in data.items()}
    if scale is not None:
        given["scale"] = scale
    rows = [row for part in PARTS for row in (given.get(part) or []) if isinstance(given.get(part), list)]
    interpreter = Interpreter(BUILDER_STEPS)
    watch = _Watch(rows)
    interpreter.watcher = watch.turn
    scope = Scope(builder.module, {})
    arguments = _arguments(builder, given, channels)
    try:
        interpreter.apply(builder.function, [], arguments, builder.function.node, scope)
    except PythonError as error:
        return BuiltFile(tuple(watch.built), error, str(error), interpreter.doubt, watch.is_in_row)
    except GaveUp as error:
        return BuiltFile(tuple(watch.built), None, error.reason, error.reason, watch.is_in_row)
    except RecursionError:
        return BuiltFile(tuple(watch.built), None, "calls too deep", "calls too deep", watch.is_in_row)
    if len(watch.built) != len(rows):
        return BuiltFile(tuple(watch.built), None, "rows that were not followed", "rows that were not followed")
    return BuiltFile(tuple(watch.built), None, "", interpreter.doubt)


def _copied(value: object) -> Any:
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _arguments(builder: Builder, data: dict[str, Any], channels: int) -> dict[str, object]:
    names = [argument.arg for argument in builder.function.node.args.args]
    values: dict[str, Any] = {name: Unknown(f"the parameter {name}") for name in names[2:]}
    for name in builder.function.defaults:
        if name not in _given_elsewhere(builder.module.tree):
            values.pop(name, None)
    if names:
        values[names[0]] = data
    if len(names) > 1:
        values[names[1]] = [channels] if builder.takes_list else channels
    if "verbose" in names:
        values["verbose"] = False
    return values


def _given_elsewhere(tree: ast.Module) -> set[str]:
    """The parameters that calls of the builder give values of their own, but for constants."""
    return {
        keyword.arg or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == FUNCTION
        for keyword in node.keywords
        if not isinstance(keyword.value, ast.Constant)
    }


class _Watch:
    """Follows the loop over the rows, by the identity of each row."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = {id(row): at for at, row in enumerate(rows)}
        self.built: list[BuiltRow] = []
        self.is_in_row = False

    def turn(self, item: object, scope: Scope, when: str) -> None:
        """Takes down what a turn of a loop made, where it was that of a row."""
        row = item[1] if isinstance(item, tuple) and len(item) == 2 else item
        at = self.rows.get(id(row))
        if at is None or at != len(self.built):
            return
        self.is_in_row = when == "before"
        if when == "after":
            self.built.append(self._row(scope.names))

    def _row(self, names: dict[str, Any]) -> BuiltRow:
        module = names.get("m_")
        first = self.built[-1].number + 1 if self.built else 0
        number = names.get("i", first)
        sources = names.get("f")
        if isinstance(module, Instance):
            number = module.attributes.get("i", number)
            sources = module.attributes.get("f", sources)
        arguments = names.get("args")
        given = tuple(arguments) if isinstance(arguments, (list, tuple)) else ()
        is_number = type(number) is int and not is_open(number)
        return BuiltRow(first, number if is_number else first, module, given, names.get("c2"), sources)
