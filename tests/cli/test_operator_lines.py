"""`convlint operator NAME` begins with a layer to copy, which a file may hold."""

from __future__ import annotations

import pytest

import convlint
from convlint.catalogue import lookup
from convlint.cli import main


@pytest.mark.parametrize("name", sorted(lookup.operators()))
def test_the_line_to_copy_is_a_layer(name: str) -> None:
    line = lookup.operator_page(name).splitlines()[2]
    inputs = "a: [64, 64, 64], b: [64, 64, 64], c: [64, 64, 64]"
    findings = convlint.check_text(
        f"convlint: 1\ninputs: {{{inputs}}}\nlayers:\n  - {{op: Identity, from: a}}\n{line}\n"
    ).findings
    assert {item.rule.group for item in findings if item.severity == "error"} <= {
        "shapes",
        "parameters",
        "wiring",
        "merges",
    }


def test_a_name_that_several_operators_begin_with_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operator", "maxpool"]) == 2
    assert "there are MaxPool1d, MaxPool2d, MaxPool3d" in capsys.readouterr().err


def test_the_page_says_what_is_kept_for_training(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operator", "Linear"]) == 0
    assert "kept for training: its first input\n" in capsys.readouterr().out
    assert main(["operator", "ReLU"]) == 0
    assert "kept for training: its output; its output lies in its first input if inplace\n" in capsys.readouterr().out
