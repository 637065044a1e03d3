"""Every operator and random networks through `check --torch`: convlint's verdict, torch's verdict, and that of the command."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import yaml

from convlint.checking import check_source
from convlint.cli import main
from convlint.dialects import registry
from convlint.dialects.reading import load_source
from convlint.findings import Finding
from convlint.options import TorchLimits
from convlint.source import Source
from tests.conformance.cases import NAMES, Case, random_cases

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")
comparison = pytest.importorskip("convlint.torch_check.comparison", reason="torch is not installed")
networks = pytest.importorskip("tests.conformance.test_networks", reason="torch is not installed")

LOSSES = {"non-integer-division", "batch-axis-mixed"}
LIMITS = TorchLimits(60, 4096)


def as_file(case: Case) -> str:
    """A network of that one layer."""
    names = [f"input{index}" for index in range(len(case.shapes))]
    layer = {"name": "layer", "op": case.name, **({"from": names} if names else {}), **case.written}
    inputs = {name: list(shape) for name, shape in zip(names, case.shapes)} or {"unread": [1]}
    return str(yaml.safe_dump({"convlint": 1, "inputs": inputs, "layers": [layer]}, sort_keys=False))


@pytest.mark.parametrize("name", NAMES)
def test_the_comparison_agrees_on_every_operator(name: str, cases: int, seed: int) -> None:
    compared = 0
    for case in random_cases(name, max(4, cases // 3), seed):
        source = Source("net.yaml", as_file(case))
        findings = check_source(source).findings
        if any(finding.severity == "error" and finding.rule.name not in LOSSES for finding in findings):
            continue
        (architecture,) = load_source(source)
        verdict = comparison.compare(architecture, registry.named("native"), LIMITS)
        remarks = [remark for remark in verdict.remarks if not _says_so_itself(findings)]
        assert not remarks, f"{case}: {remarks}"
        compared += not verdict.notes
    assert compared


def _says_so_itself(findings: tuple[Finding, ...]) -> bool:
    """Whether convlint warns of what fails in training only."""
    return any(finding.rule.name == "single-value-norm" for finding in findings)


def test_networks_through_the_command(
    cases: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A network without errors has no finding of torch; one with errors is refused by torch at its first error."""
    rng = random.Random(f"command/{seed}")
    drawn = {f"{number:05}.yaml": networks.random_network(rng) for number in range(cases * 2)}
    for name, (shape, layers) in drawn.items():
        (tmp_path / name).write_text(networks.as_yaml(shape, layers), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    main(["check", "--torch", "--output-format", "json", "--verbose", "."])
    output = capsys.readouterr()
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in drawn}
    for item in json.loads(output.out)["diagnostics"]:
        if item["severity"] == "error" and item["rule"] not in LOSSES:
            found[item["path"]].append((item["rule"], item["layer"]))
    outcomes = set()
    for name, (shape, layers) in drawn.items():
        _, raising = networks.in_torch(shape, layers)
        order = {layer["name"]: index for index, layer in enumerate(layers)}
        rules = {rule for rule, _ in found[name] if rule.startswith("torch-")}
        first = min((layer for _, layer in found[name]), key=lambda layer: order[layer], default=None)
        assert (first, rules) == (raising, set()), (tmp_path / name).read_text(encoding="utf-8")
        assert (f"{name}: not compared with torch: it has errors" in output.err) == (raising is not None)
        outcomes.add(raising is None)
    assert outcomes == {True, False}
