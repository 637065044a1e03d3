"""Findings for people who know what to do: as `full`, without help and fixes; what `--quiet` makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult
from convlint.render import full


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """All findings, in the order of the files, each followed by an empty line."""
    return full.render(map(_without_ways_out, results), colour)


def _without_ways_out(result: FileResult) -> FileResult:
    return result._replace(findings=tuple([item._replace(help="", fix=None) for item in result.findings]))
