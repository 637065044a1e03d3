"""`convlint weights --output-format json`: version 1 of what is promised to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from convlint.tensors.loading import Loading


def render_json(loading: Loading) -> Iterator[str]:
    """One object."""
    yield json.dumps(as_json(loading), indent=1) + "\n"


def as_json(loading: Loading) -> dict[str, object]:
    """What loads, as plain data."""
    return {"version": 1, "path": loading.path, "weights": loading.weights, "models": [_model(loading)]}


def _model(loading: Loading) -> dict[str, object]:
    found = loading.comparison
    return {
        "variant": loading.variant,
        "weights_variant": loading.weights_variant,
        "key": loading.key,
        "stripped": found.stripped,
        "added": found.added,
        **({"adapted": True} if found.is_adapted else {}),
        **({"inside": found.inside, "alike": list(found.alike)} if found.inside else {}),
        "total": found.total,
        "loaded": len(found.loaded),
        "missing": list(found.missing),
        "unexpected": list(found.unexpected),
        "mismatched": [
            {"name": one.name, "weights": list(one.weights), "network": list(one.network)} for one in found.mismatched
        ],
        "misplaced": list(found.misplaced),
        "mapping": [{"weights": old, "network": new} for old, new in found.mapping],
        "mapped": len(found.pairs),
        "reasons": [
            {"layer": one.layer, "reason": one.kind, "tensors": one.tensors, "weights": one.source or None}
            for one in loading.reasons
        ],
        "unknown": list(loading.unknown),
    }
