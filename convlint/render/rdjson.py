"""The diagnostic format of reviewdog, as one JSON document (`reviewdog -f=rdjson`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding, Fix, Place
from convlint.render.lines import Lines
from convlint.render.links import HOMEPAGE, rule_page
from convlint.render.places import byte_region, relative_path
from convlint.render.text import one_line
from convlint.render.wording import title

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One JSON document, in ASCII; columns are counted in UTF-8 bytes."""
    lines, separator = Lines(), ""
    yield f'{{"source": {json.dumps({"name": "convlint", "url": HOMEPAGE})},\n "diagnostics": ['
    for result in results:
        for finding in result.findings:
            yield f"{separator}\n  {json.dumps(_diagnostic(finding, lines))}"
            separator = ","
    yield "]}\n"


def _diagnostic(finding: Finding, lines: Lines) -> dict[str, object]:
    found: dict[str, object] = {
        "message": title(finding) + (f"\nhelp: {one_line(finding.help)}" if finding.help else ""),
        "location": _location(finding.place, lines),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule.name, "url": rule_page(finding.rule)},
    }
    if finding.fix is not None and finding.fix.edits:
        found["suggestions"] = [_suggestion(finding.fix, finding.place, lines)]
    if finding.related:
        found["related_locations"] = [
            {"message": one_line(item.message), "location": _location(item.place, lines)} for item in finding.related
        ]
    return found


def _location(place: Place, lines: Lines) -> dict[str, object]:
    return {"path": relative_path(place.source.path), "range": _range(place, lines)}


def _range(place: Place, lines: Lines) -> dict[str, object]:
    found = byte_region(place, lines)
    return {
        "start": {"line": found.line, "column": found.column},
        "end": {"line": found.end_line, "column": found.end_column},
    }


def _suggestion(fix: Fix, place: Place, lines: Lines) -> dict[str, object]:
    """All edits of a fix as one: reviewdog takes several suggestions for alternatives."""
    edits = sorted(fix.edits)
    start, end, text = edits[0].start, max(edit.end for edit in edits), ""
    at = start
    for edit in edits:
        text += place.source.text[at : edit.start] + edit.text
        at = edit.end
    return {"range": _range(Place(place.source, start, end), lines), "text": text}
