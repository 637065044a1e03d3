"""Finds the operator that was meant by a name that none has."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.budget import allows
from convlint.limits import STEPS_A_CANDIDATE
from convlint.nearest import MISSPELT, nearest, unmistakable

_LIST = "`convlint operator` lists all operators"


def meant_operator(name: str, known: Sequence[str]) -> str | None:
    """The one operator that a name stands for, but for its prefix, case and underscores, or a slip; else None."""
    called, arguments = without_call(name)
    if arguments:
        return None
    bare = _bare(called)
    if not allows(STEPS_A_CANDIDATE * len(known), MISSPELT):
        return None
    alike = [candidate for candidate in known if _bare(candidate) == bare]
    return alike[0] if len(alike) == 1 else unmistakable(called, known)


def operator_hint(name: str, known: Sequence[str]) -> str:
    """The operator that was likely meant, be it the one for images where a name says nothing of its axes."""
    called, arguments = without_call(name)
    if not allows(STEPS_A_CANDIDATE * len(known), MISSPELT):
        return _LIST
    plain = {_bare(candidate): candidate for candidate in reversed(known)}
    bare = _bare(called)
    spatial = [plain[bare + axes] for axes in ("2d", "1d", "3d") if bare + axes in plain]
    found = plain.get(bare) or (spatial[0] if spatial else nearest(called, known))
    if found is None:
        return _LIST
    return f"write op: {found}, and its parameters beside it" if arguments else f"did you mean '{found}'?"


def without_call(name: str) -> tuple[str, str]:
    """(name, arguments) of a text that may be a call in Python, such as `ReLU()`."""
    called, bracket, arguments = name.partition("(")
    return (called.strip(), arguments.strip(") ")) if bracket and called.strip() else (name, "")


def _bare(name: str) -> str:
    """An operator's name without what people vary: prefix, case, underscores."""
    return name.rpartition(".")[2].lower().replace("_", "").replace("-", "")
