"""Adds `# convlint: ignore[rule]` comments for findings, at the ends of their lines or above them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from convlint.findings import Edit, Finding
from convlint.selection.suppressions import UNSUPPRESSABLE, directive
from convlint.source.comments import Comment, find_comments, opaque_spans
from convlint.source.nodes import LineIndex, Source
from convlint.source.reader import is_json, parse
from convlint.typed import NamedTuple

_LIST = re.compile(r"#[ \t]*convlint[ \t]*:[ \t]*ignore[ \t]*\[[^\]]*(?=\])")
_LINE = re.compile(r"[^\r\n]*")


class Comments(NamedTuple):
    """What of a text decides where comments can go in; none can where the text is JSON, or no YAML."""

    source: Source
    line_index: LineIndex
    is_yaml: bool
    ends: dict[int, int]
    """Where each comment ends, by where it starts."""
    spans: list[tuple[int, int]]


def comments_of(source: Source) -> Comments:
    """What `ignoring_edits` needs to know of a text."""
    documents, problem = parse(source)
    if problem is not None or is_json(source):
        return Comments(source, LineIndex(source.text), False, {}, [])
    ends = {comment.start: comment.end for comment in find_comments(source.text, documents)}
    return Comments(source, LineIndex(source.text), True, ends, sorted(opaque_spans(documents, source.text)))


def ignoring_edits(comments: Comments, findings: Iterable[Finding]) -> tuple[tuple[Edit, ...], list[Finding]]:
    """(edits that put a comment at the line of each finding, the findings for which there is no place).

    A line that ends inside a text (`|`, or quotes over several lines), or in another comment for convlint, gets its
    comment above it.
    """
    lines: dict[int, list[Finding]] = {}
    left = list[Finding]()
    for finding in findings:
        if not comments.is_yaml or finding.rule.name in UNSUPPRESSABLE:
            left.append(finding)
        else:
            lines.setdefault(_line_begin(comments.line_index, finding), []).append(finding)
    edits = list[Edit]()
    for begin, found in lines.items():
        edit = _edit(comments, begin, list(dict.fromkeys(finding.rule.name for finding in found)))
        if edit is None:
            left += found
        else:
            edits.append(edit)
    return tuple(edits), left


def _line_begin(index: LineIndex, finding: Finding) -> int:
    return finding.place.start - index.position(finding.place.start)[1] + 1


def _edit(comments: Comments, begin: int, names: list[str]) -> Edit | None:
    """The comment for the line that begins at `begin`; None where it can stand neither on it nor above it."""
    text, spans = comments.source.text, comments.spans
    match = _LINE.match(text, begin)
    line = match.group() if match is not None else ""
    end = begin + len(line.rstrip())
    start = next((at for at in range(begin, end) if at in comments.ends), None)
    if start is not None:
        listed = _LIST.search(text, start, comments.ends[start])
        if listed is not None:
            return Edit(listed.end(), listed.end(), f", {', '.join(names)}")
    comment = f"# convlint: ignore[{', '.join(names)}]"
    is_taken = start is not None and directive(text, Comment("", start, comments.ends[start])) is not None
    if not is_taken and not _is_inside(begin + len(line), spans):
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
