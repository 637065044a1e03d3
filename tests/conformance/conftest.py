"""How many random cases the conformance tests run, and their seed."""

from __future__ import annotations

import pytest


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    """Random cases for each operator."""
    return int(request.config.getoption("--conformance-cases"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Seed of the random cases."""
    return int(request.config.getoption("--conformance-seed"))
