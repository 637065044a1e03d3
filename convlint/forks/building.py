"""Finds a repository's own builder of model files, and interprets it over the rows of one."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence

from convlint.forks.searching import FUNCTION
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.scopes import OUTSIDE, ModuleScope, Repository, Scope
from convlint.python_source.values import Class, Function, GaveUp, Instance, PythonError, Unknown
from convlint.typed import NamedTuple

PARTS = ("backbone", "head")
"""The keys of a file whose rows a builder reads, where its loop names none."""
BUILDER_STEPS = 2_000_000
_MODULE = 2
"""The place of the module in a row."""
_MOST_MAPS = 100
"""Maps that a row may give and count for; a number that lies farther off is none of a row."""


class Builder(NamedTuple):
    """The function that makes a network of a model file, and the module that it stands in.

    `takes_list` says that it is given the channels of the image as a list; `channel_keys` are the top-level keys from
    which its repository reads them. `has_plain_loop` says that networks run as everywhere: row after row on one image.
    `parts` are texts in what its loops go over: some of them keys that hold rows. `guided` are the classes that some
    model of the repository gives more than the maps that a row reads; `altered` are the rows that the model treats in a
    way of its own: ("i", their number) or ("f", what they read). `forward_place` is where the forward of the model
    stands, as `path:line`; empty where none was found.
    """

    function: Function
    module: ModuleScope
    takes_list: bool
    channel_keys: tuple[str, ...]
    has_plain_loop: bool
    parts: tuple[str, ...] = ()
    guided: frozenset[str] = frozenset()
    altered: frozenset[tuple[str, int]] = frozenset()
    forward_place: str = ""


class BuiltRow(NamedTuple):
    """What the builder made of one row.

    `number` is the row's own number and `first` that from which it counts: a backbone that gives several maps counts as
    several rows. `module` is the record that was built, `arguments` its final arguments, `channels` what later rows are
    told, `sources` what it reads as the builder keeps it.
    """

    first: int
    number: int
    module: object
    arguments: tuple[object, ...]
    channels: object
    sources: object


class BuiltFile(NamedTuple):
    """The rows that were built, in their order; and what stopped the builder at the row behind them, if anything did.

    `doubt` is empty where nothing was assumed: only then an error is certain.
    """

    rows: tuple[BuiltRow, ...]
    error: PythonError | None = None
    stopped: str = ""
    doubt: str = ""
    in_row: bool = True


_found: dict[tuple[str, str], tuple[Repository, Builder | None]] = {}


def load_builder(path: str, top: str) -> Builder | None:
    """The builder in a file; read once a process, and again when a file that was read for it has changed."""
    key = (os.path.abspath(path), os.path.abspath(top))
    known = _found.get(key)
    if known is None or not known[0].is_unchanged():
        repository = _repository(path, top)
        known = _found[key] = repository, _loaded(repository, path)
    return known[1]


def _repository(path: str, top: str) -> Repository:
    """The files that a builder may import from."""
    package = os.path.dirname(os.path.abspath(path))
    above = os.path.dirname(package)
    while os.path.isfile(os.path.join(package, "__init__.py")):
        package = os.path.dirname(package)
    roots = tuple(dict.fromkeys((package, above, os.path.abspath(top), *_folders_above(path, top))))
    repository = Repository(top, roots)
    module = repository.module_at(path)
    packages = _packages_named(module, path) if module is not None else {}
    return Repository(top, roots, packages) if packages else repository


def _loaded(repository: Repository, path: str) -> Builder | None:
    module = repository.module_at(path)
    function = _function(module) if module is not None else None
    if module is None or function is None or isinstance(function.node, ast.Lambda):
        return None
    loops = _loops(module.tree)
    return Builder(
        function,
        module,
        not _wraps_channels(function.node),
        _channel_keys(module.tree),
        _is_plain(loops),
        _parts_named(function.node),
        frozenset(name for loop in loops for name in _guided(loop)),
        frozenset(row for loop in loops[:1] for row in _altered(loop)),
        f"{module.label}:{loops[0].lineno}" if loops else "",
    )


def _packages_named(module: ModuleScope, path: str) -> dict[str, str]:
    """The package around the folder of a builder by the name that the builder imports it by.

    Repositories may hold the inside of a package only: `nn/tasks.py` that imports `name.nn.modules`.
    """
    folder, known = os.path.dirname(os.path.abspath(path)), module.repository
    found: dict[str, str] = {}
    for node in module.tree.body:
        if not isinstance(node, ast.ImportFrom) or node.level or node.module is None:
            continue
        package, _, inner = node.module.partition(".")
        is_around = inner.partition(".")[0] == os.path.basename(folder) and package not in OUTSIDE
        if not is_around or package in found or known.find(node.module, 0, path) is not None:
            continue
        around = {package: os.path.dirname(folder)}
        if _gives_all(Repository(known.root, known.roots, around), node, path):
            found.update(around)
    return found


def _gives_all(repository: Repository, node: ast.ImportFrom, path: str) -> bool:
    """Whether a repository has the module of an import, and that binds what is imported."""
    file = repository.find(node.module or "", 0, path)
    module = repository.module_at(file) if file is not None else None
    if module is None:
        return False
    return bool(module.stars) or all(name.name == "*" or name.name in module.bindings for name in node.names)


def _function(module: ModuleScope) -> Function | None:
    """The builder of a module: a function of it, or a static method of one of its classes."""
    owners = [node.name for node in module.tree.body if isinstance(node, ast.ClassDef) and _holds_builder(node)]
    try:
        interpreter = Interpreter()
        found = interpreter.exported(FUNCTION, module)
        classes = [item for name in owners if (item := interpreter.exported(name, module)) is not None]
    except (PythonError, GaveUp, RecursionError):
        return None
    members = [kind.namespace.get(FUNCTION) for (kind,) in classes if isinstance(kind, Class)]
    function = found[0] if found is not None else next(iter(members), None)
    return function if isinstance(function, Function) else None


def _holds_builder(node: ast.ClassDef) -> bool:
    """Whether a class has a builder that needs no object of it."""
    return any(
        isinstance(item, ast.FunctionDef)
        and item.name == FUNCTION
        and any(_is_named(decorator, "staticmethod") for decorator in item.decorator_list)
        for item in node.body
    )


def parts_of(builder: Builder, data: MappingType[str, object]) -> list[str]:
    """The keys of a file that hold rows, in the order of the builder's loop: those that it names, or the usual ones."""
    usual = [key for key in PARTS if _holds_lists(data.get(key))]
    return [key for key in builder.parts if key in usual or _names_modules(data.get(key))] or usual


