"""Options of the conformance tests: how many random cases, and their seed."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--conformance-cases` and `--mutations`, each with its seed."""
    parser.addoption("--conformance-cases", type=int, default=30, help="random cases for each operator")
    parser.addoption("--conformance-seed", type=int, default=0, help="seed of the random cases")
    parser.addoption("--mutations", type=int, default=40, help="random mistakes in model files")
    parser.addoption("--mutation-seed", type=int, default=0, help="seed of the random mistakes")
