"""The modules that `rules/` is compiled to: imported, or in a checkout made first where they are missing or stale."""

from __future__ import annotations

import os
from functools import cache

from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

PREFIX = "_compiled_"
"""What the name of each such module begins with."""
_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.dirname(_HERE)
_ROOT = os.path.dirname(_PACKAGE)

_modules: dict[str, ModuleType] = {}


def compiled(name: str) -> ModuleType:
    """A compiled module by its name (see `convlint.catalogue.compilation`)."""
    found = _modules.get(name)
    if found is None:
        found = _modules[name] = _imported(name) if _is_on_disk() else _made_in_memory(name)
    return found


def _imported(name: str) -> ModuleType:
    import sys

    full_name = f"{__package__}.{PREFIX}{name}"
    __import__(full_name)
    return sys.modules[full_name]


@cache
def _is_on_disk() -> bool:
    """Whether the modules can be imported; in a checkout they are made first where they are missing or stale."""
    if not os.path.isdir(os.path.join(_ROOT, "rules")) or os.path.isdir(os.path.join(_PACKAGE, "_data")):
        return True
    from convlint.catalogue.freshness import refresh

    try:
        refresh(_ROOT, os.path.join(_HERE, f"{PREFIX}index.py"), write_compiled)
    except OSError:
        return False
    return True


def _made_in_memory(name: str) -> ModuleType:
    """The module of a checkout that may not be written to, made anew in each process."""
    from types import ModuleType

    module = ModuleType(PREFIX + name)
    exec(compile(_sources_in_memory()[name], f"{PREFIX}{name}.py", "exec"), module.__dict__)
    return module


@cache
def _sources_in_memory() -> dict[str, str]:
    from convlint.catalogue.compilation import compile_rules

    return compile_rules(os.path.join(_ROOT, "rules"))


def write_compiled(rules_root: str, folder: str) -> None:
    """Compiles a `rules/` folder into the modules of `folder`, in place of others; the index comes last."""
    from convlint.catalogue.compilation import compile_rules
    from convlint.catalogue.freshness import write_at_once

    sources = compile_rules(rules_root)
    for name in sorted(sources, key=lambda name: name == "index"):
        write_at_once(os.path.join(folder, f"{PREFIX}{name}.py"), sources[name])
    for file_name in os.listdir(folder):
        name, ending = os.path.splitext(file_name)
        if ending == ".py" and name.startswith(PREFIX) and name.removeprefix(PREFIX) not in sources:
            os.remove(os.path.join(folder, file_name))
