"""Interprets a closed subset of Python over its syntax tree. Nothing of the source is ever executed or imported."""

from __future__ import annotations

import ast

from convlint.limits import PYTHON_STEPS
from convlint.python_source import (
    assignment,
    attributes,
    calls,
    definitions,
    expressions,
    iteration,
    names,
    operators,
    statements,
    subscripts,
)
from convlint.python_source.scopes import Scope
from convlint.python_source.values import Arguments, Keywords, PythonError, Unknown
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.python_source.recording import Recorder
    from convlint.python_source.run import Watcher


class Interpreter:
    """One run: a budget of steps, and the first reason for which what follows is not certain.

    What it does stands in modules by subject: functions that take the run first, and find one another through it where
    they cannot import one another. `run.Run` is what they see of this class.
    """

    evaluate = expressions.evaluate
    execute = statements.execute
    call = calls.call
    apply = calls.apply
    exported = names.exported
    define = definitions.define
    attribute = attributes.attribute
    item = subscripts.item
    operate = operators.operate
    iterate = iteration.iterate
    truth = iteration.truth_of
    hashed = iteration.hashed
    extend = assignment.extend

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

    def place(self, node: ast.AST, scope: Scope) -> str:
        """Where a node stands: `path:line`."""
        return f"{scope.module.label}:{getattr(node, 'lineno', 0)}"

    def unknown(self, what: str, node: ast.AST, scope: Scope) -> Unknown:
        """An unknown value, with what was not followed and where."""
        return Unknown(f"{what} at {self.place(node, scope)}")

    def suspect(self, reason: str) -> None:
        """From here on no error is certain."""
        self.doubt = self.doubt or reason

    def recorded(self, name: str, arguments: Arguments, keywords: Keywords, result: object) -> object:
        """The result of a function of tensors, taken down where someone does."""
        if self.recorder is None or not self.recorder.frames:
            return result
        if "input" in keywords:
            arguments = [keywords["input"], *arguments]
            keywords = {key: value for key, value in keywords.items() if key != "input"}
        return self.recorder.function(name, arguments, keywords, result)
