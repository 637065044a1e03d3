"""Findings of an invented rule, to be rendered."""

from __future__ import annotations

from typing import Any

from convlint.findings import Edit, FileResult, Finding, Fix, Place, Related, Rule, Severity
from convlint.render import renderer
from convlint.source.nodes import Source

RULE = Rule("bad-thing", "CL999", "error", "shapes", "A bad thing.", "bad")


def place(source: Source, text: str, occurrence: int = 0) -> Place:
    """Where a piece of text stands in a source."""
    start = -1
    for _ in range(occurrence + 1):
        start = source.text.index(text, start + 1)
    return Place(source, start, start + len(text))


def finding(
    where: Place,
    message: str = "it is bad",
    *,
    severity: Severity = "error",
    help: str = "",
    related: tuple[Related, ...] = (),
    variants: tuple[str, ...] = (),
    layer: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    """A finding of the invented rule."""
    return Finding(RULE, message, where, severity, help, layer, variants, related, fix, "scale")


def result(*findings: Finding) -> FileResult:
    """The findings of one native file."""
    return FileResult(findings[0].place.source.path, findings, "native", (None,))


NETWORK = Source("models/unet.yaml", "a: 1\nb: 編\U0001f680 c\nd:\n  - 1\n")
"""A text in which code points, UTF-16 units and bytes differ."""

RICH = finding(
    place(NETWORK, "c"),
    "b is bad",
    help="make it good",
    related=(Related(place(NETWORK, "a"), "it begins here"),),
    layer="enc1/conv",
    fix=Fix("write C", (Edit(place(NETWORK, "c").start, place(NETWORK, "c").end, "C"),), True),
)
BROAD = finding(place(NETWORK, "d:\n  - 1"), severity="warning", variants=("n", "s"))
CLEAN = FileResult("models/clean.yaml", (), "native", (None,))
SKIPPED = FileResult("compose.yml", skipped="no key 'convlint' marks it as an architecture")


def rendered(name: str, *results: FileResult) -> str:
    """The text of a report."""
    return "".join(renderer(name)(results, False))


def without(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A mapping without some keys."""
    return {key: value for key, value in data.items() if key not in keys}
