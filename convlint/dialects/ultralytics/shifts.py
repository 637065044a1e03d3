"""Finds references that were not renumbered when rows were inserted or removed above them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from convlint.dialects.places import place_of
from convlint.dialects.ultralytics.modules import TORCH
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Place, Related
from convlint.source.nodes import AnyNode, Scalar, Source
from convlint.source.nodes import Sequence as SequenceNode
from convlint.typed import NamedTuple

_FARTHEST = 3
"""Rows that may have come or gone at one place."""
_FEWEST_ALONE = 3
"""References that move together where no comment numbers the rows, and what is read is no more even than before."""
_NUMBER = r"\d+"


class NumberedRow(NamedTuple):
    """A row: its module, whether what it gives goes out of the network, and what the comment behind it numbers it.

    `is_strange` says that nothing is known of its module.
    """

    node: AnyNode
    module: str
    is_end: bool
    is_strange: bool
    said: int | None
    remark: Place


class Reference(NamedTuple):
    """A row number in `from` of row `row`."""

    row: int
    node: Scalar
    value: int


class Shift(NamedTuple):
    """Rows from `first` on moved by `by`; the references `moved` still name their old numbers.

    `idle` are the rows that nothing reads therefore. `lower` holds further numbers that are old if the rows came or
    went higher up, where no comment tells, and `places` all that `first` may be then.
    """

    first: int
    by: int
    moved: tuple[Reference, ...]
    idle: tuple[int, ...]
    lower: tuple[int, ...] = ()
    places: tuple[int, ...] = ()


def shift_of(rows: Sequence[NumberedRow]) -> Shift | None:
    """The one move of rows that gives every row a reader again; None where all have one, or none of the moves does.

    Comments that number rows must have the numbers from before the move. Where there are none, several references
    have to move together.
    """
    references = list(numbers_in(rows))
    idle = _idle(rows, {})
    is_astray = any(item.value >= item.row for item in references)
    if not references or not (idle or is_astray) or (not is_astray and _lacks_its_last(rows, references, idle)):
        return None
    found = []
    for by in (by for distance in range(1, _FARTHEST + 1) for by in (distance, -distance)):
        for first in range(max(0, by), len(rows)):
            moved = tuple([item for item in references if item.value >= first - by and item.row >= first])
            shift = Shift(first, by, moved, idle)
            if moved and _serves(shift, rows, references):
                found.append(shift)
    if not found:
        return None
    best = max(found, key=lambda shift: _likelihood(shift, rows, references))
    others = [shift for shift in found if shift.by == best.by]
    best = best._replace(places=tuple([shift.first for shift in others]))
    if _strangers(best, rows):
        return best
    least = min(item.value for item in best.moved)
    lower = {item.value for shift in others for item in shift.moved if item.value < least}
    first = best.first if any(row.said is not None for row in rows) else least + best.by
    return best._replace(first=first, lower=tuple(sorted(lower)))


def shifts_elsewhere(shift: Shift, rows: Sequence[NumberedRow]) -> Iterator[Shift]:
    """The same move from other rows on, where another row reads what moved then: the nearest first."""
    references = list(numbers_in(rows))
    edges = {shift.first, *(item.value + step for item in references for step in (0, 1))}
    for first in sorted(edges.intersection(shift.places), key=lambda place: (abs(place - shift.first), place)):
        moved = tuple([item for item in references if item.value >= first - shift.by and item.row >= first])
        yield shift._replace(first=first, moved=moved)


def _lacks_its_last(rows: Sequence[NumberedRow], references: Sequence[Reference], idle: tuple[int, ...]) -> bool:
    """Whether the last row reads others at equal distances and leaves out the next one, which stands right above it.

    Where comments number the rows, they tell whether one moved.
    """
    if len(idle) != 1 or idle[0] != len(rows) - 2 or any(row.said is not None for row in rows):
        return False
    read = [*sorted(item.value for item in references if item.row == len(rows) - 1), idle[0]]
    distances = {read[number + 1] - read[number] for number in range(len(read) - 1)}
    return len(read) > 2 and len(distances) == 1


def numbers_in(rows: Sequence[NumberedRow]) -> Iterator[Reference]:
    """The numbers of rows in `from`, but for those that count back."""
    for index, row in enumerate(rows):
        sources = row.node.items[0] if isinstance(row.node, SequenceNode) and row.node.items else row.node
        for node in sources.items if isinstance(sources, SequenceNode) else [sources]:
            if isinstance(node, Scalar) and type(node.value) is int and node.value >= 0:
                yield Reference(index, node, node.value)


def _idle(rows: Sequence[NumberedRow], renumbered: dict[Scalar, int]) -> tuple[int, ...]:
    """The rows that nothing reads and that are no end of the network."""
    read = set()
    for index, row in enumerate(rows):
        sources = row.node.items[0] if isinstance(row.node, SequenceNode) and row.node.items else row.node
        for node in sources.items if isinstance(sources, SequenceNode) else [sources]:
            value = node.value if isinstance(node, Scalar) else None
            if type(value) is int and isinstance(node, Scalar):
                read.add(renumbered.get(node, value if value >= 0 else index + value))
    return tuple([index for index, row in enumerate(rows[:-1]) if index not in read and not row.is_end])


def _serves(shift: Shift, rows: Sequence[NumberedRow], references: Sequence[Reference]) -> bool:
    """Whether a move leaves no row without a reader, no reference astray, and agrees with the comments."""
    new = _renumbered(shift)
    if any(not 0 <= new.get(item.node, item.value) < item.row for item in references):
        return False
    if _idle(rows, new):
        return False
    said = [(index, row.said) for index, row in enumerate(rows) if row.said is not None]
    if not said:
        is_more_even = _evenness(rows, references, new) > _evenness(rows, references, {})
        return is_more_even or len(shift.moved) >= _FEWEST_ALONE
    is_moved = any(index >= shift.first for index, _ in said)
    return is_moved and all(
        number == (index - shift.by if index >= shift.first else index)
        for index, number in said
        if not shift.first - shift.by <= index < shift.first
    )


def _likelihood(shift: Shift, rows: Sequence[NumberedRow], references: Sequence[Reference]) -> tuple[int, ...]:
    """Orders moves: fewer rows before more, new rows without a number in their comment, new rows of modules that are
    not known, modules of one kind read, few references."""
    numbered = sum(row.said is not None for row in rows[max(0, shift.first - shift.by) : shift.first])
    evenness = _evenness(rows, references, _renumbered(shift))
    alike = _alike(shift, rows, references)
    return -abs(shift.by), -numbered, _strangers(shift, rows), evenness, alike, -len(shift.moved)


def _strangers(shift: Shift, rows: Sequence[NumberedRow]) -> int:
    """How many of the rows that came are of modules of which nothing is known, as those of one's own are."""
    return sum(row.is_strange for row in rows[max(0, shift.first - shift.by) : shift.first])


