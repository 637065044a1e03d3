"""reviewdog's format: columns in bytes, one suggestion a fix."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from convlint.findings import Edit, Fix, Severity
from tests.render.findings import BROAD, CLEAN, NETWORK, RICH, SKIPPED, finding, place, rendered, result

POSITION = {
    "type": "object",
    "required": ["line", "column"],
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
RANGE = {
    "type": "object",
    "required": ["start", "end"],
    "properties": {"start": POSITION, "end": POSITION},
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["path", "range"],
    "properties": {"path": {"type": "string"}, "range": RANGE},
    "additionalProperties": False,
}
TEXT = {"type": "string", "minLength": 1}
SUGGESTION = {
    "type": "object",
    "required": ["range", "text"],
    "properties": {"range": RANGE, "text": {"type": "string"}},
}
RELATED = {"type": "object", "required": ["location"], "properties": {"message": TEXT, "location": LOCATION}}
DIAGNOSTIC = {
    "type": "object",
    "required": ["message", "location"],
    "properties": {
        "message": TEXT,
        "location": LOCATION,
        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
        "code": {"type": "object", "required": ["value"], "properties": {"value": TEXT, "url": TEXT}},
        "suggestions": {"type": "array", "items": SUGGESTION},
        "related_locations": {"type": "array", "items": RELATED},
    },
    "additionalProperties": False,
}
REPORT = {
    "type": "object",
    "required": ["source", "diagnostics"],
    "properties": {
        "source": {"type": "object", "required": ["name"], "properties": {"name": TEXT, "url": TEXT}},
        "diagnostics": {"type": "array", "items": DIAGNOSTIC},
    },
    "additionalProperties": False,
}
"""What reviewdog's protocol says of the messages that are used here."""


def report(*findings: Any) -> Any:
    data = json.loads(rendered("rdjson", *([result(*findings)] if findings else []), CLEAN, SKIPPED))
    jsonschema.validate(data, REPORT)
    return data


def test_the_whole_report() -> None:
    where = {"start": {"line": 2, "column": 12}, "end": {"line": 2, "column": 13}}
    begin = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2}}
    assert report(RICH) == {
        "source": {"name": "convlint", "url": "https://github.com/convlint/convlint"},
        "diagnostics": [
            {
                "message": "b is bad\nhelp: make it good",
                "location": {"path": "models/unet.yaml", "range": where},
                "severity": "ERROR",
                "code": {
                    "value": "bad-thing",
                    "url": "https://github.com/convlint/convlint/blob/main/rules/shapes/bad-thing.md",
                },
                "suggestions": [{"range": where, "text": "C"}],
                "related_locations": [
                    {"message": "it begins here", "location": {"path": "models/unet.yaml", "range": begin}}
                ],
            }
        ],
    }


def test_variants_and_several_lines() -> None:
    (broad,) = report(BROAD)["diagnostics"]
    assert broad["message"] == "it is bad (only scale n, s)"
    assert broad["location"]["range"] == {"start": {"line": 3, "column": 1}, "end": {"line": 4, "column": 6}}


@pytest.mark.parametrize(("severity", "word"), [("error", "ERROR"), ("warning", "WARNING"), ("info", "INFO")])
def test_severities(severity: Severity, word: str) -> None:
    assert report(finding(place(NETWORK, "a"), severity=severity))["diagnostics"][0]["severity"] == word


def test_the_edits_of_a_fix_are_one_suggestion() -> None:
    edits = (Edit(3, 4, "2"), Edit(0, 1, "x"))
    one = finding(place(NETWORK, "a"), fix=Fix("rename and count", edits, True))
    (suggestion,) = report(one)["diagnostics"][0]["suggestions"]
    whole = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 5}}
    assert suggestion == {"range": whole, "text": "x: 2"}


def test_nothing_found_is_a_report() -> None:
    assert report()["diagnostics"] == []
