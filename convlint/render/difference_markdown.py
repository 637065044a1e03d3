"""`convlint diff --output-format markdown`: a comment for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from convlint.comparing.changes import Change
from convlint.comparing.difference import ComparedNetwork, Difference
from convlint.render.difference_words import (
    NAMES,
    amount,
    cells,
    error_lines,
    growth,
    size_lines,
    unknown_lines,
    weight_lines,
)
from convlint.render.lines import Lines
from convlint.render.table_markdown import escaped
from convlint.render.text import one_line

MARK = "<!-- convlint diff -->"
"""Stands first, so that a later run finds its own comment and writes it anew."""
MOST_ROWS = 200
"""A comment takes some ten thousand characters."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT = 12


def render_markdown(difference: Difference) -> Iterator[str]:
    """A table of the changes, a table of the totals, and what else follows from them."""
    yield f"{MARK}\n### {_title(difference.old, difference.new)}\n\n"
    if difference.is_empty:
        yield "No change.\n\n"
    yield from _changes(difference)
    yield from _totals(difference)
    for lines in (size_lines, weight_lines, unknown_lines, error_lines):
        for line in lines(difference):
            yield f"* {_arrows(line)}\n"


def _title(old: ComparedNetwork, new: ComparedNetwork) -> str:
    """The file, and the revision that it is compared with; of two files, both."""
    revision, _, path = old.path.rpartition(":")
    if revision and path == new.path and old.variant == new.variant:
        since = revision[:_SHORT] if _COMMIT.fullmatch(revision) else revision
        return f"{_named(new.path, new.variant)} since {_code(since)}"
    return f"{_named(old.path, old.variant)} → {_named(new.path, new.variant)}"


def _named(path: str, variant: str | None) -> str:
    return _code(path) if variant is None else f"{_code(path)} ({escaped(one_line(variant))})"


def _code(text: str) -> str:
    """A name in the letters of code; one with a grave accent in plain letters."""
    text = one_line(text)
    return escaped(text) if "`" in text else f"`{text}`"


def _arrows(text: str) -> str:
    return escaped(text).replace("-\\>", "→")


def _changes(difference: Difference) -> Iterator[str]:
    if not difference.changes:
        return
    lines = Lines()
    yield _row(("", "layer", "what", "where")) + _row(("---",) * 4)
    for change in difference.changes[:MOST_ROWS]:
        row = cells(change, lines)
        yield _row((f"**{row.change}**", _layer(change), _arrows(row.detail), escaped(row.place)))
    left = len(difference.changes) - MOST_ROWS
    yield f"\nand {left} more changes\n\n" if left > 0 else "\n"


def _layer(change: Change) -> str:
    """The layer and its operator, before and after where they differ."""
    sides = [side for side in (change.old, change.new) if side is not None]
    names = dict.fromkeys(escaped(one_line(side.layer)) for side in sides)
    operators = dict.fromkeys(escaped(one_line(side.operator)) for side in sides)
    return f"{' → '.join(names)} {' → '.join(operators)}"


def _totals(difference: Difference) -> Iterator[str]:
    changed = [total for total in difference.totals if total.old != total.new]
    if not changed:
        return
    yield _row(("", "old", "new", "")) + _row(("---", "---:", "---:", "---:"))
    for total in changed:
        before, after = amount(total.name, total.old), amount(total.name, total.new)
        yield _row((NAMES[total.name], before, after, growth(total)))
    yield "\n"


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |\n"
