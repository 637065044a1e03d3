"""What the texts of `convlint diff` share: a change as cells, totals and sets of sizes in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.comparing.changes import Change, Side
from convlint.comparing.difference import Difference, Total
from convlint.domain.formulas import formula
from convlint.domain.size_sets import SizeSet, describe
from convlint.domain.tables import SizeTable
from convlint.domain.values import KnownShape
from convlint.render.lines import Lines
from convlint.render.text import one_line
from convlint.typed import Any, NamedTuple

SIGNS = {"added": "+", "removed": "-", "replaced": "!", "changed": "~", "rewired": ">", "moved": "^"}
NAMES = {
    "parameters": "parameters",
    "macs": "MACs",
    "activation_bytes": "activation memory",
    "training_bytes": "kept for training, at least",
    "receptive_field": "receptive field",
    "outputs": "output",
}
_LONGEST = 60


class Cells(NamedTuple):
    """A change in a row of a table: its kind, the layer before and after, what is different, and where it stands."""

    change: str
    old: str
    new: str
    detail: str
    place: str


def cells(change: Change, lines: Lines) -> Cells:
    """The cells of a change."""
    return Cells(change.change, _layer(change.old), _layer(change.new), detail(change), _place(change, lines))


def title(difference: Difference) -> str:
    """Which two networks are compared."""
    old, new = (_named(side.path, side.variant) for side in (difference.old, difference.new))
    return f"{old} -> {new}"


def detail(change: Change) -> str:
    """What is given or read before and after, and in how many other layers."""
    said = [f"{one.name}: {_value(one.old)} -> {_value(one.new)}" for one in change.parameters]
    return one_line(", ".join([*said, *_also(change.also)]))


def _also(layers: Sequence[str]) -> list[str]:
    if not layers:
        return []
    count = len(layers)
    return [f"in {layers[0]} too" if count == 1 else f"in {layers[0]} and {count - 1} more too"]


def sentence(change: Change) -> str:
    """A change in one line that stands by itself."""
    side = change.old or change.new
    said = detail(change) or change.change
    if change.change == "replaced" and change.new is not None:
        said = one_line(", ".join([f"replaced by {change.new.operator}", *_also(change.also)]))
    return f"{_layer(side)}: {said}"


def total_lines(difference: Difference) -> Iterator[tuple[str, str]]:
    """(what, its words) of each total that changed or is not known on one side."""
    for total in difference.totals:
        if total.old != total.new:
            yield NAMES[total.name], total_text(total)


def total_text(total: Total) -> str:
    """A total before and after; of a count, by how much it grew."""
    text = f"{amount(total.name, total.old)} -> {amount(total.name, total.new)}"
    grown = growth(total)
    return f"{text} ({grown})" if grown else text


def growth(total: Total) -> str:
    """By how much a count grew, in percent; empty for what is no count or not known."""
    if not isinstance(total.old, int) or not isinstance(total.new, int) or not total.old:
        return ""
    return f"{(total.new - total.old) / total.old:+.1%}".replace("%", " %")


def amount(name: str, value: Any) -> str:
    """A total in words."""
    if value is None:
        return "unknown"
    if name in ("activation_bytes", "training_bytes"):
        return f"{value / 2**20:,.1f} MiB"
    if name == "receptive_field":
        return "x".join(map(str, value))
    if name == "outputs":
        return ", ".join(map(_shape, value))
    return f"{value:,}"


def size_lines(difference: Difference) -> Iterator[str]:
    """What changed of the sets of valid input sizes."""
    if difference.sizes_changed is None:
        yield "whether other input sizes are valid cannot be told: a part of a network is unknown"
    axes: dict[str, list[str]] = {}
    for one in difference.sizes:
        axes.setdefault(f"{_sizes(one.old)} -> {_sizes(one.new)}", []).append(one.axis)
    for said, names in axes.items():
        yield f"valid sizes of {' and '.join(names)}: {said}"


def error_lines(difference: Difference) -> Iterator[str]:
    """Which of the networks have errors: what follows from a broken one says less."""
    for word, side in (("old", difference.old), ("new", difference.new)):
        if side.errors:
            count = f"{side.errors} error{'s' if side.errors > 1 else ''}"
            yield f"the {word} network has {count} (convlint check)"


def weight_lines(difference: Difference) -> Iterator[str]:
    """What the change means for weights that were trained with the old network."""
    found = difference.weights
    if found is None:
        yield "weights: not compared, the tensors of a network are not known"
        return
    if len(found.loaded) == found.total and not found.unexpected:
        yield f"weights: all {found.total:,} tensors of the old network load into the new one"
        return
    text = f"weights: {len(found.loaded):,} of {found.total:,} tensors load from the old network"
    if found.misplaced:
        text += f", {len(found.misplaced):,} of them into another layer"
    if len(found.pairs) > len(found.loaded) or found.misplaced:
        text += f"; {len(found.pairs):,} once its layers are renamed (convlint weights)"
    yield text


def unknown_lines(difference: Difference) -> Iterator[str]:
    """Which layers nothing is known of."""
    for side, names in zip((difference.old, difference.new), difference.unknown):
        if names:
            shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            yield f"not known in {side.path}: {shown}"


def _named(path: str, variant: str | None) -> str:
    return one_line(path if variant is None else f"{path} ({variant})")


def _layer(side: Side | None) -> str:
    return "" if side is None else one_line(f"{side.layer} {side.operator}")


def _place(change: Change, lines: Lines) -> str:
    side = change.new or change.old
    if side is None or side.place is None:
        return ""
    line = f"line {lines.position(side.place)[0]}"
    return line if change.new is not None else f"{line} of the old file"


def _value(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"[{', '.join(map(_value, value))}]" if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _shape(shape: KnownShape | None) -> str:
    return "unknown" if shape is None else "x".join(map(_size, shape))


def _size(size: object) -> str:
    if isinstance(size, SizeTable):
        return f"({formula(size)})" if " " in formula(size) else formula(size)
    return str(size) if isinstance(size, int) else "?"


def _sizes(sizes: SizeSet | None) -> str:
    return "none" if sizes is None else describe(sizes)
