"""Random cases of an operator from its declaration alone: types, bounds, defaults, inputs and axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.engine.propagation import run_operator
from tests.conformance.drawing import Draw, Shape, Written

Drawn = tuple[Written, tuple[Shape, ...]]
CHANNELS = (1, 2, 3, 4, 4, 6, 8)
TRIES = 12
"""How often a case is drawn anew that the declaration refuses; the last one is kept, whatever it is."""
VALID = 0.75
"""Share of the cases for which one that the declaration accepts is looked for."""
WRITTEN = 0.5
"""Share of the parameters with a default that are written all the same."""


def declared(name: str) -> Callable[[Draw, int], Drawn]:
    """A generator of cases for an operator; it takes the number of spatial axes (1 where there is none)."""
    operator = lookup.operator(name)
    assert operator is not None

    def generate(draw: Draw, axes: int) -> Drawn:
        tries = TRIES if draw.chance(VALID) else 1
        drawn = _case(operator, draw)
        for _ in range(tries - 1):
            if _is_accepted(operator, drawn):
                break
            drawn = _case(operator, draw)
        return drawn

    return generate


def _case(operator: Operator, draw: Draw) -> Drawn:
    rank = draw.one(operator.ranks) if operator.ranks else draw.number(1, 4)
    first = (draw.one(CHANNELS), *draw.numbers(rank - 1, 1, 9))
    most = operator.most if operator.most is not None else operator.fewest + 2
    count = draw.one(operator.counts) if operator.counts else draw.number(operator.fewest, most)
    shapes = (first, *(draw.similar(first, 0.15) for _ in range(count - 1)))[:count]
    written: Written = {}
    for parameter in operator.parameters:
        if parameter.required or draw.chance(WRITTEN):
            written[parameter.name] = _value(parameter, operator, first, draw)
    return written, shapes


def _value(parameter: Parameter, operator: Operator, shape: Shape, draw: Draw) -> Any:
    """A value of the declared type; a number that is inferred from the input is mostly the one that fits."""
    if parameter.nullable and not parameter.required and draw.chance(0.15):
        return None
    kind = parameter.type
    if kind == "flag":
        return draw.chance(0.5)
    if kind in ("choice", "text"):
        return draw.one(parameter.choices or ("x",))
    if parameter.choices and draw.chance(0.25):
        return draw.one(parameter.choices)
    if parameter.infer is not None:
        return draw.one(shape)
    if kind in ("dim", "dims"):
        dims = [draw.dim(len(shape)) for _ in range(draw.number(1, 2))]
        return dims[0] if kind == "dim" or draw.chance(0.5) else dims
    if kind in ("number", "factor"):
        return _number(parameter, draw)
    if kind == "extent" and operator.axes:
        return draw.extent(draw.per_axis(draw.one(operator.axes), lambda: _integer(parameter, draw)))
    if kind == "sides" and operator.axes:
        return draw.extent(_integer(parameter, draw) for _ in range(2 * draw.one(operator.axes)))
    if kind == "integers" and draw.chance(0.6):
        return [_integer(parameter, draw) for _ in range(draw.number(1, 3))]
    return _integer(parameter, draw)


def _integer(parameter: Parameter, draw: Draw) -> int:
    least = (0 if draw.chance(0.9) else -2) if parameter.minimum is None else int(parameter.minimum)
    most = least + draw.one((0, 1, 2, 3, 7))
    return draw.number(least, most if parameter.maximum is None else min(most, int(parameter.maximum)))


def _number(parameter: Parameter, draw: Draw) -> float:
    least = (0.0 if draw.chance(0.8) else -1.0) if parameter.minimum is None else parameter.minimum
    most = least + 2.5 if parameter.maximum is None else parameter.maximum
    if draw.chance(0.1):
        return draw.one((least, min(1.0, most), most))
    return round(least + draw.rng.random() * (most - least), 2)


def _is_accepted(operator: Operator, drawn: Drawn) -> bool:
    """Whether the declaration has nothing against a case."""
    written, shapes = drawn
    values = []
    for parameter, default in zip(operator.parameters, operator.defaults):
        value = accept(parameter, operator.axes, written[parameter.name]) if parameter.name in written else default
        if value is REJECTED:
            return False
        values.append(value)
    return not run_operator(operator.name, tuple(values), shapes).failures