def _holds_lists(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(item, list) for item in value)


def _names_modules(value: object) -> bool:
    """Whether some list in a list names a module where rows do: anchors are lists of lists too."""
    rows = value if isinstance(value, list) else []
    return any(isinstance(row, list) and len(row) > _MODULE and isinstance(row[_MODULE], str) for row in rows)


def _parts_named(builder: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """The texts in what the loops of a builder go over, in the order of the source."""
    loops = [node.iter for node in ast.walk(builder) if isinstance(node, ast.For)]
    texts = [node for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Constant)]
    texts.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.value for node in texts if isinstance(node.value, str)))


def _folders_above(path: str, top: str) -> list[str]:
    """The folders around a file, the nearest first, up to a folder above."""
    folder, top = os.path.dirname(os.path.abspath(path)), os.path.abspath(top)
    found = [folder]
    while folder != top and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
        found.append(folder)
    return found


def _wraps_channels(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the builder makes the list of channels itself: `ch = [ch]`."""
    return any(
        isinstance(item, ast.Assign) and isinstance(item.value, ast.List) and ast.unparse(item) == "ch = [ch]"
        for item in ast.walk(node)
    )


def _loops(tree: ast.Module) -> list[ast.FunctionDef]:
    """The forwards of models: the functions that give each row what its `from` names."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(
            isinstance(item, ast.ListComp) and ast.unparse(item.generators[0].iter) == "m.f" for item in ast.walk(node)
        )
    ]


def _is_plain(loops: list[ast.FunctionDef]) -> bool:
    """Whether the first of these forwards begins with one image, and makes of it what the modules make of it alone."""
    if not loops:
        return False
    needed = len(loops[0].args.args) - len(loops[0].args.defaults)
    own = {id(node) for test in _row_tests(loops[0]) for node in ast.walk(test)}
    return needed <= 2 and all(id(node) in own or _is_usual(node) for node in _changes_of_x(loops[0]))


