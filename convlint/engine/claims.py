"""Compares what a file remarks of a network with what the network is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from convlint.domain.values import Shape
from convlint.engine.trace import Session, Trace, height_of
from convlint.findings import Edit, Finding, Fix
from convlint.model import Claim, ParameterClaim, StrideClaim


def claim_findings(claims: Sequence[Claim], trace: Trace, session: Session) -> Iterator[Finding]:
    """Remarks that the network does not bear out; parameters are counted only where every rule is asked.

    Of strides that are all wrong by the same factor, the first is reported.
    """
    factor = 1.0
    for claim in claims:
        if not isinstance(claim, StrideClaim):
            if session.every_rule and trace.sound:
                yield from _parameter_finding(claim, trace)
            continue
        found = _stride(trace, trace.steps[claim.layer].outputs[0])
        if found is None or _passes_through(trace, claim, found):
            continue
        before, factor = factor, round(found) / claim.stride if claim.stride else inf
        if factor not in (before, 1):
            yield _stride_finding(claim, trace, round(found))


def _stride_finding(claim: StrideClaim, trace: Trace, found: int) -> Finding:
    from convlint.engine.reporting import report

    message = f"the comment says stride {claim.stride}, but the stride here is {found}"
    return report("index-comment-mismatch", claim.place, message=message, layer=trace.graph.layers[claim.layer].name)


def _passes_through(trace: Trace, claim: StrideClaim, found: float) -> bool:
    """Whether a layer that makes the map smaller more than once has the stride that is remarked on its way."""
    inputs = trace.steps[claim.layer].inputs
    before = _stride(trace, inputs[0]) if inputs else None
    return before is not None and round(before) < claim.stride < round(found)


def _stride(trace: Trace, shape: Shape) -> float | None:
    """How many times smaller a shape is than the first input of the network."""
    size, reached = height_of(trace.inputs[0]), height_of(shape)
    return size / reached if size is not None and reached else None


def _parameter_finding(claim: ParameterClaim, trace: Trace) -> Iterator[Finding]:
    from convlint.engine.costs import trace_parameters
    from convlint.engine.reporting import report

    found = trace_parameters(trace)
    if found is None or found == claim.parameters:
        return
    place = claim.place
    written = f"{found:,}" if "," in place.source.text[place.start : place.end] else str(found)
    fix = Fix(f"write {written}", (Edit(place.start, place.end, written),), True)
    yield report("claim-mismatch", place, {"claimed": claim.parameters, "found": found}, fix=fix)
