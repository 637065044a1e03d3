"""Logging commands of Azure Pipelines: `##vso[task.logissue type=error;...]message`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding
from convlint.render.lines import Lines
from convlint.render.places import region, relative_path
from convlint.render.text import visible
from convlint.render.wording import full_text

_TYPES = {"error": "error", "warning": "warning", "info": "warning"}
"""Azure knows no lesser type than a warning."""

_ESCAPES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_IN_MESSAGES = str.maketrans(_ESCAPES)
_IN_PROPERTIES = str.maketrans({**_ESCAPES, ";": "%3B", "]": "%5D"})


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """A command a finding."""
    lines = Lines()
    for result in results:
        for finding in result.findings:
            yield _command(finding, lines)


def _command(finding: Finding, lines: Lines) -> str:
    place = region(finding.place, lines)
    properties = {
        "type": _TYPES[finding.severity],
        "sourcepath": visible(relative_path(finding.place.source.path)),
        "linenumber": str(place.line),
        "columnnumber": str(place.column),
        "code": finding.rule.name,
    }
    named = "".join(f"{key}={value.translate(_IN_PROPERTIES)};" for key, value in properties.items())
    message = f"{finding.rule.code}: {full_text(finding, lines)}"
    return f"##vso[task.logissue {named}]{message.translate(_IN_MESSAGES)}\n"
