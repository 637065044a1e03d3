"""The versioned JSON report of `convlint check --output-format json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding, Fix, Place, summarise
from convlint.render.lines import Lines
from convlint.source.nodes import Source


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One JSON document, in ASCII: the encoding of a pipe is not to be relied on."""
    results = list(results)
    lines = Lines()
    summary = summarise(results)
    report = {
        "version": 1,
        "diagnostics": [diagnostic(finding, lines) for result in results for finding in result.findings],
        "files": [
            {"path": result.path, "dialect": result.dialect, "variants": list(result.variants)}
            for result in results
            if result.skipped is None
        ],
        "skipped": [
            {"path": result.path, "reason": result.skipped} for result in results if result.skipped is not None
        ],
        "summary": {
            "files": summary.files,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "infos": summary.infos,
        },
    }
    yield json.dumps(report, indent=1) + "\n"


def diagnostic(finding: Finding, lines: Lines) -> dict[str, object]:
    """One finding as the report holds it."""
    return {
        "path": finding.place.source.path,
        "rule": finding.rule.name,
        "code": finding.rule.code,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "layer": finding.layer,
        "variant": ",".join(finding.variants) or None,
        **_range(finding.place, lines),
        "related": [
            {"path": item.place.source.path, **_range(item.place, lines), "message": item.message}
            for item in finding.related
        ],
        "fix": None if finding.fix is None else _fix(finding.fix, finding.place.source, lines),
    }


def _fix(fix: Fix, source: Source, lines: Lines) -> dict[str, object]:
    edits = [{**_range(Place(source, edit.start, edit.end), lines), "text": edit.text} for edit in sorted(fix.edits)]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _range(place: Place, lines: Lines) -> dict[str, object]:
    index = lines.of(place.source)
    start, end = index.position(place.start), index.position(place.end)
    return {
        "start": {"line": start[0], "column": start[1]},
        "end": {"line": end[0], "column": end[1]},
    }
