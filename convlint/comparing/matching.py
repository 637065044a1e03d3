"""Which row of the old architecture is which of the new one: by what they are and what stands around them.

First come rows with the same surroundings, however far one looks; then the sequences are aligned (Needleman and Wunsch
1970) by what rows are and how far their surroundings agree; then rows that stand elsewhere, and those that took the
place of another. The two sides are put in an order of their own before, so that neither is preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from convlint.comparing.rows import ComparedLayer
from convlint.model import Port
from convlint.typed import NamedTuple

Partners = dict[int, int]
"""Numbers of new rows by those of the old ones."""

_RADII = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""How many rows away the surroundings are compared."""
_LONGEST = 1_200
_ANCHOR = 10_000
_SAME_KEY = 100
_SAME_OPERATOR = 12
_SAME_NAME = 120
_SHARED = 16
_AROUND = 3


class Sides(NamedTuple):
    """The rows of one architecture, and who reads each."""

    rows: Sequence[ComparedLayer]
    readers: Sequence[Sequence[tuple[int, int, int]]]

    def inputs(self, index: int) -> Sequence[Port | None]:
        """What a row reads."""
        return self.rows[index].sources


def match(old: Sequence[ComparedLayer], new: Sequence[ComparedLayer]) -> Partners:
    """The pairs of rows; the same pairs the other way round when the sides are exchanged."""
    if [row.text for row in new] < [row.text for row in old]:
        return {a: b for b, a in _match(_sides(new), _sides(old)).items()}
    return _match(_sides(old), _sides(new))


def _sides(rows: Sequence[ComparedLayer]) -> Sides:
    readers: list[list[tuple[int, int, int]]] = [[] for _ in rows]
    for row in rows:
        for position, port in enumerate(row.sources):
            if port is not None and port.layer >= 0:
                readers[port.layer].append((row.number, position, port.output))
    return Sides(rows, readers)


def _match(old: Sides, new: Sides) -> Partners:
    contexts = _Contexts(old, new)
    partners: Partners = {}
    for key in (contexts.whole_and_name, contexts.whole, contexts.above, contexts.below):
        _pair_equal(old, new, partners, key)
    _align(old, new, partners, contexts)
    _pair_moved(old, new, partners)
    _pair_replaced(old, new, partners)
    return partners


