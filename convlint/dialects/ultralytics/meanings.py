"""The networks that may have been meant where rows were inserted or removed: renumbered, or with a row put back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.dialects.ultralytics.modules import TORCH, torch_row
from convlint.dialects.ultralytics.rows import ReadRow, part_of
from convlint.dialects.ultralytics.shifts import NumberedRow, Shift, numbers_in, shift_finding, shifts_elsewhere
from convlint.findings import Edit, Finding, Fix
from convlint.model import Port
from convlint.source.nodes import AnyNode, Scalar, Source
from convlint.source.nodes import Sequence as SequenceNode
from convlint.typed import NamedTuple


class _Lost(NamedTuple):
    """What a row that was removed may have done with a map, and a class of torch.nn that does so, with its args."""

    did: str
    module: str
    arguments: tuple[object, ...]


_KEEPS = _Lost("kept the size", "Identity", ())
_DOUBLES = _Lost("doubled the size", "Upsample", (None, 2, "nearest"))
_LOST = (_DOUBLES, _Lost("halved the size", "MaxPool2d", (2,)), _KEEPS)
_ROW_THAT_DOUBLES = "[-1, 1, nn.Upsample, [None, 2, nearest]]"


class MeantRows(NamedTuple):
    """The rows as they may have been meant, with what is said then; `added` counts the rows put back before `first`."""

    finding: Finding
    rows: list[ReadRow]
    first: int = 0
    added: int = 0


def meanings(source: Source, rows: list[ReadRow], numbered: Sequence[NumberedRow], shift: Shift) -> Iterator[MeantRows]:
    """What may have been meant, the likeliest first."""
    yield _renumbering(source, rows, numbered, shift)
    if shift.by == -1 and (without := _without_the_lost_row(numbered, shift)) is not None:
        yield _renumbering(source, rows, numbered, without)
    for other in shifts_elsewhere(shift, numbered):
        if other.first != shift.first:
            yield _renumbering(source, rows, numbered, other)
        if shift.by < 0:
            finding = shift_finding(source, numbered, other)
            yield from (_with_row_put_back(source, rows, other, finding, lost) for lost in _LOST)


def _renumbering(source: Source, rows: list[ReadRow], numbered: Sequence[NumberedRow], shift: Shift) -> MeantRows:
    return MeantRows(shift_finding(source, numbered, shift), _renumbered(rows, shift))


def _renumbered(rows: list[ReadRow], shift: Shift) -> list[ReadRow]:
    """The rows that read what they were meant to read, where the numbers of some are old."""
    new = {id(item.node): Port(item.value + shift.by) for item in shift.moved}
    found = []
    for row in rows:
        nodes = _sources(row.node)
        if len(nodes) == len(row.sources):
            row = row._replace(sources=tuple([new.get(id(node), port) for node, port in zip(nodes, row.sources)]))
        found.append(row)
    return found


def _without_the_lost_row(rows: Sequence[NumberedRow], shift: Shift) -> Shift | None:
    """The shift in which what read the row that went reads the one above it; None where nothing read it."""
    least = min(item.value for item in shift.moved)
    stayed = [item for item in numbers_in(rows) if item.value < least and item.row >= shift.first]
    lost = max([item.value for item in stayed], default=0)
    if not lost or (lost != shift.first and rows[shift.first].said is not None):
        return None
    also = [item for item in stayed if item.value == lost]
    moved = tuple(sorted((*shift.moved, *also), key=lambda item: item.row))
    lower = tuple([number for number in shift.lower if number < lost])
    return shift._replace(first=min(shift.first, lost), moved=moved, lower=lower)


def _with_row_put_back(source: Source, rows: list[ReadRow], shift: Shift, finding: Finding, lost: _Lost) -> MeantRows:
    """The rows with as many more as went, of which one did what `lost` did; their numbers are right then."""
    first, count = shift.first, -shift.by
    new = [_row(item, rows[first].node, first + at) for at, item in enumerate([lost, *[_KEEPS] * (count - 1)])]
    below = [_read_from(row, first + count + number) for number, row in enumerate(rows[first:])]
    which = "row" if count == 1 else "rows, one"
    hint = f"put back the {which} that {lost.did}, before row {first}: with it the numbers are right"
    fix = _insertion(source, rows[first].node) if lost is _DOUBLES and count == 1 else None
    return MeantRows(finding._replace(help=hint, fix=fix), [*rows[:first], *new, *below], first, count)


def _row(lost: _Lost, node: AnyNode, index: int) -> ReadRow:
    arguments = tuple([(value, node) for value in lost.arguments])
    return ReadRow(node, TORCH + lost.module, torch_row(lost.module), (Port(index - 1),), 1, arguments)


def _read_from(row: ReadRow, index: int) -> ReadRow:
    """The row as it reads where its number is `index`."""
    nodes = _sources(row.node)
    if len(nodes) != len(row.sources):
        return row
    return row._replace(sources=tuple([_port(node, index) for node in nodes]))


def _port(node: AnyNode, index: int) -> Port | None:
    value = node.value if isinstance(node, Scalar) else None
    if type(value) is not int:
        return None
    number = value if value >= 0 else index + value
    return Port(number) if 0 <= number < index else None


def _insertion(source: Source, node: AnyNode) -> Fix | None:
    """Writes a row that doubles the size above another one; None where that has no line of its own."""
    start = source.text.rfind("\n", 0, node.start) + 1
    lead = source.text[start : node.start]
    if lead.strip() != "-" or node.origin is not None:
        return None
    row = f"{lead}{_ROW_THAT_DOUBLES}\n"
    return Fix(f"put back {_ROW_THAT_DOUBLES}", (Edit(start, start, row),), False)


def _sources(node: AnyNode) -> Sequence[AnyNode]:
    sources = part_of(node, 0)
    return sources.items if isinstance(sources, SequenceNode) else [sources]
