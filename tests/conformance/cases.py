"""Random cases for each operator, and what the engine says of one; a case is what a file could hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.runnable import Operator
from convlint.engine.failures import Unmet, WrongRank
from convlint.engine.trace import Step
from tests.conformance.declared import declared
from tests.conformance.drawing import Draw, Shape, Written
from tests.conformance.generators import GENERATORS

NAMES = sorted(name for name in lookup.operators() if lookup.declaration(name).torch is not None)
"""The operators that torch has."""
WRONG_RANK = 0.03
"""Share of the cases whose input has an axis too many or too few."""
WRONG_VALUE = 0.04
"""Share of the cases with a value that no file may hold."""


class Case(NamedTuple):
    """One use of an operator.

    `written` are the parameters as a file gives them, `parameters` the same in the order of the declaration, with what
    is not written as its default; None where the engine takes a value for none of its type.
    """

    name: str
    written: Written
    parameters: tuple[Any, ...] | None
    shapes: tuple[Shape, ...]

    def __repr__(self) -> str:
        keys = ", ".join(f"{key}={value!r}" for key, value in self.written.items())
        return f"{self.name}({keys}) on {', '.join(str(list(shape)) for shape in self.shapes)}"


def random_cases(name: str, count: int, seed: int) -> Iterator[Case]:
    """The same cases for the same seed, on every machine."""
    draw = Draw(random.Random(f"{name}/{seed}"))
    for _ in range(count):
        yield _random_case(name, draw)


def _random_case(name: str, draw: Draw) -> Case:
    operator = lookup.operator(name)
    assert operator is not None
    generate = GENERATORS.get(name) or declared(name)
    written, shapes = generate(draw, operator.axes[0] if operator.axes else 1)
    written = {
        parameter.name: written[parameter.name] for parameter in operator.parameters if parameter.name in written
    }
    if operator.ranks is not None and draw.chance(WRONG_RANK):
        shape = shapes[0]
        shapes = (shape[:-1] if len(shape) > 1 and draw.chance(0.5) else (*shape, 2), *shapes[1:])
    if draw.chance(WRONG_VALUE):
        written = _with_wrong_value(operator, written, draw)
    return Case(name, written, _accepted(operator, written), shapes)


def _accepted(operator: Operator, written: Written) -> tuple[Any, ...] | None:
    if any(name not in written for name in operator.required):
        return None
    values = []
    for parameter, default in zip(operator.parameters, operator.defaults):
        value = accept(parameter, operator.axes, written[parameter.name]) if parameter.name in written else default
        if value is REJECTED:
            return None
        values.append(value)
    return tuple(values)


def _with_wrong_value(operator: Operator, written: Written, draw: Draw) -> Written:
    """The parameters with one that is too small, too long, or a word that means nothing."""
    able = [parameter for parameter in operator.parameters if _wrong_values(parameter, operator)]
    if not able:
        return written
    parameter = draw.one(able)
    return {**written, parameter.name: draw.one(_wrong_values(parameter, operator))}


def _wrong_values(parameter: Parameter, operator: Operator) -> list[Any]:
    axes = operator.axes[0] if operator.axes and len(operator.axes) == 1 else 0
    if parameter.type == "choice":
        return ["nonsense"]
    if parameter.type in ("extent", "integer") and parameter.minimum == 1:
        lengths = [[1] * (axes + 1)] if axes and parameter.type == "extent" else []
        return [0, -1, *lengths]
    if parameter.type == "sides":
        return [[1] * (2 * axes + 1)]
    return ["nonsense"] if parameter.type == "extent" and parameter.choices else []


# --- what the engine says


def failed_rules(name: str, step: Step) -> set[str]:
    """The rules that report an error."""
    rules = set()
    for failure in step.failures:
        if not isinstance(failure, Unmet):
            rules.add("rank" if isinstance(failure, WrongRank) else "input-count")
            continue
        requirement = lookup.declaration(name).requirements[failure.requirement]
        if (requirement.severity or lookup.rules()[requirement.rule].severity) == "error":
            rules.add(requirement.rule)
    return rules
