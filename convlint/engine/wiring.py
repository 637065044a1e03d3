"""Checks of the graph as a whole: cycles, and what nothing reads."""

from __future__ import annotations

from collections.abc import Container, Sequence

from convlint.engine.propagation import execution_order
from convlint.findings import Finding, Part, Related
from convlint.model import Architecture, Graph


def wiring_findings(architecture: Architecture, blocked: Sequence[int]) -> list[Finding]:
    """Findings about the wiring of the network and of each block in it, what is wrong in a block once.

    Where layers feed each other, a wire goes wrong, and what nothing reads may be for want of that wire. `blocked` are
    the layers of the network on or behind a cycle.
    """
    findings: list[Finding] = []
    said: set[tuple[str, int, int]] = set()
    for graph in architecture.graph.with_blocks():
        behind_cycles = blocked if graph is architecture.graph else execution_order(graph)[1]
        for finding in _cycle_findings(graph, behind_cycles) or _unused_layers(graph, architecture.idle):
            key = (finding.rule.name, finding.place.start, finding.place.end)
            if key not in said:
                said.add(key)
                findings.append(finding)
    if architecture.unread and not blocked:
        findings += _unread(architecture)
    return findings


def _cycle_findings(graph: Graph, blocked: Sequence[int]) -> list[Finding]:
    """One finding for each group of layers that feed each other."""
    if not blocked:
        return []
    from convlint.engine.cycles import cycles

    return [_cycle_finding(graph, cycle) for cycle in cycles(graph, blocked)]


def _cycle_finding(graph: Graph, cycle: list[int]) -> Finding:
    from convlint.engine.reporting import report

    names = [graph.layers[index].name for index in cycle]
    first = graph.layers[cycle[0]]
    related = tuple(
        Related(graph.layers[index].places.at(Part.SOURCES), f"{graph.layers[index].name} is part of the cycle")
        for index in cycle[1:]
    )
    path = " -> ".join([*names, names[0]])
    return report("cycle", first.places.at(Part.SOURCES), {"path": path}, layer=first.name, related=related)


def _unused_layers(graph: Graph, idle: Container[int]) -> list[Finding]:
    """Layers whose output nothing reads, but for the `idle` ones, of which it is said why.

    Silent where a source is unknown, for it might read them.
    A layer whose name another layer or an input has can be read by nobody; that the name is taken is said already.
    """
    read: set[int] = set()
    for sources in (*[layer.sources for layer in graph.layers], graph.outputs):
        for port in sources:
            if port is None:
                return []
            read.add(port.layer)
    unread = [index for index in range(len(graph.layers)) if index not in read]
    if not unread:
        return []
    first = {layer.name: index for index, layer in reversed(list(enumerate(graph.layers)))}
    first.update(dict.fromkeys(graph.inputs, -1))
    unused = [index for index in unread if first[graph.layers[index].name] == index]
    from convlint.engine.reporting import report

    findings = []
    for index in unused:
        if index in idle:
            continue
        layer = graph.layers[index]
        findings.append(report("unused-layer", layer.places.at(Part.NAME), {"name": layer.title}, layer=layer.name))
    return findings


def _unread(architecture: Architecture) -> list[Finding]:
    if any(port is None for layer in architecture.graph.layers for port in layer.sources):
        return []
    from convlint.engine.reporting import report

    return [report(rule, place, {"name": name}) for rule, name, place in architecture.unread]
