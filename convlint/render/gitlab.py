"""The Code Quality report of GitLab: a JSON array of issues."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding
from convlint.render.fingerprints import fingerprinted
from convlint.render.lines import Lines
from convlint.render.places import region, relative_path
from convlint.render.wording import explanations, title

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One JSON document, in ASCII."""
    lines, before = Lines(), "["
    for finding, fingerprint in fingerprinted(results):
        yield f"{before}\n {json.dumps(_issue(finding, fingerprint, lines))}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _issue(finding: Finding, fingerprint: str, lines: Lines) -> dict[str, object]:
    """An issue; GitLab does not show `check_name`, so that the description begins with it."""
    place = region(finding.place, lines)
    details = "\n\n".join(explanations(finding, lines))
    return {
        "type": "issue",
        "categories": ["Bug Risk"],
        "check_name": finding.rule.name,
        "description": f"{finding.rule.name} ({finding.rule.code}): {title(finding)}",
        **({"content": {"body": details}} if details else {}),
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": fingerprint,
        "location": {
            "path": relative_path(finding.place.source.path),
            "lines": {"begin": place.line, "end": place.end_line},
        },
    }
