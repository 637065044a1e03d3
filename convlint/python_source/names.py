"""The values of names: of scopes, of a module's statements and star imports, and of Python itself."""

from __future__ import annotations

import ast
import re

from convlint.python_source import builtin
from convlint.python_source.hidden_names import may_bind
from convlint.python_source.imports import imported, star_modules, star_target
from convlint.python_source.scopes import Assigned, Binding, Definition, Either, Import, ModuleScope, Scope
from convlint.python_source.values import Builtin, GaveUp, Globals, PythonError, Unknown
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.run import Run

EXPECTED_TORCH = (2, 6)
"""The version of torch that names such as `TORCH_1_11` are taken to ask about, which is not looked up."""
_DEEPEST_STARS = 12
"""Star imports behind one another that are followed to a name."""
_TORCH_VERSION = re.compile(r"TORCH_(\d{1,3})_(\d{1,3})")


def lookup(run: Run, name: str, node: ast.AST, scope: Scope) -> object:
    """The value of a name; NameError where it is certain that nothing defines it."""
    inner: Scope | None = scope
    while inner is not None:
        if name in inner.names:
            return inner.names[name]
        inner = inner.parent
    return _module_name(run, name, scope.module, node, scope)


def _module_name(run: Run, name: str, module: ModuleScope, node: ast.AST, scope: Scope) -> object:
    """The value of a name of a module, or of Python's own names."""
    found = exported(run, name, module)
    if found is not None:
        return found[0]
    if name in builtin.CONSTANTS:
        return builtin.CONSTANTS[name]
    if name in builtin.NAMES:
        return Builtin(name)
    if name == "__file__":
        return module.path
    if name.startswith("__"):
        return run.unknown(f"the name {name}", node, scope)
    brought = _brought(run, name, module, node, scope)
    if brought is not None:
        return brought
    raise PythonError("NameError", f"name '{name}' is not defined", run.place(node, scope))


def exported(run: Run, name: str, module: ModuleScope, depth: int = 0) -> tuple[object] | None:
    """(the value of a name that a module binds or takes by a star import,), or None."""
    if name in module.values:
        return (module.values[name],)
    if name in module.missing:
        return None
    if depth > _DEEPEST_STARS:
        return (Unknown(f"{name} of {module.label}, behind too many star imports"),)
    if name in module.resolving:
        return (Unknown(f"{name} of {module.label} needs itself"),)
    module.resolving.add(name)
    try:
        found = _exported(run, name, module, depth)
    finally:
        module.resolving.discard(name)
    if found is not None:
        module.values[name] = found[0]
    elif depth == 0:
        module.missing.add(name)
    return found


def _exported(run: Run, name: str, module: ModuleScope, depth: int) -> tuple[object] | None:
    at, binding = module.bindings.get(name, (-1, None))
    for star_at, star in reversed(module.stars):
        if star_at < at:
            continue
        target = star_target(star, module)
        if target is not None and target is not module and _exports(target, name):
            found = exported(run, name, target, depth + 1)
            if found is not None:
                return found
    return (_bound(run, binding, name, module),) if binding is not None else None


def _exports(module: ModuleScope, name: str) -> bool:
    """Whether a star import of a module takes a name: where it lists what it gives, that and nothing else."""
    entry = module.bindings.get("__all__")
    if entry is None:
        return not name.startswith("_")
    if not isinstance(entry[1], Assigned) or not isinstance(entry[1].value, (ast.List, ast.Tuple)):
        return True
    listed = entry[1].value.elts
    if not all(isinstance(item, ast.Constant) for item in listed):
        return True
    return any(isinstance(item, ast.Constant) and item.value == name for item in listed)


def _bound(run: Run, binding: Binding, name: str, module: ModuleScope) -> object:
    """The value of a binding of a module."""
    scope = Scope(module, {})
    if isinstance(binding, Definition):
        return run.define(binding.node, scope)
    if isinstance(binding, Assigned):
        return _assigned(run, binding, name, scope)
    if isinstance(binding, Import):
        return imported(run, binding, module)
    if isinstance(binding, Either):
        return _either(run, binding, name, scope)
    return Unknown(f"{name} at {module.label}:{binding.line}")


def _assigned(run: Run, binding: Assigned, name: str, scope: Scope) -> object:
    try:
        value = run.evaluate(binding.value, scope)
    except (PythonError, GaveUp) as error:
        value = Unknown(f"{name}: {error}")
    version = _TORCH_VERSION.fullmatch(name) if isinstance(value, Unknown) else None
    return value if version is None else (int(version[1]), int(version[2])) <= EXPECTED_TORCH


def _either(run: Run, binding: Either, name: str, scope: Scope) -> object:
    try:
        truth = run.truth(run.evaluate(binding.test, scope))
    except (PythonError, GaveUp):
        truth = None
    chosen = binding.yes if truth else binding.no
    if truth is None or chosen is None:
        return Unknown(f"{name} at {run.place(binding.test, scope)}")
    return _bound(run, chosen, name, scope.module)


def global_item(run: Run, names: Globals, key: object, node: ast.AST, scope: Scope) -> object:
    """`globals()[key]`."""
    if not isinstance(key, str):
        raise PythonError("KeyError", repr(key), run.place(node, scope))
    found = exported(run, key, names.module)
    if found is not None:
        return found[0]
    brought = _brought(run, key, names.module, node, scope)
    if brought is not None:
        return brought
    raise PythonError("KeyError", repr(key), run.place(node, scope))


def _brought(run: Run, name: str, module: ModuleScope, node: ast.AST, scope: Scope) -> Unknown | None:
    """An unknown value for a name that may come into a module in a way that is not followed; None where none can.

    What only a star import from outside can bring is foreign: no class of the repository stands behind it.
    """
    unknown = run.unknown(f"the name {name}", node, scope)
    stars = star_modules(module)
    if stars.has_unread or any(may_bind(one, name) for one in stars.modules):
        return unknown
    return Unknown(unknown.reason, is_foreign=True, name=name) if stars.has_foreign else None
