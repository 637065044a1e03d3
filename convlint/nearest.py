"""The name that a person most likely meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from convlint.budget import allows
from convlint.limits import STEPS_A_CANDIDATE

_NEAR = 0.7
"""How alike, from 0 to 1, two names are of which one may be meant by the other."""
_ALIKE = 0.8
_CLEARLY = 0.05
"""How much nearer a candidate is than any other where no other can be meant."""
_TELLING = 4
"""Letters with which a name is begun that no other begins with."""

MISSPELT = "what misspelt names were meant to be"


def nearest(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that a person most likely meant, or None; None too where the budget of the file is spent."""
    if not allows(STEPS_A_CANDIDATE * len(candidates), MISSPELT):
        return None
    pool = sorted(set(candidates))
    lowered = {candidate.lower(): candidate for candidate in reversed(pool)}
    if name.lower() in lowered:
        return lowered[name.lower()]
    begun = [candidate for candidate in lowered if candidate.startswith(name.lower())]
    if len(begun) == 1 and len(name) >= _TELLING:
        return lowered[begun[0]]
    from difflib import get_close_matches

    maybe = list(_maybe_near(name.lower(), lowered, _NEAR))
    close = get_close_matches(name.lower(), maybe, n=1, cutoff=_NEAR)
    return lowered[close[0]] if close else None


def unmistakable(name: str, candidates: Collection[str]) -> str | None:
    """The candidate that a name is a slip of, where no other is nearly as near; else None."""
    if not allows(STEPS_A_CANDIDATE * len(candidates), MISSPELT):
        return None
    lowered, found = name.lower(), sorted(set(candidates))
    ratios = [(_likeness(lowered, other.lower()), other) for other in _maybe_near(lowered, found, _ALIKE - _CLEARLY)]
    ratios.sort(key=lambda item: -item[0])
    if not ratios or ratios[0][0] < _ALIKE or (len(ratios) > 1 and ratios[1][0] > ratios[0][0] - _CLEARLY):
        return None
    return ratios[0][1]


def _maybe_near(lowered: str, candidates: Iterable[str], least: float) -> Iterator[str]:
    """The candidates that may be so near, by their lengths and letters: comparing them takes much longer."""
    letters = [(letter, lowered.count(letter)) for letter in dict.fromkeys(lowered)]
    for candidate in candidates:
        other = candidate.lower()
        shorter, length = min(len(lowered), len(other)), len(lowered) + len(other)
        if _ratio(shorter, length) < least:
            continue
        if _ratio(sum([min(count, other.count(letter)) for letter, count in letters]), length) >= least:
            yield candidate


def _ratio(shared: int, length: int) -> float:
    """How alike two names are that share so many letters, and have so many together."""
    return 2.0 * shared / length if length else 1.0


def _likeness(name: str, candidate: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, name, candidate).ratio()


def plain(name: str) -> str:
    """A name without what people vary: case, hyphens, underscores and spaces."""
    return "".join(name.split()).replace("_", "").replace("-", "").lower()


def nearest_hint(name: str, candidates: Collection[str]) -> str:
    """`did you mean 'x'?`, or nothing."""
    found = nearest(name, candidates)
    return f"did you mean '{found}'?" if found is not None else ""