class _Contexts:
    """Numbers for what stands around each row, above and below, within each of the radii; equal for what is alike."""

    def __init__(self, old: Sides, new: Sides) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._sides = (old, new)
        self._common = {row.name for row in old.rows} & {row.name for row in new.rows}
        longest = max(len(old.rows), len(new.rows))
        radii = [radius for radius in _RADII if radius <= 2 * longest or radius == 1]
        self._up = [self._levels(side, radii, self._above_once) for side in self._sides]
        self._down = [self._levels(side, radii, self._below_once) for side in self._sides]

    def whole(self, side: int, row: ComparedLayer) -> Hashable:
        """All that a row depends on, and all that depends on it."""
        return self._up[side][-1][row.number], self._down[side][-1][row.number]

    def whole_and_name(self, side: int, row: ComparedLayer) -> Hashable:
        """As `whole`, with the row's name."""
        return self.whole(side, row), row.name

    def above(self, side: int, row: ComparedLayer) -> Hashable:
        """All that a row depends on, and itself; with its name, where the other side has a row of that name too."""
        return self._up[side][-1][row.number], self._common_name(row)

    def below(self, side: int, row: ComparedLayer) -> Hashable:
        """All that depends on a row, and itself; with its name, as `above`."""
        return self._down[side][-1][row.number], self._common_name(row)

    def _common_name(self, row: ComparedLayer) -> str:
        return row.name if row.name in self._common else ""

    def agreement(self, a: int, b: int) -> int:
        """How far the surroundings of an old and a new row agree, whatever the rows themselves are."""
        return self._agreement(self._up, a, b, self._sources) + self._agreement(self._down, a, b, self._readers)

    def _agreement(
        self, levels: list[list[list[int]]], a: int, b: int, neighbours: Callable[[int, int], list[tuple[int, int]]]
    ) -> int:
        mine, theirs = neighbours(0, a), neighbours(1, b)
        if [position for _, position in mine] != [position for _, position in theirs]:
            return 0
        count = 0
        for old, new in zip(*levels):
            if sorted([(p, old[n] if n >= 0 else n) for n, p in mine]) != sorted(
                [(p, new[n] if n >= 0 else n) for n, p in theirs]
            ):
                break
            count += 1
        return count

    def _sources(self, side: int, index: int) -> list[tuple[int, int]]:
        ports = self._sides[side].inputs(index)
        return [(port.layer, place) for place, port in enumerate(ports) if port is not None]

    def _readers(self, side: int, index: int) -> list[tuple[int, int]]:
        return [(reader, 0) for reader, _, _ in self._sides[side].readers[index]]

    def _number(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def _levels(
        self, side: Sides, radii: Sequence[int], once: Callable[[Sides, list[int]], list[int]]
    ) -> list[list[int]]:
        current = [self._number(("row", row.key)) for row in side.rows]
        levels, radius = [current], 0
        for wanted in radii:
            while radius < wanted:
                current = once(side, current)
                radius += 1
            levels.append(current)
        return levels

    def _above_once(self, side: Sides, current: list[int]) -> list[int]:
        def seen(port: Port | None) -> Hashable:
            if port is None or port.layer < 0:
                return port and port.layer
            return current[port.layer], port.output

        return [
            self._number(("up", side.rows[index].key, tuple(map(seen, side.inputs(index)))))
            for index in range(len(side.rows))
        ]

    def _below_once(self, side: Sides, current: list[int]) -> list[int]:
        return [
            self._number(
                ("down", row.key, tuple(sorted([(current[reader], place, out) for reader, place, out in readers])))
            )
            for row, readers in zip(side.rows, side.readers)
        ]


def _pair_equal(old: Sides, new: Sides, partners: Partners, key: Callable[[int, ComparedLayer], Hashable]) -> None:
    """Pairs free rows of equal keys in order; where one side has more of them, it is open which are meant."""
    taken = set(partners.values())
    groups: dict[Hashable, tuple[list[int], list[int]]] = {}
    for side, rows in enumerate((old.rows, new.rows)):
        for row in rows:
            if row.number not in (taken if side else partners):
                groups.setdefault(key(side, row), ([], []))[side].append(row.number)
    for olds, news in groups.values():
        if len(olds) == len(news):
            partners.update(zip(olds, news))


def _align(old: Sides, new: Sides, partners: Partners, contexts: _Contexts) -> None:
    """Pairs free rows of the same operator that stand in the same order among those that are paired."""
    first, last = _common_ends(len(old.rows), len(new.rows), partners)
    olds = list(range(first, len(old.rows) - last))
    news = list(range(first, len(new.rows) - last))
    if len(olds) * len(news) > _LONGEST * _LONGEST:
        return
    taken = {b: a for a, b in partners.items()}
    worth = [[_worth(old.rows[a], new.rows[b], partners, taken, contexts) for b in news] for a in olds]
    for i, j in _best_path(worth):
        partners.setdefault(olds[i], news[j])


def _common_ends(old: int, new: int, partners: Partners) -> tuple[int, int]:
    """How many rows at the beginning and at the end are paired in order already."""
    first = 0
    while first < min(old, new) and partners.get(first) == first:
        first += 1
    last = 0
    while last < min(old, new) - first and partners.get(old - 1 - last) == new - 1 - last:
        last += 1
    return first, last


def _worth(old: ComparedLayer, new: ComparedLayer, partners: Partners, taken: Partners, contexts: _Contexts) -> int:
    if old.number in partners or new.number in taken:
        return _ANCHOR if partners.get(old.number) == new.number else 0
    same_name = bool(old.name) and old.name == new.name
    if old.operator != new.operator and old.key != new.key:
        return _SAME_NAME + _AROUND * contexts.agreement(old.number, new.number) if same_name else 0
    around = _AROUND * contexts.agreement(old.number, new.number)
    if old.key == new.key:
        return _SAME_KEY + same_name * _SAME_NAME + around
    return _SAME_OPERATOR + same_name * _SAME_NAME + _shared(old, new) + around


def _shared(old: ComparedLayer, new: ComparedLayer) -> int:
    """How much of what two rows are given is the same."""
    names = old.given.keys() | new.given.keys()
    same = sum(repr(old.given.get(name)) == repr(new.given.get(name)) for name in names)
    return _SHARED * same // max(1, len(names))


def _best_path(worth: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    rows, columns = len(worth), len(worth[0]) if worth else 0
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        line, above, values = best[i], best[i - 1], worth[i - 1]
        for j in range(1, columns + 1):
            found = line[j - 1] if line[j - 1] > above[j] else above[j]
            value = values[j - 1]
            if value and above[j - 1] + value > found:
                found = above[j - 1] + value
            line[j] = found
    path, i, j = [], rows, columns
    while i and j:
        value = worth[i - 1][j - 1]
        if value and best[i][j] == best[i - 1][j - 1] + value:
            path.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return path[::-1]


def _pair_moved(old: Sides, new: Sides, partners: Partners) -> None:
    """Pairs free rows that are alike and alone in that, wherever they stand; one that is given nothing says little."""

    def key(side: int, row: ComparedLayer) -> Hashable:
        tells = row.name or row.inside is not None or any(value is not None for value in row.given.values())
        return (row.key, row.name) if tells else (side, row.number)

    taken = set(partners.values())
    free: dict[Hashable, tuple[list[int], list[int]]] = {}
    for side, rows in enumerate((old.rows, new.rows)):
        for row in rows:
            if row.number not in (taken if side else partners):
                free.setdefault(key(side, row), ([], []))[side].append(row.number)
    for olds, news in free.values():
        if len(olds) == len(news) == 1:
            partners[olds[0]] = news[0]


def _pair_replaced(old: Sides, new: Sides, partners: Partners) -> None:
    """Pairs free rows that stand in the same place: they read the same, and are read by the same."""
    taken = {b: a for a, b in partners.items()}
    candidates = [
        (-_direct(old, new, a, b, partners), a, b)
        for b in range(len(new.rows))
        if b not in taken
        for a in _beside(b, old, new, taken)
        if a not in partners and _same_place(old, new, a, b, partners, taken)
    ]
    for _, a, b in sorted(candidates):
        if a not in partners and b not in taken:
            partners[a], taken[b] = b, a


def _direct(old: Sides, new: Sides, a: int, b: int, partners: Partners) -> int:
    """How many of the rows next to an old and a new row belong together."""
    reads = {partners.get(port.layer) for port in old.inputs(a) if port is not None}
    are_read = {(partners.get(reader), place) for reader, place, _ in old.readers[a]}
    return sum(port is not None and port.layer in reads for port in new.inputs(b)) + sum(
        (reader, place) in are_read for reader, place, _ in new.readers[b]
    )


def _beside(index: int, old: Sides, new: Sides, taken: Partners) -> range:
    """The old rows between the partners of what stands above and below a new row."""
    above = next((taken[b] for b in range(index - 1, -1, -1) if b in taken), -1)
    below = next((taken[b] for b in range(index + 1, len(new.rows)) if b in taken), len(old.rows))
    return range(above + 1, below)


def _same_place(old: Sides, new: Sides, a: int, b: int, partners: Partners, taken: Partners) -> bool:
    mine, theirs = _ends(old, a, partners), _ends(new, b, taken)
    reads = {partners[n] if n >= 0 else n for n in mine[0]} & theirs[0]
    are_read = {partners[n] for n in mine[1]} & theirs[1]
    return bool(reads) and (bool(are_read) or not (mine[1] or theirs[1]))


def _ends(side: Sides, index: int, paired: Partners) -> tuple[set[int], set[int]]:
    """(the nearest paired rows and inputs above, the nearest paired rows below) through rows without a partner."""
    above, below = set[int](), set[int]()
    waiting, seen = [index], {index}
    while waiting:
        for port in side.inputs(waiting.pop()):
            if port is None or port.layer in seen:
                continue
            seen.add(port.layer)
            if port.layer < 0 or port.layer in paired:
                above.add(port.layer)
            else:
                waiting.append(port.layer)
    waiting, seen = [index], {index}
    while waiting:
        for reader, _, _ in side.readers[waiting.pop()]:
            if reader in seen:
                continue
            seen.add(reader)
            if reader in paired:
                below.add(reader)
            else:
                waiting.append(reader)
    return above, below
