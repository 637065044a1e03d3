"""Which findings of a text are said, and how much each weighs: severities, enabled rules, comments that silence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from convlint.budget import left_out
from convlint.catalogue import lookup
from convlint.findings import Finding, Place
from convlint.limits import FINDINGS_A_FILE
from convlint.options import Options
from convlint.selection.seen import Seen
from convlint.source.nodes import Document, Source

_SUPPRESSIONS = ("convlint", "noqa")
"""What a comment begins with that silences a finding."""


def chosen(
    source: Source, documents: Sequence[Document], findings: Sequence[Finding], options: Options, seen: Seen
) -> list[Finding]:
    """The findings of enabled rules that no comment silences, as many as are listed, in the order of the text."""
    weighed = _without_echoes(_with_severities(findings, options))
    found = [finding for finding in weighed if _is_enabled(finding, options.rules)]
    if any(part.lstrip(" \t").startswith(_SUPPRESSIONS) for part in source.text.split("#")[1:]):
        from convlint.selection.suppressions import apply_suppressions

        enabled = default_rules() if options.rules is None else options.rules
        found = apply_suppressions(source, list(documents), found, enabled, partial(_undecided, seen))
    if left_out():
        found += [finding for finding in (_over_budget(source),) if _is_enabled(finding, options.rules)]
    ordered = sorted(found, key=lambda finding: (finding.place.start, finding.rule.name))
    if len(ordered) <= FINDINGS_A_FILE:
        return ordered
    from convlint.selection.longest_list import shortened

    return shortened(source, ordered, default_rules() if options.rules is None else options.rules)


def _over_budget(source: Source) -> Finding:
    """The finding of a file that asked for more steps than it may cost."""
    from convlint.engine.reporting import report

    place = Place(source, 0, min(1, len(source.text)))
    return report("over-budget", place, {"left_out": f"not computed: {', '.join(left_out())}"})


def _undecided(seen: Seen) -> frozenset[str]:
    """The rules that may have missed something; asked only where a comment seems to silence nothing."""
    from convlint.selection.certainty import undecided

    return undecided(lookup.rules().values(), seen)


def default_rules() -> frozenset[str]:
    """The names of the rules that are on by default."""
    return frozenset(rule.name for rule in lookup.rules().values() if rule.default)


def asks_every_rule(options: Options) -> bool:
    """Whether a rule is on that is off by default."""
    return options.rules is not None and not options.rules <= default_rules()


def _with_severities(findings: Sequence[Finding], options: Options) -> Sequence[Finding]:
    if not options.severities:
        return findings
    severities = dict(options.severities)
    return [finding._replace(severity=severities.get(finding.rule.name, finding.severity)) for finding in findings]


def _without_echoes(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without doubts about a scalar (`1e-5`) that already is an error at the same place."""
    wrong = {finding.place.start for finding in findings if finding.severity == "error"}
    return [item for item in findings if item.rule.name != "ambiguous-scalar" or item.place.start not in wrong]


def _is_enabled(finding: Finding, rules: frozenset[str] | None) -> bool:
    return finding.rule.default if rules is None else finding.rule.name in rules
