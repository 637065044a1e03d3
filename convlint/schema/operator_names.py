"""Finds the operator that was meant by a name that none has."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.nearest import nearest, unmistakable


def meant_operator(name: str, known: Sequence[str]) -> str | None:
    """The one operator that a name stands for, but for its prefix, case and underscores, or a slip; else None."""
    called, arguments = without_call(name)
    if arguments:
        return None
    alike = [candidate for candidate in known if _bare(candidate) == _bare(called)]
    return alike[0] if len(alike) == 1 else unmistakable(called, known)


def operator_hint(name: str, known: Sequence[str]) -> str:
    """The operator that was likely meant, be it the one for images where a name says nothing of its axes."""
    called, arguments = without_call(name)
    plain = {_bare(candidate): candidate for candidate in reversed(known)}
    bare = _bare(called)
    spatial = [plain[bare + axes] for axes in ("2d", "1d", "3d") if bare + axes in plain]
    found = plain.get(bare) or (spatial[0] if spatial else nearest(called, known))
    if found is None:
        return "`convlint operator` lists all operators"
    return f"write op: {found}, and its parameters beside it" if arguments else f"did you mean '{found}'?"


def without_call(name: str) -> tuple[str, str]:
    """(name, arguments) of a text that may be a call in Python, such as `ReLU()`."""
    called, bracket, arguments = name.partition("(")
    return (called.strip(), arguments.strip(") ")) if bracket and called.strip() else (name, "")


def _bare(name: str) -> str:
    """An operator's name without what people vary: prefix, case, underscores."""
    return name.rpartition(".")[2].lower().replace("_", "").replace("-", "")
