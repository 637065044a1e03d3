"""The ways to run a declaration agree: on known sizes, on unknown ones, and on exact functions of an unknown size."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.catalogue.operators import Requirement
from convlint.domain.tables import unknown_size
from convlint.domain.values import UNKNOWN, Symbolic
from convlint.engine.failures import Unmet
from convlint.engine.propagation import run_operator
from convlint.engine.trace import Step
from tests.conformance.cases import NAMES, Case, failed_rules, random_cases
from tests.conformance.drawing import Shape

LARGEST = 20


def accepted(name: str, count: int, seed: int) -> list[Case]:
    return [case for case in random_cases(name, count, seed) if case.parameters is not None]


def run(case: Case, shapes: Any = None, every_rule: bool = True) -> Step:
    assert case.parameters is not None
    return run_operator(case.name, case.parameters, case.shapes if shapes is None else shapes, every_rule)


TORCH_RUNS = {"batch-axis-mixed"}
"""Mistakes with which torch runs all the same."""
STRICTER_THAN_TORCH = {"all([s != 0 for s in shape])"}
"""What the generators leave out, since torch takes it: a size of 0 is an error here."""
TOO_RARE = {"float-scale-rounding"}
"""What a random case hardly meets; `test_unsaid.py` brings it about."""
OPEN_AT_UNKNOWN_SIZES = "Einsum"
"""A known gap: letters of an equation that meet at an unknown size are not held against each other."""


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_fails_in_some_case(name: str) -> None:
    """The generators reach each condition of each declaration, and valid cases too."""
    failed: set[int] = set()
    valid = 0
    for case in accepted(name, 1500, 0):
        step = run(case)
        failed |= {failure.requirement for failure in step.failures if isinstance(failure, Unmet)}
        valid += not failed_rules(name, step) - TORCH_RUNS
    requirements = lookup.declaration(name).requirements
    unmet = [
        item.that for number, item in enumerate(requirements) if number not in failed and item.rule not in TOO_RARE
    ]
    assert set(unmet) <= STRICTER_THAN_TORCH
    assert valid > 600


@pytest.mark.parametrize("name", NAMES)
def test_plain_and_lifted_agree(name: str, cases: int, seed: int) -> None:
    """Where all sizes are known; rules that are off by default are asked only in the lifted run."""
    off = {number for number, item in enumerate(requirements_of(name)) if not lookup.rules()[item.rule].default}
    for case in accepted(name, cases, seed):
        plain, lifted = run(case, every_rule=False), run(case)
        assert plain.outputs == lifted.outputs, case
        assert list(plain.failures) == [
            item for item in lifted.failures if not isinstance(item, Unmet) or item.requirement not in off
        ], case
        assert not lifted.conditions, case


def _failed(step: Step) -> set[tuple[int, int]]:
    """(requirement, axis) of each failure; -1 as the requirement of one that every layer has, and for no axis."""
    found = set()
    for failure in step.failures:
        if isinstance(failure, Unmet):
            found |= {(failure.requirement, axis) for axis in failure.axes or (-1,)}
        else:
            found.add((-1, -1))
    return found


def requirements_of(name: str) -> tuple[Requirement, ...]:
    return lookup.declaration(name).requirements


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_size_never_contradicts(name: str, cases: int, seed: int) -> None:
    """Less may be known, and nothing else: no error where there is none, no other size than the true one."""
    rng = random.Random(f"{name}/{seed}/unknown")
    for case in accepted(name, cases, seed):
        truth = run(case)
        for vague in _vague(case.shapes, rng):
            found = run(case, vague)
            if not failed_rules(name, truth):
                assert not failed_rules(name, found), f"{case}, with {vague}"
                assert _fits(found.outputs, truth.outputs), f"{case}, with {vague}: {found.outputs}, {truth.outputs}"


def _vague(shapes: tuple[Shape, ...], rng: random.Random) -> list[Any]:
    """The shapes with each size unknown, with some sizes unknown, and with whole shapes unknown."""
    vague: list[Any] = []
    for number, shape in enumerate(shapes):
        for axis in range(len(shape)):
            vague.append(_with(shapes, number, (*shape[:axis], UNKNOWN, *shape[axis + 1 :])))
        vague.append(_with(shapes, number, UNKNOWN))
    vague.append(tuple(tuple(UNKNOWN if rng.random() < 0.5 else size for size in shape) for shape in shapes))
    vague.append(tuple(tuple(UNKNOWN for _ in shape) for shape in shapes))
    return vague


def _with(shapes: tuple[Shape, ...], number: int, shape: Any) -> Any:
    return (*shapes[:number], shape, *shapes[number + 1 :])


def _fits(found: Any, truth: Any) -> bool:
    """Whether what is known of outputs is true."""
    if found is UNKNOWN or truth is UNKNOWN or found == (UNKNOWN,):
        return True
    if not isinstance(found, tuple) or not isinstance(truth, tuple):
        return bool(found == truth)
    return len(found) == len(truth) and all(_fits(a, b) for a, b in zip(found, truth))


@pytest.mark.parametrize("name", [name for name in NAMES if name != OPEN_AT_UNKNOWN_SIZES])
def test_exact_functions_of_a_size_agree_at_every_size(name: str, cases: int, seed: int) -> None:
    """One axis is h, the same axis of further inputs h plus what it differs by: as if run for each h."""
    rng = random.Random(f"{name}/{seed}/exact")
    for case in accepted(name, cases, seed):
        if not case.shapes or len(case.shapes[0]) < 2:
            continue
        axis = rng.randrange(1, len(case.shapes[0]))
        symbolic = tuple(_symbolic(shape, axis, case.shapes[0][axis]) for shape in case.shapes)
        exact = run(case, symbolic)
        for size in range(1, LARGEST):
            truth = run(case, _at(symbolic, size))
            problem = _exact_problem(case.name, exact, truth, size)
            assert problem is None, f"{case}, axis {axis} at {size}: {problem}"


def _symbolic(shape: Shape, axis: int, base: int) -> Any:
    """The shape with one size a function of h; a size of 1 stays, as a branch that is broadcast."""
    if axis >= len(shape) or shape[axis] < base or (shape[axis] == 1 and base != 1):
        return shape
    return (*shape[:axis], unknown_size("h") + (shape[axis] - base), *shape[axis + 1 :])


def _exact_problem(name: str, exact: Step, truth: Step, size: int) -> str | None:
    """What the exact run says of a size that a run for that size does not."""
    failed = _failed(exact)
    unclear = False
    for condition in exact.conditions:
        holds = _at(condition.holds, size)
        unclear |= holds is UNKNOWN
        if holds is not UNKNOWN and not holds:
            failed.add((condition.requirement, condition.axis))
    requirements = requirements_of(name)
    stops = [number for number, _ in failed if number >= 0 and requirements[number].otherwise == "nothing"]
    reached = {failure for failure in failed if not stops or failure[0] <= min(stops)}
    expected = _failed(truth)
    if not (reached <= expected if unclear else reached == expected):
        return f"fails at {sorted(reached)}, not at {sorted(expected)}"
    if not truth.failures and not _fits(_at(exact.outputs, size), truth.outputs):
        return f"gives {_at(exact.outputs, size)}, not {truth.outputs}"
    return None


def _at(value: Any, size: int) -> Any:
    """A value at h = size."""
    if isinstance(value, tuple):
        return tuple(_at(item, size) for item in value)
    return value.at_sizes({"h": size}) if isinstance(value, Symbolic) else value
