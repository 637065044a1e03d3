"""Makes findings: rule metadata, message templates, words for shapes."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.catalogue import lookup
from convlint.catalogue.templates import fields
from convlint.findings import Finding, Fix, Place, Related, Severity


def report(
    rule_name: str,
    place: Place,
    arguments: Mapping[str, object] | None = None,
    *,
    message: str = "",
    help: str = "",
    severity: Severity | None = None,
    layer: str | None = None,
    related: tuple[Related, ...] = (),
    fix: Fix | None = None,
) -> Finding:
    """A finding of a rule at a place; its texts are the rule's templates filled with `arguments`, unless given.

    A help with fields that nobody fills is none.
    """
    rule = lookup.rules()[rule_name]
    given = arguments or {}
    text = message or rule.message.format_map(given)
    hint = help or ("" if arguments is None and fields(rule.help) else rule.help.format_map(given))
    related = (*related, *origin_of(place))
    return Finding(rule, text, place, severity or rule.severity, hint, layer, (), related, fix)


def origin_of(place: Place) -> tuple[Related, ...]:
    """What a place refers to: the anchor of a YAML alias, the value of a reference, or what a file beside it says."""
    return () if place.origin is None else (Related(place.origin, "the value stands here"),)


def shape_text(shape: object) -> str:
    """A shape for people: `64x56x56`, with `?` for what is not known."""
    if not isinstance(shape, tuple):
        return "?"
    return "x".join(str(size) for size in shape) if shape else "a single number"


def axis_name(axis: int, axes: int) -> str:
    """What people call the 0-based spatial axis `axis` of `axes`; the one before them is -1."""
    names = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}.get(axes, ())
    return names[axis] if 0 <= axis < len(names) else f"axis {axis + 1}"
