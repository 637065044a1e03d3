"""Mistakes that people make in model files, as edits of a text that keep the rest of it as it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import yaml

INSERTED = (
    "[-1, 1, nn.Identity, []]",
    "[-1, 1, nn.Dropout, [0.1]]",
    "[-1, 1, Conv, [{channels}, 3, 1]]",
    "[-1, 1, Conv, [{channels}, 3, 2]]",
    "[-1, 3, C2f, [{channels}, True]]",
    "[-1, 1, SPPF, [{channels}, 5]]",
    '[-1, 1, nn.Upsample, [None, 2, "nearest"]]',
    "[-1, 1, nn.MaxPool2d, [2, 2, 0]]",
    "[-1, 1, CBAM, [{channels}]]",
    "[-1, 1, nn.BatchNorm2d, []]",
    "[-1, 1, RepConv, [{channels}, {channels}]]",
    "[-1, 2, C2PSA, [{channels}]]",
    "[-1, 1, ADown, [{channels}]]",
)
MODULES = (
    *(
        "Conv",
        "DWConv",
        "GhostConv",
        "Focus",
        "ADown",
        "AConv",
        "SCDown",
        "RepConv",
        "Conv2",
        "nn.Conv2d",
        "ConvTranspose",
    ),
    *("C1", "C2", "C2f", "C3", "C3k2", "C3x", "C3TR", "C3Ghost", "RepC3", "C2fCIB", "C2PSA", "C2fPSA", "PSA", "A2C2f"),
    *("Bottleneck", "BottleneckCSP", "GhostBottleneck", "SPP", "SPPF", "SPPELAN", "ELAN1", "RepNCSPELAN4", "HGBlock"),
    *("HGStem", "AIFI", "Concat", "CBFuse", "CBLinear", "Detect", "Segment", "OBB", "v10Detect", "RTDETRDecoder"),
    *("nn.Identity", "nn.MaxPool2d", "nn.AvgPool2d", "nn.Upsample", "nn.BatchNorm2d", "nn.SiLU", "nn.ConvTranspose2d"),
    *("nn.ReflectionPad2d", "nn.AdaptiveAvgPool2d", "nn.PixelShuffle", "CBAM", "LightConv", "torch.nn.Identity"),
)
ARGUMENTS = (
    "True",
    "False",
    "None",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "64",
    "96",
    "0.5",
    "'3x3'",
    "nc",
    "[1, 2]",
    "n",
)
CHANNELS = (
    "1",
    "4",
    "8",
    "16",
    "32",
    "48",
    "64",
    "100",
    "128",
    "256",
    "512",
    "1024",
    "2048",
    "0",
    "nc",
    "64.0",
    "'64'",
)
COUNTS = ("0", "-1", "1", "2", "3", "4", "6", "9", "12", "1.0", "2.0", "'3'", "nc")


class Span(NamedTuple):
    """A node of the text: where it begins and ends, and the nodes in it where it is a sequence."""

    start: int
    end: int
    items: tuple[Span, ...]
    is_list: bool


class Row(NamedTuple):
    """One row: from, repeats, module, args; the offsets of its whole line, and how far it is indented."""

    sources: Span
    repeats: Span
    module: Span
    arguments: Span
    line: Span
    indent: str


class Edit(NamedTuple):
    """The text of an offset range, replaced."""

    start: int
    end: int
    text: str


class Mutation(NamedTuple):
    """A mutated text; `kind` names the mistake, `note` what was written, and `offset` is where."""

    kind: str
    note: str
    text: str
    offset: int


Maker = Callable[[random.Random, str, list[Row]], list[Edit]]


def mutate(rng: random.Random, text: str) -> Mutation:
    """The text of a file with one random mistake in it; some mistakes happen to be none."""
    rows = rows_of(text)
    while True:
        kind = rng.choice(list(MAKERS))
        edits = MAKERS[kind](rng, text, rows)
        mutated = applied(text, edits)
        if mutated != text:
            note = "; ".join(_shown(text, edit) for edit in edits)
            return Mutation(kind, note, mutated, min(edit.start for edit in edits))


def rows_of(text: str) -> list[Row]:
    """The rows of `backbone` and `head`, in their order."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    parts = [value for key, value in root.value if key.value in ("backbone", "head")]
    return [_row(text, node) for part in parts for node in part.value]


