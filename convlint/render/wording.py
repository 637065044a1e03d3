"""What a finding says where there is room for plain text only: a title, and lines that explain it."""

from __future__ import annotations

from convlint.findings import Finding
from convlint.render.lines import Lines
from convlint.render.places import relative_path
from convlint.render.text import one_line, variants_text


def title(finding: Finding) -> str:
    """The message on one line, with the variants for which it holds."""
    return one_line(finding.message) + variants_text(finding)


def explanations(finding: Finding, lines: Lines) -> list[str]:
    """One line for each related place, and one of help; none of them is empty."""
    related = [
        f"{one_line(relative_path(item.place.source.path))}:{line}:{column}: {one_line(item.message)}"
        for item in finding.related
        for line, column in (lines.position(item.place),)
    ]
    return [*related, f"help: {one_line(finding.help)}"] if finding.help else related


def full_text(finding: Finding, lines: Lines) -> str:
    """The title and the explanations, a line each."""
    return "\n".join((title(finding), *explanations(finding, lines)))
