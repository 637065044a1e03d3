"""What is asked of a text beside what is wrong with it: the facts of its networks, and their shapes."""

from __future__ import annotations

from convlint.budget import Budget, within
from convlint.catalogue import lookup
from convlint.checking import check_source, conclude, study, unreadable
from convlint.collector import collector_paused
from convlint.dialects.texts import text_of
from convlint.engine.costs import network_facts
from convlint.engine.trace import Trace
from convlint.facts import NetworkFacts
from convlint.findings import FileResult
from convlint.fixes import Checker, hidden_in, starts_in
from convlint.options import Options
from convlint.source.nodes import Source

Described = tuple[tuple[NetworkFacts, ...], FileResult]
"""The facts of each variant of the networks of a file, and its findings, without fixes."""


def describe_file(path: str, options: Options = Options(), *, depth: int = 0) -> Described:
    """The networks of a file, and what is wrong with it. `depth` says how many blocks deep the facts go."""
    source = text_of(path)
    return (
        describe_source(source, options, depth=depth) if isinstance(source, Source) else ((), unreadable(path, source))
    )


def describe_source(source: Source, options: Options = Options(), *, depth: int = 0) -> Described:
    """The networks of a text, and what is wrong with it."""
    with lookup.extended(options.extension), collector_paused(), within(Budget(len(source.text))):
        text = study(source, options)
        facts = tuple([network_facts(item.architecture, item.trace, depth) for item in text.networks])
        result = conclude(text, options)
        return facts, result._replace(findings=tuple([finding._replace(fix=None) for finding in result.findings]))


def checker(options: Options) -> Checker:
    """What proves the fixes that are applied to a text: a check without torch, in which fixes are proved too."""
    again = options._replace(torch=None)
    return Checker(
        lambda text: check_source(text, again),
        lambda text: starts_in(_traces(text, again)),
        lambda text: hidden_in(_traces(text, again)),
    )


def _traces(source: Source, options: Options) -> tuple[Trace, ...]:
    """The shapes of the networks of a text."""
    with lookup.extended(options.extension), collector_paused(), within(Budget(len(source.text))):
        return study(source, options._replace(advice="none")).traces
