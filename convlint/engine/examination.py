"""What is wrong with an architecture at the sizes that it has."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.domain.values import UNKNOWN, Shape
from convlint.engine.neighbours import neighbour_findings
from convlint.engine.propagation import contradicts, propagate
from convlint.engine.trace import Session, Trace
from convlint.engine.wiring import wiring_findings
from convlint.findings import Finding, Part
from convlint.limits import MOST_COMPUTED
from convlint.model import Architecture, Graph, Meant, Output
from convlint.typed import NamedTuple


class Examined(NamedTuple):
    """One variant of a network: its shapes, and what is wrong with them."""

    architecture: Architecture
    trace: Trace
    findings: tuple[Finding, ...]


def judged(architecture: Architecture, trace: Trace, session: Session) -> list[Finding]:
    """What is wrong with the sizes as they are: no proof of ranges, no advice on other sizes."""
    findings = [*architecture.findings, *wiring_findings(architecture, trace.blocked)]
    if architecture.claims:
        from convlint.engine.claims import claim_findings

        findings += claim_findings(architecture.claims, trace, session)
    outputs = architecture.outputs
    if not trace.sound:
        from convlint.engine.causes import Causes
        from convlint.engine.failure_findings import trace_findings

        causes = Causes(trace)
        from convlint.engine.culprits import Culprits

        unread = any(item.rule.name == "unused-layer" for item in findings)
        culprits = Culprits(trace, causes, session, unread)
        findings += _distinct(trace_findings(trace, causes, culprits))
        meant = {trace.graph.layers[index].name for index in culprits.meant}
        findings = [item for item in findings if item.rule.name != "unused-layer" or item.layer not in meant]
        outputs = tuple([output for output in outputs if output.port is None or not causes.explain(output.port)])
    findings += [finding for output in outputs for finding in _output_findings(output, trace, session)]
    if architecture.meant is not None:
        findings = _besides(architecture.meant(), findings, architecture, session)
    findings += neighbour_findings(trace, session, architecture.outputs)
    if session.every_rule:
        from convlint.engine.fields import field_findings

        findings += field_findings(architecture, trace)
    if session.is_spent:
        findings.append(_spent_finding(architecture.graph))
    return findings


def _besides(
    ways: Iterator[Meant], findings: list[Finding], architecture: Architecture, session: Session
) -> list[Finding]:
    """What says how the network was meant, and the findings that it has then too.

    It is meant in the first of the `ways` in which the fewest are found. What stands for an error is one.
    """
    told = set(map(id, architecture.findings))
    finding, found = min(_judged_ways(ways, session), key=lambda way: len(way[1]))
    kept = {(item.rule.name, item.layer) for item in found}
    left: list[Finding] = []
    follow: list[Finding] = []
    for item in findings:
        stays = id(item) in told or (item.rule.name, item.layer) in kept
        (left if stays else follow).append(item)
    is_error = any(item.severity == "error" for item in follow)
    return [*left, finding._replace(severity="error") if is_error else finding]


def _judged_ways(ways: Iterator[Meant], session: Session) -> Iterator[tuple[Finding, list[Finding]]]:
    """What says how the network was meant with what is wrong with it then; none comes after one that is sound."""
    for meant in ways:
        network = meant.network
        found = judged(network, propagate(network.graph, network.inputs, session), session)
        yield meant.finding, found
        if len(found) <= len(network.findings):
            return


def _spent_finding(graph: Graph) -> Finding:
    from convlint.engine.reporting import report

    limit = f"repeats and blocks expand to more than {MOST_COMPUTED:,} different layers; the rest was not checked"
    return report("yaml-limit", graph.layers[0].places.at(Part.OPERATOR), {"limit": limit})


def _distinct(findings: Iterator[Finding]) -> list[Finding]:
    """One finding for one mistake: what is wrong inside a block is said at its first use."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for finding in findings:
        key = (finding.rule.name, finding.place.start, finding.place.end)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


def _output_findings(output: Output, trace: Trace, session: Session) -> Iterator[Finding]:
    if output.port is None:
        return
    shapes = trace.shapes_at(output.port)
    if output.port.output < len(shapes):
        found = shapes[output.port.output]
        if output.expected is not None and contradicts(output.expected, found):
            finding = _contradiction(output, found, trace.graph.name_at(output.port))
            yield _with_culprit(finding, output, trace, session)
    elif shapes != (UNKNOWN,):
        from convlint.engine.failure_findings import missing_output

        yield missing_output(output.port, trace, output.place)


def _with_culprit(finding: Finding, output: Output, trace: Trace, session: Session) -> Finding:
    """The finding with who is to blame, where that is asked for and nothing else is wrong."""
    if finding.help or not (session.blames and trace.sound):
        return finding
    from convlint.engine.promises import with_culprit

    return with_culprit(finding, output, trace, session)


def _contradiction(output: Output, found: Shape, layer: str) -> Finding:
    from convlint.engine.failure_findings import batch_hint
    from convlint.engine.reporting import report, shape_text

    arguments = {"expected": shape_text(output.expected), "found": shape_text(found)}
    hint = batch_hint(output.expected, found) if output.expected is not None else ""
    return report("output-shape-mismatch", output.expected_place or output.place, arguments, help=hint, layer=layer)
