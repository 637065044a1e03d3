"""The layers of one operator in a network, and how usual each value of a parameter is among those like one of them.

A network is built of the same few layers again and again: what all the others have is what this one should have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

from convlint.domain.values import Shape
from convlint.engine.arguments import written_at
from convlint.engine.trace import Step, Trace
from convlint.model import Graph, Layer
from convlint.typed import NamedTuple

_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
MOST_SIBLINGS = 400
"""Layers of one operator that are compared."""
_SAME_NAME, _SAME_READERS, _SAME_CHANGE, _SAME_PARAMETERS = 3.0, 1.0, 2.0, 3.0
"""How much it counts that a sibling has the same name but for its numbers, what reads it, changes shapes alike, ..."""
IN_DOUBT = 0.01
"""How much the numbers of the layer that refuses count, against those of others."""
Written = tuple[int, int]
"""Where the text of a layer begins and ends."""
Share = Mapping[object, float]
"""The share of siblings that have each value of a parameter, those weighing more that are more alike."""


class Sibling(NamedTuple):
    """A layer of an operator, and what tells its role: its path without numbers, what stands before it.

    `change` is by how much it makes channels more.
    """

    layer: Layer
    step: Step
    role: str
    before: str
    written: Written
    change: float | None

    @property
    def kind(self) -> object:
        """What decides how like another it is."""
        return self.layer.parameters, self.role, self.before, self.change


class Siblings:
    """The layers of one operator, those of a block in each of its uses."""

    def __init__(self) -> None:
        self._members: list[Sibling] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._written: set[Written] = set()
        self._columns: dict[int, tuple[list[object], bool]] = {}
        self._likeness: dict[object, list[float]] = {}
        self._weighed: dict[object, _Weighed] = {}
        self._shares: dict[object, Share] = {}

    def add(self, path: str, layer: Layer, trace: Trace, step: Step) -> None:
        """Takes a layer of a trace in, while there are not too many; all come before the first question."""
        if len(self._members) < MOST_SIBLINGS:
            member = Sibling(
                layer, step, role_of(path + layer.name), _before(trace, layer), written_at(layer), _change(step)
            )
            self._numbers.setdefault((id(layer), id(step)), len(self._members))
            self._members.append(member)
            self._written.add(member.written)

    def repeat(self) -> bool:
        """Whether some layer repeats an input along an axis where another is longer."""
        return any(repeated_axes(one.step.inputs) for one in self._members)

    def share(self, layer: Layer, step: Step, doubtful: Written | None, position: int, is_computed: bool) -> Share:
        """The share of the values of parameter number `position` among those like a layer.

        What is written at `doubtful` hardly counts; other uses of the layer do not, since their value is the same,
        unless it is computed (`is_computed`).
        """
        number = self._numbers.get((id(layer), id(step)))
        written = None if is_computed else written_at(layer)
        if number is None:
            stranger = Sibling(layer, step, "", "", written_at(layer), _change(step))
            return self._share_of(self._weigh(stranger, None, doubtful, written), position)
        key = number, doubtful if doubtful in self._written else None, is_computed
        share = self._shares.get((key, position))
        if share is None:
            weighed = self._weighed.get(key)
            if weighed is None:
                weighed = self._weighed[key] = self._weigh(self._members[number], number, doubtful, written)
            share = self._shares[key, position] = self._share_of(weighed, position)
        return share

    def _weigh(self, me: Sibling, number: int | None, doubtful: Written | None, written: Written | None) -> _Weighed:
        """The siblings that count, by their numbers, and the part of each."""
        likeness = self._likeness.get(me.kind)
        if likeness is None:
            likeness = self._likeness[me.kind] = [_likeness(me, one) for one in self._members]
        numbers = [index for index, one in enumerate(self._members) if index != number and one.written != written]
        sure = [index for index in numbers if self._members[index].written != doubtful]
        total = sum([likeness[index] for index in sure]) or sum([likeness[index] for index in numbers])
        parts = [likeness[index] / total for index in numbers]
        if len(sure) < len(numbers):
            doubts = [self._members[index].written == doubtful for index in numbers]
            parts = [part * (IN_DOUBT if is_in_doubt else 1) for part, is_in_doubt in zip(parts, doubts)]
        return _Weighed(numbers, parts)

    def _share_of(self, weighed: _Weighed, position: int) -> Share:
        if position not in self._columns:
            column = [one.layer.parameters[position] for one in self._members]
            self._columns[position] = column, all(value == column[0] for value in column)
        column, is_uniform = self._columns[position]
        if is_uniform:  # one number for all, as most columns are
            first = column[weighed.numbers[0]] if weighed.numbers else None
            return {} if first is None else {first: weighed.whole}
        found: dict[object, float] = {}
        for index, part in zip(*weighed):
            value = column[index]
            if value is not None:
                found[value] = found.get(value, 0.0) + part
        return found


class _Weighed(NamedTuple):
    """The numbers of siblings, and which part of the whole each weighs."""

    numbers: Sequence[int]
    parts: Sequence[float]

    @property
    def whole(self) -> float:
        """All parts, added one by one."""
        return reduce(add, self.parts, 0.0)


def siblings_of(trace: Trace) -> Mapping[str, Siblings]:
    """The layers of a network by operator."""
    found: dict[str, Siblings] = {}
    _collect(trace, "", found)
    return found


def _collect(trace: Trace, path: str, found: dict[str, Siblings]) -> None:
    for layer, step in zip(trace.graph.layers, trace.steps):
        if isinstance(layer.operator, Graph):
            for copy in step.copies[:1]:
                _collect(copy, f"{path}{layer.name}/", found)
        elif isinstance(layer.operator, str):
            found.setdefault(layer.operator, Siblings()).add(path, layer, trace, step)


def repeated_axes(shapes: tuple[Shape, ...]) -> int:
    """On how many axes some shape is 1 and another is not."""
    known = [shape for shape in shapes if isinstance(shape, tuple)]
    return sum([1 in sizes and len(set(sizes)) > 1 for sizes in zip(*known)])


def role_of(path: str) -> str:
    """A path without numbers."""
    return path.translate(_WITHOUT_DIGITS)


def _before(trace: Trace, layer: Layer) -> str:
    port = layer.sources[0] if layer.sources else None
    if port is None or port.layer < 0:
        return ""
    operator = trace.graph.layers[port.layer].operator
    return operator if isinstance(operator, str) else "block"


def _likeness(me: Sibling, other: Sibling) -> float:
    """How alike the roles of two layers of one operator are."""
    mine, its = me.layer.parameters, other.layer.parameters
    same = sum([a == b for a, b in zip(mine, its)]) / max(1, len(mine))
    found: float = 0.1 + _SAME_PARAMETERS * same * same
    found += _SAME_NAME * (me.role == other.role)
    found += _SAME_READERS * (me.before == other.before)
    return found + _SAME_CHANGE * (me.change == other.change)


def _change(step: Step) -> float | None:
    """By how much a layer makes channels more."""
    if not step.inputs or not isinstance(step.inputs[0], tuple) or not isinstance(step.outputs[0], tuple):
        return None
    before, after = step.inputs[0][:1], step.outputs[0][:1]
    if not before or not after or type(before[0]) is not int or type(after[0]) is not int or not before[0]:
        return None
    return after[0] / before[0]
