"""`convlint diff --output-format markdown`: a comment for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.comparing.difference import Difference
from convlint.render.difference_words import (
    NAMES,
    amount,
    cells,
    size_lines,
    title,
    unknown_lines,
    weight_lines,
)
from convlint.render.lines import Lines
from convlint.render.table_markdown import escaped

MARK = "<!-- convlint diff -->"
"""Stands first, so that a later run finds its own comment and writes it anew."""
MOST_ROWS = 200
"""A comment takes some ten thousand characters."""


def render_markdown(difference: Difference) -> Iterator[str]:
    """A table of the changes, a table of the totals, and what else follows from them."""
    yield f"{MARK}\n### {escaped(title(difference))}\n\n"
    if difference.is_empty:
        yield "No change.\n\n"
    yield from _changes(difference)
    yield from _totals(difference)
    for line in (*size_lines(difference), *weight_lines(difference), *unknown_lines(difference)):
        yield f"* {escaped(line)}\n"


def _changes(difference: Difference) -> Iterator[str]:
    if not difference.changes:
        return
    lines = Lines()
    yield _row(("", "old", "new", "what", "where")) + _row(("---",) * 5)
    for change in difference.changes[:MOST_ROWS]:
        row = cells(change, lines)
        yield _row((f"**{row.change}**", *map(escaped, (row.old, row.new, row.detail, row.place))))
    left = len(difference.changes) - MOST_ROWS
    yield f"\nand {left} more changes\n\n" if left > 0 else "\n"


def _totals(difference: Difference) -> Iterator[str]:
    changed = [total for total in difference.totals if total.old != total.new]
    if not changed:
        return
    yield _row(("", "old", "new", "")) + _row(("---", "---:", "---:", "---:"))
    for total in changed:
        growth = ""
        if isinstance(total.old, int) and isinstance(total.new, int) and total.old:
            growth = f"{(total.new - total.old) / total.old:+.1%}"
        yield _row((NAMES[total.name], amount(total.name, total.old), amount(total.name, total.new), growth))
    yield "\n"


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |\n"
