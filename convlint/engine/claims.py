"""Compares what a file remarks of the size of a network with what the network has."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.engine.costs import trace_parameters
from convlint.engine.reporting import report
from convlint.engine.trace import Trace
from convlint.findings import Edit, Finding, Fix
from convlint.model import Architecture


def claim_findings(architecture: Architecture, trace: Trace) -> Iterator[Finding]:
    """Remarked numbers of parameters that are not those of the network; none where these are not known."""
    found = trace_parameters(trace) if trace.sound else None
    for claim in architecture.claims if found is not None else ():
        if claim.parameters == found:
            continue
        place = claim.place
        written = f"{found:,}" if "," in place.source.text[place.start : place.end] else str(found)
        fix = Fix(f"write {written}", (Edit(place.start, place.end, written),), True)
        arguments = {"claimed": claim.parameters, "found": found}
        yield report("claim-mismatch", place, arguments, fix=fix)
