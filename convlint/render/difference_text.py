"""`convlint diff` for people: old and new rows beside each other, then what changed of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.comparing.difference import Difference
from convlint.render.difference_words import (
    SIGNS,
    Cells,
    cells,
    error_lines,
    size_lines,
    title,
    total_lines,
    unknown_lines,
    weight_lines,
)
from convlint.render.lines import Lines
from convlint.render.text import Paint, display_width

_WIDEST = 40


def render_text(difference: Difference, colour: bool) -> Iterator[str]:
    """A line for each change, and the totals below."""
    paint = Paint(colour)
    yield paint.bold(title(difference)) + "\n"
    lines = Lines()
    table = [cells(change, lines) for change in difference.changes]
    widths = [min(_WIDEST, max([display_width(text) for text in column], default=0)) for column in _columns(table)]
    for row in table:
        yield _row(row, widths, paint)
    if difference.is_empty:
        yield "no change\n"
    for name, text in total_lines(difference):
        yield f"  {name}: {text}\n"
    for line in (
        *size_lines(difference),
        *weight_lines(difference),
        *unknown_lines(difference),
        *error_lines(difference),
    ):
        yield f"  {line}\n"


def _columns(table: Sequence[Cells]) -> tuple[list[str], list[str]]:
    return [row.old for row in table], [row.new for row in table]


def _row(row: Cells, widths: Sequence[int], paint: Paint) -> str:
    sides = [text + " " * (width - display_width(text)) for text, width in zip((row.old, row.new), widths)]
    said = "  ".join(filter(None, (row.change, row.detail)))
    text = f"{SIGNS[row.change]} {sides[0]} | {sides[1]} | {said}"
    return f"{paint.change(row.change, text)}  {paint.frame(row.place)}".rstrip() + "\n"
