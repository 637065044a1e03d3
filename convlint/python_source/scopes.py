"""The names of a repository's modules: files found, parsed and searched by need; nothing is imported."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from types import MappingProxyType

from convlint.limits import LARGEST_MODULE, MOST_MODULES, MOST_PYTHON

OUTSIDE = frozenset(
    "torch math copy functools einops typing collections ast itertools numpy abc os sys re torchvision".split()  # noqa: SIM905
)
"""Packages that no repository brings itself, though they may lie in its folder (`site-packages`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """A name that comes from a module: `name` of it, or the module itself; `level` counts the dots before it."""

    module: str
    level: int
    name: str | None
    is_guarded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A function or a class of the module."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """A name that an expression gives its value."""

    value: ast.expr


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """A name that is bound in one way where a condition holds, and in another (None: as before) where it does not."""

    test: ast.expr
    yes: Binding | None
    no: Binding | None


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A name whose value is not told by one statement."""

    line: int


Binding = Import | Definition | Assigned | Either | Opaque


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a function that runs; `parent` is that of the function around it."""

    module: ModuleScope
    names: dict[str, object]
    parent: Scope | None = None
    owner: object = None
    receiver: object = None
    outer: frozenset[str] = frozenset()
    """Names that `global` or `nonlocal` gives to scopes around."""


@dataclass(slots=True, eq=False)
class ModuleScope:
    """A module of the repository: what its statements bind, in their order, and the values found so far."""

    path: str
    repository: Repository
    tree: ast.Module
    bindings: dict[str, tuple[int, Binding]] = field(default_factory=dict)
    stars: list[tuple[int, Import]] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    resolving: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    found: dict[tuple[str, int], ModuleScope | None] = field(default_factory=dict)
    is_open: bool = False
    """Whether its statements bring names into it in ways that are not followed."""
    hidden: frozenset[str] | None = None
    """What `hidden_names` found in it."""
    told_as: str = ""

    @property
    def label(self) -> str:
        """The path as messages show it: from the folder of the repository, with slashes."""
        if not self.told_as:
            self.told_as = os.path.relpath(self.path, self.repository.root).replace(os.sep, "/")
        return self.told_as


class Repository:
    """The Python files below a folder.

    `roots` are the folders from which absolute imports are looked for, `packages` the folders of packages that are
    imported by other names than their folders have.
    """

    def __init__(
        self, root: str, roots: tuple[str, ...], packages: MappingType[str, str] = MappingProxyType({})
    ) -> None:
        self.root = os.path.realpath(root)
        self.roots = roots
        self._packages = packages
        self._modules: dict[str, ModuleScope | None] = {}
        self._left = MOST_PYTHON
        self._stamps: dict[str, tuple[int, int]] = {}
        self._places: dict[tuple[str, int, str], str | None] = {}

    def module_at(self, path: str) -> ModuleScope | None:
        """The module in a file; None where there is none, or it cannot be read or parsed."""
        real = os.path.realpath(path)
        if real not in self._modules:
            self._modules[real] = self._read(real) if len(self._modules) < MOST_MODULES else None
        return self._modules[real]

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of all files that were read."""
        return tuple(path for path, module in self._modules.items() if module is not None)

    def is_unchanged(self) -> bool:
        """Whether all files that were read are as they were, and their folders have the same files."""
        return all(_stamp(path) == stamp for path, stamp in self._stamps.items())

    def find(self, dotted: str, level: int, importer: str) -> str | None:
        """The file of a module, as an import in the file `importer` names it; None where the repository has none."""
        if not level and dotted.partition(".")[0] in OUTSIDE:
            return None
        folder = os.path.dirname(importer)
        key = (dotted, level, folder if level else "")
        if key not in self._places:
            self._places[key] = self._found(dotted, level, folder)
        return self._places[key]

    def lacks(self, dotted: str, importer: str) -> str:
        """The first part of a dotted name that a package around the importer does not have; empty where it may."""
        first, *rest = dotted.split(".")
        top = self.find(first, 0, importer)
        folder = os.path.dirname(top) if top is not None and os.path.basename(top) == "__init__.py" else ""
        if not folder or not os.path.realpath(importer).startswith(os.path.realpath(folder) + os.sep):
            return ""
        known = first
        for part in rest:
            known += f".{part}"
            try:
                names = os.listdir(folder)
            except OSError:
                return ""
            if part in names and os.path.isdir(os.path.join(folder, part)):
                folder = os.path.join(folder, part)
                continue
            return "" if any(name.partition(".")[0] == part for name in names) else known
        return ""

    def _found(self, dotted: str, level: int, folder: str) -> str | None:
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return self._file(folder, dotted)
        for root in self.roots:
            found = self._file(root, dotted)
            if found is not None:
                return found
        package, _, inner = dotted.partition(".")
        return self._file(self._packages[package], inner) if inner and package in self._packages else None

    def _file(self, folder: str, dotted: str) -> str | None:
        base = os.path.join(folder, *dotted.split(".")) if dotted else folder
        for path in (os.path.join(base, "__init__.py"), base + ".py"):
            if os.path.isfile(path) and self._holds(path):
                return path
        return None

    def _holds(self, path: str) -> bool:
        """Whether a file lies in the repository, links followed."""
        real = os.path.realpath(path)
        return real.startswith(self.root + os.sep)

    def _read(self, path: str) -> ModuleScope | None:
        try:
            if not self._holds(path) or not os.path.isfile(path):
                return None
            for seen in (path, os.path.dirname(path)):
                self._stamps.setdefault(seen, _stamp(seen))
            size = os.path.getsize(path)
            if size > min(LARGEST_MODULE, self._left):
                return None
            self._left -= size
            with open(path, "rb") as file:
                text = file.read(LARGEST_MODULE)
        except OSError:
            return None
        return module_of(text, path, self)


def _stamp(path: str) -> tuple[int, int]:
    """What changes with a file or a folder: (when, how large); (0, 0) where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def module_of(text: bytes | str, path: str, repository: Repository) -> ModuleScope | None:
    """The module that a text is; None where it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    scope = ModuleScope(path, repository, tree)
    try:
        _bind(tree.body, scope, _Counter(), is_guarded=False)
    except RecursionError:
        return None
    return scope


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count


def _bind(body: list[ast.stmt], scope: ModuleScope, counter: _Counter, *, is_guarded: bool) -> None:
    for node in body:
        _bind_one(node, scope, counter, is_guarded)


def _bind_one(node: ast.stmt, scope: ModuleScope, counter: _Counter, is_guarded: bool) -> None:
    at = counter.next()
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        scope.bindings[node.name] = (at, Definition(node))
    elif isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            dotted = alias.name if alias.asname else name
            scope.bindings[name] = (at, Import(dotted, 0, None, is_guarded))
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name == "*":
                scope.stars.append((at, Import(node.module or "", node.level, None, is_guarded)))
            else:
                imported = Import(node.module or "", node.level, alias.name, is_guarded)
                name = alias.asname or alias.name
                if not (name == alias.name and name in scope.bindings and _is_of_itself(node, scope.path)):
                    scope.bindings[name] = (at, imported)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            _bind_target(target, node.value, scope, at)
    elif isinstance(node, ast.AnnAssign):
        if node.value is not None:
            _bind_target(node.target, node.value, scope, at)
    elif isinstance(node, ast.If):
        _bind_branches(node, scope, counter, is_guarded)
    elif isinstance(node, ast.Try):
        _bind_attempt(node, scope, counter)
    elif isinstance(node, ast.With):
        for item in node.items:
            if item.optional_vars is not None:
                _bind_opaque(item.optional_vars, scope, at)
        _bind(node.body, scope, counter, is_guarded=is_guarded)
    else:
        _bind_rest(node, scope, at)


def _is_of_itself(node: ast.ImportFrom, path: str) -> bool:
    """Whether a module takes names from itself: they keep what they were bound to above."""
    named = (node.module or "").split(".")
    own = os.path.splitext(path)[0].split(os.sep)
    return own[-len(named) :] == named and (node.level == 1 if len(named) == 1 else node.level == 0)


def _bind_target(target: ast.expr, value: ast.expr, scope: ModuleScope, at: int) -> None:
    if isinstance(target, ast.Name):
        scope.bindings[target.id] = (at, Assigned(value))
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Call):  # globals(), vars()
        scope.is_open = True
    elif isinstance(target, (ast.Tuple, ast.List)):
        pairs = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for number, item in enumerate(target.elts):
            if isinstance(item, ast.Name):
                given = value.elts[number] if pairs and isinstance(value, (ast.Tuple, ast.List)) else None
                scope.bindings[item.id] = (at, Assigned(given) if given is not None else Opaque(value.lineno))
            else:
                _bind_opaque(item, scope, at)


