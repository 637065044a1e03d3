"""From an architecture to findings: what is wrong with it, and which sizes would work."""

from __future__ import annotations

from convlint.engine.examination import examine
from convlint.engine.propagation import Session, Trace
from convlint.findings import Finding
from convlint.model import Architecture

MOST_SOLVED = 1000
"""Layers of a network for which an error still computes the sizes that would work."""


def check(architecture: Architecture, session: Session) -> tuple[Trace, list[Finding]]:
    """The trace of an architecture and everything that is wrong with it."""
    trace, findings = examine(architecture, session)
    if architecture.ranges:
        from convlint.solving.ranges import range_findings

        findings += range_findings(architecture, trace)
    return trace, _with_sizes_that_work(architecture, findings)


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
