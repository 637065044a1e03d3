"""One module an output format: findings to text, with lines and columns computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from convlint.findings import FileResult

Renderer = Callable[[Sequence[FileResult], bool], Iterator[str]]
"""(results, colour) to pieces of text."""

FORMATS = {"full": "full", "concise": "concise", "json": "json_report"}
"""Format name to module name."""


def renderer(format_name: str) -> Renderer:
    """The `render` function of a format; its module is imported only now."""
    import sys

    name = f"{__name__}.{FORMATS[format_name]}"
    __import__(name)
    render: Renderer = sys.modules[name].render
    return render
