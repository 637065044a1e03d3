"""Workflow commands of GitHub Actions, which become annotations: `::error file=...,line=...::message`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convlint.findings import FileResult, Finding, summarise
from convlint.render.lines import Lines
from convlint.render.places import region, relative_path
from convlint.render.text import one_line, visible
from convlint.render.wording import full_text

SHOWN = 10
"""Annotations of each severity that GitHub shows for a step; it drops the others and does not say so."""

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_MESSAGES = str.maketrans(_ESCAPES)
_IN_PROPERTIES = str.maketrans({**_ESCAPES, ":": "%3A", ",": "%2C"})


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """A command a finding. The place is repeated in the message: the log shows nothing else."""
    lines = Lines()
    for result in results:
        for finding in result.findings:
            yield _command(finding, lines)


def hides_some(results: Sequence[FileResult]) -> bool:
    """Whether there are more findings than GitHub shows annotations."""
    summary = summarise(results)
    return max(summary.errors, summary.warnings, summary.infos) > SHOWN


def _command(finding: Finding, lines: Lines) -> str:
    path, place = relative_path(finding.place.source.path), region(finding.place, lines)
    properties = {"title": f"{finding.rule.name} ({finding.rule.code})", "file": visible(path), "line": str(place.line)}
    if place.line == place.end_line:  # GitHub takes columns only within one line
        properties |= {"col": str(place.column), "endLine": str(place.line), "endColumn": str(place.end_column)}
    else:
        properties |= {"endLine": str(place.end_line)}
    named = ",".join(f"{key}={value.translate(_IN_PROPERTIES)}" for key, value in properties.items())
    message = f"{one_line(path)}:{place.line}:{place.column}: {full_text(finding, lines)}"
    return f"::{_COMMANDS[finding.severity]} {named}::{message.translate(_IN_MESSAGES)}\n"
