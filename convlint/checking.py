"""The core loop: a text is parsed, each document read, each network propagated; what is wrong is judged and chosen.

The functions stand in the order of the flow. Nothing here knows a format, an operator or a rule.
"""

from __future__ import annotations

from functools import partial

from convlint.budget import Budget, left_out, within
from convlint.catalogue import lookup
from convlint.collector import collector_paused
from convlint.dialects import registry
from convlint.dialects.reading import read_document
from convlint.dialects.texts import text_of
from convlint.engine.examination import Examined, judged
from convlint.engine.propagation import propagate
from convlint.engine.trace import NOTHING, Computed, Session
from convlint.findings import FileResult, Finding
from convlint.model import Architecture
from convlint.options import Options
from convlint.selection.choosing import asks_every_rule, chosen
from convlint.selection.seen import Seen
from convlint.source.nodes import Document, Source
from convlint.source.reader import Parsed, SourceProblem, parse
from convlint.studies import Checked, Study


def check_file(path: str, options: Options = Options()) -> FileResult:
    """Reads and checks one file that was named. Bad input gives findings, and never raises."""
    source = text_of(path)
    if not isinstance(source, Source):
        return unreadable(path, source)
    return check_source(source, options)


def unreadable(path: str, problem: SourceProblem) -> FileResult:
    """The result of a file whose text cannot be had."""
    return FileResult(path, _problem_findings(Source(path, ""), problem))


def check_source(source: Source, options: Options = Options()) -> FileResult:
    """Checks one text; one that is no architecture gives a finding. Only fixes that were proved to work are left."""
    with collector_paused():
        parsed = parse(source)
        return _checked(source, parsed, options, parsed)


def check_parsed(source: Source, parsed: Parsed, options: Options) -> FileResult:
    """As `check_source`, for a text that was parsed before, whose nodes stay as they are."""
    return _checked(source, parsed, options, ((), None))


def _checked(source: Source, parsed: Parsed, options: Options, spare: Parsed) -> FileResult:
    """The result of a text; of the documents of `spare`, those of the text with its fixes are made."""
    with lookup.extended(options.extension), collector_paused():
        with within(Budget(len(source.text))):
            studied = study_parsed(source, parsed, options)
            result = conclude(studied, options)
            is_whole = not left_out()
        if not result.findings or (options.advice == "fixes" and all(item.fix is None for item in result.findings)):
            return result
        from convlint.advice import with_proved_fixes, without_fixes

        if options.advice != "fixes":
            return without_fixes(result, options.advice)
        again = options._replace(torch=None, advice="none")
        study_again = partial(study_parsed, options=again, before=studied.past if is_whole else NOTHING)
        with within(Budget(len(source.text))):
            return with_proved_fixes(studied, result, spare, study_again, lambda text: conclude(text, again))


def study(source: Source, options: Options) -> Study:
    """Parses a text, reads its documents, and propagates shapes through their networks."""
    return study_parsed(source, parse(source), options)


def study_parsed(source: Source, parsed: Parsed, options: Options, before: Computed = NOTHING) -> Study:
    """As `study`, for a text that was parsed; `before` is what was computed of an earlier version of it."""
    documents, problem = parsed
    session = Session({}, asks_every_rule(options), options.advice != "none", before)
    candidates = registry.marked(source.text, options.dialects)
    checked: list[Checked] = []
    for document in documents:
        found = read_document(document, candidates, options)
        if found is None:
            continue
        examined: list[Examined] = []
        for architecture in found.reading.architectures:
            said = [finding for variant in examined for finding in variant.findings]
            examined.append(_examined(document, session, said, architecture))
        checked.append(Checked(found, tuple(examined)))
    return Study(source, documents, tuple(checked), problem, session.known)


def _examined(document: Document, session: Session, said: list[Finding], architecture: Architecture) -> Examined:
    """One variant of a network: its shapes, and what is wrong with them, beside what is `said` of those before it."""
    trace = propagate(architecture.graph, architecture.inputs, session)
    findings = judged(architecture, trace, session._replace(blames=False) if said else session)
    if findings or architecture.ranges:
        from convlint.solving.advice import explained

        findings = explained(architecture, trace, findings, session, said)
    own = lookup.extension()
    if own is not None:
        from convlint.engine.network_rules import own_findings

        findings += own_findings(own, architecture, trace, document, session.every_rule)
    return Examined(architecture, trace, tuple(findings))


def conclude(text: Study, options: Options) -> FileResult:
    """The result of a text: what was found in it and what torch says, without what is silenced, in its order."""
    if not text.checked:
        from convlint.dialects.unrecognised import unrecognised

        result = unrecognised(text.source, text.documents, text.problem, registry.dialects(options.dialects))
        if result.dialect is None:
            return result
        seen = Seen(False, False, bool(options.sizes), ())
        return result._replace(findings=tuple(chosen(text.source, text.documents, result.findings, options, seen)))
    findings = [*(item for one in text.checked for item in one.findings), *_problem_findings(text.source, text.problem)]
    notes: tuple[str, ...] = ()
    if options.torch is not None:
        from convlint.torch_check.asking import ask_about

        asked, notes = ask_about(text, options)
        findings += asked
    readings = [checked.read.reading for checked in text.checked]
    seen = Seen(text.problem is None, all(item.is_whole for item in readings), bool(options.sizes), text.traces)
    return FileResult(
        text.source.path,
        tuple(chosen(text.source, text.documents, findings, options, seen)),
        text.checked[-1].read.dialect.name,
        tuple([network.architecture.variant for network in text.networks]),
        sizes=tuple([name for reading in readings for name in reading.sizes]),
        scales=tuple([name for reading in readings for name in reading.scales]),
        notes=notes,
    )


def _problem_findings(source: Source, problem: SourceProblem | None) -> tuple[Finding, ...]:
    """Why a text cannot be had, or parsed to its end."""
    if problem is None:
        return ()
    from convlint.dialects.text_findings import problem_finding

    return (problem_finding(source, problem),)
