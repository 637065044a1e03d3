"""`convlint diff --output-format json`: version 1 of what is promised to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from convlint.comparing.changes import Change, Side
from convlint.comparing.difference import Difference
from convlint.domain.size_sets import SizeSet
from convlint.domain.tables import SizeTable
from convlint.domain.values import UNKNOWN
from convlint.render.lines import Lines


def render_json(difference: Difference) -> Iterator[str]:
    """One object."""
    yield json.dumps(as_json(difference), indent=1) + "\n"


def as_json(difference: Difference) -> dict[str, object]:
    """The difference as plain data; what is not known is null."""
    lines = Lines()
    weights = difference.weights
    return {
        "version": 1,
        "old": {"path": difference.old.path, "variant": difference.old.variant},
        "new": {"path": difference.new.path, "variant": difference.new.variant},
        "changes": [_change(change, lines) for change in difference.changes],
        "totals": {total.name: [_plain(total.old), _plain(total.new)] for total in difference.totals},
        "sizes": {
            "changed": difference.sizes_changed,
            "axes": {one.axis: [_sizes(one.old), _sizes(one.new)] for one in difference.sizes},
        },
        "weights": None
        if weights is None
        else {"total": weights.total, "loaded": len(weights.loaded), "mapped": len(weights.pairs)},
        "unknown": {"old": list(difference.unknown[0]), "new": list(difference.unknown[1])},
    }


def _change(change: Change, lines: Lines) -> dict[str, object]:
    return {
        "change": change.change,
        "old": _side(change.old, lines),
        "new": _side(change.new, lines),
        "parameters": [{"name": one.name, "old": _plain(one.old), "new": _plain(one.new)} for one in change.parameters],
        **({"also": list(change.also)} if change.also else {}),
    }


def _side(side: Side | None, lines: Lines) -> dict[str, object] | None:
    if side is None:
        return None
    line = None if side.place is None else lines.position(side.place)[0]
    return {"layer": side.layer, "op": side.operator, "line": line}


def _plain(value: object) -> object:
    """The value as JSON holds it; a size that is a function of an unknown one is null."""
    if value is None or isinstance(value, (bool, int, float)) or type(value) is str:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, SizeTable) or value is UNKNOWN else str(value)


def _sizes(sizes: SizeSet | None) -> dict[str, object] | None:
    if sizes is None:
        return None
    return {
        "from": sizes.first,
        "modulus": sizes.modulus,
        "residues": list(sizes.residues),
        "below": list(sizes.below),
    }
