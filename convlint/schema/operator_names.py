"""Finds the operator that was meant by a name that none has."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.budget import allows
from convlint.limits import STEPS_A_CANDIDATE
from convlint.nearest import MISSPELT, nearest
from convlint.schema.other_words import Around, Meaning, operator_meaning

_LIST = "`convlint operator` lists all operators"


def meant_operator(name: str, known: Sequence[str], around: Around) -> Meaning | None:
    """The operator that a name stands for, called or not; None where it is not clear."""
    if not allows(STEPS_A_CANDIDATE * len(known), MISSPELT):
        return None
    return operator_meaning(without_call(name)[0], known, around)


def operator_hint(name: str, known: Sequence[str], meant: Meaning | None) -> str:
    """The operator that was likely meant, and where the arguments of a call go."""
    if name.startswith("${"):
        return "op cannot be an expression: write the name of an operator, or a block for each"
    called, arguments = without_call(name)
    found = meant.operator if meant is not None else nearest(called, known)
    if found is None:
        return _LIST
    if arguments:
        return f"write op: {found}, and its parameters beside it"
    return meant.says if meant is not None else f"did you mean '{found}'?"


def without_call(name: str) -> tuple[str, str]:
    """(name, arguments) of a text that may be a call in Python, such as `ReLU()`."""
    called, bracket, arguments = name.partition("(")
    return (called.strip(), arguments.strip(") ")) if bracket and called.strip() else (name, "")
