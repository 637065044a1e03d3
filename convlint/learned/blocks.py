"""What becomes of a class of Python: a layer, and the blocks that it uses."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.domain.values import UNKNOWN, Shape
from convlint.typed import NamedTuple

Given = tuple[tuple[int, ...], ...]
"""Shapes of inputs that the caller names, without the batch."""


class Line(NamedTuple):
    """A layer: its operator or block, its parameters (numbers, or expressions of those of the block), what it reads."""

    name: str
    operator: str
    settings: Mapping[str, object]
    sources: tuple[str, ...]
    remark: str = ""


class LearnedBlock(NamedTuple):
    """A class as a block. `parameters` have their defaults, None without one; `remarks` say what holds for this one."""

    name: str
    place: str
    inputs: tuple[str, ...]
    parameters: Mapping[str, object]
    lines: tuple[Line, ...]
    output: str
    remarks: tuple[str, ...]


class Declared(NamedTuple):
    """What became of a class that was asked for: a layer that uses its block, with the shapes of its inputs.

    `output` is the shape of its first output, `parameters` how many it learns. Where it was not followed to its end,
    `reason` says why; without a `line`, `tensors` are those that it registers (name, shape), as far as they are known.
    """

    name: str
    place: str
    line: Line | None
    inputs: Given
    reason: str
    tensors: tuple[tuple[str, tuple[int, ...]], ...] = ()
    output: Shape = UNKNOWN
    parameters: int | None = None


class Declarations(NamedTuple):
    """The blocks in the order in which they are used, and what became of each class."""

    blocks: tuple[LearnedBlock, ...]
    classes: tuple[Declared, ...]
