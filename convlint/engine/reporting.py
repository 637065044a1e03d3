"""Makes findings: rule metadata, message templates, nearest names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from convlint.engine import catalogue
from convlint.findings import Finding, Fix, Place, Related, Severity

_ALIKE = 0.8
_CLEARLY = 0.05
"""How much nearer a candidate is than any other where no other can be meant."""


def report(
    rule_name: str,
    place: Place,
    arguments: Mapping[str, Any] | None = None,
    *,
    message: str = "",
    help: str = "",
    severity: Severity | None = None,
    layer: str | None = None,
    related: tuple[Related, ...] = (),
    fix: Fix | None = None,
) -> Finding:
    """A finding of a rule at a place; its message is the rule's template filled with `arguments`, unless given."""
    rule = catalogue.rules()[rule_name]
    given = arguments or {}
    text = message or rule.message.format_map(given)
    hint = help or (rule.help.format_map(given) if rule.help else "")
    if place.origin is not None:
        related = (*related, Related(place.origin, "the anchor stands here"))
    return Finding(rule, text, place, severity or rule.severity, hint, layer, (), related, fix)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a person most likely meant, or None."""
    from difflib import get_close_matches

    pool = sorted(set(candidates))
    lowered = {candidate.lower(): candidate for candidate in reversed(pool)}
    if name.lower() in lowered:
        return lowered[name.lower()]
    close = get_close_matches(name.lower(), sorted(lowered), n=1, cutoff=0.7)
    return lowered[close[0]] if close else None


def unmistakable(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a name is a slip of, where no other is nearly as near; else None."""
    from difflib import SequenceMatcher

    lowered = name.lower()
    ratios = [(SequenceMatcher(None, lowered, other.lower()).ratio(), other) for other in sorted(set(candidates))]
    ratios.sort(key=lambda item: -item[0])
    if not ratios or ratios[0][0] < _ALIKE or (len(ratios) > 1 and ratios[1][0] > ratios[0][0] - _CLEARLY):
        return None
    return ratios[0][1]


def nearest_hint(name: str, candidates: Iterable[str]) -> str:
    """`did you mean 'x'?`, or nothing."""
    found = nearest(name, candidates)
    return f"did you mean '{found}'?" if found is not None else ""


def shape_text(shape: Any) -> str:
    """A shape for people: `64x56x56`, with `?` for what is not known."""
    if not isinstance(shape, tuple):
        return "?"
    return "x".join(str(size) for size in shape) if shape else "a single number"


def axis_name(axis: int, axes: int) -> str:
    """What people call the 0-based spatial axis `axis` of `axes`."""
    names = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}.get(axes, ())
    return names[axis] if axis < len(names) else f"axis {axis + 1}"
