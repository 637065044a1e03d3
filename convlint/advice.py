"""The ways out that a finding offers: none, help in words, or also fixes, of which only those are left that work."""

from __future__ import annotations

from collections.abc import Callable

from convlint.findings import FileResult
from convlint.fixes import Checker, proved, standing
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
    splicer = Splicer(studied.source, spare)
    stands = {studied.source.text: standing(studied.traces)}

    def checked(source: Source) -> FileResult:
        again = study(source, splicer.parse(source))
        stands[source.text] = standing(again.traces)
        return conclude(again)

    return proved(studied.source, studied.documents, result, Checker(checked, lambda source: stands[source.text]))
