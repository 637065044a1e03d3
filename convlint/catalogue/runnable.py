"""An operator as the engine runs it: how its parameters are read, and its shape function."""

from __future__ import annotations

from collections.abc import Callable

from convlint.catalogue.parameters import Parameter, Values, integers_of
from convlint.domain.values import Computed, Shapes, UnknownSize, Word

Failed = tuple[int, tuple[int, ...]]
"""A requirement that does not hold: its number, and the axes (from 0) on which it fails."""
ShapeFunction = Callable[[Values, Shapes], tuple[list[Failed], Shapes | UnknownSize | None]]
"""From values of parameters and shapes of inputs to what fails and the shapes of outputs (None: nothing flows on)."""

LiftedShape = Callable[
    [Values, Shapes], tuple[list[Failed], Shapes | UnknownSize | None, list[tuple[int, int, object]]]
]
"""As `ShapeFunction` for sizes that may be unknown, with what holds for some alone: (requirement, axis, when)."""
Evaluation = Callable[[Values, Shapes, Shapes, Values], tuple[Computed, ...]]
"""From values, inputs, outputs and the padding at the end of each axis to the values of some expressions."""
MakeBody = Callable[[object, Values, Shapes], object]
"""Tells a builder (`convlint.engine.assembly.Builder`) what is inside an operator."""


class Operator:
    """What the engine needs of an operator.

    `positions` are those of the parameters by name, and `integers` what each takes as it is, without a further look.
    """

    __slots__ = (
        "axes",
        "counts",
        "defaults",
        "fewest",
        "integers",
        "is_open",
        "most",
        "name",
        "parameters",
        "positions",
        "ranks",
        "required",
        "shape",
    )

    def __init__(
        self,
        name: str,
        shape: ShapeFunction,
        *,
        axes: tuple[int, ...] | None,
        ranks: tuple[int, ...] | None,
        inputs: tuple[int, int | None],
        counts: tuple[int, ...],
        parameters: tuple[Parameter, ...],
        is_open: bool,
    ) -> None:
        self.name = name
        self.shape = shape
        self.axes = axes
        self.ranks = ranks
        self.fewest, self.most = inputs
        self.counts = counts
        self.parameters = parameters
        self.is_open = is_open
        self.integers = tuple([integers_of(parameter) for parameter in self.parameters])
        self.positions = {parameter.name: index for index, parameter in enumerate(self.parameters)}
        self.defaults = tuple(
            Word(parameter.default) if isinstance(parameter.default, str) else parameter.default
            for parameter in self.parameters
        )
        self.required = frozenset(parameter.name for parameter in self.parameters if parameter.required)