def applied(text: str, edits: list[Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def inserted(text: str, row: Row, new: str) -> Edit:
    """A new row in the line before another."""
    return Edit(row.line.start, row.line.start, f"{row.indent}- {new}\n")


def _row(text: str, node: yaml.Node) -> Row:
    start = text.rindex("\n", 0, node.start_mark.index) + 1
    end = text.find("\n", node.end_mark.index) + 1 or len(text)
    sources, repeats, module, arguments = _span(node).items
    return Row(sources, repeats, module, arguments, Span(start, end, (), False), text[start : text.index("-", start)])


def _span(node: yaml.Node) -> Span:
    is_list = isinstance(node, yaml.SequenceNode)
    items = tuple(_span(item) for item in node.value) if is_list else ()
    return Span(node.start_mark.index, node.end_mark.index, items, is_list)


def _shown(text: str, edit: Edit) -> str:
    line = text.count("\n", 0, edit.start) + 1
    return f"line {line}: {text[edit.start : edit.end].strip()!r} -> {edit.text.strip()!r}"


def _replaced(span: Span, new: str) -> Edit:
    return Edit(span.start, span.end, new)


def _written(text: str, span: Span) -> str:
    return text[span.start : span.end]


# --- mistakes


def _another_index(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    """An index in `from` that is not -1 is off by one or two, or is any other."""
    at, span = rng.choice([(at, span) for at, row in enumerate(rows) for span in _indices(row)])
    near = [int(_written(text, span)) + offset for offset in (-2, -1, 1, 2)]
    return [_replaced(span, str(rng.choice([*near, *near, rng.randrange(-3, len(rows) + 1), at])))]


def _indices(row: Row) -> tuple[Span, ...]:
    return row.sources.items or (row.sources,)


def _inserted_row(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    """A row is added, and no index below it is changed."""
    new = rng.choice(INSERTED).format(channels=rng.choice((64, 128, 256, 512, 1024)))
    return [inserted(text, rng.choice(rows[1:]), new)]


def _two_inserted_rows(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    (first,), (second,) = _inserted_row(rng, text, rows), _inserted_row(rng, text, rows)
    return [first, second]


def _deleted_row(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice(rows)
    return [Edit(row.line.start, row.line.end, "")]


def _swapped_rows(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    """Two rows that follow each other change places."""
    at = rng.randrange(len(rows) - 1)
    upper, lower = rows[at], rows[at + 1]
    if text.count("\n", upper.line.start, lower.line.start) != 1:
        return []
    moved = text[lower.line.start : lower.line.end] + text[upper.line.start : upper.line.end]
    return [Edit(upper.line.start, lower.line.end, moved)]


def _other_channels(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice([row for row in rows if row.arguments.items])
    return [_replaced(row.arguments.items[0], rng.choice(CHANNELS))]


def _other_kernel_or_stride(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice([row for row in rows if len(row.arguments.items) > 1])
    return [_replaced(rng.choice(row.arguments.items[1:3]), rng.choice(("0", "1", "2", "3", "4", "5", "7")))]


def _other_repeats(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    return [_replaced(rng.choice(rows).repeats, rng.choice(COUNTS))]


def _other_module(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    return [_replaced(rng.choice(rows).module, rng.choice(MODULES))]


def _misspelt_module(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    span = rng.choice(rows).module
    name = _written(text, span)
    at = rng.randrange(len(name))
    slips = (name.lower(), name.upper(), name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], f"torch.{name}")
    return [_replaced(span, rng.choice([slip for slip in slips if slip]))]


def _argument_removed(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice([row for row in rows if row.arguments.items])
    kept = [_written(text, span) for span in row.arguments.items]
    kept.pop(rng.randrange(len(kept)))
    return [_replaced(row.arguments, f"[{', '.join(kept)}]")]


def _argument_added(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice(rows)
    values = [_written(text, span) for span in row.arguments.items]
    values.insert(rng.choice((len(values), rng.randrange(len(values) + 1))), rng.choice(ARGUMENTS))
    return [_replaced(row.arguments, f"[{', '.join(values)}]")]


def _argument_changed(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice([row for row in rows if row.arguments.items])
    return [_replaced(rng.choice(row.arguments.items), rng.choice(ARGUMENTS))]


def _other_list(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    """The list of what a merge or a head reads loses, gains, doubles or exchanges an entry, or is no list any more."""
    merges = [row for row in rows if row.sources.is_list]
    if not merges:
        return []
    row = rng.choice(merges)
    values = [_written(text, span) for span in row.sources.items]
    match rng.randrange(5):
        case 0:
            values.pop(rng.randrange(len(values)))
        case 1:
            values.insert(rng.randrange(len(values) + 1), str(rng.randrange(len(rows))))
        case 2:
            values.append(rng.choice(values))
        case 3:
            rng.shuffle(values)
        case _:
            return [_replaced(row.sources, values[0])]
    return [_replaced(row.sources, f"[{', '.join(values)}]")]


def _list_of_one(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    """What a module with one input reads is written as a list."""
    row = rng.choice([row for row in rows if not row.sources.is_list])
    return [_replaced(row.sources, f"[{_written(text, row.sources)}]")]


def _row_of_another_length(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    row = rng.choice(rows)
    match rng.randrange(3):
        case 0:
            return [Edit(row.sources.end, row.repeats.end, "")]
        case 1:
            return [Edit(row.arguments.end, row.arguments.end, ", []")]
        case _:
            return [Edit(row.module.end, row.arguments.end, "")]


def _dropped_key(rng: random.Random, text: str, rows: list[Row]) -> list[Edit]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    key, value = rng.choice(root.value)
    return [Edit(key.start_mark.index, value.end_mark.index, "")]


MAKERS: dict[str, Maker] = {
    "another-index": _another_index,
    "inserted-row": _inserted_row,
    "two-inserted-rows": _two_inserted_rows,
    "deleted-row": _deleted_row,
    "swapped-rows": _swapped_rows,
    "other-channels": _other_channels,
    "other-kernel-or-stride": _other_kernel_or_stride,
    "other-repeats": _other_repeats,
    "other-module": _other_module,
    "misspelt-module": _misspelt_module,
    "argument-removed": _argument_removed,
    "argument-added": _argument_added,
    "argument-changed": _argument_changed,
    "other-list": _other_list,
    "list-of-one": _list_of_one,
    "row-of-another-length": _row_of_another_length,
    "dropped-key": _dropped_key,
}
