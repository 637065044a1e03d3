"""The configurations of a plans file, each with what it inherits from others."""

from __future__ import annotations

from convlint.dialects.mistakes import Mistakes
from convlint.nearest import nearest_hint
from convlint.source.nodes import AnyNode, Mapping, Scalar

_PARENT = "inherits_from"
Keys = dict[str, tuple[Scalar, AnyNode]]
"""Keys with their (key node, value node): those of a configuration and of all that it inherits from."""


def resolved(configurations: Mapping, name: str, mistakes: Mistakes) -> Keys | None:
    """The keys of a configuration; a child overwrites its parent's whole. None after a finding."""
    chain: list[Mapping] = []
    names = [name]
    while True:
        node = configurations.get(names[-1])
        if not isinstance(node, Mapping):
            return None
        chain.append(node)
        parent = node.get(_PARENT)
        if parent is None:
            break
        parent_name = parent.value if isinstance(parent, Scalar) else None
        if not isinstance(parent_name, str) or parent_name not in configurations.pairs:
            known = [key for key in configurations.pairs if isinstance(key, str)]
            mistakes.report(
                "undefined-input", parent, {"name": str(parent_name)}, hint=nearest_hint(str(parent_name), known)
            )
            return None
        if parent_name in names:
            circle = " -> ".join([*names[names.index(parent_name) :], parent_name])
            mistakes.report("cycle", parent, message=f"configurations inherit from each other: {circle}")
            return None
        names.append(parent_name)
    merged: Keys = {}
    for node in reversed(chain):
        merged.update({key: pair for key, pair in node.pairs.items() if isinstance(key, str)})
    return merged
