"""Baselines: a file of findings that are known and let pass, so that only new ones count.

A finding is known by its rule, its layer and the text that it points at, not by its line.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable

from convlint.findings import FileResult, Finding
from convlint.limits import BASELINE_BYTES
from convlint.source.reader import UnreadableError, read_bytes
from convlint.typed import Any, NamedTuple

VERSION = 1
_LONGEST = 200


class BaselineError(ValueError):
    """Why a baseline cannot be read."""


class KnownFinding(NamedTuple):
    """A kind of finding in one file; `path` counts from the folder of the baseline."""

    path: str
    rule: str
    layer: str
    content: str


class Baseline:
    """The findings that are let pass, counted; `filter` takes them away as they come."""

    def __init__(self, folder: str, counts: Counter[KnownFinding]) -> None:
        self._folder = folder
        self._left = counts
        self._seen: set[str] = set()

    def filter(self, result: FileResult) -> FileResult:
        """The result without the findings that are known, each as often as it is known."""
        self._seen.add(_path(result.path, self._folder))
        kept = []
        for finding in result.findings:
            known = _known(finding, result.path, self._folder)
            if self._left[known] > 0:
                self._left[known] -= 1
            else:
                kept.append(finding)
        return result._replace(findings=tuple(kept))

    def stale(self) -> list[tuple[KnownFinding, int]]:
        """What is known and was not found again, in the files that were checked and in those that are gone."""
        return sorted(
            (known, count)
            for known, count in self._left.items()
            if count > 0 and (known.path in self._seen or not os.path.exists(os.path.join(self._folder, known.path)))
        )


def baseline_text(results: Iterable[FileResult], path: str) -> str:
    """The text of a baseline file at `path` that lets all findings of the results pass."""
    folder = _folder(path)
    counts = Counter(_known(finding, result.path, folder) for result in results for finding in result.findings)
    files: dict[str, list[dict[str, Any]]] = {}
    for known, count in sorted(counts.items()):
        entry = {"rule": known.rule, "layer": known.layer or None, "content": known.content, "count": count}
        files.setdefault(known.path, []).append(entry)
    return json.dumps({"version": VERSION, "files": files}, indent=1) + "\n"


def read_baseline(path: str) -> Baseline:
    """The baseline in a file; raises BaselineError."""
    try:
        text = read_bytes(path, BASELINE_BYTES + 1)
    except UnreadableError as error:
        raise BaselineError(f"{path} cannot be read: {error}") from None
    if len(text) > BASELINE_BYTES:
        raise BaselineError(f"{path} is larger than {BASELINE_BYTES} bytes")
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BaselineError(f"{path} is not JSON: {error}") from None
    except (ValueError, RecursionError):  # bytes, numbers or brackets that no baseline of ours has
        raise _no_baseline(path) from None
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise BaselineError(f"{path} is no baseline of version {VERSION}; write it anew with --write-baseline")
    try:
        return Baseline(_folder(path), Counter(dict(_entries(data["files"]))))
    except (KeyError, TypeError, AttributeError):
        raise _no_baseline(path) from None


def _no_baseline(path: str) -> BaselineError:
    return BaselineError(f"{path} is no baseline: write it anew with --write-baseline")


def _entries(files: dict[str, list[dict[str, Any]]]) -> Iterable[tuple[KnownFinding, int]]:
    for path, entries in files.items():
        for entry in entries:
            parts = (path, entry["rule"], entry["layer"] or "", entry["content"])
            if not all(isinstance(part, str) for part in parts) or type(entry["count"]) is not int:
                raise TypeError
            yield KnownFinding(*parts), entry["count"]


def _known(finding: Finding, path: str, folder: str) -> KnownFinding:
    place = finding.place
    content = " ".join(place.source.text[place.start : place.end].split())[:_LONGEST]
    return KnownFinding(_path(path, folder), finding.rule.name, finding.layer or "", content)


def _path(path: str, folder: str) -> str:
    try:
        return os.path.relpath(os.path.abspath(path), folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return path


def _folder(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))
