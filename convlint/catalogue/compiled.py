"""The modules that `rules/` is compiled to: imported, or in a checkout made first where they are missing or stale."""

from __future__ import annotations

import os

from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

COMPILED = (
    "_compiled_operators.py",
    "_compiled_vocabularies.py",
    "_compiled_catalogue.py",
    "_compiled_vocabulary_catalogue.py",
    "_compiled_bodies.py",
    "_compiled_explanations.py",
)

_modules: dict[str, ModuleType] = {}


def compiled(name: str) -> ModuleType:
    """A compiled module by its name."""
    found = _modules.get(name)
    if found is None:
        found = _modules[name] = _import_or_compile(name)
    return found


def _import_or_compile(name: str) -> ModuleType:
    """The compiled module; in a checkout, made first where it is missing or stale."""
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    package = os.path.dirname(here)
    root = os.path.dirname(package)
    if os.path.isdir(os.path.join(root, "rules")) and not os.path.isdir(os.path.join(package, "_data")):
        from convlint.catalogue.freshness import refresh

        try:
            refresh(root, [os.path.join(here, file_name) for file_name in COMPILED], write_compiled)
        except OSError:
            return _compiled_in_memory(name, os.path.join(root, "rules"))
    full_name = f"{__package__}.{name}"
    __import__(full_name)
    return sys.modules[full_name]


def _compiled_in_memory(name: str, rules_root: str) -> ModuleType:
    """The module of a checkout that may not be written to, made anew in each process."""
    from types import ModuleType

    from convlint.catalogue.compilation import compile_rules

    made = ModuleType(name)
    for file_name, source in zip(COMPILED, compile_rules(rules_root)):
        module = ModuleType(file_name.removesuffix(".py"))
        exec(compile(source, file_name, "exec"), module.__dict__)
        if module.__name__ == name:
            made = module
    return made


def write_compiled(rules_root: str, folder: str) -> None:
    """Compiles a `rules/` folder into the modules of `folder`."""
    from convlint.catalogue.compilation import compile_rules
    from convlint.catalogue.freshness import write_at_once

    for name, source in zip(COMPILED, compile_rules(rules_root)):
        write_at_once(os.path.join(folder, name), source)
