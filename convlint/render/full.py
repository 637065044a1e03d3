"""Findings for people: the source line with a caret under the mistake, related places, and help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult, Finding, Place
from convlint.render.lines import Lines
from convlint.render.text import Paint, display_width, one_line, printable, variants_text

WIDEST = 160
"""Columns of a source line that are shown; a longer one is cut around the mistake."""

_TAB = "    "
_CUT = "..."


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """All findings, in the order of the files, each followed by an empty line."""
    paint, lines = Paint(colour), Lines()
    for result in results:
        for finding in result.findings:
            yield _finding(finding, lines, paint)


def _finding(finding: Finding, lines: Lines, paint: Paint) -> str:
    head = paint.severity(finding.severity, f"{finding.severity}[{finding.rule.name}]")
    mark = " [*]" if finding.fix is not None and finding.fix.safe else ""
    title = f"{head} {paint.bold(finding.rule.code)}{mark}: {one_line(finding.message)}{variants_text(finding)}\n"
    places = [finding.place, *(item.place for item in finding.related)]
    gutter = max(len(str(lines.position(place)[0])) for place in places)
    text = title + _snippet(finding.place, "-->", finding.severity, "^", finding.layer_title, gutter, lines, paint)
    for item in finding.related:
        text += _snippet(item.place, ":::", "frame", "-", one_line(item.message), gutter, lines, paint)
    if finding.help:
        text += f"{paint.frame(' ' * gutter + ' =')} {paint.help('help')}: {one_line(finding.help)}\n"
    if finding.fix is not None:
        unsafe = "" if finding.fix.safe else " (unsafe)"
        text += f"{paint.frame(' ' * gutter + ' =')} {paint.help('fix')}: {one_line(finding.fix.title)}{unsafe}\n"
    return text + "\n"


def _snippet(
    place: Place, arrow: str, colour: str, mark: str, note: str, gutter: int, lines: Lines, paint: Paint
) -> str:
    """Where a place is, its line, and the mark under it; of several lines the first."""
    number, column = lines.position(place)
    empty, bar = " " * gutter, paint.frame("|")
    where = f"{empty}{paint.frame(arrow)} {one_line(place.source.path)}:{number}:{column}\n"
    if not place.source.text:
        return where
    line = lines.of(place.source).line(number)
    shown, before, width = _clipped(line, column - 1, column - 1 + place.end - place.start)
    underline = paint.severity(colour, mark * width + (f" {note}" if note else ""))
    numbered = f"{paint.frame(f'{number:>{gutter}}')} {bar}" + (f" {shown}" if shown else "")
    return f"{where}{empty} {bar}\n{numbered}\n{empty} {bar} {' ' * before}{underline}\n"


def _clipped(line: str, first: int, last: int) -> tuple[str, int, int]:
    """(the line as it is shown, columns before the mistake, its width in columns); the mistake is `line[first:last]`.

    Only the characters near the mistake are looked at: a file may be one line of megabytes.
    """
    start, end = 0, len(line)
    if end > WIDEST or _width(line) > WIDEST:
        after = _fitting(line[first : first + WIDEST], WIDEST * 2 // 3)
        room = WIDEST - _width(line[first : first + after])
        start = first - _fitting(reversed(line[max(0, first - WIDEST) : first]), room)
        end = first + _fitting(line[first : first + WIDEST], WIDEST - _width(line[start:first]))
    left, right = (_CUT if start > 0 else ""), (_CUT if end < len(line) else "")
    before = len(left) + _width(line[start:first])
    return left + _shown(line[start:end]) + right, before, max(1, _width(line[first : min(last, end)]))


def _fitting(characters: Iterable[str], room: int) -> int:
    """How many of the characters fit into `room` columns."""
    count = 0
    for char in characters:
        room -= _width(char)
        if room < 0:
            break
        count += 1
    return count


def _shown(text: str) -> str:
    return printable(text).replace("\t", _TAB)


def _width(text: str) -> int:
    return display_width(_shown(text))
