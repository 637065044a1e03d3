"""The problem matchers are those of the table, and read the real lines of the concise format, in Python and in Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlint.findings import Finding, Severity
from convlint.render.concise import render
from convlint.source.nodes import Source
from tests.render.findings import finding, place, result

EDITORS = Path(__file__).parent.parent / "editors"
GITHUB = json.loads((EDITORS / "github-problem-matcher.json").read_text(encoding="utf-8"))["problemMatcher"]
TASK, WATCH = json.loads((EDITORS / "vscode-tasks.json").read_text(encoding="utf-8"))["tasks"]
PATTERNS = {
    "github": GITHUB[0]["pattern"][0],
    "github-info": GITHUB[1]["pattern"][0],
    "vscode": TASK["problemMatcher"]["pattern"],
    "vscode-watch": WATCH["problemMatcher"]["pattern"],
}
PATHS = ["models/unet.yaml", "C:\\nets\\a b.yaml", "odd:1:2: name[x].yaml", "ü編.yaml"]
MESSAGES = ["it is bad", "a[0]: 3:4: error[other] no", "編 \x1b[0m", "a  b"]
NODE = """
const [pattern, lines] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(lines.map((line) => { const found = new RegExp(pattern).exec(line); return found && [...found]; })));
"""


def lines(severity: Severity, colour: bool) -> list[tuple[Finding, str]]:
    """Findings and their lines."""
    found = [
        finding(place(Source(path, "a: 1\n  b: 2\n"), "b"), message, severity=severity, variants=("n",))
        for path in PATHS
        for message in MESSAGES
    ]
    return [(one, "".join(render([result(one)], colour)).removesuffix("\n")) for one in found]


def assert_read(one: Finding, pattern: dict[str, Any], groups: list[str]) -> None:
    def group(name: str) -> str:
        return groups[int(pattern[name])]

    assert group("file") == one.place.source.path
    assert (group("line"), group("column"), group("code")) == ("2", "3", "bad-thing")
    assert group("message").endswith(" (only scale n)")
    assert "severity" not in pattern or group("severity") == one.severity


CASES = [
    ("github", "error"),
    ("github", "warning"),
    ("github-info", "info"),
    ("vscode", "error"),
    ("vscode-watch", "error"),
    ("vscode", "warning"),
    ("vscode", "info"),
]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("matcher", "severity"), CASES)
def test_every_line_is_read_in_python(matcher: str, severity: Severity, colour: bool) -> None:
    for one, line in lines(severity, colour):
        found = re.search(PATTERNS[matcher]["regexp"], line)
        assert found, line
        assert_read(one, PATTERNS[matcher], [found[0], *found.groups()])


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(("matcher", "severity"), CASES)
def test_every_line_is_read_in_node(matcher: str, severity: Severity) -> None:
    cases = [*lines(severity, False), *lines(severity, True)]
    text = json.dumps([PATTERNS[matcher]["regexp"], [line for _, line in cases]])
    run = subprocess.run(["node", "-e", NODE], input=text, capture_output=True, text=True, check=True)
    for (one, line), groups in zip(cases, json.loads(run.stdout)):
        assert groups, line
        assert_read(one, PATTERNS[matcher], groups)


def test_a_line_is_read_by_one_matcher_of_github() -> None:
    for severity in ("error", "warning", "info"):
        for _, line in lines(severity, False)[:1]:
            assert sum(bool(re.search(PATTERNS[name]["regexp"], line)) for name in ("github", "github-info")) == 1


def test_other_lines_are_left_alone() -> None:
    for line in (
        "Found 1 error in 1 file.",
        "convlint: error: no such thing",
        " --> a.yaml:1:1",
        "a.yaml:1:1: error: x",
    ):
        assert not any(re.search(pattern["regexp"], line) for pattern in PATTERNS.values())


def test_the_task_runs_the_format_that_its_matcher_reads(tmp_path: Path) -> None:
    network = "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"
    (tmp_path / "a.yaml").write_text(network)
    run = subprocess.run(
        [sys.executable, *TASK["args"]],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    (line,) = run.stdout.splitlines()
    found = re.search(PATTERNS["vscode"]["regexp"], line)
    assert found
    assert found.groups()[:5] == ("a.yaml", "4", "31", "error", "channel-mismatch")
