"""A table of all findings in Markdown, for the summary of a GitHub Actions job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding
from convlint.render.lines import Lines
from convlint.render.links import rule_page
from convlint.render.places import relative_path
from convlint.render.text import one_line
from convlint.render.wording import title

LARGEST = 1_000_000
"""Bytes of the table; GitHub refuses the summary of a step that is longer than 1 MiB."""

_SPECIAL = {character: "\\" + character for character in "\\`*_{}[]()#+-!|~@:."}
_ESCAPES = str.maketrans({**_SPECIAL, "<": "&lt;", ">": "&gt;", "&": "&amp;"})


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One row a finding, in the order of the files, as many as fit."""
    lines, room = Lines(), LARGEST
    findings = [finding for result in results for finding in result.findings]
    yield "### convlint\n\n| place | severity | rule | message |\n| --- | --- | --- | --- |\n"
    for number, finding in enumerate(findings):
        row = _row(finding, lines)
        room -= len(row.encode("utf-8", "backslashreplace"))
        if room < 0:
            yield f"\n{len(findings) - number} more are in the log.\n"
            return
        yield row


def _row(finding: Finding, lines: Lines) -> str:
    line, column = lines.position(finding.place)
    place = _escaped(f"{one_line(relative_path(finding.place.source.path))}:{line}:{column}")
    rule = f"[{finding.rule.name}]({rule_page(finding.rule)})"
    return f"| {place} | {finding.severity} | {rule} | {_escaped(title(finding))} |\n"


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return text.translate(_ESCAPES)
