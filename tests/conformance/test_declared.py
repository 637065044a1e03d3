"""A new operator needs its data file and nothing else: its cases come from its declaration."""

from __future__ import annotations

import random

import pytest

from convlint.catalogue import lookup
from convlint.engine.propagation import run_operator
from tests.conformance.cases import NAMES, random_cases
from tests.conformance.declared import declared
from tests.conformance.drawing import Draw
from tests.conformance.generators import GENERATORS


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(GENERATORS)))
def test_cases_of_a_declaration_are_mostly_valid(name: str) -> None:
    cases = [case for case in random_cases(name, 40, 0) if case.parameters is not None]
    valid = [case for case in cases if not run_operator(name, case.parameters or (), case.shapes).failures]
    assert len(valid) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_what_a_declaration_names_is_drawn(name: str) -> None:
    """Each parameter is written in some case, and each number of inputs and of axes is met."""
    operator = lookup.operator(name)
    assert operator is not None
    generate, draw = declared(name), Draw(random.Random(name))
    drawn = [generate(draw, operator.axes[0] if operator.axes else 1) for _ in range(80)]
    assert {key for written, _ in drawn for key in written} == set(operator.positions)
    counts = operator.counts or (operator.fewest,)
    assert {len(shapes) for _, shapes in drawn} >= {count for count in counts if operator.most is not None}
    assert {len(shapes[0]) for _, shapes in drawn if shapes} >= set(operator.ranks or ())
