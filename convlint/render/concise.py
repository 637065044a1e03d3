"""One line a finding: `path:line:column: severity[rule] message`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult
from convlint.render.lines import Lines
from convlint.render.text import Paint, one_line, shown_path, variants_text


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """All findings, in the order of the files."""
    paint, lines = Paint(colour), Lines()
    for result in results:
        for finding in result.findings:
            line, column = lines.of(finding.place.source).position(finding.place.start)
            kind = paint.severity(finding.severity, f"{finding.severity}[{finding.rule.name}]")
            path = paint.bold(shown_path(finding.place.source.path))
            yield f"{path}:{line}:{column}: {kind} {one_line(finding.message)}{variants_text(finding)}\n"
