"""A run of the interpreter, as its parts see it: what it counts and remembers, and what they ask of one another."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from convlint.python_source.flow import Flow
from convlint.python_source.scopes import ModuleScope, Scope
from convlint.python_source.values import Arguments, Function, Keywords, PythonError, Unknown
from convlint.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from convlint.python_source.recording import Recorder

Watcher = Callable[[object, Scope, str], None]
"""Told of each turn of a `for` loop: the item, the names, and "before" or "after"."""


class Run(Protocol):
    """What `interpreter.Interpreter` has, so that no part needs to import it."""

    steps: int
    """What may still be done before the run is given up."""
    depth: int
    """Calls that are within one another."""
    doubt: str
    """The first reason for which what follows is not certain; empty where all is."""
    changes: int
    """Counts what may change a container or a record: branches that are tried must leave it alone."""
    watcher: Watcher | None
    recorder: Recorder | None
    training: bool
    handled: list[PythonError]
    """The exceptions whose handlers run, the innermost last."""

    def place(self, node: ast.AST, scope: Scope) -> str:
        """Where a node stands: `path:line`."""

    def unknown(self, what: str, node: ast.AST, scope: Scope) -> Unknown:
        """An unknown value, with what was not followed and where."""

    def suspect(self, reason: str) -> None:
        """From here on no error is certain."""

    def recorded(self, name: str, arguments: Arguments, keywords: Keywords, result: object) -> object:
        """The result of a function of tensors, taken down where someone does."""

    def evaluate(self, node: ast.expr, scope: Scope) -> object:
        """The value of an expression."""

    def execute(self, body: list[ast.stmt], scope: Scope) -> Flow:
        """Runs statements; tells how they end."""

    def call(self, called: object, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope) -> object:
        """Calls a value of the interpreter's world."""

    def apply(
        self, function: Function, arguments: Arguments, keywords: Keywords, node: ast.AST, scope: Scope
    ) -> object:
        """Calls a function of the source."""

    def exported(self, name: str, module: ModuleScope, depth: int = 0) -> tuple[object] | None:
        """(the value of a name that a module binds or takes by a star import,), or None."""

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope) -> object:
        """The function or the class that a statement defines."""

    def attribute(self, value: object, name: str, node: ast.AST, scope: Scope) -> object:
        """`value.name`; nothing real is asked for an attribute."""

    def item(self, value: object, key: object, node: ast.AST, scope: Scope) -> object:
        """`value[key]`."""

    def operate(self, kind: type[ast.operator], left: object, right: object, node: ast.AST, scope: Scope) -> object:
        """`left op right`, tensors included."""

    def iterate(self, value: object, node: ast.AST, scope: Scope) -> list[object]:
        """The items of a value; GaveUp where they are not known."""

    def truth(self, value: object) -> bool | None:
        """Whether a value counts as true; None where that is not known."""

    def hashed(self, values: Iterable[object], node: ast.AST, scope: Scope) -> set[object]:
        """A set of values; PythonError where one cannot be in a set."""

    def extend(self, items: list[object], value: object, node: ast.AST, scope: Scope) -> None:
        """Adds the items of a value to a list, one at a time: a generator may read the list."""
