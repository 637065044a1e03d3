"""Classes of any Python file as blocks of a native file: what is inside, and how it follows from the arguments.

A class is tried with a few arguments and inputs, and each try is written down as a graph (`recording`). What differs
between tries that are alike but for numbers follows from an argument, or becomes a parameter of its own; an argument
that decides which layers there are stays as it is, and is said.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping

from convlint.forks.searching import top_of
from convlint.learned.blocks import Declarations, Given
from convlint.learned.book import Book
from convlint.learned.tries import tried
from convlint.python_source import records
from convlint.python_source.interpreter import Interpreter
from convlint.python_source.scopes import Definition, ModuleScope, Repository
from convlint.python_source.values import Class, GaveUp, Instance, PythonError


class NoSuchClass(Exception):
    """A file that is no Python, or has no such class; the text says what there is."""


def declared(path: str, names: tuple[str, ...], given: Mapping[str, object], inputs: Given) -> Declarations:
    """The classes of a file, all modules of torch in it without names; `given` are arguments, `inputs` shapes.

    Raises NoSuchClass. Nothing of the file is run or imported.
    """
    module = _module_in(path)
    interpreter = Interpreter()
    kinds = [_class_named(interpreter, module, name) for name in names] or list(_modules_of(interpreter, module))
    if not kinds:
        raise NoSuchClass(f"{path} has no class of its own that is a torch.nn.Module")
    book = Book()
    return Declarations(*book.written([tried(kind, given, inputs) for kind in kinds]))


def _module_in(path: str) -> ModuleScope:
    folder = os.path.dirname(os.path.abspath(path))
    package = folder
    while os.path.isfile(os.path.join(package, "__init__.py")) and os.path.dirname(package) != package:
        package = os.path.dirname(package)
    top = top_of(path) or package
    if not os.path.realpath(package).startswith(os.path.realpath(top)):
        top = package
    module = Repository(top, tuple(dict.fromkeys((package, folder, top)))).module_at(path)
    if module is None:
        raise NoSuchClass(f"{path} cannot be read as Python")
    return module


def _class_named(interpreter: Interpreter, module: ModuleScope, name: str) -> Class:
    found = interpreter.exported(name, module)
    if found is None or not isinstance(found[0], Class):
        from convlint.nearest import nearest_hint

        classes = [key for key, (_, item) in module.bindings.items() if _is_class(item)]
        hint = nearest_hint(name, classes) or f"it has {', '.join(classes[:20]) or 'no classes'}"
        raise NoSuchClass(f"{module.label} has no class {name}; {hint}")
    return found[0]


def _is_class(binding: object) -> bool:
    return isinstance(binding, Definition) and isinstance(binding.node, ast.ClassDef)


def _modules_of(interpreter: Interpreter, module: ModuleScope) -> Iterator[Class]:
    for name, (_, binding) in module.bindings.items():
        if not _is_class(binding):
            continue
        try:
            found = interpreter.exported(name, module)
        except (PythonError, GaveUp, RecursionError):
            continue
        if found is not None and isinstance(found[0], Class) and records.is_module(Instance(found[0])):
            yield found[0]
