"""How often each rule was broken, the most frequent first: `--statistics`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convlint.findings import FileResult
from convlint.render.text import Paint


def render(results: Iterable[FileResult], colour: bool) -> Iterator[str]:
    """A line a rule: count, code, name."""
    paint = Paint(colour)
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        for finding in result.findings:
            key = (finding.rule.code, finding.rule.name)
            counts[key] = counts.get(key, 0) + 1
    for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:6}  {paint.bold(code)}  {name}\n"
