"""Adds `# convlint: ignore[rule]` comments for findings, at the ends of their lines or above them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from convlint.findings import Edit, Finding
from convlint.selection.suppressions import UNSUPPRESSABLE
from convlint.source.comments import find_comments, opaque_spans
from convlint.source.nodes import LineIndex, Source
from convlint.source.reader import parse

_LIST = re.compile(r"#[ \t]*convlint[ \t]*:[ \t]*ignore[ \t]*\[[^\]]*(?=\])")
_LINE = re.compile(r"[^\r\n]*")


def ignoring_edits(source: Source, findings: Iterable[Finding]) -> tuple[tuple[Edit, ...], list[Finding]]:
    """(edits that put a comment at the line of each finding, the findings for which there is no place).

    A line that ends inside a text (`|`, or quotes over several lines) gets its comment above it.
    """
    documents, problem = parse(source)
    if problem is not None:
        return (), list(findings)
    index, left = LineIndex(source.text), list[Finding]()
    wanted: dict[int, list[str]] = {}
    for finding in findings:
        if finding.rule.name in UNSUPPRESSABLE:
            left.append(finding)
            continue
        begin = finding.place.start - index.position(finding.place.start)[1] + 1
        names = wanted.setdefault(begin, [])
        if finding.rule.name not in names:
            names.append(finding.rule.name)
    comments = {comment.start: comment.end for comment in find_comments(source.text, documents)}
    spans = sorted(opaque_spans(documents, source.text))
    edits = {begin: _edit(source.text, begin, names, comments, spans) for begin, names in wanted.items()}
    for finding in findings:
        begin = finding.place.start - index.position(finding.place.start)[1] + 1
        if begin in edits and edits[begin] is None and finding not in left:
            left.append(finding)
    return tuple(edit for edit in edits.values() if edit is not None), left


def _edit(
    text: str, begin: int, names: list[str], comments: dict[int, int], spans: list[tuple[int, int]]
) -> Edit | None:
    """The comment for the line that begins at `begin`; None where it can stand neither on it nor above it."""
    match = _LINE.match(text, begin)
    line = match.group() if match is not None else ""
    end = begin + len(line.rstrip())
    start = next((start for start in comments if begin <= start < end), None)
    if start is not None:
        listed = _LIST.search(text, start, comments[start])
        if listed is not None:
            return Edit(listed.end(), listed.end(), f", {', '.join(names)}")
    comment = f"# convlint: ignore[{', '.join(names)}]"
    if not _is_inside(begin + len(line), spans):
        return Edit(end, end, f"  {comment}")
    if _is_inside(begin, spans):
        return None
    after = text[begin + len(line) :]
    line_end = "\r\n" if after.startswith("\r\n") else after[:1] or "\n"
    return Edit(begin, begin, f"{line[: len(line) - len(line.lstrip())]}{comment}{line_end}")


def _is_inside(offset: int, spans: list[tuple[int, int]]) -> bool:
    """Whether text that is no YAML goes on at an offset."""
    number = bisect_right(spans, (offset, -1)) - 1
    return number >= 0 and spans[number][0] < offset < spans[number][1]
