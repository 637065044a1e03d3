"""What was meant by a row that is not [from, repeats, module, args]: brackets or an item that are missing."""

from __future__ import annotations

from convlint.findings import Edit, Fix
from convlint.source.nodes import AnyNode, Scalar, Sequence, Source
from convlint.typed import NamedTuple

_LONGEST = 80


class MeantRow(NamedTuple):
    """What is wrong with a row, in words, and the edit that mends it."""

    help: str
    fix: Fix


def meant_row(source: Source, node: AnyNode) -> MeantRow | None:
    """The row that was meant, told by where its module stands; None where that is not clear."""
    if not isinstance(node, Sequence) or not node.flow or any(item.origin is not None for item in node.items):
        return None
    items = node.items
    at = next((number for number, item in enumerate(items) if _is_name(item)), None)
    if at is None or at == 0:
        return None
    reads, args = items[: at - 1], items[at + 1 :]
    help, is_safe = "", True
    if at == 1 and len(items) == 4 and _is_number(items[2]) and isinstance(items[3], Sequence):
        reads, repeats, args = items[:1], _text(source, items[2]), items[3:]
        help, is_safe = "repeats comes before the module", True
    elif at == 1 and len(items) == 3 and _is_number(items[0]) and not _is_source(items[0]):
        row = f"[-1, {', '.join(_text(source, item) for item in items)}]"
        fix = Fix("write the row as [from, repeats, module, args]", (Edit(node.start, node.end, row),), False)
        return MeantRow(f"from is missing, or repeats: {row}", fix) if isinstance(items[2], Sequence) else None
    elif at == 1:
        if not _is_source(items[0]):
            return None
        reads, repeats = items[:1], "1"
        help, is_safe = "repeats is missing", False
    else:
        repeats = _text(source, items[at - 1])
    if len(reads) > 1 and all(_is_number(item) for item in reads):
        help = "the rows that it reads stand in one list"
    if not (len(args) == 1 and isinstance(args[0], Sequence)):
        if any(isinstance(item, Sequence) for item in args):
            return None
        help = help or ("args stand in one list" if args else "a module without args has an empty list")
    written = ", ".join(
        [
            _listed(source, reads) if len(reads) > 1 else _text(source, reads[0]),
            repeats,
            _text(source, items[at]),
            _text(source, args[0]) if args and isinstance(args[0], Sequence) else _listed(source, args),
        ]
    )
    row = f"[{written}]"
    shown = f": {row}" if len(row) <= _LONGEST else ""
    fix = Fix("write the row as [from, repeats, module, args]", (Edit(node.start, node.end, row),), is_safe)
    return MeantRow(f"{help}{shown}", fix) if help else None


def _is_name(node: AnyNode) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, str) and node.value not in ("None", "True", "False")


def _is_number(node: AnyNode) -> bool:
    return isinstance(node, Scalar) and type(node.value) is int


def _is_source(node: AnyNode) -> bool:
    """Whether an item can only be `from`: a list, or a number that counts back."""
    return isinstance(node, Sequence) or (isinstance(node, Scalar) and type(node.value) is int and node.value < 0)


def _text(source: Source, node: AnyNode) -> str:
    return source.text[node.start : node.end]


def _listed(source: Source, nodes: list[AnyNode]) -> str:
    """The list of some nodes; what a tuple of Python became is one without its parentheses."""
    written = ", ".join(_text(source, node) for node in nodes)
    is_tuple = written.startswith("(") and written.endswith(")") and written.count("(") == 1
    return f"[{written[1:-1] if is_tuple else written}]"
