"""One planted defect, one error: at the layer where torch raises, whatever else follows from it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.checking import check_source
from convlint.source import Source
from tests.conformance.defects import Layer, planted, working_network

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")
networks = pytest.importorskip("tests.conformance.test_networks", reason="torch is not installed")
LOSSES = {"non-integer-division"}
"""A layer that drops pixels is named beside the merge that fails because of it."""
MUTANTS = 6


def test_a_planted_defect_is_one_error(cases: int, seed: int) -> None:
    rng = random.Random(f"defects/{seed}")
    missed, refused = [], 0
    for _ in range(max(10, cases // 3)):
        shape, layers = working_network(rng)
        assert networks.in_torch(shape, layers)[1] is None
        assert not _errors(shape, layers)
        for _ in range(MUTANTS):
            changed = planted(layers, rng)
            raising = networks.in_torch(shape, changed)[1]
            found = _errors(shape, changed)
            if raising is None:
                assert not found, as_yaml(shape, changed)
                continue
            refused += 1
            if found != [raising]:
                missed.append(f"# torch raises at {raising}, found at {found}\n{as_yaml(shape, changed)}")
    assert len(missed) <= refused / 100, missed[0]


def _errors(shape: tuple[int, ...], layers: list[Layer]) -> list[str | None]:
    """The layers of the errors, but for dropped pixels."""
    findings = check_source(Source("network.yaml", as_yaml(shape, layers))).findings
    return [item.layer for item in findings if item.severity == "error" and item.rule.name not in LOSSES]


def as_yaml(shape: tuple[int, ...], layers: list[Layer]) -> str:
    rows = [f"  - {{{', '.join(f'{key}: {_plain(value)}' for key, value in layer.items())}}}" for layer in layers]
    return "\n".join(["convlint: 1", f"inputs: {{image: {_plain(list(shape))}}}", "layers:", *rows]) + "\n"


def _plain(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