def _changes_of_x(tree: ast.AST) -> list[ast.Assign | ast.AugAssign]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AugAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if _is_named(target, "x")
    ]


_KEEPING = ("x.to(", "x.cuda(", "x.cpu(", "x.float(", "x.half(", "x.type(", "x.contiguous(")
"""How calls begin that leave the shape of a map as it is."""


def _is_usual(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether an assignment to `x` is what a row reads, what its module makes of it, or the last map of several."""
    if isinstance(node, ast.AugAssign):
        return False
    text = ast.unparse(node.value)
    return "m.f" in text or text == "m(x)" or text.startswith(("m(x[0], ", "x[-1]", "m(x, ", *_KEEPING))


def _row_tests(loop: ast.FunctionDef) -> list[ast.If]:
    """The branches that certain rows take, by their number or by what they read, and that change what flows."""
    return [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.If) and _rows_of(node.test) and any(map(_changes_of_x, node.body))
    ]


def _rows_of(test: ast.expr) -> list[tuple[str, int]]:
    """The rows that a comparison of `m.i` or `m.f` with numbers is true for."""
    if not isinstance(test, ast.Compare) or ast.unparse(test.left) not in ("m.i", "m.f"):
        return []
    if not isinstance(test.ops[0], (ast.Eq, ast.In)):
        return []
    numbers = (node.value for node in ast.walk(test.comparators[0]) if isinstance(node, ast.Constant))
    return [(ast.unparse(test.left)[-1], number) for number in numbers if type(number) is int]


def _altered(loop: ast.FunctionDef) -> list[tuple[str, int]]:
    return [row for node in _row_tests(loop) for row in _rows_of(node.test)]


def _guided(loop: ast.FunctionDef) -> list[str]:
    """The classes whose modules a forward gives more than the maps of a row: `m(x, text)`, or `x.append(text)`."""
    found = []
    for node in ast.walk(loop):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Call) and _is_named(node.test.func, "isinstance"):
            is_guided = any(_is_given_more(inner) for part in node.body for inner in ast.walk(part))
            kinds = node.test.args[1:] if is_guided and node.test.args and _is_named(node.test.args[0], "m") else []
            found += [name.id for kind in kinds for name in ast.walk(kind) if isinstance(name, ast.Name)]
    return found


def _is_given_more(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if _is_named(node.func, "m"):
        return len(node.args) + len(node.keywords) > 1
    return isinstance(node.func, ast.Attribute) and node.func.attr == "append" and _is_named(node.func.value, "x")


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


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


def keys_named(builder: Builder, error: PythonError) -> list[str]:
    """The names and texts in the line of the builder that raised an error, in their order: one may be a key."""
    line = error.place.rpartition(":")[2]
    found = (node for node in ast.walk(builder.function.node) if str(getattr(node, "lineno", 0)) == line)
    names = ((node.value if isinstance(node, ast.Constant) else getattr(node, "id", None)) for node in found)
    return [name for name in names if isinstance(name, str)]


def build(builder: Builder, data: dict[str, object], channels: int, scale: str | None) -> BuiltFile:
    """Interprets the builder over a file: `data` is what YAML holds (it is copied), `scale` the variant."""
    given = {key: _copied(value) for key, value in data.items()}
    if scale is not None:
        given["scale"] = scale
    listed = [given[part] for part in parts_of(builder, given)]
    rows = [row for part in listed if isinstance(part, list) for row in part]
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


def _copied(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _arguments(builder: Builder, data: dict[str, object], channels: int) -> dict[str, object]:
    names = [argument.arg for argument in builder.function.node.args.args]
    values: dict[str, object] = {name: Unknown(f"the parameter {name}") for name in names[2:]}
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

    def __init__(self, rows: Sequence[object]) -> None:
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

    def _row(self, names: dict[str, object]) -> BuiltRow:
        module = names.get("m_")
        first = self.built[-1].number + 1 if self.built else 0
        number = names.get("i", first)
        sources = names.get("f")
        if isinstance(module, Instance):
            number = module.attributes.get("i", number)
            sources = module.attributes.get("f", sources)
        arguments = names.get("args")
        given = tuple(arguments) if isinstance(arguments, (list, tuple)) else ()
        own = number if isinstance(number, int) and first <= number < first + _MOST_MAPS else first
        return BuiltRow(first, own, module, given, names.get("c2"), sources)
