"""What is done when a report in a format was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from convlint.findings import FileResult


def _step_summary(results: Iterable[FileResult]) -> str:
    from convlint.cli.step_summary import add_step_summary

    return add_step_summary(tuple(results))


FOLLOW_UPS: dict[str, Callable[[Iterable[FileResult]], str]] = {"github": _step_summary}
"""Format name to a function of the results, which gives what is to be said of it."""
