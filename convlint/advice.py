"""The ways out that a finding offers: none, help in words, or also fixes, of which only those are left that work."""

from __future__ import annotations

from collections.abc import Callable

from convlint.findings import FileResult
from convlint.fixes import Checker, hidden_in, proved, starts_in
from convlint.options import Advice
from convlint.source.nodes import Source
from convlint.source.reader import Parsed
from convlint.source.splicing import Splicer
from convlint.studies import Study


def without_fixes(result: FileResult, advice: Advice) -> FileResult:
    """The result with no more of the ways out than was asked for."""
    if advice == "help":
        return result._replace(findings=tuple([finding._replace(fix=None) for finding in result.findings]))
    return result._replace(findings=tuple([finding._replace(fix=None, help="") for finding in result.findings]))


def with_proved_fixes(
    studied: Study,
    result: FileResult,
    spare: Parsed,
    study: Callable[[Source, Parsed], Study],
    conclude: Callable[[Study], FileResult],
) -> FileResult:
    """The result with the fixes that `study` and `conclude` prove, to whose texts the nodes of `spare` are made."""
    splicer, last = Splicer(studied.source, spare), studied
    hidden = hidden_in(studied.traces)  # now, as nodes move with the text

    def checked(source: Source) -> FileResult:
        nonlocal last
        last = study(source, splicer.parse(source))
        return conclude(last)

    checker = Checker(checked, lambda _: starts_in(last.traces), lambda _: hidden)
    return proved(studied.source, studied.documents, result, checker)
