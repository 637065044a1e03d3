"""Checks one file: the flow from text to findings, in one place."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from convlint.catalogue import lookup
from convlint.dialects import native
from convlint.engine.propagation import Session, Trace
from convlint.findings import FileResult, Finding, Place, Severity
from convlint.model import Architecture, Graph, Reading
from convlint.options import DIALECTS, Options
from convlint.solving.checks import check
from convlint.source.nodes import Document, Mapping, Source
from convlint.source.reader import SourceProblem, parse, read

if TYPE_CHECKING:
    from convlint.facts import NetworkFacts

_SUPPRESSION = r"#[ \t]*(?:convlint\b|noqa[ \t]*:)"
_PARTS = frozenset(("inputs", "layers"))
_ULTRALYTICS_KEYS = ("backbone", "head")


def check_file(path: str, options: Options = Options(), *, alone: bool = False) -> FileResult:
    """Reads and checks one file; `alone` says that it is the only one that was named. Bad input never raises."""
    return describe_file(path, options, alone=alone, depth=None)[1]


def check_source(source: Source, options: Options = Options(), *, alone: bool = False) -> FileResult:
    """Checks one text."""
    return _check_without_collector(source, options, alone, None)[1]


def describe_file(
    path: str, options: Options = Options(), *, alone: bool = True, depth: int | None = 0
) -> tuple[tuple[NetworkFacts, ...], FileResult]:
    """The facts of each variant of the networks of a file, and its findings.

    `depth` says how many blocks deep the facts go; with None there are none.
    """
    source = read(path)
    if isinstance(source, SourceProblem):
        return (), FileResult(path, (_problem_finding(Source(path, ""), source),))
    return _check_without_collector(source, options, alone, depth)


def describe_source(
    source: Source, options: Options = Options(), *, alone: bool = True, depth: int | None = 0
) -> tuple[tuple[NetworkFacts, ...], FileResult]:
    """The facts of each variant of the networks of a text, and its findings."""
    return _check_without_collector(source, options, alone, depth)


def load_file(path: str, options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a file; empty where it cannot be read or holds none."""
    source = read(path)
    if isinstance(source, SourceProblem):
        return ()
    return load_source(source, options)


