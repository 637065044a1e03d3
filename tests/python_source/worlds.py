"""Small repositories of Python files, and what the interpreter makes of a function in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convlint.python_source.interpreter import Interpreter
from convlint.python_source.scopes import ModuleScope, Repository, Scope
from convlint.python_source.values import Function


def module_in(folder: Path, files: dict[str, str], name: str = "main.py") -> ModuleScope:
    """The module `name` of a repository that holds the files."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    module = Repository(str(folder), (str(folder),)).module_at(str(folder / name))
    assert module is not None
    return module


def answer(module: ModuleScope, *arguments: Any, function: str = "answer", steps: int = 200_000) -> Any:
    """What the function of a module gives, interpreted."""
    interpreter = Interpreter(steps)
    found = interpreter.exported(function, module)
    assert found is not None
    (called,) = found
    assert isinstance(called, Function)
    return interpreter.apply(called, list(arguments), {}, called.node, Scope(module, {}))
