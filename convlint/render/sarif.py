"""SARIF 2.1.0, with what GitHub's code scanning asks for: rule texts, fingerprints, related places, fixes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from convlint._version import __version__
from convlint.findings import FileResult, Finding, Fix, Place, Rule
from convlint.render.fingerprints import fingerprinted, line_hashes
from convlint.render.lines import Lines
from convlint.render.links import HOMEPAGE, rule_page
from convlint.render.places import TextRegion, region, relative_uri
from convlint.render.text import one_line
from convlint.render.wording import title
from convlint.source.nodes import Source

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM_SEVERITIES = {"error": "error", "warning": "warning", "info": "recommendation"}
_LONGEST_DESCRIPTION = 1024


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """One JSON document, in ASCII, with the rules that some finding is of."""
    results = list(results)
    rules = _rules(results)
    driver = {
        "name": "convlint",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOMEPAGE,
        "rules": [_descriptor(rule) for rule in rules],
    }
    yield f'{{"$schema": {json.dumps(SCHEMA)},\n "version": "2.1.0",\n "runs": [{{\n'
    yield f'  "tool": {json.dumps({"driver": driver})},\n'
    yield '  "columnKind": "unicodeCodePoints",\n'
    root = {_ROOT: {"description": {"text": "The folder that convlint was run in."}}}
    yield f'  "originalUriBaseIds": {json.dumps(root)},\n'
    yield '  "results": ['
    separator = ""
    for item in _results(results, {rule.name: index for index, rule in enumerate(rules)}):
        yield f"{separator}\n   {json.dumps(item)}"
        separator = ","
    yield "]}]}\n"


def _rules(results: Iterable[FileResult]) -> list[Rule]:
    found = {finding.rule.name: finding.rule for result in results for finding in result.findings}
    return sorted(found.values(), key=lambda rule: (rule.code, rule.name))


def _descriptor(rule: Rule) -> dict[str, object]:
    """What SARIF says of a rule, from its page."""
    page = _page(rule)
    described = _section(page, "What it does") or rule.summary
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _clipped(described)},
        "help": {"text": _without_fences(page) or rule.summary, "markdown": page or rule.summary},
        "helpUri": rule_page(rule),
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.default},
        "properties": {
            "code": rule.code,
            "tags": [rule.group, rule.code],
            "precision": "high",
            "problem.severity": _PROBLEM_SEVERITIES[rule.severity],
        },
    }


def _page(rule: Rule) -> str:
    from convlint.catalogue import lookup

    return lookup.rule_page(rule.name).strip() if rule.name in lookup.rules() else ""


def _section(page: str, heading: str) -> str:
    """The text below a heading of a page, a paragraph a line."""
    _, _, rest = page.partition(f"## {heading}\n")
    text = rest.partition("\n## ")[0].partition("\n```")[0]
    return "\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip())


def _without_fences(page: str) -> str:
    return "\n".join(line for line in page.split("\n") if not line.startswith("```"))


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_DESCRIPTION else text[: _LONGEST_DESCRIPTION - 3] + "..."


def _results(results: Iterable[FileResult], numbers: dict[str, int]) -> Iterator[dict[str, object]]:
    lines = Lines()
    for finding, fingerprint in fingerprinted(results):
        yield _result(finding, numbers[finding.rule.name], fingerprint, lines)


def _result(finding: Finding, number: int, fingerprint: str, lines: Lines) -> dict[str, object]:
    source, line = finding.place.source, region(finding.place, lines).line
    fingerprints = {"convlint/v1": fingerprint}
    if source.text:  # of a file that could not be read, nothing is known
        fingerprints["primaryLocationLineHash"] = line_hashes(source.text)[line - 1]
    found: dict[str, object] = {
        "ruleId": finding.rule.name,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_primary_location(finding, lines)],
        "partialFingerprints": fingerprints,
    }
    if finding.related:
        found["relatedLocations"] = [
            {"id": index, **_location(item.place, lines), "message": {"text": _unlinked(one_line(item.message))}}
            for index, item in enumerate(finding.related, 1)
        ]
    if finding.fix is not None and finding.fix.edits:
        found["fixes"] = [_fix(finding.fix, source, lines)]
    if finding.variants:
        found["properties"] = {"variants": list(finding.variants)}
    return found


def _message(finding: Finding) -> str:
    """The message, and the help as a sentence of its own."""
    return _unlinked(title(finding) + (f". Help: {one_line(finding.help)}" if finding.help else ""))


def _unlinked(text: str) -> str:
    """The text without what SARIF takes for a link, `[text](target)`."""
    return text.replace("](", "] (")


def _primary_location(finding: Finding, lines: Lines) -> dict[str, object]:
    location = _location(finding.place, lines)
    if finding.layer:
        name = finding.layer.rpartition("/")[2] or finding.layer
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": finding.layer}]
    return location


def _location(place: Place, lines: Lines) -> dict[str, object]:
    """A location whose region stays on its first line.

    GitHub shows a finding in a pull request only where all its lines were changed; the whole is the context.
    """
    whole = region(place, lines)
    physical = {"artifactLocation": _artifact(place.source)}
    if whole.end_line == whole.line:
        return {"physicalLocation": {**physical, "region": _region(whole)}}
    end = len(lines.of(place.source).line(whole.line)) + 1
    first = whole._replace(end_line=whole.line, end_column=max(end, whole.column))
    return {"physicalLocation": {**physical, "region": _region(first), "contextRegion": _region(whole)}}


def _artifact(source: Source) -> dict[str, str]:
    return {"uri": relative_uri(source.path), "uriBaseId": _ROOT}


def _region(found: TextRegion) -> dict[str, int]:
    return {
        "startLine": found.line,
        "startColumn": found.column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
    }


def _fix(fix: Fix, source: Source, lines: Lines) -> dict[str, object]:
    replacements = [
        {
            "deletedRegion": _region(region(Place(source, edit.start, edit.end), lines)),
            "insertedContent": {"text": edit.text},
        }
        for edit in sorted(fix.edits)
    ]
    return {
        "description": {"text": one_line(fix.title)},
        "artifactChanges": [{"artifactLocation": _artifact(source), "replacements": replacements}],
    }
