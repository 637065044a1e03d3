"""The Code Quality report holds what GitLab asks for."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convlint.findings import Severity
from tests.render.findings import BROAD, CLEAN, NETWORK, RICH, SKIPPED, finding, place, rendered, result, without


def issues(*findings: Any) -> Any:
    return json.loads(rendered("gitlab", result(*findings), CLEAN, SKIPPED))


def test_issues() -> None:
    rich, broad = issues(RICH, BROAD)
    assert without(rich, "fingerprint") == {
        "type": "issue",
        "categories": ["Bug Risk"],
        "check_name": "bad-thing",
        "description": "bad-thing (CL999): b is bad",
        "content": {"body": "models/unet.yaml:1:1: it begins here\n\nhelp: make it good"},
        "severity": "major",
        "location": {"path": "models/unet.yaml", "lines": {"begin": 2, "end": 2}},
    }
    assert broad["description"] == "bad-thing (CL999): it is bad (only scale n, s)"
    assert broad["location"]["lines"] == {"begin": 3, "end": 4}
    assert "content" not in broad


@pytest.mark.parametrize(("severity", "word"), [("error", "major"), ("warning", "minor"), ("info", "info")])
def test_severities(severity: Severity, word: str) -> None:
    assert issues(finding(place(NETWORK, "a"), severity=severity))[0]["severity"] == word


def test_fingerprints_are_unique() -> None:
    marks = [issue["fingerprint"] for issue in issues(RICH, RICH, BROAD)]
    assert len(set(marks)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", mark) for mark in marks)


def test_nothing_found_is_an_empty_array() -> None:
    assert rendered("gitlab", CLEAN) == "[]\n"


def test_the_report_begins_with_its_first_bracket() -> None:
    assert rendered("gitlab", result(RICH)).startswith("[\n {")
