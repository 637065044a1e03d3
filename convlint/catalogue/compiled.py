"""The modules that `rules/` is compiled to: imported, or in a checkout made first where they are missing or stale."""

from __future__ import annotations

import os
from typing import Any

_COMPILERS = ("compilation", "declarations", "language", "operators", "parameters", "rows")
COMPILED = ("_compiled_operators.py", "_compiled_vocabularies.py", "_compiled_catalogue.py")

_modules: dict[str, Any] = {}


def compiled(name: str) -> Any:
    """A compiled module by its name."""
    found = _modules.get(name)
    if found is None:
        found = _modules[name] = _import_or_compile(name)
    return found


def _import_or_compile(name: str) -> Any:
    """The compiled module; in a checkout, made first where it is missing or stale."""
    import sys

    full_name = f"{__package__}.{name}"
    here = os.path.dirname(os.path.abspath(__file__))
    checkout = os.path.join(os.path.dirname(os.path.dirname(here)), "rules")
    if os.path.isdir(checkout) and not os.path.isdir(os.path.join(os.path.dirname(here), "_data")):
        try:
            _refresh(here, checkout)
        except OSError:
            return _compiled_in_memory(name, checkout)
    __import__(full_name)
    return sys.modules[full_name]


def _compiled_in_memory(name: str, checkout: str) -> Any:
    """The module of a checkout that may not be written to, made anew in each process."""
    from types import ModuleType

    from convlint.catalogue.compilation import compile_rules

    made = None
    for file_name, source in zip(COMPILED, compile_rules(checkout)):
        module = ModuleType(file_name.removesuffix(".py"))
        exec(compile(source, file_name, "exec"), module.__dict__)
        if module.__name__ == name:
            made = module
    return made


def _refresh(here: str, checkout: str) -> None:
    """Compiles again where a source is newer than what was made of it; a folder is newer when a file went away."""
    own = (os.path.join(here, f"{name}.py") for name in _COMPILERS)
    newest = max([_newest(checkout), *(os.stat(path).st_mtime_ns for path in own)])
    try:
        made = min(os.stat(os.path.join(here, name)).st_mtime_ns for name in COMPILED)
    except OSError:
        made = 0
    if made <= newest:
        write_compiled(checkout, here)


def _newest(folder: str) -> int:
    """The time of the newest file or folder below a folder, itself included."""
    newest = os.stat(folder).st_mtime_ns
    with os.scandir(folder) as entries:
        for entry in entries:
            newest = max(newest, _newest(entry.path) if entry.is_dir() else entry.stat().st_mtime_ns)
    return newest


def write_compiled(rules_root: str, folder: str) -> None:
    """Compiles a `rules/` folder into the modules of `folder`."""
    from convlint.catalogue.compilation import compile_rules

    for name, source in zip(COMPILED, compile_rules(rules_root)):
        _write(os.path.join(folder, name), source)


def _write(path: str, text: str) -> None:
    """Writes a file at once, so that a second process never sees half of it."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