def _renumbered(shift: Shift) -> dict[Scalar, int]:
    return {item.node: item.value + shift.by for item in shift.moved}


def _evenness(rows: Sequence[NumberedRow], references: Sequence[Reference], new: dict[Scalar, int]) -> int:
    """How much the rows that are read by their number are of one kind, as the ends of stages are in most networks."""
    numbers = [new.get(item.node, item.value) for item in references]
    read = [rows[number] for number in numbers if 0 <= number < len(rows)]
    kinds = Counter([row.module for row in read if _ends_a_stage(row)])
    return sum(count * count for count in kinds.values())


def _ends_a_stage(row: NumberedRow) -> bool:
    """Whether a row may be the end of a stage: no merge, and no plain layer of torch such as an upsampling."""
    sources = row.node.items[0] if isinstance(row.node, SequenceNode) and row.node.items else row.node
    return not isinstance(sources, SequenceNode) and not row.module.startswith(TORCH)


def _alike(shift: Shift, rows: Sequence[NumberedRow], references: Sequence[Reference]) -> int:
    """How many rows read several rows whose modules are all of one kind."""
    new = _renumbered(shift)
    read: dict[int, list[str]] = {}
    for item in references:
        read.setdefault(item.row, []).append(rows[new.get(item.node, item.value)].module)
    return sum(len(modules) > 1 and len(set(modules)) == 1 for modules in read.values())


def shift_finding(source: Source, rows: Sequence[NumberedRow], shift: Shift) -> Finding:
    """The finding at the first reference that names an old number; an error where one names no row above it."""
    old = list(dict.fromkeys(item.value for item in shift.moved))
    arguments = {
        "first": shift.first,
        "by": "one" if shift.by == 1 else str(shift.by),
        "old": old,
        "new": [value + shift.by for value in old],
    }
    related = [Related(place_of(source, rows[index].node), f"nothing reads row {index}") for index in shift.idle]
    is_broken = any(item.value >= item.row for item in shift.moved)
    finding = report(
        "shifted-rows",
        place_of(source, shift.moved[0].node),
        arguments,
        severity="error" if is_broken else None,
        layer=str(shift.moved[0].row),
        related=tuple(related),
        fix=_fix(source, rows, shift),
    )
    if not shift.lower:
        return finding
    hint = f"if the row {'came' if shift.by > 0 else 'went'} higher up, {_joined(shift.lower)} may be old too"
    return finding._replace(help=f"{finding.help}; {hint}")


def _joined(numbers: tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _fix(source: Source, rows: Sequence[NumberedRow], shift: Shift) -> Fix | None:
    """Writes the new numbers, in `from` and in the comments behind rows."""
    if any(item.node.origin is not None for item in shift.moved):
        return None
    edits = [Edit(item.node.start, item.node.end, str(item.value + shift.by)) for item in shift.moved]
    for index, row in enumerate(rows):
        number = re.compile(_NUMBER).search(source.text, row.remark.start, row.remark.end)
        if row.said is not None and row.said != index and number is not None:
            edits.append(Edit(number.start(), number.end(), str(index)))
    return Fix("renumber what reads the rows that moved", tuple(edits), False)
