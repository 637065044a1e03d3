"""Every case as a file: the findings are those of the engine, and their texts can be read."""

from __future__ import annotations

import re

import pytest
import yaml

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.engine.failures import Unmet, WrongInputCount
from convlint.engine.propagation import run_operator
from convlint.findings import Finding
from convlint.source import Source
from tests.conformance.cases import NAMES, Case, random_cases

UNFIT = {"invalid-value", "wrong-type", "missing-key"}
RELATED = {"flatten-mismatch": "channel-mismatch", "rank": "rank-mismatch"}
"""What becomes of a failure when the network around it is looked at; here there is none."""
UNREADABLE = re.compile(r"(?<!in ){|(?<![0-9])}|\bNone\b|\bTrue\b|\bFalse\b|Word|UNKNOWN|  |\.$|^$|\?")


def as_file(case: Case) -> str:
    inputs = {f"in{number}": list(shape) for number, shape in enumerate(case.shapes)}
    layer = {"name": "it", "op": case.name, **({"from": list(inputs)} if inputs else {}), **case.written}
    inputs = inputs or {"in0": [1]}
    return yaml.safe_dump(
        {"convlint": 1, "inputs": inputs, "layers": [layer]}, sort_keys=False, default_flow_style=None
    )


def findings_of(case: Case) -> tuple[Finding, ...]:
    return tuple(check_source(Source("case.yaml", as_file(case))).findings)


def failing_rules(case: Case) -> list[str]:
    """The rules whose requirements fail, as the engine alone sees it."""
    assert case.parameters is not None
    step = run_operator(case.name, case.parameters, case.shapes)
    requirements = lookup.declaration(case.name).requirements
    rules = [
        requirements[failure.requirement].rule
        if isinstance(failure, Unmet)
        else "input-count"
        if isinstance(failure, WrongInputCount)
        else "rank"
        for failure in step.failures
    ]
    return [RELATED.get(rule, rule) for rule in rules]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_the_findings_of_the_engine(name: str, cases: int, seed: int) -> None:
    for case in random_cases(name, cases, seed):
        findings = findings_of(case)
        found = {finding.rule.name for finding in findings if case.shapes or finding.rule.name != "unused-input"}
        if case.parameters is None:
            assert found & UNFIT, as_file(case)
        else:
            failing = failing_rules(case)
            assert found <= set(failing), as_file(case)
            assert found >= set(failing[:1]), f"what follows from the first is left out, not the first: {as_file(case)}"
        for finding in findings:
            _assert_readable(finding, case)


def _assert_readable(finding: Finding, case: Case) -> None:
    texts = [finding.message, *([finding.help] if finding.help else []), *(item.message for item in finding.related)]
    for text in texts:
        assert not UNREADABLE.search(text), f"{finding.rule.name}: {text}\n{as_file(case)}"
        assert len(text) < 250
