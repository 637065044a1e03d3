"""Findings as the diagnostics of the protocol."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from convlint.findings import Finding
from convlint.render.links import rule_page
from convlint.server.documents import Analysis

SOURCE = "convlint"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def without_help(analysis: Analysis, uri: str) -> list[types.Diagnostic]:
    """What is wrong with a text, as it is known at once."""
    return diagnostics(analysis.findings, analysis, uri)


def with_help(analysis: Analysis, uri: str) -> list[types.Diagnostic]:
    """What is wrong with a text, and what helps."""
    return diagnostics(analysis.advised, analysis, uri)


def diagnostics(findings: Iterable[Finding], analysis: Analysis, uri: str) -> list[types.Diagnostic]:
    """One for each finding."""
    return [diagnostic(finding, analysis, uri) for finding in findings]


def diagnostic(finding: Finding, analysis: Analysis, uri: str) -> types.Diagnostic:
    """A finding with its help below its message, and with the other places that it names."""
    related = [
        types.DiagnosticRelatedInformation(types.Location(uri, analysis.positions.of(item.place)), item.message)
        for item in finding.related
    ]
    scales = f" ({finding.variant_word} {', '.join(finding.variants)})" if finding.variants else ""
    return types.Diagnostic(
        range=analysis.positions.of(finding.place),
        message="\n".join(filter(None, (f"{finding.message}{scales}", finding.help))),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule.name,
        code_description=types.CodeDescription(rule_page(finding.rule)),
        source=SOURCE,
        related_information=related or None,
    )
