"""Which module of one network is which of another: by structure and shapes, one to one, in order where that is open.

Rows are aligned as sequences are (Needleman and Wunsch 1970, with the affine gaps of Gotoh 1982), where a pair counts
the tensors that would load; what was moved finds its place afterwards. Inside a pair of modules, children of the same
name belong together, and the items of lists are aligned in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from convlint.tensors.trees import Module, is_number
from convlint.typed import NamedTuple

Pair = tuple[Module, Module]

_TENSOR = 1_000
_SAME_FORM = 4
_SAME_NAME = 2
_GAP = 1
"""What decides, from the first to the last: tensors that load, then equal forms, equal names, few gaps."""
_LONGEST = 1_500
"""Above so many rows on both sides only equal forms and names are looked at."""
_MOST_ROUNDS = 8
_MOST_OVERLAPS = 20_000
"""Pairs of modules that are looked into, some ten times as many as large networks need; then only equal forms count."""


class Overlap(NamedTuple):
    """How many tensors of a module load into another, and how many of them have two axes and more."""

    tensors: int
    matrices: int


_NONE = Overlap(0, 0)


class Aligner:
    """Aligns modules of two trees that share their forms; remembers what was asked for."""

    def __init__(self) -> None:
        self._overlaps: dict[tuple[int, int], Overlap] = {}

    def overlap(self, old: Module, new: Module) -> Overlap:
        """What of `old` loads into `new`."""
        key = (old.form, new.form)
        found = self._overlaps.get(key)
        if found is None and (len(self._overlaps) < _MOST_OVERLAPS or old.form == new.form):
            self._overlaps[key] = _NONE  # counts as looked into while its children are
            found = self._overlaps[key] = self._counted(old, new)
        return found or _NONE

    def rows(self, old: Sequence[Module], new: Sequence[Module]) -> list[Pair]:
        """Pairs of rows in the order of `new`; rows without a partner are left out."""
        if len(old) * len(new) > _LONGEST * _LONGEST:
            return _same_names(old, new)
        worth = [[self._worth(a, b) for b in new] for a in old]
        partners = _improved(worth, _aligned(worth))
        return [(old[i], new[j]) for j, i in sorted((j, i) for i, j in partners.items())]

    def children(self, old: Module, new: Module) -> list[Pair]:
        """Pairs of the modules inside two modules that belong together."""
        if old.form == new.form:
            return [(child, new.children[name]) for name, child in old.children.items()]
        named = _same_names(
            [child for name, child in old.children.items() if not is_number(name)],
            [child for name, child in new.children.items() if not is_number(name)],
        )
        items = self.rows(
            [child for name, child in old.children.items() if is_number(name)],
            [child for name, child in new.children.items() if is_number(name)],
        )
        rest = _equal_forms(
            [child for name, child in old.children.items() if name not in new.children and not is_number(name)],
            [child for name, child in new.children.items() if name not in old.children and not is_number(name)],
        )
        return [*named, *items, *rest]

    def _counted(self, old: Module, new: Module) -> Overlap:
        same = [shape for own, shape in old.own.items() if new.own.get(own) == shape]
        inner = [self.overlap(a, b) for a, b in self.children(old, new)]
        return Overlap(
            len(same) + sum(found.tensors for found in inner),
            sum(len(shape) > 1 for shape in same) + sum(found.matrices for found in inner),
        )

    def _worth(self, old: Module, new: Module) -> int:
        """What a pair counts; scales and shifts that happen to be as long say nothing of two layers."""
        same_form, same_name = old.form == new.form, old.name == new.name
        found = self.overlap(old, new)
        if not found.tensors or not (same_form or same_name or found.matrices):
            return 0
        return found.tensors * _TENSOR + same_form * _SAME_FORM + same_name * _SAME_NAME


def _same_names(old: Sequence[Module], new: Sequence[Module]) -> list[Pair]:
    named = {module.name: module for module in old}
    return [(named[module.name], module) for module in new if module.name in named]


def _equal_forms(old: Sequence[Module], new: Sequence[Module]) -> list[Pair]:
    waiting: dict[int, list[Module]] = {}
    for module in old:
        waiting.setdefault(module.form, []).append(module)
    return [(waiting[module.form].pop(0), module) for module in new if waiting.get(module.form)]


def _aligned(worth: Sequence[Sequence[int]]) -> dict[int, int]:
    """The pairs of the alignment that is worth most, as columns by rows."""
    rows, columns = len(worth), len(worth[0]) if worth else 0
    best = [[(0, 0)] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        line, above, worths = best[i], best[i - 1], worth[i - 1]
        for j in range(1, columns + 1):
            up, left, pair = above[j], line[j - 1], worths[j - 1]
            choice = max((up[0] - (up[1] != 1) * _GAP, 1), (left[0] - (left[1] != 2) * _GAP, 2))
            if pair:
                choice = max(choice, (above[j - 1][0] + pair, 3))
            line[j] = choice
    return dict(_followed(best))


def _followed(best: Sequence[Sequence[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    i, j = len(best) - 1, len(best[0]) - 1
    while i and j:
        step = best[i][j][1]
        if step == 3:
            yield i - 1, j - 1
        i, j = i - (step != 2), j - (step != 1)


def _improved(worth: Sequence[Sequence[int]], partners: dict[int, int]) -> dict[int, int]:
    """Pairs that are worth more than those which they break up are made, until none is left."""
    of_column = {j: i for i, j in partners.items()}
    candidates = sorted(
        [(-value, abs(i - j), i, j) for i, line in enumerate(worth) for j, value in enumerate(line) if value]
    )
    for _ in range(_MOST_ROUNDS):
        if not _improve(candidates, _gain(worth, partners, of_column), partners, of_column):
            break
    return partners


def _gain(
    worth: Sequence[Sequence[int]], partners: dict[int, int], of_column: dict[int, int]
) -> Callable[[int, int], int]:
    def gain(i: int, j: int) -> int:
        lost = worth[i][partners[i]] if i in partners else 0
        if j in of_column and of_column[j] != i:
            lost += worth[of_column[j]][j]
        return worth[i][j] - lost

    return gain


def _improve(
    candidates: Sequence[tuple[int, int, int, int]],
    gain: Callable[[int, int], int],
    partners: dict[int, int],
    of_column: dict[int, int],
) -> bool:
    changed = False
    for _, _, i, j in candidates:
        if partners.get(i) == j or gain(i, j) < _TENSOR:
            continue
        if i in partners:
            del of_column[partners[i]]
        if j in of_column:
            del partners[of_column[j]]
        partners[i], of_column[j] = j, i
        changed = True
    return changed
