"""Mistakes that people reported in model files: each is found where it is marked, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convlint
from convlint.catalogue import lookup
from convlint.dialects import registry
from convlint.source.nodes import LineIndex

pytestmark = pytest.mark.skipif(
    "ultralytics" not in registry.names(), reason="convlint has no dialect 'ultralytics' yet"
)
CASES = sorted((Path(__file__).parent / "cases" / "ultralytics").glob("*.yaml"))
MARKER = re.compile(r"# (error|warning|info): ([a-z-]+)")
SIZE = re.compile(r"^# size: (\d+)$", re.MULTILINE)
Place = tuple[int, str, str]


def marked(text: str) -> set[Place]:
    """(line, severity, rule) of every marker."""
    lines = enumerate(text.splitlines(), 1)
    return {(number, severity, rule) for number, line in lines for severity, rule in MARKER.findall(line)}


def found(path: Path, text: str, rules: frozenset[str]) -> set[Place]:
    """(line, severity, rule) of every finding of these rules."""
    size = SIZE.search(text)
    options = convlint.Options(sizes=(("imgsz", int(size[1])),) if size else (), rules=rules)
    return {
        (LineIndex(text).position(finding.place.start)[0], finding.severity, finding.rule.name)
        for finding in convlint.check_file(path, options).findings
    }


def test_every_case_has_a_fixed_twin() -> None:
    fixed = {path.name.replace(".fixed", "") for path in CASES if ".fixed" in path.name}
    assert CASES
    assert fixed == {path.name for path in CASES if ".fixed" not in path.name}


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_case(path: Path) -> None:
    """A rule that is off by default is asked for where a case or its fixed twin marks it."""
    text = path.read_text(encoding="utf-8")
    markers = marked(path.with_name(path.name.replace(".fixed", "")).read_text(encoding="utf-8"))
    defaults = {rule.name for rule in lookup.rules().values() if rule.default}
    rules = frozenset(defaults | {rule for _, _, rule in markers})
    assert bool(marked(text)) == (".fixed" not in path.name)
    assert found(path, text, rules) == marked(text)
