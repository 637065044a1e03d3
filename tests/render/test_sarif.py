"""SARIF is valid by its schema, holds what GitHub's code scanning requires, and names places as GitHub does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint._version import __version__
from convlint.catalogue import lookup
from convlint.checking import check_file
from convlint.findings import FileResult, Place, Related
from convlint.render.fingerprints import line_hashes
from convlint.source.nodes import Source
from tests.render.findings import BROAD, CLEAN, NETWORK, RICH, SKIPPED, finding, place, rendered, result, without

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
LONGEST = 1024


def run(*results: FileResult) -> Any:
    """The run of a report, which is valid."""
    data = json.loads(rendered("sarif", *results))
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []
    assert data["version"] == "2.1.0"
    (only,) = data["runs"]
    assert_accepted_by_code_scanning(only)
    return only


def assert_accepted_by_code_scanning(run: Any) -> None:
    """GitHub's list of required properties, and that no text is empty."""
    driver = run["tool"]["driver"]
    assert driver["name"]
    for rule in driver["rules"]:
        assert rule["id"]
        assert 0 < len(rule["shortDescription"]["text"]) <= LONGEST
        assert 0 < len(rule["fullDescription"]["text"]) <= LONGEST
        assert rule["help"]["text"]
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert len(rule["properties"]["tags"]) <= 10
    for found in run["results"]:
        assert driver["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
        assert found["message"]["text"]
        assert found["partialFingerprints"]
        (location,) = found["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        region = location["physicalLocation"]["region"]
        assert region["startLine"] == region["endLine"]
        assert 1 <= region["startColumn"] <= region["endColumn"]


def test_a_result() -> None:
    (found,) = run(result(RICH), CLEAN, SKIPPED)["results"]
    artifact = {"uri": "models/unet.yaml", "uriBaseId": "%SRCROOT%"}
    where = {"startLine": 2, "startColumn": 7, "endLine": 2, "endColumn": 8}
    begin = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}
    assert without(found, "partialFingerprints") == {
        "ruleId": "bad-thing",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "b is bad. Help: make it good"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": artifact, "region": where},
                "logicalLocations": [{"name": "conv", "fullyQualifiedName": "enc1/conv"}],
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {"artifactLocation": artifact, "region": begin},
                "message": {"text": "it begins here"},
            }
        ],
        "fixes": [
            {
                "description": {"text": "write C"},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact,
                        "replacements": [{"deletedRegion": where, "insertedContent": {"text": "C"}}],
                    }
                ],
            }
        ],
    }


def test_a_place_of_several_lines_is_its_first_line_in_a_context() -> None:
    (found,) = run(result(BROAD))["results"]
    physical = found["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 3}
    assert physical["contextRegion"] == {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 6}


def test_variants() -> None:
    (found,) = run(result(BROAD))["results"]
    assert found["message"]["text"] == "it is bad (only scale n, s)"
    assert found["properties"] == {"variants": ["n", "s"]}


def test_the_tool() -> None:
    found = run(result(RICH))
    driver = found["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("convlint", __version__)
    assert found["columnKind"] == "unicodeCodePoints"
    assert list(found["originalUriBaseIds"]) == ["%SRCROOT%"]


def test_fingerprints_are_the_hashes_of_github() -> None:
    marks = [found["partialFingerprints"] for found in run(result(RICH, BROAD))["results"]]
    hashes = line_hashes(NETWORK.text)
    assert [mark["primaryLocationLineHash"] for mark in marks] == [hashes[1], hashes[2]]
    assert len({mark["convlint/v1"] for mark in marks}) == 2


def test_nothing_is_hashed_of_a_file_that_could_not_be_read() -> None:
    (found,) = run(result(finding(Place(Source("gone.yaml", ""), 0, 0))))["results"]
    assert list(found["partialFingerprints"]) == ["convlint/v1"]


def test_nothing_found_is_a_report() -> None:
    found = run(CLEAN)
    assert (found["results"], found["tool"]["driver"]["rules"]) == ([], [])


@pytest.mark.parametrize("name", list(lookup.rules()))
def test_every_rule_brings_its_page(name: str) -> None:
    rule = lookup.rules()[name]
    one = finding(place(NETWORK, "a"))._replace(rule=rule)
    (described,) = run(result(one))["tool"]["driver"]["rules"]
    assert described["help"]["markdown"] == lookup.rule_page(name).strip()
    assert "```" not in described["help"]["text"]
    assert described["fullDescription"]["text"].startswith(
        " ".join(described["help"]["text"].partition("\n")[2].partition(".")[0].split())[:40]
    )
    page = described["helpUri"].partition("/blob/main/")[2]
    assert (ROOT / page).is_file()


def test_rules_stand_in_the_order_of_their_codes() -> None:
    known = lookup.rules()
    names = ["skip-size-mismatch", "yaml-syntax", "channel-mismatch", "yaml-syntax"]
    found = run(result(*(finding(place(NETWORK, "a"))._replace(rule=known[name]) for name in names)))
    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == sorted(set(names), key=lambda n: known[n].code)
    assert [item["ruleId"] for item in found["results"]] == names


def test_text_of_a_file_makes_no_link() -> None:
    hostile = "unknown key '[click](https://example.org)'"
    one = finding(place(NETWORK, "a"), hostile, related=(Related(place(NETWORK, "b"), hostile),))
    assert "](" not in rendered("sarif", result(one)).partition('"results"')[2]


def test_a_real_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples")
    path = os.path.join(os.getcwd(), "unet_broken.yaml")
    found = run(check_file(path))
    assert {item["ruleId"] for item in found["results"]} >= {"skip-size-mismatch", "non-integer-division"}
    assert str(ROOT) not in json.dumps(found)


@given(st.text(max_size=60), st.text(max_size=20), st.integers(0, 60), st.integers(0, 60))
def test_every_finding_is_valid(text: str, message: str, start: int, end: int) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    one = finding(Place(Source("a.yaml", text), start, end), message or "x", layer=message, variants=(message,))
    run(result(one))