def _bind_opaque(node: ast.expr | ast.stmt, scope: ModuleScope, at: int) -> None:
    """Binds the names that are stored anywhere in a node, whatever their values are."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            scope.bindings[child.id] = (at, Opaque(node.lineno))
        elif isinstance(child, (ast.MatchAs, ast.MatchStar)) and child.name is not None:
            scope.bindings[child.name] = (at, Opaque(node.lineno))
        elif isinstance(child, ast.MatchMapping) and child.rest is not None:
            scope.bindings[child.rest] = (at, Opaque(node.lineno))
        elif isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store):
            scope.is_open = scope.is_open or isinstance(child.value, ast.Call)
        elif isinstance(child, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
            scope.is_open = True


def _bind_branches(node: ast.If, scope: ModuleScope, counter: _Counter, is_guarded: bool) -> None:
    test = ast.unparse(node.test) if isinstance(node.test, (ast.Compare, ast.Name, ast.Attribute)) else ""
    if "__name__" in test:
        is_script_first = isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.Eq)
        _bind(node.orelse if is_script_first else node.body, scope, counter, is_guarded=is_guarded)
        return
    if test.endswith("TYPE_CHECKING"):
        _bind(node.orelse, scope, counter, is_guarded=is_guarded)
        return
    before = scope.bindings
    yes = _bound_by(node.body, scope, counter)
    no = _bound_by(node.orelse, scope, counter)
    for name in dict.fromkeys((*yes, *no)):
        first, second = yes.get(name, before.get(name)), no.get(name, before.get(name))
        either = Either(node.test, first[1] if first else None, second[1] if second else None)
        before[name] = (counter.next(), either)


def _bound_by(body: list[ast.stmt], scope: ModuleScope, counter: _Counter) -> dict[str, tuple[int, Binding]]:
    """What statements bind that may not run, apart from what stands before them."""
    before, scope.bindings = scope.bindings, {}
    _bind(body, scope, counter, is_guarded=True)
    found, scope.bindings = scope.bindings, before
    return found


def _bind_attempt(node: ast.Try, scope: ModuleScope, counter: _Counter) -> None:
    """What is bound by `try`: a handler that binds the same name makes an import that may fail unknown."""
    _bind(node.body, scope, counter, is_guarded=True)
    _bind(node.orelse, scope, counter, is_guarded=True)
    for handler in node.handlers:
        for name, entry in _bound_by(handler.body, scope, counter).items():
            scope.bindings.setdefault(name, (entry[0], Opaque(handler.lineno)))
    _bind(node.finalbody, scope, counter, is_guarded=False)


def _bind_rest(node: ast.stmt, scope: ModuleScope, at: int) -> None:
    """Loops and the like: the names they assign are not followed."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        text = ast.unparse(node.value.func)
        scope.is_open = scope.is_open or text.startswith(("globals()", "exec", "setattr", "sys.modules"))
        if text.startswith("__all__."):
            scope.bindings["__all__"] = (at, Opaque(node.lineno))
    if not isinstance(node, (ast.Expr, ast.Pass, ast.Assert, ast.Raise)):
        _bind_opaque(node, scope, at)
