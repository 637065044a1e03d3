"""Suppression comments: `# convlint: ignore[rule, ...] reason` on a line, above a line or a block, or for a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from convlint.engine import catalogue
from convlint.engine.reporting import nearest_hint, report
from convlint.findings import Finding, Place
from convlint.source.comments import Comment, find_comments
from convlint.source.nodes import AnyNode, Document, LineIndex, Mapping, Sequence, Source

_DIRECTIVE = re.compile(
    r"convlint[ \t]*:[ \t]*(?P<kind>ignore-file|ignore)[ \t]*(?:\[(?P<rules>[^\]]*)\])?(?P<rest>.*)$"
)
_UNSUPPRESSABLE = ("unused-suppression", "unknown-rule")
_HOW = "write `# convlint: ignore[rule-name] reason`"


class Suppression(NamedTuple):
    """One name in one comment: which rule it silences, and on which lines (None: in the whole file)."""

    rule: str
    comment: Place
    lines: range | None


def apply_suppressions(
    source: Source, documents: list[Document], findings: list[Finding], enabled: frozenset[str]
) -> list[Finding]:
    """The findings that no comment silences, and findings about comments that silence nothing (of enabled rules)."""
    index = LineIndex(source.text)
    suppressions: list[Suppression] = []
    complaints: list[Finding] = []
    for comment in find_comments(source.text, documents):
        if comment.text.startswith("convlint") and not comment.text.startswith("convlint-"):
            found, problems = _read(source, documents, index, comment)
            suppressions += found
            complaints += problems
    used: set[Suppression] = set()
    kept = [finding for finding in findings if not _silenced(finding, suppressions, index, used)]
    for suppression in suppressions:
        if suppression not in used and (suppression.rule in enabled or suppression.rule == ""):
            arguments = {"rules": suppression.rule or "any rule"}
            complaints.append(report("unused-suppression", suppression.comment, arguments))
    return kept + [finding for finding in complaints if finding.rule.name in enabled]


def _silenced(finding: Finding, suppressions: list[Suppression], index: LineIndex, used: set[Suppression]) -> bool:
    first = index.position(finding.place.start)[0]
    last = index.position(max(finding.place.start, finding.place.end - 1))[0]
    silenced = False
    for suppression in suppressions:
        if suppression.rule not in ("", finding.rule.name):
            continue
        lines = suppression.lines
        if lines is None or any(line in lines for line in range(first, last + 1)):
            used.add(suppression)
            silenced = True
    return silenced


def _read(
    source: Source, documents: list[Document], index: LineIndex, comment: Comment
) -> tuple[list[Suppression], list[Finding]]:
    place = Place(source, comment.start, comment.end)
    match = _DIRECTIVE.match(comment.text)
    if match is None or (match["kind"] == "ignore" and not (match["rules"] or "").strip()):
        return [], [report("unused-suppression", place, message="this comment is no suppression", help=_HOW)]
    lines = None if match["kind"] == "ignore-file" else _lines(source, documents, index, comment)
    if match["rules"] is None:
        return [Suppression("", place, lines)], []
    suppressions, problems = [], []
    by_code = {rule.code: rule.name for rule in catalogue.rules().values()}
    offset = source.text.find("[", comment.start) + 1
    for part in match["rules"].split(","):
        name = part.strip()
        start = offset + len(part) - len(part.lstrip())
        offset += len(part) + 1
        where = Place(source, start, max(start + len(name), start + 1))
        rule = by_code.get(name.upper(), name)
        if rule not in catalogue.rules():
            hint = nearest_hint(name, catalogue.rules())
            problems.append(report("unknown-rule", where, {"rule": name}, help=hint))
        elif rule not in _UNSUPPRESSABLE:
            suppressions.append(Suppression(rule, where, lines))
    return suppressions, problems


def _lines(source: Source, documents: list[Document], index: LineIndex, comment: Comment) -> range:
    """The line of a comment at the end of a line; else what begins on the next line that is no comment, to its end."""
    line = index.position(comment.start)[0]
    before = index.line(line)[: comment.start - _line_start(index, source, comment.start)]
    if before.strip():
        return range(line, line + 1)
    following = line + 1
    last = index.position(len(source.text))[0]
    while following < last and (not index.line(following).strip() or index.line(following).lstrip().startswith("#")):
        following += 1
    ends = [
        index.position(max(node.start, node.end - 1))[0]
        for document in documents
        for start, node in _entries(document.root)
        if index.position(start)[0] == following
    ]
    return range(following, max([following, *ends]) + 1)


def _line_start(index: LineIndex, source: Source, offset: int) -> int:
    return offset - index.position(offset)[1] + 1


def _entries(root: AnyNode | None) -> Iterator[tuple[int, AnyNode]]:
    """(where an entry of a mapping or a list begins, its value) for every entry in a document."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if value.origin is None:
                    yield key.start, value
                    waiting.append(value)
        elif isinstance(node, Sequence):
            for item in node.items:
                if item.origin is None:
                    yield item.start, item
                    waiting.append(item)
