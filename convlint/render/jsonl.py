"""One JSON object a line, for each finding what the JSON report says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from convlint.findings import FileResult
from convlint.render.json_report import diagnostic
from convlint.render.lines import Lines


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """All findings, in the order of the files, in ASCII."""
    lines = Lines()
    for result in results:
        for finding in result.findings:
            yield json.dumps(diagnostic(finding, lines)) + "\n"
