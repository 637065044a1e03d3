"""What a repository's own rules and operators could not compute for a layer is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import convlint

NETWORK = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 8, kernel_size: 3}\n"


def found(folder: Path, settings: str, network: str = NETWORK, operators: str = "") -> list[tuple[str, str]]:
    (folder / "operators.yaml").write_text(operators)
    named = 'operators = ["operators.yaml"]\n' if operators else ""
    (folder / "convlint.toml").write_text(named + settings)
    path = folder / "net.yaml"
    path.write_text(network)
    result = convlint.check_file(path, convlint.options_for(path))
    return [(finding.rule.name, finding.message) for finding in result.findings]


def rule(asserted: str) -> str:
    return f'[[rule]]\nname = "own-rule"\non = "Conv2d"\nassert = "{asserted}"\nmessage = "broken"\n'


@pytest.mark.parametrize(
    ("asserted", "problem"),
    [
        ("out_channels // (out_channels - 8) > 1", "it divides by zero"),
        ("sum([sum([j for j in range(131)]) for i in range(1600)]) < 0", "the computation is too long"),
    ],
)
def test_a_rule_that_cannot_be_computed_is_said_once(asserted: str, problem: str, tmp_path: Path) -> None:
    twice = NETWORK + NETWORK.splitlines()[-1].replace("kernel_size: 3", "kernel_size: 1") + "\n"
    assert found(tmp_path, rule(asserted), twice) == [
        ("rule-not-computed", f"'own-rule' could not be computed for Conv2d: {problem}")
    ]


def test_a_rule_that_cannot_be_computed_inside_a_module_is_said_at_the_module(tmp_path: Path) -> None:
    network = (
        "convlint: 1\ninputs: {x: [4, 8]}\n"
        "layers:\n  - {name: t, op: TransformerEncoder, nhead: 2, num_layers: 2, dim_feedforward: 5, batch_first: true}\n"
    )
    settings = rule("100 // (out_features - 5) > 0").replace("Conv2d", "Linear")
    assert found(tmp_path, settings, network) == [
        (
            "rule-not-computed",
            "'own-rule' could not be computed for Linear: it divides by zero (in t: layers.0.linear1)",
        )
    ]


def test_an_operator_that_gives_no_size_is_said(tmp_path: Path) -> None:
    operators = "Shrink:\n  summary: Shrinks.\n  inputs: 1\n  output: [C - 100, L]\n"
    network = NETWORK.replace("{op: Conv2d, out_channels: 8, kernel_size: 3}", "{op: Shrink}")
    assert found(tmp_path, "", network, operators) == [
        ("rule-not-computed", "the output `C - 100` could not be computed for Shrink: it gives -97, which is no size")
    ]


def test_what_is_unknown_by_declaration_is_computed(tmp_path: Path) -> None:
    operators = "Vague:\n  summary: Gives anything.\n  inputs: 1\n  output: [unknown, L]\n"
    network = NETWORK.replace("{op: Conv2d, out_channels: 8, kernel_size: 3}", "{op: Vague}")
    assert found(tmp_path, "", network, operators) == []
    assert found(tmp_path, rule("out_channels > 4")) == []
