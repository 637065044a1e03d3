"""Findings of an invented rule, to be rendered."""

from __future__ import annotations

from convlint.findings import FileResult, Finding, Place, Related, Rule, Severity
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
) -> Finding:
    """A finding of the invented rule."""
    return Finding(RULE, message, where, severity, help, layer, variants, related)


def result(*findings: Finding) -> FileResult:
    """The findings of one native file."""
    return FileResult(findings[0].place.source.path, findings, "native", (None,))
