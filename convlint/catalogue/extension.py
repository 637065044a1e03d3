"""Operators and rules of a user's own: what one settings file adds to what convlint knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from convlint.catalogue import lookup
from convlint.catalogue.declarations import make_function, row_facts, tracking_source
from convlint.catalogue.lookup import Operator
from convlint.catalogue.operators import OPERATOR_FIELDS, Declaration
from convlint.catalogue.rows import Row, Vocabulary
from convlint.domain.values import UNKNOWN, Symbolic
from convlint.findings import Rule

if TYPE_CHECKING:
    from convlint.catalogue.language import Definitions

Shapes = tuple[Any, ...]


class NetworkRule(NamedTuple):
    """A rule over a whole network: an expression over its facts."""

    rule: Rule
    that: str


class Extension:
    """Own declarations (and built-in ones with requirements added), rules, their pages, and vocabularies, by name.

    What is made of them is remembered here, so that nothing of one settings file is seen by the files of another.
    """

    __slots__ = (
        "_operators",
        "declarations",
        "definitions",
        "evaluations",
        "lifted",
        "network_rules",
        "pages",
        "rules",
        "vocabularies",
    )

    def __init__(self) -> None:
        self.declarations: dict[str, Declaration] = {}
        self.rules: dict[str, Rule] = {}
        self.pages: dict[str, str] = {}
        self.vocabularies: dict[str, Vocabulary] = {}
        self.definitions: dict[str, Definitions] = {}
        self.network_rules: list[NetworkRule] = []
        self.lifted: dict[tuple[str, bool], Callable[..., Any]] = {}
        self.evaluations: dict[tuple[str, tuple[str, ...]], Callable[..., Any]] = {}
        self._operators: dict[str, Operator] = {}

    def __getstate__(self) -> dict[str, Any]:
        """All but what is remembered: an extension goes to other processes, and functions do not."""
        remembered = ("lifted", "evaluations", "_operators")
        return {name: {} if name in remembered else getattr(self, name) for name in self.__slots__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def operator(self, name: str) -> Operator:
        """An operator that is declared here; it computes in bounds, through the lifted lowering alone."""
        found = self._operators.get(name)
        if found is None:
            declared = self.declarations[name]
            facts = {field: getattr(declared, field) for field in OPERATOR_FIELDS}
            found = self._operators[name] = Operator(name, self._shape(name), **facts)
        return found

    def _shape(self, name: str) -> Callable[[Shapes, Shapes], tuple[list[Any], Any]]:
        def shape(parameters: Shapes, inputs: Shapes) -> tuple[list[Any], Any]:
            failed, outputs, _ = lookup.lifted_shape(name, False)(parameters, inputs)
            return failed, outputs if outputs is None else tuple(_as_shape(output) for output in outputs)

        return shape


def _as_shape(output: Any) -> Any:
    """A shape, with UNKNOWN in place of what is no size."""
    if not isinstance(output, tuple):
        return UNKNOWN
    return tuple(size if isinstance(size, Symbolic) or (type(size) is int and size > 0) else UNKNOWN for size in output)


def row_of(declared: Declaration) -> Row:
    """How rows of a module that is declared here are read."""
    row = declared.row
    assert row is not None
    tracked = None
    if row.tracks != "above":
        tracked = make_function(tracking_source(declared, "tracked", "lifted"), "tracked")
    return Row(**row_facts(declared), tracked=tracked)
