"""One module an output format: findings to text, with lines and columns computed here and nowhere else.

A new format is one module with a function `render` and one row in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from convlint.findings import FileResult
from convlint.options import Advice

Renderer = Callable[[Iterable[FileResult], bool], Iterator[str]]
"""(results, colour) to pieces of text, which come as the results come where the format allows it."""

FORMATS = {
    "full": "full",
    "concise": "concise",
    "json": "json_report",
    "jsonl": "jsonl",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
    "rdjson": "rdjson",
    "azure": "azure",
}
"""Format name to module name."""

ADVICE: dict[str, Advice] = {
    **dict.fromkeys(("concise", "statistics"), "none"),
    **dict.fromkeys(("brief", "github", "gitlab", "junit", "azure"), "help"),
}
"""Format name to what it shows of the ways out; the others show fixes too."""

HUMAN_FORMATS = ("full", "concise")
"""Formats for people, in whose place `--statistics` may stand."""

SILENT_FORMATS = frozenset((*HUMAN_FORMATS, "jsonl", "github", "azure"))
"""Formats that have nothing to say where nothing was found: their modules are not imported then."""

FOLLOW_UPS = {"github": "convlint.cli.step_summary"}
"""Format name to the module whose `follow_up(results)` is called when the report was written; it gives what to say."""


def follow_up(name: str) -> Callable[[Iterable[FileResult]], str] | None:
    """What is to be done after a report in a format; None for most."""
    if name not in FOLLOW_UPS:
        return None
    import sys

    __import__(FOLLOW_UPS[name])
    found: Callable[[Iterable[FileResult]], str] = sys.modules[FOLLOW_UPS[name]].follow_up
    return found


def renderer(name: str) -> Renderer:
    """The `render` function of a format (or of `statistics`); its module is imported only now."""
    import sys

    module = f"{__name__}.{FORMATS.get(name, name)}"
    __import__(module)
    render: Renderer = sys.modules[module].render
    return render
