"""The keys of a native file: of its top, and of a layer whatever its operator; all others are parameters."""

from __future__ import annotations

from convlint.source.nodes import AnyNode, Mapping

VERSION = "convlint"
"""The key that marks a file as one of the format, and gives the version of that."""
TOP_KEYS = frozenset((VERSION, "name", "description", "sizes", "constants", "inputs", "blocks", "layers", "outputs"))
LAYER_KEYS = frozenset(("name", "op", "from", "repeat", "over", "share", "expect"))
SHARING_KEYS = LAYER_KEYS - {"repeat"}
"""The keys of a layer that is another once more."""
BLOCK_KEYS = frozenset(("params", "inputs", "layers", "output", "description"))
_MOST_SLIPS = 4
"""Unknown keys among which a slip is looked for."""


def meant_part(node: Mapping, key: str, known: frozenset[str]) -> AnyNode | None:
    """What stands under a key; where it is missing, under the one key that is none of the known ones and a slip of it.

    What a file declares is there, so that the slip is all that is wrong with it.
    """
    if key in node.pairs or known.issuperset(node.pairs):
        return node.get(key)
    others = [name for name in node.pairs if isinstance(name, str) and name not in known]
    if len(others) > _MOST_SLIPS:
        return None
    from convlint.nearest import nearest

    slips = [name for name in others if nearest(name, known) == key]
    return node.get(slips[0]) if len(slips) == 1 else None
