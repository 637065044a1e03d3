"""Where weights hold a network deeper inside, or a network holds deeper inside what the weights are of.

A training framework keeps a network beside its losses (`net.`, `student.backbone.`), and a U-Net has a classifier's
layers as its encoder: then the rows to compare are those of two modules somewhere in the two trees.
"""

from __future__ import annotations

from collections.abc import Iterator

from convlint.tensors.trees import Module
from convlint.typed import NamedTuple

_MOST_PARENTS = 8
"""Of parts that stand in more places nothing is concluded."""


class Nested(NamedTuple):
    """Two modules of which whole children are the same: by name, and by names and shapes inside.

    `tensors` are those of these children. `alike` are other modules of the weights of which as much is the same.
    """

    tensors: int
    weights: Module
    network: Module
    alike: tuple[Module, ...] = ()


def nested_in(weights: Module, network: Module) -> Nested | None:
    """The two modules of which most is the same, the first in the order of both files where several are."""
    scores: dict[tuple[str, str], Nested] = {}
    places = _places(network)
    for (name, form), parents in _places(weights).items():
        others = places.get((name, form), [])
        if len(parents) > _MOST_PARENTS or len(others) > _MOST_PARENTS:
            continue
        for old in parents:
            for new in others:
                before = scores.get((old.path, new.path), Nested(0, old, new))
                scores[old.path, new.path] = before._replace(tensors=before.tensors + old.children[name].size)
    if not scores:
        return None
    best = max(scores.values(), key=lambda one: one.tensors)
    alike = [one.weights for one in scores.values() if one.network is best.network and one.tensors == best.tensors]
    return best._replace(alike=tuple([module for module in alike if module is not best.weights]))


def _places(root: Module) -> dict[tuple[str, int], list[Module]]:
    """The modules that hold a child, by its name and form, in the order of the file."""
    found: dict[tuple[str, int], list[Module]] = {}
    for parent in _modules(root):
        for name, child in parent.children.items():
            found.setdefault((name, child.form), []).append(parent)
    return found


def _modules(root: Module) -> Iterator[Module]:
    yield root
    for child in root.children.values():
        yield from _modules(child)
