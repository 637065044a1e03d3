"""Interprets a closed subset of Python over its syntax tree. Nothing of the source is ever executed or imported."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator

from convlint.domain.values import Symbolic
from convlint.limits import DEEPEST_CALL, PYTHON_STEPS
from convlint.python_source import builtin, externals, records
from convlint.python_source.operations import (
    LONGEST,
    SYMBOLS,
    arithmetic,
    compare,
    holds_unknown,
    is_open,
    is_plain,
    type_name,
)
from convlint.python_source.scopes import OUTSIDE, Assigned, Binding, Definition, Either, Import, ModuleScope, Scope
from convlint.python_source.values import (
    Arguments,
    Bound,
    Builtin,
    Class,
    External,
    Function,
    GaveUp,
    Globals,
    Instance,
    Keywords,
    Lazy,
    Method,
    Native,
    Partial,
    PythonError,
    SliceParts,
    Super,
    Tensor,
    Unknown,
)
from convlint.typed import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from convlint.python_source.recording import Recorder

EXPECTED_TORCH = (2, 6)
"""The version of torch that names such as `TORCH_1_11` are taken to ask about, which is not looked up."""
_TORCH_VERSION = re.compile(r"TORCH_(\d{1,3})_(\d{1,3})")
_SILENT = frozenset(("LOGGER", "logger", "logging", "warnings", "print", "thop", "LOG"))
"""Names whose calls have no effect on a network."""
_KEEPING = frozenset(
    ("no_grad", "inference_mode", "wraps", "lru_cache", "cache", "smart_inference_mode", "autocast", "wrap")
)
"""Decorators that leave what a function gives as it is."""
_NORMAL, _BREAK, _CONTINUE = 0, 1, 2


class _Returned:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


_Flow = int | _Returned
Watcher = Callable[[object, Scope, str], None]
"""Told of each turn of a `for` loop: the item, the names, and "before" or "after"."""


class Interpreter:
    """One run: a budget of steps, and the first reason for which what follows is not certain."""

    def __init__(self, steps: int = PYTHON_STEPS) -> None:
        self.steps = steps
        self.depth = 0
        self.doubt = ""
        self.changes = 0
        """Counts what may change a container or a record: branches that are tried must leave it alone."""
        self.watcher: Watcher | None = None
        self.recorder: Recorder | None = None
        self.training = True
        self.handled: list[PythonError] = []
        """The exceptions whose handlers run, the innermost last."""

    # --- places and doubts

    def place(self, node: ast.AST, scope: Scope) -> str:
        """Where a node stands: `path:line`."""
        return f"{scope.module.label}:{getattr(node, 'lineno', 0)}"

    def unknown(self, what: str, node: ast.AST, scope: Scope) -> Unknown:
        """An unknown value, with what was not followed and where."""
        return Unknown(f"{what} at {self.place(node, scope)}")

    def suspect(self, reason: str) -> None:
        """From here on no error is certain."""
        self.doubt = self.doubt or reason

    # --- names

    def lookup(self, name: str, node: ast.AST, scope: Scope) -> object:
        """The value of a name; NameError where it is certain that nothing defines it."""
        inner: Scope | None = scope
        while inner is not None:
            if name in inner.names:
                return inner.names[name]
            inner = inner.parent
        return self.module_name(name, scope.module, node, scope)

    def module_name(self, name: str, module: ModuleScope, node: ast.AST, scope: Scope) -> object:
        """The value of a name of a module, or of Python's own names."""
        found = self.exported(name, module)
        if found is not None:
            return found[0]
        if name in builtin.CONSTANTS:
            return builtin.CONSTANTS[name]
        if name in builtin.NAMES:
            return Builtin(name)
        if name == "__file__":
            return module.path
        if name.startswith("__") or module.is_open or self._has_foreign_star(module):
            return self.unknown(f"the name {name}", node, scope)
        raise PythonError("NameError", f"name '{name}' is not defined", self.place(node, scope))

    def exported(self, name: str, module: ModuleScope, depth: int = 0) -> tuple[object] | None:
        """(the value of a name that a module binds or takes by a star import,), or None."""
        if name in module.values:
            return (module.values[name],)
        if depth > 12 or name in module.missing:
            return None
        if name in module.resolving:
            return (Unknown(f"{name} of {module.label} needs itself"),)
        module.resolving.add(name)
        try:
            found = self._exported(name, module, depth)
        finally:
            module.resolving.discard(name)
        if found is not None:
            module.values[name] = found[0]
        elif depth == 0:
            module.missing.add(name)
        return found

    def _exported(self, name: str, module: ModuleScope, depth: int) -> tuple[object] | None:
        at, binding = module.bindings.get(name, (-1, None))
        for star_at, star in reversed(module.stars):
            if star_at < at or name.startswith("_"):
                continue
            target = self._module(star, module)
            if target is not None and target is not module and _exports(target, name):
                found = self.exported(name, target, depth + 1)
                if found is not None:
                    return found
        return (self.bound(binding, name, module),) if binding is not None else None

    def _has_foreign_star(self, module: ModuleScope, seen: frozenset[str] = frozenset()) -> bool:
        """Whether some star import, followed through, leads out of the repository."""
        for _, star in module.stars:
            target = self._module(star, module)
            if target is None:
                return True
            if target.path not in seen and (
                target.is_open or self._has_foreign_star(target, seen | {module.path, target.path})
            ):
                return True
        return False

    def _module(self, imported: Import, module: ModuleScope) -> ModuleScope | None:
        key = (imported.module, imported.level)
        if key not in module.found:
            path = module.repository.find(imported.module, imported.level, module.path)
            module.found[key] = module.repository.module_at(path) if path is not None else None
        return module.found[key]

    def bound(self, binding: Binding, name: str, module: ModuleScope) -> object:
        """The value of a binding of a module."""
        scope = Scope(module, {})
        if isinstance(binding, Definition):
            return self.define(binding.node, scope)
        if isinstance(binding, Assigned):
            return self._assigned(binding, name, scope)
        if isinstance(binding, Import):
            return self.imported(binding, module)
        if isinstance(binding, Either):
            return self._either(binding, name, scope)
        return Unknown(f"{name} at {module.label}:{binding.line}")

    def _assigned(self, binding: Assigned, name: str, scope: Scope) -> object:
        try:
            value = self.evaluate(binding.value, scope)
        except (PythonError, GaveUp) as error:
            value = Unknown(f"{name}: {error}")
        version = _TORCH_VERSION.fullmatch(name) if isinstance(value, Unknown) else None
        return value if version is None else (int(version[1]), int(version[2])) <= EXPECTED_TORCH

    def _either(self, binding: Either, name: str, scope: Scope) -> object:
        try:
            truth = self.truth(self.evaluate(binding.test, scope))
        except (PythonError, GaveUp):
            truth = None
        chosen = binding.yes if truth else binding.no
        if truth is None or chosen is None:
            return Unknown(f"{name} at {self.place(binding.test, scope)}")
        return self.bound(chosen, name, scope.module)

    def imported(self, imported: Import, module: ModuleScope) -> Any:
        """What an import gives: of the repository where it has such a module, else something external."""
        dotted = imported.module
        path = module.repository.find(dotted, imported.level, module.path)
        if path is None and imported.level == 0:
            return self._foreign(imported, module)
        found = module.repository.module_at(path) if path is not None else None
        if found is None or path is None:
            return Unknown(f"{'.' * imported.level}{dotted} is not found from {module.label}", is_foreign=True)
        if imported.name is None:
            return found
        return self._member(found, imported.name)

    def _foreign(self, imported: Import, module: ModuleScope) -> object:
        dotted = imported.module
        if dotted and self._is_folder(dotted, module):
            # a folder without __init__.py: a namespace package
            name = f"{dotted}.{imported.name}" if imported.name else dotted
            path = module.repository.find(name, 0, module.path)
            found = module.repository.module_at(path) if path is not None else None
            return found if found is not None else Unknown(f"{name} is not found from {module.label}")
        full = f"{dotted}.{imported.name}" if imported.name else dotted
        if imported.is_guarded and not externals.is_known(full):
            return Unknown(f"{full}, which may be missing", is_foreign=True)
        return externals.named(full)

    def _is_folder(self, dotted: str, module: ModuleScope) -> bool:
        parts = dotted.split(".")
        return parts[0] not in OUTSIDE and any(
            os.path.isdir(os.path.join(root, *parts)) for root in module.repository.roots
        )

    def _member(self, module: ModuleScope, name: str) -> object:
        """A name of a module of the repository, or a module in its folder."""
        found = self.exported(name, module)
        if found is not None:
            return found[0]
        path = module.repository.find(name, 1, module.path) if module.path.endswith("__init__.py") else None
        submodule = module.repository.module_at(path) if path is not None else None
        if submodule is not None:
            return submodule
        return Unknown(f"{module.label} has no {name}")

    # --- definitions

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> object:
        """The function or the class that a statement defines."""
        if isinstance(node, ast.ClassDef):
            return self._class(node, scope)
        function = self._function(node, scope, None)
        return self._decorated(node, function, scope)

    def _function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        scope: Scope,
        owner: Class | None,
        kind: str = "",
    ) -> Function:
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: dict[str, object] = {}
        given = arguments.defaults
        for argument, value in zip(positional[len(positional) - len(given) :], given):
            defaults[argument.arg] = self._default(value, scope)
        for argument, optional in zip(arguments.kwonlyargs, arguments.kw_defaults):
            if optional is not None:
                defaults[argument.arg] = self._default(optional, scope)
        is_inner = scope.names or scope.parent is not None
        return Function(node, scope.module, scope if is_inner else None, defaults, owner, kind)

    def _default(self, node: ast.expr, scope: Scope) -> object:
        try:
            return self.evaluate(node, scope)
        except PythonError as error:
            return Unknown(str(error))

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef, function: Function, scope: Scope) -> object:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = (
                called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
            )
            if name not in _KEEPING and "jit" not in ast.unparse(called):
                return self.unknown(f"{node.name}, which {name or 'something'} decorates", node, scope)
        if isinstance(node, ast.AsyncFunctionDef):
            return self.unknown(f"{node.name}, which is async", node, scope)
        return function

    def _class(self, node: ast.ClassDef, scope: Scope) -> object:
        bases = tuple(self._default(base, scope) for base in node.bases)
        namespace: dict[str, object] = {}
        made = Class(node.name, scope.module, bases, namespace)
        object.__setattr__(made, "order", _resolution_order(made))
        inner = Scope(scope.module, namespace, scope if scope.names or scope.parent else None)
        for statement in node.body:
            self._class_statement(statement, made, inner)
        return made

    def _class_statement(self, node: ast.stmt, made: Class, inner: Scope) -> None:
        if isinstance(node, ast.FunctionDef):
            made.namespace[node.name] = self._class_function(node, made, inner)
        elif isinstance(node, ast.ClassDef):
            made.namespace[node.name] = self._class(node, inner)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            try:
                self._execute_one(node, inner)
            except (PythonError, GaveUp) as error:
                for target in targets:
                    self.poison(target, Unknown(str(error)), inner)

    def _class_function(self, node: ast.FunctionDef, made: Class, inner: Scope) -> object:
        kind = ""
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if text in ("staticmethod", "classmethod", "property"):
                kind = text
            elif text in ("functools.cached_property", "cached_property"):
                kind = "property"
            elif text.endswith((".setter", ".deleter")):
                return made.namespace.get(node.name, Unknown(node.name))
            elif not any(word in text for word in (*_KEEPING, "jit", "abstractmethod", "override")):
                return self.unknown(f"{node.name}, which {text[:40]} decorates", node, inner)
        function = self._function(node, inner, made, kind)
        return Function(node, inner.module, inner.parent, function.defaults, made, kind)

    # --- expressions

    def evaluate(self, node: ast.expr, scope: Scope) -> object:
        """The value of an expression."""
        self.steps -= 1
        if self.steps < 0:
            raise GaveUp(f"too many steps at {self.place(node, scope)}")
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            raise GaveUp(f"{type(node).__name__} at {self.place(node, scope)}")
        return handler(self, node, scope)

    def _constant(self, node: ast.Constant, scope: Scope) -> object:
        return node.value

    def _name(self, node: ast.Name, scope: Scope) -> object:
        names = scope.names
        if node.id in names:
            return names[node.id]
        return self.lookup(node.id, node, scope)

    def _text(self, node: ast.JoinedStr, scope: Scope) -> object:
        parts = []
        for piece in node.values:
            if isinstance(piece, ast.Constant):
                parts.append(str(piece.value))
                continue
            if not isinstance(piece, ast.FormattedValue):
                return self.unknown("a text", node, scope)
            value = self.evaluate(piece.value, scope)
            if piece.format_spec is not None or not isinstance(value, (str, int, float, bool, type(None))):
                return self.unknown("a formatted text", node, scope)
            parts.append(repr(value) if piece.conversion == ord("r") else str(value))
        return "".join(parts)

    def items(self, nodes: list[ast.expr], scope: Scope) -> list[object]:
        """The values of expressions, starred ones spread out."""
        values: list[object] = []
        for node in nodes:
            if not isinstance(node, ast.Starred):
                values.append(self.evaluate(node, scope))
                continue
            spread = self.evaluate(node.value, scope)
            values += self.iterate(spread, node, scope)
        return values

    def _list(self, node: ast.List, scope: Scope) -> object:
        return self.items(node.elts, scope)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> object:
        return tuple(self.items(node.elts, scope))

    def _set(self, node: ast.Set, scope: Scope) -> object:
        return self.hashed(self.items(node.elts, scope), node, scope)

    def hashed(self, values: Iterable[object], node: ast.AST, scope: Scope) -> set[object]:
        """A set of values; PythonError where one cannot be in a set."""
        try:
            return set(values)
        except TypeError as error:
            raise PythonError("TypeError", str(error), self.place(node, scope)) from None

    def _dict(self, node: ast.Dict, scope: Scope) -> object:
        result: dict[object, object] = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                other = self.evaluate(value, scope)
                if not isinstance(other, dict):
                    return self.unknown("a mapping", node, scope)
                result.update(other)
                continue
            name = self.evaluate(key, scope)
            if is_open(name) or isinstance(name, (list, dict, set)):
                return self.unknown("a mapping", node, scope)
            result[name] = self.evaluate(value, scope)
        return result

    def _choice(self, node: ast.IfExp, scope: Scope) -> object:
        truth = self.truth(self.evaluate(node.test, scope))
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse, scope)
        values, written = [], self._written
        for part in (node.body, node.orelse):
            try:
                values.append(self.evaluate(part, scope))
            except PythonError:
                self.suspect(f"a choice at {self.place(node, scope)}")
        self._lose_since(written, f"a choice at {self.place(node, scope)}")
        if not values:
            raise GaveUp(f"a choice at {self.place(node, scope)}")
        return values[0] if _is_same(values[0], values[-1]) else self.unknown("a choice", node, scope)

    def _logic(self, node: ast.BoolOp, scope: Scope) -> object:
        stops_at = isinstance(node.op, ast.Or)
        unknown: Unknown | None = None
        value: object = None
        for part in node.values:
            value = self.evaluate(part, scope)
            truth = self.truth(value)
            if truth is None:
                unknown = unknown or self.unknown("a condition", part, scope)
            elif truth is stops_at:
                # `unknown and False` is not true, whatever the unknown is
                return value if unknown is None else bool(stops_at)
        return value if unknown is None else unknown

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> object:
        value = self.evaluate(node.operand, scope)
        if isinstance(node.op, ast.Not):
            truth = self.truth(value)
            return self.unknown("a condition", node, scope) if truth is None else not truth
        if isinstance(value, (Unknown, Tensor)):
            return value
        symbol = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op), "~")
        if is_open(value):
            return -value if symbol == "-" and isinstance(value, Symbolic) else value
        if not isinstance(value, (int, float)) or (symbol == "~" and isinstance(value, float)):
            text = f"bad operand type for unary {symbol}: '{type_name(value)}'"
            raise PythonError("TypeError", text, self.place(node, scope))
        return -value if symbol == "-" else +value if symbol == "+" else ~int(value)

    def _binary(self, node: ast.BinOp, scope: Scope) -> object:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        return self.operate(type(node.op), left, right, node, scope)

    def operate(self, kind: type[ast.operator], left: object, right: object, node: ast.AST, scope: Scope) -> object:
        """`left op right`, tensors included."""
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            result = externals.tensor_arithmetic(self, kind, left, right, self.place(node, scope))
            return self._recorded_arithmetic(kind, left, right, result, node, scope)
        for value in (left, right):
            if isinstance(value, Unknown):
                return value
            if not is_plain(value) and not is_open(value):
                return self.unknown(f"{SYMBOLS[kind]} of {type_name(value)}", node, scope)
        result = arithmetic(kind, left, right, self.place(node, scope))
        if isinstance(result, (list, tuple, str)):
            self.steps -= len(result) // 16
        return result

    def _recorded_arithmetic(
        self, kind: type[ast.operator], left: object, right: object, result: object, node: ast.AST, scope: Scope
    ) -> object:
        name = _FUNCTIONS_OF.get(kind, kind.__name__)
        if not isinstance(left, Tensor):
            name = {"sub": "rsub", "div": "rdiv"}.get(name, name)
        arguments = [right, left] if name in ("add", "mul") and not isinstance(left, Tensor) else [left, right]
        return self.recorded(name, arguments, {}, result, node, scope)

    def recorded(
        self, name: str, arguments: Arguments, keywords: Keywords, result: object, node: ast.AST, scope: Scope
    ) -> object:
        """The result of a function of tensors, taken down where someone does."""
        if self.recorder is None or not self.recorder.frames:
            return result
        if "input" in keywords:
            arguments = [keywords["input"], *arguments]
            keywords = {key: value for key, value in keywords.items() if key != "input"}
        return self.recorder.function(name, arguments, keywords, result, self.place(node, scope))

    def _comparison(self, node: ast.Compare, scope: Scope) -> object:
        left = self.evaluate(node.left, scope)
        result: object = True
        for kind, part in zip(node.ops, node.comparators):
            right = self.evaluate(part, scope)
            result = self._compared(kind, left, right, node, scope)
            if result is False or not isinstance(result, bool):
                return result
            left = right
        return result

    def _compared(self, kind: ast.cmpop, left: object, right: object, node: ast.AST, scope: Scope) -> object:
        if isinstance(kind, (ast.Is, ast.IsNot)):
            if is_open(left) or is_open(right):
                if _is_apart(left, right):
                    return isinstance(kind, ast.IsNot)
                return self.unknown("a comparison", node, scope)
            same = left is right or (isinstance(left, (External, Builtin)) and left == right)
            same = same or (type(left) is type(right) and isinstance(left, (bool, int, str)) and left == right)
            return same is isinstance(kind, ast.Is)
        if isinstance(kind, (ast.In, ast.NotIn)):
            found = self._contains(right, left, node, scope)
            return found if not isinstance(found, bool) else found is isinstance(kind, ast.In)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            return externals.tensor_arithmetic(self, ast.Sub, left, right, self.place(node, scope))
        for value in (left, right):
            if isinstance(value, Unknown):
                return value
        are_records = not (is_plain(left) and is_plain(right)) and not (is_open(left) or is_open(right))
        if are_records and isinstance(kind, (ast.Eq, ast.NotEq)):
            return _is_same(left, right) is isinstance(kind, ast.Eq)
        return compare(type(kind), left, right, self.place(node, scope))

    def _contains(self, container: object, item: object, node: ast.AST, scope: Scope) -> object:
        if is_open(container) or (is_open(item) and not _is_foreign(item)):
            return self.unknown("a membership", node, scope)
        if isinstance(container, Instance):
            container = records.container_keys(self, container)
        if container == External("os.environ"):
            return False  # as `os.getenv` has it: nothing is set
        if isinstance(container, Globals):
            return self.exported(item, container.module) is not None if isinstance(item, str) else False
        if isinstance(container, Lazy):
            container = list(container.items)
        if not isinstance(container, (list, tuple, dict, set, frozenset, str, range)):
            return self.unknown("a membership", node, scope)
        if isinstance(container, (list, tuple, str)):
            self.steps -= len(container) // 16
        try:
            if item in container:
                return True
        except TypeError as error:
            raise PythonError("TypeError", str(error), self.place(node, scope)) from None
        held = list(container) if isinstance(container, dict) else container
        open_items = [other for other in held if is_open(other)] if not isinstance(held, (str, range)) else []
        if any(not _is_apart(item, other) for other in (open_items if not is_open(item) else held)):
            return self.unknown("a membership", node, scope)
        return False

    def _subscript(self, node: ast.Subscript, scope: Scope) -> object:
        value = self.evaluate(node.value, scope)
        if isinstance(value, Tensor):
            keys = externals.tensor_keys(self, node.slice, scope)
            result = externals.tensor_item(value, keys, self.place(node.slice, scope))
            return self.recorded("getitem", [value, keys], {}, result, node, scope)
        if isinstance(value, Unknown):
            return value
        if isinstance(node.slice, ast.Slice):
            return self._sliced(value, node, self._slice(node.slice, scope), scope)
        key = self.evaluate(node.slice, scope)
        return self.item(value, key, node, scope)

    def _slice(self, node: ast.Slice, scope: Scope) -> tuple[object, ...]:
        parts = (node.lower, node.upper, node.step)
        return tuple(self.evaluate(part, scope) if part is not None else None for part in parts)

    def _sliced(self, value: object, node: ast.Subscript, parts: tuple[object, ...], scope: Scope) -> object:
        if isinstance(value, Instance):
            return records.sliced(self, value, parts)
        if isinstance(value, Unknown) or any(is_open(part) for part in parts):
            return self.unknown("a slice", node, scope)
        if not isinstance(value, (list, tuple, str, range)):
            raise PythonError("TypeError", f"'{type_name(value)}' object is not subscriptable", self.place(node, scope))
        self.steps -= len(value) // 16
        try:
            return value[slice(*cast(SliceParts, parts))]
        except (TypeError, ValueError) as error:
            raise PythonError(type(error).__name__, str(error), self.place(node, scope)) from None

    def item(self, value: object, key: object, node: ast.AST, scope: Scope) -> object:
        """`value[key]`."""
        if isinstance(value, Instance):
            return records.item(self, value, key, self.place(node, scope))
        if is_open(value):
            return value
        if is_open(key):
            return self.unknown("an item", node, scope)
        if isinstance(value, Globals):
            return self._global(value, key, node, scope)
        if not isinstance(value, (list, tuple, dict, str, range)):
            if isinstance(value, (int, float, type(None), set)):
                text = f"'{type_name(value)}' object is not subscriptable"
                raise PythonError("TypeError", text, self.place(node, scope))
            return self.unknown("an item", node, scope)
        try:
            return cast(dict[object, object], value)[key]  # a sequence refuses what is no index of it
        except KeyError:
            raise PythonError("KeyError", repr(key) if is_plain(key) else "?", self.place(node, scope)) from None
        except (IndexError, TypeError) as error:
            raise PythonError(type(error).__name__, str(error), self.place(node, scope)) from None

    def _global(self, names: Globals, key: object, node: ast.AST, scope: Scope) -> object:
        if not isinstance(key, str):
            raise PythonError("KeyError", repr(key), self.place(node, scope))
        found = self.exported(key, names.module)
        if found is not None:
            return found[0]
        if names.module.is_open or self._has_foreign_star(names.module):
            return self.unknown(f"the name {key}", node, scope)
        raise PythonError("KeyError", repr(key), self.place(node, scope))

    def _attribute(self, node: ast.Attribute, scope: Scope) -> object:
        value = self.evaluate(node.value, scope)
        return self.attribute(value, node.attr, node, scope)

    def attribute(self, value: object, name: str, node: ast.AST, scope: Scope) -> object:
        """`value.name`; nothing real is asked for an attribute."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, ModuleScope):
            return self._member(value, name)
        if isinstance(value, External):
            return externals.attribute(value, name)
        if isinstance(value, Class):
            return self._class_attribute(value, name, node, scope)
        if isinstance(value, Instance):
            return records.attribute(self, value, name, self.place(node, scope))
        if isinstance(value, Super):
            return records.super_attribute(self, value, name)
        if isinstance(value, Tensor):
            found = externals.tensor_attribute(value, name)
            return self.recorded(name, [value], {}, found, node, scope) if name in ("T", "mT") else found
        if isinstance(value, (Function, Builtin)):
            return value.name if name == "__name__" else self.unknown(f"{name} of a function", node, scope)
        if is_plain(value):
            if name in builtin.methods_of(value):
                return Method(value, name)
            if isinstance(value, (int, float)) and name == "real":
                return value
            if isinstance(value, tuple) and len(value) == 2 and name in ("values", "indices"):
                return value[name == "indices"]  # what a reduction along an axis gives
            if name == "__len__" and not isinstance(value, (int, float, type(None))):
                return Partial(Builtin("len"), (value,), {})
            if name in dir(type(value)):
                return self.unknown(f"the method {name}", node, scope)
            text = f"'{type_name(value)}' object has no attribute '{name}'"
            raise PythonError("AttributeError", text, self.place(node, scope))
        return self.unknown(f"the attribute {name}", node, scope)

    def _class_attribute(self, value: Class, name: str, node: ast.AST, scope: Scope) -> object:
        if name in ("__name__", "__qualname__"):
            return value.name
        found = records.class_member(value, name)
        if found is None:
            return self.unknown(f"{name} of {value.name}", node, scope)
        if isinstance(found, Function) and found.kind == "classmethod":
            return Bound(value, found)
        return found

    def _lambda(self, node: ast.Lambda, scope: Scope) -> object:
        return self._function(node, scope, scope.owner if isinstance(scope.owner, Class) else None)

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> object:
        value = self.evaluate(node.value, scope)
        self.assign(node.target, value, scope)
        return value

    # --- comprehensions

    def _comprehension(
        self, generators: list[ast.comprehension], scope: Scope, make: Callable[[Scope], None], at: int = 0
    ) -> None:
        if at == len(generators):
            make(scope)
            return
        generator = generators[at]
        source = self.evaluate(generator.iter, scope)
        for item in self.iterate(source, generator.iter, scope):
            inner = Scope(scope.module, {}, scope, scope.owner, scope.receiver)
            self.assign(generator.target, item, inner)
            if all(self._passes(test, inner) for test in generator.ifs):
                self._comprehension(generators, inner, make, at + 1)

    def _passes(self, test: ast.expr, scope: Scope) -> bool:
        truth = self.truth(self.evaluate(test, scope))
        if truth is None:
            raise GaveUp(f"a condition at {self.place(test, scope)}")
        return truth

    def _list_comprehension(self, node: ast.ListComp, scope: Scope) -> object:
        result: list[object] = []
        self._comprehension(node.generators, scope, lambda inner: result.append(self.evaluate(node.elt, inner)))
        return result

    def _generator(self, node: ast.GeneratorExp, scope: Scope) -> object:
        first = node.generators[0]
        source = self.evaluate(first.iter, scope)
        return Lazy(self._lazily(node, source, scope, 0))

    def _lazily(self, node: ast.GeneratorExp, source: object, scope: Scope, at: int) -> Iterator[object]:
        generator = node.generators[at]
        items = source.items if isinstance(source, Lazy) else self.iterate(source, generator.iter, scope)
        for item in items:
            inner = Scope(scope.module, {}, scope, scope.owner, scope.receiver)
            self.assign(generator.target, item, inner)
            if not all(self._passes(test, inner) for test in generator.ifs):
                continue
            if at + 1 == len(node.generators):
                yield self.evaluate(node.elt, inner)
            else:
                further = self.evaluate(node.generators[at + 1].iter, inner)
                yield from self._lazily(node, further, inner, at + 1)

    def _set_comprehension(self, node: ast.SetComp, scope: Scope) -> object:
        result: list[object] = []
        self._comprehension(node.generators, scope, lambda inner: result.append(self.evaluate(node.elt, inner)))
        return self.hashed(result, node, scope)

    def _dict_comprehension(self, node: ast.DictComp, scope: Scope) -> object:
        pairs: list[tuple[object, object]] = []

        def make(inner: Scope) -> None:
            pairs.append((self.evaluate(node.key, inner), self.evaluate(node.value, inner)))

        self._comprehension(node.generators, scope, make)
        try:
            return dict(pairs)
        except TypeError as error:
            raise PythonError("TypeError", str(error), self.place(node, scope)) from None

    def iterate(self, value: object, node: ast.AST, scope: Scope) -> list[object]:
        """The items of a value; GaveUp where they are not known."""
        if isinstance(value, (list, tuple, range, str, dict)):
            self.steps -= len(value)
            return list(value)
        if isinstance(value, (set, frozenset)):
            self.steps -= len(value)
            return sorted(value, key=_order_key)
        if isinstance(value, Lazy):
            return list(value.items)
        if isinstance(value, Instance):
            return records.iterated(self, value, self.place(node, scope))
        if isinstance(value, Tensor):
            rows = externals.tensor_rows(value, self.place(node, scope))
            found = self.recorded("unbind", [value], {}, rows, node, scope)
            return list(cast(list[object], found))
        if isinstance(value, (int, float, type(None))):
            text = f"'{type_name(value)}' object is not iterable"
            raise PythonError("TypeError", text, self.place(node, scope))
        raise GaveUp(value.reason if isinstance(value, Unknown) else f"a loop at {self.place(node, scope)}")

    def truth(self, value: object) -> bool | None:
        """Whether a value counts as true; None where that is not known."""
        if is_open(value) or isinstance(value, Tensor):
            return None
        if isinstance(value, Instance):
            return records.truth(self, value)
        return bool(value) if is_plain(value) else True

    # --- calls

    def _call(self, node: ast.Call, scope: Scope) -> object:
        function = node.func
        root = function.value if isinstance(function, ast.Attribute) else function
        if isinstance(root, ast.Name) and root.id in _SILENT:
            return None
        if isinstance(function, ast.Name) and function.id in _SPECIAL and function.id not in scope.names:
            return self._special(function.id, node, scope)
        called = self.evaluate(function, scope)
        arguments = self.items(node.args, scope)
        keywords = self._keywords(node, scope)
        return self.call(called, arguments, keywords, node, scope)

    def _keywords(self, node: ast.Call, scope: Scope) -> dict[str, object]:
        keywords: Keywords = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                keywords.update(value)
            else:
                raise GaveUp(f"keywords that are not known at {self.place(node, scope)}")
        return keywords

    def _special(self, name: str, node: ast.Call, scope: Scope) -> object:
        if name == "super":
            return self._super(node, scope)
        if name == "globals":
            return Globals(scope.module)
        if name == "locals":
            names: dict[str, object] = {}
            inner: Scope | None = scope
            while inner is not None:
                names = {**inner.names, **names}
                inner = inner.parent
            return names
        text = self.evaluate(node.args[0], scope) if node.args else None
        return self.evaluate_text(text, node, scope)

    def evaluate_text(self, text: object, node: ast.AST, scope: Scope) -> object:
        """What `eval` of a text gives: the text is parsed and interpreted like all else."""
        if isinstance(text, Unknown) or not isinstance(text, str):
            if isinstance(text, Unknown):
                return text
            raise PythonError(
                "TypeError", "eval() arg 1 must be a string, bytes or code object", self.place(node, scope)
            )
        if len(text) > 1000:
            return self.unknown("a long text that is evaluated", node, scope)
        try:
            parsed = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            kind = type(error).__name__
            raise PythonError(kind, f"invalid syntax: '{text}'", self.place(node, scope)) from None
        for inner in ast.walk(parsed):
            if hasattr(inner, "lineno"):
                inner.lineno = getattr(node, "lineno", 0)
        return self.evaluate(parsed, scope)

    def _super(self, node: ast.Call, scope: Scope) -> object:
        owner, receiver = scope.owner, scope.receiver
        inner = scope.parent
        while owner is None and inner is not None:
            owner, receiver, inner = inner.owner, inner.receiver, inner.parent
        if node.args:
            named = self.evaluate(node.args[0], scope)
            owner = named if isinstance(named, Class) else owner
        if not isinstance(owner, Class):
            return self.unknown("super()", node, scope)
        return Super(receiver, owner)

    def call(self, called: object, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
        """Calls a value of the interpreter's world."""
        if isinstance(called, Function):
            return self.apply(called, arguments, keywords, node, scope)
        if isinstance(called, Bound):
            return self.apply(called.function, [called.receiver, *arguments], keywords, node, scope)
        if isinstance(called, Class):
            return records.instantiate(self, called, arguments, keywords, self.place(node, scope))
        if isinstance(called, External):
            result = externals.call(self, called, arguments, keywords, self.place(node, scope))
            return self.recorded(called.last, arguments, keywords, result, node, scope)
        if isinstance(called, Builtin):
            return builtin.call(self, called.name, arguments, keywords, node, scope)
        if isinstance(called, Method):
            return self._call_method(called, arguments, keywords, node, scope)
        if isinstance(called, Instance):
            return records.call(self, called, arguments, keywords, self.place(node, scope))
        if isinstance(called, Partial):
            merged = {**called.keywords, **keywords}
            return self.call(called.function, [*called.arguments, *arguments], merged, node, scope)
        if isinstance(called, Native):
            return called.call(*arguments, **keywords)
        if isinstance(called, Unknown):
            self._note_escape(arguments, called)
            self.recorded("", arguments, keywords, called, node, scope)
            return Unknown(called.reason)
        if isinstance(called, Globals) or is_plain(called):
            text = f"'{type_name(called)}' object is not callable"
            raise PythonError("TypeError", text, self.place(node, scope))
        return self.unknown("a call", node, scope)

    def _note_escape(self, arguments: Arguments, called: Unknown) -> None:
        """What an unknown function is given, it may change."""
        if any(isinstance(value, (list, dict, set)) for value in arguments):
            self.suspect(called.reason)

    def _call_method(
        self, method: Method, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope
    ) -> object:
        receiver, place = method.receiver, self.place(node, scope)
        if isinstance(receiver, Tensor):
            result = externals.call_tensor_method(self, receiver, method.name, arguments, keywords, place)
            name = "windows" if method.name == "unfold" else method.name
            return self.recorded(name, [receiver, *arguments], keywords, result, node, scope)
        if isinstance(receiver, Instance):
            return records.call_method(self, receiver, method.name, arguments, keywords, place)
        return builtin.call_method(self, receiver, method.name, arguments, keywords, node, scope)

    def apply(
        self, function: Function, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope
    ) -> object:
        """Calls a function of the source."""
        if self.depth >= DEEPEST_CALL:
            raise GaveUp(f"calls too deep at {self.place(node, scope)}")
        names = _bound_arguments(function, arguments, keywords, self.place(node, scope))
        receiver = arguments[0] if arguments and function.owner is not None else None
        inner = Scope(function.module, names, function.scope, function.owner, receiver)
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body, inner)
            if _is_generator(function.node):
                return self.unknown(f"{function.name}, a generator", function.node, inner)
            flow = self.execute(function.node.body, inner)
        finally:
            self.depth -= 1
        return flow.value if isinstance(flow, _Returned) else None

    # --- statements

    def execute(self, body: list[ast.stmt], scope: Scope) -> _Flow:
        """Runs statements; tells how they end."""
        for node in body:
            flow = self._execute_one(node, scope)
            if flow != _NORMAL:
                return flow
        return _NORMAL

    def _execute_one(self, node: ast.stmt, scope: Scope) -> _Flow:
        self.steps -= 1
        handler = _STATEMENTS.get(type(node))
        if handler is None:
            raise GaveUp(f"{type(node).__name__} at {self.place(node, scope)}")
        flow: _Flow | None = handler(self, node, scope)
        return _NORMAL if flow is None else flow

    def _expression(self, node: ast.Expr, scope: Scope) -> None:
        if not isinstance(node.value, ast.Constant):
            self.evaluate(node.value, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.evaluate(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value, scope), scope)

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        target: ast.expr = node.target
        current = self.evaluate(_as_read(target), scope)
        value = self.evaluate(node.value, scope)
        if isinstance(current, list) and isinstance(node.op, ast.Add):
            self.changes += 1
            self.extend(current, value, node, scope)
            self.assign(target, current, scope)
            return
        self.assign(target, self.operate(type(node.op), current, value, node, scope), scope)

    def extend(self, items: list[object], value: object, node: ast.AST, scope: Scope) -> None:
        """Adds the items of a value to a list, one at a time: a generator may read the list."""
        added = value.items if isinstance(value, Lazy) else self.iterate(value, node, scope)
        for item in added:
            items.append(item)
        if len(items) > LONGEST:
            raise GaveUp(f"a list that is too long at {self.place(node, scope)}")

    def assign(self, target: ast.expr, value: object, scope: Scope) -> None:
        """Gives a target its value."""
        if isinstance(target, ast.Name):
            self._owner_of(target.id, scope).names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value, scope)
        elif isinstance(target, ast.Attribute):
            self._set_attribute(self.evaluate(target.value, scope), target.attr, value)
        elif isinstance(target, ast.Subscript):
            self._set_item(target, value, scope)
        else:
            raise GaveUp(f"{type(target).__name__} at {self.place(target, scope)}")

    def _owner_of(self, name: str, scope: Scope) -> Scope:
        if name not in scope.outer:
            return scope
        inner = scope.parent
        while inner is not None:
            if name in inner.names:
                return inner
            inner = inner.parent
        self.suspect(f"the global {name}")
        return scope

    def _set_attribute(self, owner: object, name: str, value: object) -> None:
        self.changes += 1
        if isinstance(owner, Instance):
            records.set_attribute(self, owner, name, value)
        elif isinstance(owner, Class):
            owner.namespace[name] = value
        elif isinstance(owner, ModuleScope):
            self.suspect(f"the attribute {name} that is set")

    def _set_item(self, target: ast.Subscript, value: object, scope: Scope) -> None:
        owner = self.evaluate(target.value, scope)
        if isinstance(owner, Tensor):
            object.__setattr__(owner, "numbers", None)
        if isinstance(owner, (Unknown, Tensor)):
            return
        self.changes += 1
        if isinstance(target.slice, ast.Slice):
            if not isinstance(owner, list):
                raise GaveUp(f"a slice that is set at {self.place(target, scope)}")
            parts = self._slice(target.slice, scope)
            if any(is_open(part) for part in parts):
                raise GaveUp(f"a slice that is set at {self.place(target, scope)}")
            self.steps -= len(owner) // 16
            try:
                owner[slice(*cast(SliceParts, parts))] = self.iterate(value, target, scope)
            except (ValueError, TypeError) as error:
                raise PythonError(type(error).__name__, str(error), self.place(target, scope)) from None
            return
        key = self.evaluate(target.slice, scope)
        if isinstance(owner, Instance):
            records.set_item(self, owner, key, value)
            return
        if is_open(key) and isinstance(owner, list):
            # whichever it is, all may be another now
            self.suspect(f"an item that is set at {self.place(target, scope)}")
            owner[:] = [self.unknown("an item that is set", target, scope)] * len(owner)
            return
        if is_open(key) or not isinstance(owner, (list, dict)):
            raise GaveUp(f"an item that is set at {self.place(target, scope)}")
        try:
            cast(dict[object, object], owner)[key] = value
        except (IndexError, TypeError) as error:
            raise PythonError(type(error).__name__, str(error), self.place(target, scope)) from None

    def _unpack(self, target: ast.Tuple | ast.List, value: object, scope: Scope) -> None:
        if isinstance(value, Unknown) or (is_open(value) and not is_plain(value)):
            self.poison(target, value, scope)
            return
        if value is None or isinstance(value, (int, float)):
            text = f"cannot unpack non-iterable {type_name(value)} object"
            raise PythonError("TypeError", text, self.place(target, scope))
        items = self.iterate(value, target, scope)
        stars = [at for at, item in enumerate(target.elts) if isinstance(item, ast.Starred)]
        wanted = len(target.elts)
        if stars:
            at, behind = stars[0], wanted - stars[0] - 1
            if len(items) < wanted - 1:
                text = f"not enough values to unpack (expected at least {wanted - 1}, got {len(items)})"
                raise PythonError("ValueError", text, self.place(target, scope))
            items = [*items[:at], items[at : len(items) - behind], *items[len(items) - behind :]]
        elif len(items) < wanted:
            text = f"not enough values to unpack (expected {wanted}, got {len(items)})"
            raise PythonError("ValueError", text, self.place(target, scope))
        elif len(items) > wanted:
            text = f"too many values to unpack (expected {wanted})"
            raise PythonError("ValueError", text, self.place(target, scope))
        for part, item in zip(target.elts, items):
            self.assign(part.value if isinstance(part, ast.Starred) else part, item, scope)

    def poison(self, target: ast.expr, value: object, scope: Scope) -> None:
        """Makes all that a target names unknown."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                scope.names[node.id] = value
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                self._set_attribute(self.evaluate(node.value, scope), node.attr, value)

    def _if(self, node: ast.If, scope: Scope) -> _Flow:
        truth = self.truth(self.evaluate(node.test, scope))
        if truth is not None:
            return self.execute(node.body if truth else node.orelse, scope)
        return self._both(node, scope)

    def _both(self, node: ast.If, scope: Scope) -> _Flow:
        """A branch on something unknown: what both sides agree on is known, the rest is not."""
        reason = f"a condition at {self.place(node.test, scope)}"
        before, changes, written = dict(scope.names), self.changes, self._written
        ends: list[tuple[_Flow, dict[str, object]]] = []
        for body in (node.body, node.orelse):
            scope.names.clear()
            scope.names.update(before)
            try:
                ends.append((self.execute(body, scope), dict(scope.names)))
            except PythonError:
                self.suspect(reason)  # an exception that may never be raised
        if self.changes != changes or not ends:
            raise GaveUp(reason)
        self._lose_since(written, reason)
        flows = [flow for flow, _ in ends]
        names = ends[0][1]
        if len(ends) == 2:
            other = ends[1][1]
            names = {
                name: names[name]
                if name in names and name in other and _is_same(names[name], other[name])
                else Unknown(reason)
                for name in {**names, **other}
            }
        scope.names.clear()
        scope.names.update(names)
        return self._joined(flows, reason)

    @property
    def _written(self) -> int:
        return self.recorder.emitted if self.recorder is not None else 0

    def _lose_since(self, written: int, reason: str) -> None:
        """What was written down since then may not have happened."""
        if self.recorder is not None and self.recorder.frames and self._written != written:
            self.recorder.frames[-1].lose(reason)

    def _joined(self, flows: list[_Flow], reason: str) -> _Flow:
        first = flows[0]
        if len(flows) == 1:
            return first
        second = flows[1]
        if isinstance(first, _Returned) and isinstance(second, _Returned):
            return first if _is_same(first.value, second.value) else _Returned(_join(first.value, second.value, reason))
        if first != second:
            raise GaveUp(reason)
        return first

    def _for(self, node: ast.For, scope: Scope) -> _Flow:
        items = self.iterate(self.evaluate(node.iter, scope), node.iter, scope)
        for item in items:
            if self.watcher is not None:
                self.watcher(item, scope, "before")
            self.assign(node.target, item, scope)
            flow = self.execute(node.body, scope)
            if self.watcher is not None:
                self.watcher(item, scope, "after")
            if flow == _BREAK:
                return _NORMAL
            if isinstance(flow, _Returned):
                return flow
        return self.execute(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> _Flow:
        while True:
            truth = self.truth(self.evaluate(node.test, scope))
            if truth is None:
                raise GaveUp(f"a condition at {self.place(node.test, scope)}")
            if not truth:
                return self.execute(node.orelse, scope)
            flow = self.execute(node.body, scope)
            if flow == _BREAK:
                return _NORMAL
            if isinstance(flow, _Returned):
                return flow

    def _try(self, node: ast.Try, scope: Scope) -> _Flow:
        written = self._written
        try:
            flow = self.execute(node.body, scope)
        except PythonError as error:
            self._lose_since(written, f"{error} at {error.place}")
            handler = next((item for item in node.handlers if self._handles(item, error, scope)), None)
            if handler is None:
                self.execute(node.finalbody, scope)
                raise
            flow = self._handle(handler, error, scope)
        else:
            if flow == _NORMAL:
                flow = self.execute(node.orelse, scope)
        last = self.execute(node.finalbody, scope)
        return flow if last == _NORMAL else last

    def _handle(self, handler: ast.ExceptHandler, error: PythonError, scope: Scope) -> _Flow:
        if handler.name is not None:
            scope.names[handler.name] = Unknown(str(error), caught=error)
        self.handled.append(error)
        try:
            return self.execute(handler.body, scope)
        finally:
            self.handled.pop()

    def _handles(self, handler: ast.ExceptHandler, error: PythonError, scope: Scope) -> bool:
        if handler.type is None:
            return True
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return any(builtin.is_exception(error.kind, ast.unparse(kind).rpartition(".")[2]) for kind in kinds)

    def _with(self, node: ast.With, scope: Scope) -> _Flow:
        suppressed: list[str] = []
        for item in node.items:
            context = item.context_expr
            if isinstance(context, ast.Call) and ast.unparse(context.func).endswith("suppress"):
                suppressed += [ast.unparse(argument).rpartition(".")[2] for argument in context.args]
            if item.optional_vars is not None:
                self.poison(item.optional_vars, self.unknown("a context", node, scope), scope)
        try:
            return self.execute(node.body, scope)
        except PythonError as error:
            if not any(builtin.is_exception(error.kind, kind) for kind in suppressed):
                raise
            return _NORMAL

    def _return(self, node: ast.Return, scope: Scope) -> _Flow:
        return _Returned(self.evaluate(node.value, scope) if node.value is not None else None)

    def _raise(self, node: ast.Raise, scope: Scope) -> _Flow:
        if node.exc is None and self.handled:
            raise self.handled[-1]
        named = scope.names.get(node.exc.id) if isinstance(node.exc, ast.Name) else None
        if isinstance(named, Unknown) and named.caught is not None:
            raise named.caught
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        kind = ast.unparse(raised).rpartition(".")[2] if raised is not None else "Exception"
        text = ""
        if isinstance(node.exc, ast.Call) and node.exc.args:
            try:
                said = self.evaluate(node.exc.args[0], scope)
            except (PythonError, GaveUp):
                said = None
            text = said if isinstance(said, str) else ""
        raise PythonError(kind, text, self.place(node, scope))

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        try:
            truth = self.truth(self.evaluate(node.test, scope))
        except GaveUp:
            return
        if truth is False:
            said = self.evaluate(node.msg, scope) if node.msg is not None else ""
            text = said if isinstance(said, str) and said else ast.unparse(node.test)[:80]
            raise PythonError("AssertionError", text, self.place(node, scope))

    def _define(self, node: ast.FunctionDef | ast.ClassDef, scope: Scope) -> None:
        scope.names[node.name] = self.define(node, scope)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            dotted = alias.name if alias.asname else name
            self._require(alias.name, node, scope)
            scope.names[name] = self.imported(Import(dotted, 0, None), scope.module)

    def _require(self, dotted: str, node: ast.stmt, scope: Scope) -> None:
        """ModuleNotFoundError where a package that this file is part of certainly lacks a module."""
        missing = scope.module.repository.lacks(dotted, scope.module.path)
        if missing:
            raise PythonError("ModuleNotFoundError", f"No module named '{missing}'", self.place(node, scope))

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        if not node.level and node.module:
            self._require(node.module, node, scope)
        for alias in node.names:
            if alias.name == "*":
                raise GaveUp(f"a star import at {self.place(node, scope)}")
            imported = Import(node.module or "", node.level, alias.name)
            scope.names[alias.asname or alias.name] = self.imported(imported, scope.module)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                scope.names.pop(target.id, None)
            elif isinstance(target, ast.Attribute):
                owner = self.evaluate(target.value, scope)
                if isinstance(owner, Instance):
                    self.changes += 1
                    owner.attributes.pop(target.attr, None)
            elif isinstance(target, ast.Subscript):
                owner, key = self.evaluate(target.value, scope), self.evaluate(target.slice, scope)
                if not isinstance(owner, (list, dict)) or is_open(key):
                    raise GaveUp(f"an item that is deleted at {self.place(node, scope)}")
                self.changes += 1
                try:
                    del cast(dict[object, object], owner)[key]
                except (KeyError, IndexError, TypeError) as error:
                    raise PythonError(type(error).__name__, str(error), self.place(node, scope)) from None

    def _outer(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        scope.outer = scope.outer | frozenset(node.names)

    def _pass(self, node: ast.stmt, scope: Scope) -> None:
        return None

    def _break(self, node: ast.stmt, scope: Scope) -> _Flow:
        return _BREAK

    def _continue(self, node: ast.stmt, scope: Scope) -> _Flow:
        return _CONTINUE


_FUNCTIONS_OF: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}
"""The functions of torch that operators of Python are."""
_SPECIAL = frozenset(("super", "globals", "locals", "eval"))
_EXPRESSIONS: dict[type[ast.expr], Callable[[Interpreter, Any, Scope], object]] = {
    ast.Constant: Interpreter._constant,
    ast.Name: Interpreter._name,
    ast.JoinedStr: Interpreter._text,
    ast.List: Interpreter._list,
    ast.Tuple: Interpreter._tuple,
    ast.Set: Interpreter._set,
    ast.Dict: Interpreter._dict,
    ast.IfExp: Interpreter._choice,
    ast.BoolOp: Interpreter._logic,
    ast.UnaryOp: Interpreter._unary,
    ast.BinOp: Interpreter._binary,
    ast.Compare: Interpreter._comparison,
    ast.Subscript: Interpreter._subscript,
    ast.Attribute: Interpreter._attribute,
    ast.Lambda: Interpreter._lambda,
    ast.NamedExpr: Interpreter._walrus,
    ast.ListComp: Interpreter._list_comprehension,
    ast.GeneratorExp: Interpreter._generator,
    ast.SetComp: Interpreter._set_comprehension,
    ast.DictComp: Interpreter._dict_comprehension,
    ast.Call: Interpreter._call,
}
_STATEMENTS: dict[type[ast.stmt], Callable[[Interpreter, Any, Scope], _Flow | None]] = {
    ast.Expr: Interpreter._expression,
    ast.Assign: Interpreter._assign,
    ast.AnnAssign: Interpreter._annotated,
    ast.AugAssign: Interpreter._augmented,
    ast.If: Interpreter._if,
    ast.For: Interpreter._for,
    ast.While: Interpreter._while,
    ast.Try: Interpreter._try,
    ast.With: Interpreter._with,
    ast.Return: Interpreter._return,
    ast.Raise: Interpreter._raise,
    ast.Assert: Interpreter._assert,
    ast.FunctionDef: Interpreter._define,
    ast.ClassDef: Interpreter._define,
    ast.Import: Interpreter._import,
    ast.ImportFrom: Interpreter._import_from,
    ast.Delete: Interpreter._delete,
    ast.Global: Interpreter._outer,
    ast.Nonlocal: Interpreter._outer,
    ast.Pass: Interpreter._pass,
    ast.Break: Interpreter._break,
    ast.Continue: Interpreter._continue,
}


def _exports(module: ModuleScope, name: str) -> bool:
    """Whether a star import of a module takes a name: where it lists what it gives, only that."""
    entry = module.bindings.get("__all__")
    if entry is None or not isinstance(entry[1], Assigned) or not isinstance(entry[1].value, (ast.List, ast.Tuple)):
        return True
    listed = entry[1].value.elts
    if not all(isinstance(item, ast.Constant) for item in listed):
        return True
    return any(isinstance(item, ast.Constant) and item.value == name for item in listed)


def _bound_arguments(function: Function, arguments: Arguments, keywords: Keywords, place: str) -> dict[str, object]:
    """The parameters of a call by name; TypeError as Python raises it where they do not fit."""
    given = function.node.args
    positional = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    names = dict(zip(positional, arguments))
    title = f"{function.owner.name}.{function.name}" if function.owner is not None else function.name
    if len(arguments) > len(positional) and given.vararg is None:
        raise PythonError("TypeError", _too_many(title, function, positional, len(arguments)), place)
    if given.vararg is not None:
        names[given.vararg.arg] = tuple(arguments[len(positional) :])
    known = {*positional, *[argument.arg for argument in given.kwonlyargs]}
    extra: dict[str, object] = {}
    for name, value in keywords.items():
        if name not in known:
            if given.kwarg is None:
                raise PythonError("TypeError", f"{title}() got an unexpected keyword argument '{name}'", place)
            extra[name] = value
        elif name in names:
            raise PythonError("TypeError", f"{title}() got multiple values for argument '{name}'", place)
        else:
            names[name] = value
    if given.kwarg is not None:
        names[given.kwarg.arg] = extra
    for name, value in function.defaults.items():
        names.setdefault(name, value)
    missing = [name for name in positional if name not in names]
    missing += [argument.arg for argument in given.kwonlyargs if argument.arg not in names]
    if missing:
        count = len(missing)
        words = ", ".join(f"'{name}'" for name in missing[:-1]) + (" and " if count > 1 else "") + f"'{missing[-1]}'"
        plural = "s" if count > 1 else ""
        text = f"{title}() missing {count} required positional argument{plural}: {words}"
        raise PythonError("TypeError", text, place)
    return names


def _too_many(title: str, function: Function, positional: list[str], count: int) -> str:
    most = len(positional)
    fewest = most - len([name for name in positional if name in function.defaults])
    takes = f"{most}" if fewest == most else f"from {fewest} to {most}"
    was = "was" if count == 1 else "were"
    plural = "" if fewest == most == 1 else "s"
    return f"{title}() takes {takes} positional argument{plural} but {count} {was} given"


def _is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    known = getattr(node, "_yields", None)
    if known is None:
        known = any(isinstance(child, (ast.Yield, ast.YieldFrom, ast.Await)) for child in ast.walk(node))
        node._yields = known  # type: ignore[union-attr]
    return bool(known)


def _as_read(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment as an expression."""
    return target


