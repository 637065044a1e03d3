"""Rules over a whole network: its parameters, multiply-accumulates, layers and depth."""

from __future__ import annotations

import re
from collections.abc import Iterable

from convlint.catalogue.expressions import evaluate
from convlint.catalogue.known import NetworkRule
from convlint.catalogue.language import ExpressionError
from convlint.domain.values import UNKNOWN
from convlint.engine.costs import network_facts
from convlint.engine.propagation import execution_order
from convlint.engine.reporting import report
from convlint.engine.trace import Trace
from convlint.findings import Finding, Place
from convlint.model import Architecture, Graph
from convlint.source.nodes import Document, Mapping
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.catalogue.extension import Extension

_FIELD = r"\{([^{}]+)\}"


def own_findings(
    own: Extension, architecture: Architecture, trace: Trace, document: Document, every_rule: bool
) -> list[Finding]:
    """What operators and rules of the user's own find: what they cannot compute, in the whole, and inside modules.

    Inside modules, rules that are off by default are asked too if `every_rule`.
    """
    from convlint.engine.seen_through import inner_findings
    from convlint.engine.uncomputed import uncomputed_findings

    uncomputed = uncomputed_findings(own, trace) if own.declarations else {}
    findings = list(uncomputed.values())
    if own.network_rules:
        findings += network_findings(own.network_rules, architecture, trace, document)
    return [*findings, *inner_findings(own, architecture, trace, every_rule, uncomputed)]


def network_findings(
    rules: Iterable[NetworkRule], architecture: Architecture, trace: Trace, document: Document
) -> list[Finding]:
    """What a network breaks, at the first key of its document; a rule over a count that is not known says nothing."""
    place = _beginning(document)
    facts = network_facts(architecture, trace)
    layers, depth = _size(architecture.graph, {}) or (UNKNOWN, UNKNOWN)
    values: dict[str, object] = {
        "parameters": UNKNOWN if facts.parameters is None else facts.parameters,
        "macs": UNKNOWN if facts.macs is None else facts.macs,
        "layers": layers,
        "depth": depth,
    }
    findings = []
    for rule in rules:
        holds, problem = _computed(rule.that, values)
        if problem:
            arguments = {"what": f"'{rule.rule.name}'", "op": "the network", "problem": problem}
            findings.append(report("rule-not-computed", place, arguments))
        elif holds in (False, 0):
            message, help = (_filled(text, values) for text in (rule.rule.message, rule.rule.help))
            findings.append(report(rule.rule.name, place, message=message, help=help))
    return findings


def _beginning(document: Document) -> Place:
    assert isinstance(document.root, Mapping)
    key = document.root.entries[0][0]
    return Place(document.source, key.start, key.end)


def _size(graph: Graph, known: dict[int, tuple[int, int] | None]) -> tuple[int, int] | None:
    """(operators in a graph, those on its longest path), blocks and repeats counted through; None in a circle."""
    if id(graph) in known:
        return known[id(graph)]
    order, blocked = execution_order(graph)
    if blocked:
        return None
    ends = [0] * len(graph.layers)
    total = 0
    for index in order:
        layer = graph.layers[index]
        inside = _size(layer.operator, known) if isinstance(layer.operator, Graph) else (1, 1)
        if inside is None:
            return None
        layers, depth = inside
        above = max([ends[port.layer] for port in layer.sources if port is not None and port.layer >= 0], default=0)
        ends[index] = above + depth * layer.repeat
        total += layers * layer.repeat
    known[id(graph)] = total, max(ends, default=0)
    return known[id(graph)]


def _computed(expression: str, values: dict[str, object]) -> tuple[object, str]:
    """(the value of an expression, why it has none)."""
    try:
        return evaluate(expression, values), ""
    except ExpressionError as error:
        return UNKNOWN, f"it {error.message}" if error.message.startswith(("divides", "cannot")) else error.message


def _filled(text: str, values: dict[str, object]) -> str:
    return re.sub(_FIELD, lambda match: str(_computed(match[1], values)[0]), text)
