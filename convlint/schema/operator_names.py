"""Finds the operator that was meant by a name that none has."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.engine.reporting import nearest, unmistakable


def meant_operator(name: str, known: Sequence[str]) -> str | None:
    """The one operator that a name stands for, but for its prefix, case and underscores, or a slip; else None."""
    alike = [candidate for candidate in known if _bare(candidate) == _bare(name)]
    return alike[0] if len(alike) == 1 else unmistakable(name, known)


def operator_hint(name: str, known: Sequence[str]) -> str:
    """The operator that was likely meant, be it the one for images where a name says nothing of its axes."""
    plain = {_bare(candidate): candidate for candidate in reversed(known)}
    bare = _bare(name)
    spatial = [plain[bare + axes] for axes in ("2d", "1d", "3d") if bare + axes in plain]
    found = plain.get(bare) or (spatial[0] if spatial else nearest(name, known))
    return f"did you mean '{found}'?" if found is not None else "`convlint operator` lists all operators"


def _bare(name: str) -> str:
    """An operator's name without what people vary: prefix, case, underscores."""
    return name.rpartition(".")[2].lower().replace("_", "").replace("-", "")