def load_source(source: Source, options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a text, in the order in which a check reads them; empty where it holds none."""
    documents = parse(source)[0]
    readings = [lookup.with_extension(options.extension, reading_of, document, options)[1] for document in documents]
    return tuple(architecture for reading in readings if reading is not None for architecture in reading.architectures)


def _check_without_collector(
    source: Source, options: Options, alone: bool, depth: int | None
) -> tuple[tuple[NetworkFacts, ...], FileResult]:
    """Checks with the cyclic garbage collector paused: a source tree is large, and has no cycles to look for."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        if options.extension is None:
            return _check_with_fixes(source, options, alone, depth)
        return lookup.with_extension(options.extension, _check_with_fixes, source, options, alone, depth)
    finally:
        if was_enabled:
            gc.enable()


def _check_with_fixes(
    source: Source, options: Options, alone: bool, depth: int | None
) -> tuple[tuple[NetworkFacts, ...], FileResult]:
    """What is found, with the fixes that were proved to work."""
    described, result = _check(source, options, alone, depth)
    if not any([finding.fix is not None for finding in result.findings]):
        return described, result
    from convlint.fixes import Checker, proved

    again = options._replace(torch=None)
    checker = Checker(
        lambda changed: _check(changed, again, alone, None)[1], lambda text: _check(text, again, alone, 0)[0]
    )
    return described, proved(source, result, checker)


def _check(
    source: Source, options: Options, alone: bool, depth: int | None
) -> tuple[tuple[NetworkFacts, ...], FileResult]:
    documents, problem = parse(source)
    findings: list[Finding] = []
    described: list[NetworkFacts] = []
    variants: list[str | None] = []
    accepted: list[tuple[int, Architecture]] = []
    traces: list[Trace] = []
    recognised, is_whole = False, True
    dialect = DIALECTS[1]
    sizes: list[str] = []
    scales: list[str] = []
    for document in documents:
        name, reading = reading_of(document, options)
        if reading is None:
            continue
        recognised, dialect = True, name
        is_whole = is_whole and bool(reading.architectures) and not _leaves_scales_out(reading, options)
        sizes += reading.sizes
        scales += reading.scales
        findings += [*_document_findings(document), *reading.findings]
        found_in = []
        for architecture in reading.architectures:
            session = Session({}, _asks_every_rule(options.rules))
            found, trace, network = _engine_findings(document, architecture, session, depth)
            traces.append(trace)
            found_in.append((architecture.variant, found))
            if options.torch is not None and not _has_errors([*findings, *found]):
                accepted.append((len(variants), architecture))
            variants.append(architecture.variant)
            if network is not None:
                described.append(network)
        findings += _weighed(found_in, reading)
    if problem is not None and (recognised or alone or _mentions_architecture(source.text)):
        findings.append(_problem_finding(source, problem))
        recognised = True
    if not recognised:
        return (), _not_an_architecture(source, documents, problem, alone)
    notes: tuple[str, ...] = ()
    if options.torch is not None:
        asked, notes = _ask_torch(source, dialect, options, accepted)
        findings += asked
    if options.severities:
        findings = _with_severities(findings, dict(options.severities))
    undecided = partial(_undecided, problem is None, is_whole, bool(options.sizes), tuple(traces))
    findings = _selected(source, documents, _without_echoes(findings), options.rules, undecided)
    ordered = sorted(findings, key=lambda finding: (finding.place.start, finding.rule.name))
    return tuple(described), FileResult(
        source.path, tuple(ordered), dialect, tuple(variants), None, tuple(sizes), tuple(scales), notes
    )


def reading_of(document: Document, options: Options) -> tuple[str, Reading | None]:
    """The dialect of a document and its networks; None where no wanted dialect recognises it."""
    root, wanted = document.root, options.dialect
    if wanted in ("auto", "native") and native.recognises(root):
        return "native", native.read(document, dict(options.sizes), dict(options.default_sizes))
    if wanted == "native" or not isinstance(root, Mapping) or not any(key in root.pairs for key in _ULTRALYTICS_KEYS):
        return "", None
    from convlint.dialects import ultralytics

    if wanted == "auto" and not ultralytics.recognises(root):
        return "", None
    request = ultralytics.Request(dict((*options.default_sizes, *options.sizes)), options.scales, options.vocabulary)
    return "ultralytics", ultralytics.read(document, request)


def _undecided(is_yaml: bool, is_whole: bool, for_some_sizes: bool, traces: tuple[Trace, ...]) -> frozenset[str]:
    """The rules that may have missed something; asked only where a comment seems to silence nothing."""
    from convlint.engine.certainty import Seen, undecided

    return undecided(lookup.rules().values(), Seen(is_yaml, is_whole, for_some_sizes, traces))


def _leaves_scales_out(reading: Reading, options: Options) -> bool:
    return bool(options.scales) and not set(reading.scales) <= set(options.scales)


def _weighed(found_in: list[tuple[str | None, list[Finding]]], reading: Reading) -> list[Finding]:
    """What was found in the variants as one list, with the severities of the format."""
    if len(found_in) == 1 and not reading.severities:
        return found_in[0][1]
    from convlint.variants import merged

    severities = reading.severities
    return [
        finding._replace(severity=severities[finding.rule.name]) if finding.rule.name in severities else finding
        for finding in merged(found_in)
    ]


def _has_errors(findings: list[Finding]) -> bool:
    """Whether torch would refuse the network too; it does not mind lost pixels."""
    return any(finding.severity == "error" and finding.rule.size_effect != "loses" for finding in findings)


def _ask_torch(
    source: Source, dialect: str, options: Options, accepted: list[tuple[int, Architecture]]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """(what torch says of the networks in which nothing is wrong, notes on how it was asked)."""
    from convlint.torch_check import BUILDERS
    from convlint.torch_check.asking import Question, ask

    if options.torch is None or dialect not in BUILDERS:
        return (), ()
    if not accepted:
        return (), ("not compared with torch: it has errors",)
    own = options.extension.declarations if options.extension is not None else {}
    if own and any(_operators(architecture.graph) & own.keys() for _, architecture in accepted):
        return (), ("not compared with torch: it uses operators of its own",)
    return ask(Question(source, dialect, options), accepted, options.torch)


def _operators(graph: Graph) -> set[str]:
    """The names of the operators of a graph and of the blocks in it."""
    waiting, names, seen = [graph], set[str](), set[int]()
    while waiting:
        for layer in waiting.pop().layers:
            if isinstance(layer.operator, str):
                names.add(layer.operator)
            elif layer.operator is not None and id(layer.operator) not in seen:
                seen.add(id(layer.operator))
                waiting.append(layer.operator)
    return names


def _with_severities(findings: list[Finding], severities: dict[str, Severity]) -> list[Finding]:
    return [finding._replace(severity=severities.get(finding.rule.name, finding.severity)) for finding in findings]


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """The findings without doubts about a scalar (`1e-5`) that already is an error at the same place."""
    wrong = {finding.place.start for finding in findings if finding.severity == "error"}
    return [
        finding for finding in findings if finding.rule.name != "ambiguous-scalar" or finding.place.start not in wrong
    ]


def _selected(
    source: Source,
    documents: list[Document],
    findings: list[Finding],
    rules: frozenset[str] | None,
    undecided: Callable[[], frozenset[str]],
) -> list[Finding]:
    """The findings of enabled rules that no comment suppresses."""
    findings = [finding for finding in findings if _is_enabled(finding, rules)]
    if re.search(_SUPPRESSION, source.text) is None:
        return findings
    from convlint.selection.suppressions import apply_suppressions

    enabled = _default_rules() if rules is None else rules
    return apply_suppressions(source, documents, findings, enabled, undecided)


def _is_enabled(finding: Finding, rules: frozenset[str] | None) -> bool:
    return finding.rule.default if rules is None else finding.rule.name in rules


def _default_rules() -> frozenset[str]:
    return frozenset(rule.name for rule in lookup.rules().values() if rule.default)


def _asks_every_rule(rules: frozenset[str] | None) -> bool:
    return rules is not None and not rules <= _default_rules()


def _engine_findings(
    document: Document, architecture: Architecture, session: Session, depth: int | None
) -> tuple[list[Finding], Trace, NetworkFacts | None]:
    trace, findings = check(architecture, session)
    own = lookup.extension()
    if own is not None and own.network_rules:
        from convlint.engine.network_rules import network_findings

        findings += network_findings(own.network_rules, architecture, trace, _beginning(document))
    if depth is None:
        return findings, trace, None
    from convlint.engine.costs import network_facts

    return findings, trace, network_facts(architecture, trace, depth)


def _beginning(document: Document) -> Place:
    """The first key of a document: where a finding about the whole of it stands."""
    assert isinstance(document.root, Mapping)
    key = document.root.entries[0][0]
    return Place(document.source, key.start, key.end)


def _document_findings(document: Document) -> list[Finding]:
    """What is wrong with the YAML of an architecture, before it is read."""
    if not (document.ambiguous or document.repeated_keys or document.tagged):
        return []
    from convlint.source_findings import yaml_findings

    return yaml_findings(document)


def _problem_finding(source: Source, problem: SourceProblem) -> Finding:
    from convlint.source_findings import problem_finding

    return problem_finding(source, problem)


def _mentions_architecture(text: str) -> bool:
    return text.startswith("convlint:") or "\nconvlint:" in text


def _not_an_architecture(
    source: Source, documents: list[Document], problem: SourceProblem | None, alone: bool
) -> FileResult:
    reason = _why_not(documents, problem)
    if not alone:
        return FileResult(source.path, skipped=reason)
    from convlint.engine.reporting import report

    has_parts = any(isinstance(item.root, Mapping) and item.root.pairs.keys() >= _PARTS for item in documents)
    hint = "an architecture has the line convlint: 1 at its top" if has_parts else ""
    finding = report("not-an-architecture", Place(source, 0, min(1, len(source.text))), {"reason": reason}, help=hint)
    return FileResult(source.path, (finding,), skipped=reason)


def _why_not(documents: list[Document], problem: SourceProblem | None) -> str:
    if problem is not None:
        return f"not valid YAML: {problem.message}"
    roots: list[Any] = [document.root for document in documents]
    if not any(root is not None for root in roots):
        return "the file is empty"
    if not any(isinstance(root, Mapping) for root in roots):
        return "the file holds no mapping"
    if any(isinstance(root, Mapping) and "names" in root.pairs and "nc" in root.pairs for root in roots):
        return "it describes data; a model file has the keys 'backbone' and 'head'"
    if any(isinstance(root, Mapping) and any(key in root.pairs for key in _ULTRALYTICS_KEYS) for root in roots):
        return "its 'backbone' and 'head' are no lists of rows, and no key 'convlint' marks it as an architecture"
    return "no key 'convlint' marks it as an architecture"
