"""What imports give: modules of the repository and their names, or something external."""

from __future__ import annotations

import ast
import os

from convlint.python_source import externals
from convlint.python_source.hidden_names import may_bind
from convlint.python_source.scopes import OUTSIDE, Import, ModuleScope, Scope
from convlint.python_source.values import GaveUp, PythonError, Unknown
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convlint.python_source.run import Run


class StarModules(NamedTuple):
    """A module and those whose names it takes by star imports.

    `has_foreign` says that a star import leads out of the repository, `has_unread` that one leads to a file of the
    repository that cannot be read.
    """

    modules: list[ModuleScope]
    has_foreign: bool
    has_unread: bool


def import_statement(run: Run, node: ast.Import, scope: Scope) -> None:
    """`import module`."""
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        dotted = alias.name if alias.asname else name
        _require(run, alias.name, node, scope)
        scope.names[name] = imported(run, Import(dotted, 0, None), scope.module)


def import_from(run: Run, node: ast.ImportFrom, scope: Scope) -> None:
    """`from module import names`."""
    if not node.level and node.module:
        _require(run, node.module, node, scope)
    for alias in node.names:
        if alias.name == "*":
            raise GaveUp(f"a star import at {run.place(node, scope)}")
        wanted = Import(node.module or "", node.level, alias.name)
        _require_name(run, wanted, node, scope)
        scope.names[alias.asname or alias.name] = imported(run, wanted, scope.module)


def _require(run: Run, dotted: str, node: ast.stmt, scope: Scope) -> None:
    """ModuleNotFoundError where a package that this file is part of certainly lacks a module."""
    missing = scope.module.repository.lacks(dotted, scope.module.path)
    if missing:
        raise PythonError("ModuleNotFoundError", f"No module named '{missing}'", run.place(node, scope))


def _require_name(run: Run, wanted: Import, node: ast.stmt, scope: Scope) -> None:
    """ImportError where a module of the repository certainly lacks a name."""
    module = scope.module
    path = module.repository.find(wanted.module, wanted.level, module.path)
    found = module.repository.module_at(path) if path is not None else None
    if found is None or wanted.name is None or _may_give(run, found, wanted.name):
        return
    text = f"cannot import name '{wanted.name}' from '{wanted.module or '.'}'"
    raise PythonError("ImportError", text, run.place(node, scope))


def _may_give(run: Run, module: ModuleScope, name: str) -> bool:
    if name.startswith("__"):  # Python gives each module names of its own
        return True
    if run.exported(name, module) is not None or run.exported("__getattr__", module) is not None:
        return True
    stars = star_modules(module)
    if stars.has_foreign or stars.has_unread or any(may_bind(one, name) for one in stars.modules):
        return True
    return module.path.endswith("__init__.py") and _has_part(os.path.dirname(module.path), name)


def _has_part(folder: str, name: str) -> bool:
    """Whether a folder holds a module or a package of a name, compiled ones too."""
    try:
        return any(entry.partition(".")[0] == name for entry in os.listdir(folder))
    except OSError:
        return True


def imported(run: Run, imported: Import, module: ModuleScope) -> object:
    """What an import gives: of the repository where it has such a module, else something external."""
    dotted = imported.module
    path = module.repository.find(dotted, imported.level, module.path)
    if path is None and imported.level == 0:
        return _foreign(imported, module)
    found = module.repository.module_at(path) if path is not None else None
    if found is None or path is None:
        reason = f"{'.' * imported.level}{dotted} is not found from {module.label}"
        return Unknown(reason, is_foreign=path is None, name=imported.name or "")
    if imported.name is None:
        return found
    return member(run, found, imported.name)


def _foreign(imported: Import, module: ModuleScope) -> object:
    dotted = imported.module
    if dotted and _is_folder(dotted, module):
        # a folder without __init__.py: a namespace package
        name = f"{dotted}.{imported.name}" if imported.name else dotted
        path = module.repository.find(name, 0, module.path)
        found = module.repository.module_at(path) if path is not None else None
        return found if found is not None else Unknown(f"{name} is not found from {module.label}")
    full = f"{dotted}.{imported.name}" if imported.name else dotted
    if imported.is_guarded and not externals.is_known(full):
        return Unknown(f"{full}, which may be missing", is_foreign=True, name=imported.name or "")
    return externals.named(full)


def _is_folder(dotted: str, module: ModuleScope) -> bool:
    parts = dotted.split(".")
    return parts[0] not in OUTSIDE and any(
        os.path.isdir(os.path.join(root, *parts)) for root in module.repository.roots
    )


def member(run: Run, module: ModuleScope, name: str) -> object:
    """A name of a module of the repository, or a module in its folder."""
    found = run.exported(name, module)
    if found is not None:
        return found[0]
    path = module.repository.find(name, 1, module.path) if module.path.endswith("__init__.py") else None
    submodule = module.repository.module_at(path) if path is not None else None
    if submodule is not None:
        return submodule
    return Unknown(f"{module.label} has no {name}")


def star_modules(module: ModuleScope) -> StarModules:
    """Follows the star imports of a module, and those in the modules that they lead to."""
    reached, has_foreign, has_unread = {module.path: module}, False, False
    left = [module]
    while left:
        one = left.pop()
        for _, star in one.stars:
            target = star_target(star, one)
            if target is None:
                is_there = one.repository.find(star.module, star.level, one.path) is not None
                has_foreign, has_unread = has_foreign or not is_there, has_unread or is_there
            elif target.path not in reached:
                reached[target.path] = target
                left.append(target)
    return StarModules(list(reached.values()), has_foreign, has_unread)


def star_target(imported: Import, module: ModuleScope) -> ModuleScope | None:
    """The module that a star import takes names from; None where the repository has none that can be read."""
    key = (imported.module, imported.level)
    if key not in module.found:
        path = module.repository.find(imported.module, imported.level, module.path)
        module.found[key] = module.repository.module_at(path) if path is not None else None
    return module.found[key]