def _resolution_order(made: Class) -> tuple[object, ...]:
    """The classes in which a member is looked for, in Python's order; without one, depth first."""
    lines = [list(base.order) if isinstance(base, Class) else [base] for base in made.bases]
    lines.append(list(made.bases))
    order: list[object] = [made]
    while any(lines):
        lines = [line for line in lines if line]
        heads = (line[0] for line in lines)
        chosen = next((head for head in heads if not any(_is_in(head, line[1:]) for line in lines)), lines[0][0])
        order.append(chosen)
        lines = [[item for item in line if not (item is chosen or item == chosen)] for line in lines]
    return tuple(order)


def _is_in(item: object, items: list[object]) -> bool:
    return any(item is other or item == other for other in items)


def _is_same(first: object, second: object) -> bool:
    """Whether two values are certainly the same."""
    if first is second:
        return True
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return first.shape is not None and first.shape == second.shape and not holds_unknown(first.shape)
    if is_open(first) or is_open(second) or type(first) is not type(second):
        return False
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(_is_same(a, b) for a, b in zip(first, second))
    if isinstance(first, (External, Builtin, int, float, str, bool)):
        return bool(first == second)
    return False


def _join(first: object, second: object, reason: str) -> object:
    """What two values have in common: of tensors of one rank, the sizes that are the same."""
    if (
        isinstance(first, Tensor)
        and isinstance(second, Tensor)
        and first.shape is not None
        and second.shape is not None
    ) and len(first.shape) == len(second.shape):
        from convlint.domain.values import UNKNOWN

        return Tensor(tuple(a if _is_same(a, b) else UNKNOWN for a, b in zip(first.shape, second.shape)))
    return Unknown(reason)


def _is_foreign(value: object) -> bool:
    return isinstance(value, Unknown) and value.is_foreign


def _is_apart(first: object, second: object) -> bool:
    """Whether two values, one of which is not known, cannot be the same: what the repository defines is not foreign."""
    pairs = ((first, second), (second, first))
    return any(_is_foreign(one) and isinstance(other, (Class, Function)) for one, other in pairs)


def _order_key(value: object) -> tuple[str, str]:
    return type(value).__name__, str(value) if isinstance(value, (int, float, str)) else type_name(value)
