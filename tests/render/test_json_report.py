"""The JSON report is a contract: every key, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from convlint.findings import FileResult, Place, Related
from convlint.render.json_report import render
from convlint.source.nodes import Source
from tests.render.findings import finding, place, result

SOURCE = Source("models/unet.yaml", "a: 1\nb: 編碼 c\nd:\n  - 1\n")


def report(*results: FileResult) -> Any:
    return json.loads("".join(render(results, False)))


def test_the_whole_report() -> None:
    related = (Related(place(SOURCE, "a"), "it begins here"),)
    one = finding(place(SOURCE, "c"), "b is bad", help="make it good", related=related, layer="enc1/conv")
    two = finding(place(SOURCE, "d:\n  - 1"), severity="warning", variants=("n", "s"))
    clean = FileResult("models/clean.yaml", (), "native", (None,))
    skipped = FileResult("compose.yml", skipped="no key 'convlint' marks it as an architecture")
    assert report(result(one, two), clean, skipped) == {
        "version": 1,
        "diagnostics": [
            {
                "path": "models/unet.yaml",
                "rule": "bad-thing",
                "code": "CL999",
                "severity": "error",
                "message": "b is bad",
                "help": "make it good",
                "layer": "enc1/conv",
                "variant": None,
                "start": {"line": 2, "column": 7},
                "end": {"line": 2, "column": 8},
                "related": [
                    {
                        "path": "models/unet.yaml",
                        "start": {"line": 1, "column": 1},
                        "end": {"line": 1, "column": 2},
                        "message": "it begins here",
                    }
                ],
                "fix": None,
            },
            {
                "path": "models/unet.yaml",
                "rule": "bad-thing",
                "code": "CL999",
                "severity": "warning",
                "message": "it is bad",
                "help": "",
                "layer": None,
                "variant": "n,s",
                "start": {"line": 3, "column": 1},
                "end": {"line": 4, "column": 6},
                "related": [],
                "fix": None,
            },
        ],
        "files": [
            {"path": "models/unet.yaml", "dialect": "native", "variants": [None]},
            {"path": "models/clean.yaml", "dialect": "native", "variants": [None]},
        ],
        "skipped": [{"path": "compose.yml", "reason": "no key 'convlint' marks it as an architecture"}],
        "summary": {"files": 2, "errors": 1, "warnings": 1, "infos": 0},
    }


def test_nothing_to_report_is_a_report() -> None:
    assert report() == {
        "version": 1,
        "diagnostics": [],
        "files": [],
        "skipped": [],
        "summary": {"files": 0, "errors": 0, "warnings": 0, "infos": 0},
    }


def test_the_report_survives_any_encoding() -> None:
    strange = Source("über\udcff.yaml", "\U0001f680: 1\n")
    text = "".join(render([result(finding(place(strange, ":"), "編\x00"))], True))
    assert text.isascii()
    (diagnostic,) = json.loads(text)["diagnostics"]
    assert diagnostic["path"] == "über\udcff.yaml"
    assert diagnostic["message"] == "編\x00"
    assert diagnostic["start"] == {"line": 1, "column": 2}


def test_a_file_without_text() -> None:
    (diagnostic,) = report(result(finding(Place(Source("gone.yaml", ""), 0, 0))))["diagnostics"]
    assert diagnostic["start"] == diagnostic["end"] == {"line": 1, "column": 1}
