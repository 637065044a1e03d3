"""Real bugs are reported at their line and nothing else is; correct networks are clean and have their true shapes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from convlint.checking import check_file
from convlint.describing import describe_file
from convlint.findings import Finding
from convlint.options import Options
from convlint.source.nodes import LineIndex

CASES = Path(__file__).parent / "cases"
MARKER = re.compile(r"# (error|warning|also): ([a-z-]+)")
Place = tuple[int, str, str]


def reported(findings: tuple[Finding, ...]) -> set[Place]:
    """(line, severity, rule) of every finding of a rule that is on by default."""
    return {
        (LineIndex(finding.place.source.text).position(finding.place.start)[0], finding.severity, finding.rule.name)
        for finding in findings
        if finding.rule.default
    }


def marked(text: str) -> tuple[set[Place], set[Place]]:
    """(what must be reported, what may be)."""
    must, may = set(), set()
    for number, line in enumerate(text.splitlines(), 1):
        for kind, rule in MARKER.findall(line):
            if kind == "also":
                may.add((number, "error", rule))
            else:
                must.add((number, kind, rule))
    return must, may


@pytest.mark.parametrize("path", sorted(CASES.glob("bugs/*.yaml")), ids=lambda path: path.name)
def test_real_bug(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    must, may = marked(text)
    found = reported(check_file(str(path)).findings)
    errors = {place for place in found if place[1] == "error"}
    assert must <= found
    assert errors <= must | may


@pytest.mark.parametrize("path", sorted(CASES.glob("good/*.yaml")), ids=lambda path: path.stem)
def test_good_network(path: Path) -> None:
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert reported(check_file(str(path)).findings) == set()
    options = Options(sizes=tuple(truth.get("size", {}).items()))
    (network,), result = describe_file(str(path), options)
    assert reported(result.findings) == set()
    shapes = {layer.name: [list(shape) if shape else None for shape in layer.outputs or ()] for layer in network.layers}
    assert {name: shapes[name][:1] for name in truth["layers"]} == {
        name: layer["outputs"][:1] for name, layer in truth["layers"].items()
    }
    parameters = {layer.name: layer.parameters for layer in network.layers}
    assert parameters == {name: layer["parameters"] for name, layer in truth["layers"].items()}
    assert network.parameters == truth["parameters"]
