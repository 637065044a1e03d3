"""Adds to what is wrong with a network the sizes that a file promises and that fail, and those that would work."""

from __future__ import annotations

from convlint.engine.trace import Trace
from convlint.findings import Finding
from convlint.model import Architecture

MOST_SOLVED = 1000
"""Layers of a network for which an error still computes the sizes that would work."""


def advised(architecture: Architecture, trace: Trace, findings: list[Finding], says_help: bool) -> list[Finding]:
    """The findings with those about declared ranges; those that depend on the size of an input say what works."""
    if architecture.ranges:
        from convlint.solving.ranges import range_findings

        findings = [*findings, *range_findings(architecture, trace)]
    return _with_sizes_that_work(architecture, findings) if says_help else findings


def _with_sizes_that_work(architecture: Architecture, findings: list[Finding]) -> list[Finding]:
    """The findings; those that depend on the size of an input say which sizes the network takes."""
    dependent = [finding.rule.size_effect == "fails" and finding.severity == "error" for finding in findings]
    if not any(dependent) or len(architecture.graph.layers) > MOST_SOLVED:
        return findings
    from convlint.solving.ranges import sizes_that_work

    advice = sizes_that_work(architecture)
    if not advice:
        return findings
    return [
        finding._replace(help="; ".join(filter(None, (finding.help, advice)))) if is_dependent else finding
        for finding, is_dependent in zip(findings, dependent)
    ]
