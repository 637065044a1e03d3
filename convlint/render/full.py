"""Findings for people: the source line with a caret under the mistake, related places, and help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from convlint.findings import FileResult, Finding, Place
from convlint.render.lines import Lines
from convlint.render.text import Paint, printable, variants_text
from convlint.source.nodes import LineIndex

WIDEST = 160
_TAB = "    "


def render(results: Sequence[FileResult], colour: bool) -> Iterator[str]:
    """All findings, in the order of the files, each followed by an empty line."""
    paint, lines = Paint(colour), Lines()
    for result in results:
        for finding in result.findings:
            yield _finding(finding, lines.of(finding.place.source), paint)


def _finding(finding: Finding, index: LineIndex, paint: Paint) -> str:
    rule = finding.rule
    head = paint.severity(finding.severity, f"{finding.severity}[{rule.name}]")
    title = f"{head} {paint.bold(rule.code)}: {printable(finding.message)}{variants_text(finding)}\n"
    related = [item for item in finding.related if item.place.source is finding.place.source]
    numbers = [index.position(place.start)[0] for place in (finding.place, *(item.place for item in related))]
    gutter = len(str(max(numbers)))
    text = title + _snippet(finding.place, "", "-->", gutter, index, paint, finding.severity)
    for item in related:
        text += _snippet(item.place, item.message, ":::", gutter, index, paint, "frame")
    if finding.help:
        bar = paint.frame(" " * gutter + " =")
        text += f"{bar} {paint.help('help')}: {printable(finding.help)}\n"
    return text + "\n"


def _snippet(place: Place, note: str, arrow: str, gutter: int, index: LineIndex, paint: Paint, colour: str) -> str:
    line, column = index.position(place.start)
    empty = " " * gutter
    where = f"{empty}{paint.frame(arrow)} {place.source.path}:{line}:{column}\n"
    if not place.source.text:
        return where
    source = index.line(line)
    first = column - 1
    last = max(first + 1, min(len(source), first + place.end - place.start))
    shown, before, width = _clipped(source, first, last)
    mark = "^" if colour in ("error", "warning", "info") else "-"
    caret = paint.severity(colour, mark * width + (f" {printable(note)}" if note else ""))
    bar = paint.frame("|")
    return (
        f"{where}{empty} {bar}\n{paint.frame(f'{line:>{gutter}}')} {bar} {shown}\n{empty} {bar} {' ' * before}{caret}\n"
    )


def _clipped(source: str, first: int, last: int) -> tuple[str, int, int]:
    """(the line, cut to WIDEST columns around the mistake, columns before the mistake, its width in columns)."""
    start, end = 0, len(source)
    if _width(source) > WIDEST:
        start = max(0, first - WIDEST // 3)
        end = start + WIDEST
    left, right = ("..." if start else ""), ("..." if end < len(source) else "")
    before = len(left) + _width(source[start:first])
    width = max(1, _width(source[first : min(last, end)]))
    return left + _expanded(source[start:end]) + right, before, width


def _expanded(text: str) -> str:
    return printable(text).replace("\t", _TAB)


def _width(text: str) -> int:
    expanded = _expanded(text)
    if expanded.isascii():
        return len(expanded)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in expanded)
