"""Every operator against a real CPU forward of torch: the same shapes, and an error exactly where torch raises."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.engine import catalogue
from convlint.engine.propagation import RANK, Step, run_operator
from convlint.engine.values import UNKNOWN
from tests.conformance.cases import random_case

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")

NAMES = sorted(name for name in catalogue.operators() if catalogue.declaration(name).torch is not None)
LOSSES = {"non-integer-division", "ragged-padding"}
MERGES = {"Add", "Sub", "Mul", "MatMul", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"}
RESHAPES = {"Flatten", "GLU", "Permute", "Mean", "Unflatten"}
LAZY = {"LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d"}


def is_stricter(name: str, errors: set[str], shapes: list[tuple[int, ...]]) -> bool:
    """Whether convlint means to refuse what torch lets pass."""
    if errors <= {"rank"}:
        return True  # torch takes the batch for channels; here the batch is implied
    if errors <= {"rank-mismatch", "merge-rank-mismatch"} and name in MERGES:
        return True  # torch broadcasts over the batch
    if errors <= {"reshape-mismatch"} and name in RESHAPES:
        return True  # the batch is merged, moved or split
    if errors <= {"groups-not-divisible"} and name in LAZY:
        return True  # torch silently makes another number of channels than out_channels
    return errors <= {"non-positive-size"} and any(0 in shape for shape in shapes)


def failed_rules(name: str, step: Step) -> set[str]:
    """The rules that report an error."""
    rules = set()
    for failure in step.failures:
        if failure.requirement < 0:
            rules.add("rank" if failure.requirement == RANK else "wiring")
            continue
        requirement = catalogue.declaration(name).requirements[failure.requirement]
        severity = requirement.severity or catalogue.rules()[requirement.rule].severity
        if severity == "error":
            rules.add(requirement.rule)
    return rules


@pytest.mark.parametrize("name", NAMES)
def test_operator_agrees_with_torch(name: str, cases: int, seed: int) -> None:
    rng = random.Random(f"{name}/{seed}")
    checked, disagreements = 0, []
    for _ in range(cases * 20):
        case = random_case(name, rng)
        if case is None:
            continue
        checked += 1
        problem = disagreement(name, *case)
        if problem is not None:
            disagreements.append((case, problem))
        if checked >= cases:
            break
    assert checked >= min(cases, 1)
    assert not disagreements, f"{len(disagreements)} of {checked}: {disagreements[:4]}"


def disagreement(name: str, parameters: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...]) -> str | None:
    """What convlint and torch see differently in one case; None where they agree."""
    step = run_operator(name, parameters, shapes)
    every = run_operator(name, parameters, shapes, every_rule=True)
    rules = failed_rules(name, step)
    if every.outputs != step.outputs or failed_rules(name, every) - LOSSES != rules - LOSSES:
        return f"the two lowerings differ: {step} and {every}"
    contradiction = _with_an_unknown_size(name, parameters, shapes, step)
    if contradiction is not None:
        return contradiction
    verdict = torch_side.run(name, parameters, shapes)
    errors = rules - LOSSES
    if verdict.error is not None:
        return None if errors else f"torch raises {verdict.error}, convlint gives {step.outputs}"
    if errors:
        if is_stricter(name, errors, verdict.shapes):
            return None
        return f"convlint reports {errors}, torch gives {verdict.shapes}"
    return _different_shapes(step, verdict) or _different_count(name, parameters, shapes, step, verdict)


def _different_shapes(step: Step, verdict: Any) -> str | None:
    found = [shape[1:] for shape in verdict.shapes]
    if len(found) < len(step.outputs) and UNKNOWN not in step.outputs:
        return f"{len(step.outputs)} outputs, torch gives {len(found)}"
    for ours, theirs in zip(step.outputs, found):
        if ours is not UNKNOWN and UNKNOWN not in ours and tuple(ours) != theirs:
            return f"{step.outputs}, torch gives {found}"
    return None


def _different_count(
    name: str, parameters: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...], step: Step, verdict: Any
) -> str | None:
    expression = dict(catalogue.declaration(name).costs).get("parameters", "0")
    (count,) = catalogue.evaluate(name, (expression,), parameters, shapes, step.outputs)
    return None if count == verdict.parameters else f"{count} parameters, torch has {verdict.parameters}"


def _with_an_unknown_size(
    name: str, parameters: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...], step: Step
) -> str | None:
    """With one size unknown, convlint may know less, and never something else."""
    for axis in range(len(shapes[0])):
        vague = ((*shapes[0][:axis], UNKNOWN, *shapes[0][axis + 1 :]), *shapes[1:])
        other = run_operator(name, parameters, vague)
        if not failed_rules(name, other) <= failed_rules(name, step) and not failed_rules(name, step):
            return f"with {vague} it reports {failed_rules(name, other)}"
        for ours, known in zip(other.outputs, step.outputs):
            if UNKNOWN in (ours, known) or failed_rules(name, step):
                continue
            if any(a is not UNKNOWN and b is not UNKNOWN and a != b for a, b in zip(ours, known)):
                return f"with {vague} it gives {other.outputs} in place of {step.outputs}"
    return None
