"""Rules over layers that stand side by side: a layer and what it reads straight, and whether it is an output."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shapes
from convlint.engine.propagation import execution_order
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import Finding, Part, Related
from convlint.model import Graph, Layer, Output, Port
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convlint.catalogue.known import Watched
    from convlint.catalogue.operators import Neighbours
    from convlint.engine.failure_findings import Scene

MOST_BETWEEN = 4
"""Layers that may stand between two neighbours."""
_WORDS = r"[a-z]+"


class _Site(NamedTuple):
    """A network or the copy of a block, and the layer that uses the block.

    `counts` holds how often each layer of a graph is read, and `cycles` whether its layers feed each other, both by the
    identity of the graph, once somebody asks; `losses` says what outputs of the network go into, by their ports.
    """

    trace: Trace
    counts: dict[int, Counter[int]]
    cycles: dict[int, bool]
    losses: Mapping[Port, str]
    user: _Spot | None = None
    copy: int = 0

    def inside(self, trace: Trace, user: _Spot, copy: int) -> _Site:
        """A copy of the block that a layer uses."""
        return _Site(trace, self.counts, self.cycles, self.losses, user, copy)

    def reads(self, number: int) -> int:
        """How often the outputs of a layer, or of an input, are read or given out."""
        graph = self.trace.graph
        if id(graph) not in self.counts:
            ports = [port for layer in graph.layers for port in layer.sources] + list(graph.outputs)
            self.counts[id(graph)] = Counter(port.layer for port in ports if port is not None)
        return self.counts[id(graph)][number]

    def has_cycle(self) -> bool:
        """Whether layers feed each other here."""
        graph = self.trace.graph
        if id(graph) not in self.cycles:
            self.cycles[id(graph)] = bool(execution_order(graph)[1])
        return self.cycles[id(graph)]


class _Spot(NamedTuple):
    """One layer where it stands."""

    site: _Site
    number: int

    @property
    def layer(self) -> Layer:
        """The layer itself."""
        return self.site.trace.graph.layers[self.number]

    @property
    def step(self) -> Step:
        """What came of it."""
        return self.site.trace.steps[self.number]


def neighbour_findings(trace: Trace, session: Session, outputs: tuple[Output, ...] = ()) -> list[Finding]:
    """What is wrong with layers that stand side by side, blocks included; each mistake once."""
    watched = lookup.watched(session.every_rule)
    found: dict[tuple[str, int, int], Finding] = {}
    losses = {item.port: item.loss for item in outputs if item.loss and item.port is not None}
    for spot in _watched_spots(_Site(trace, {}, {}, losses), watched):
        for finding in _findings_at(spot, watched[str(spot.layer.operator)]):
            found.setdefault((finding.rule.name, finding.place.start, finding.place.end), finding)
    return list(found.values())


def _watched_spots(whole: _Site, watched: Watched) -> Iterator[_Spot]:
    """The layers of operators that a rule is on; what comes of a block twice is looked at once."""
    waiting = [whole]
    seen = {id(whole.trace)}
    while waiting:
        site = waiting.pop()
        for index, layer in enumerate(site.trace.graph.layers):
            operator = layer.operator
            if isinstance(operator, str):
                if operator in watched and not layer.over and _may_break(layer, site.trace.graph, watched[operator]):
                    yield _Spot(site, index)
            elif isinstance(operator, Graph):
                spot = _Spot(site, index)
                for number, copy in enumerate(spot.step.copies):
                    if id(copy) not in seen:
                        seen.add(id(copy))
                        waiting.append(site.inside(copy, spot, number))


def _may_break(layer: Layer, graph: Graph, others: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether it is worth a look; most layers read one that no rule is about."""
    if layer.repeat > 1 or len(layer.sources) != 1 or not _WIRINGS.keys().isdisjoint(others):
        return True
    source = layer.sources[0]
    above = graph.layers[source.layer].operator if source is not None and source.layer >= 0 else None
    return not isinstance(above, str) or above in others or above in lookup.passed(str(layer.operator))


def _findings_at(spot: _Spot, others: Mapping[str, tuple[int, ...]]) -> Iterator[Finding]:
    for wiring, holds in _WIRINGS.items():
        if wiring in others and holds(spot):
            for number in others[wiring]:
                yield from _judged(lookup.neighbours()[number], spot, None)
    if _WIRINGS.keys() >= others.keys():
        return
    for above, between in _above(spot):
        for number in others.get(str(above.layer.operator), ()):
            rule = lookup.neighbours()[number]
            if between.issubset(rule.through):
                yield from _judged(rule, spot, above)


def _above(spot: _Spot) -> Iterator[tuple[_Spot, frozenset[str]]]:
    """The layers whose output a layer reads and nothing else does, with the operators of what stands between."""
    if spot.layer.repeat > 1:
        yield spot, frozenset()
    passed = lookup.passed(str(spot.layer.operator))
    waiting = [(spot, frozenset[str](), 0)]
    while waiting:
        below, between, count = waiting.pop()
        for above in _giving(below.site, below.layer.sources[0]) if len(below.layer.sources) == 1 else ():
            yield above, between
            if above.layer.operator in passed and count < MOST_BETWEEN:
                waiting.append((above, between | {str(above.layer.operator)}, count + 1))


def _giving(site: _Site, port: Port | None) -> Iterator[_Spot]:
    """The layers that give what stands at a port, through the ends of blocks; none where another layer reads it too."""
    while port is not None and not port.output and site.reads(port.layer) == 1:
        if port.layer < 0:
            user = site.user
            if user is None or -1 - port.layer >= len(user.layer.sources):
                return
            if user.layer.repeat > 1 and port.layer == -1:
                yield from _last_of_block(user)
            site, port = user.site, user.layer.sources[-1 - port.layer]
            continue
        spot = _Spot(site, port.layer)
        if isinstance(spot.layer.operator, Graph):
            yield from _last_of_block(spot)
        elif isinstance(spot.layer.operator, str) and not spot.layer.over:
            yield spot
        return


def _last_of_block(spot: _Spot) -> Iterator[_Spot]:
    """The layer that gives the first output of a block."""
    copies = spot.step.copies
    if copies and copies[-1].graph.outputs:
        site = spot.site.inside(copies[-1], spot, len(copies) - 1)
        port = copies[-1].graph.outputs[0]
        if port is not None and port.layer >= 0:
            yield from _giving(site, port)


def _judged(rule: Neighbours, spot: _Spot, above: _Spot | None) -> Iterator[Finding]:
    """The finding of a rule that these neighbours break; what cannot be computed breaks none."""
    from convlint.catalogue.expressions import evaluate
    from convlint.catalogue.known import TOTAL
    from convlint.catalogue.language import ExpressionError

    if not _is_meant(rule, spot):
        return
    if UNKNOWN in spot.step.inputs or spot.site.has_cycle():
        return  # what is wrong there is told already: an operator that is not known, or a cycle
    try:
        reads = spot.step.outputs[:1] if above is spot else spot.step.inputs  # of a second copy, what the first gives
        values = _values(rule.let, spot, reads)
        if above is not None:
            values = {**values, **_values(rule.above_let, above, above.step.inputs)}
        if TOTAL in rule.that:
            values.setdefault(TOTAL, _total(spot))
        if evaluate(rule.that, values) in (False, 0):
            yield _finding(rule, spot, above, values)
    except (ExpressionError, ArithmeticError, LookupError, TypeError, ValueError):
        return


def _reads_twice(spot: _Spot) -> bool:
    """Whether a layer reads one output more than once."""
    sources = [port for port in spot.layer.sources if port is not None]
    return len(set(sources)) < len(sources)


def _is_output(spot: _Spot) -> bool:
    """Whether a layer gives an output of the whole network."""
    return bool(_outputs(spot))


def _outputs(spot: _Spot) -> list[Port]:
    """The outputs of the whole network that a layer gives."""
    while ports := [port for port in spot.site.trace.graph.outputs if port is not None and port.layer == spot.number]:
        if spot.site.user is None:
            return ports
        spot = spot.site.user
    return []


def _is_meant(rule: Neighbours, spot: _Spot) -> bool:
    """Whether a rule is about a layer: by its name, and by the loss that it goes into."""
    if rule.words and not set(re.findall(_WORDS, spot.layer.name.lower())).intersection(rule.words):
        return False
    return not rule.losses or bool(_loss(rule, spot))


def _loss(rule: Neighbours, spot: _Spot) -> str:
    """The loss of a rule that what a layer gives goes into; empty without one."""
    losses = spot.site.losses
    return next((losses[port] for port in _outputs(spot) if losses.get(port) in rule.losses), "")


def _total(spot: _Spot) -> object:
    """The parameters of the whole network."""
    from convlint.engine.costs import trace_parameters

    while spot.site.user is not None:
        spot = spot.site.user
    found = trace_parameters(spot.site.trace)
    return UNKNOWN if found is None else found


_WIRINGS: dict[str, Callable[[_Spot], bool]] = {
    "anyhow": lambda _: True,
    "twice": _reads_twice,
    "output": _is_output,
}


def _values(named: tuple[tuple[str, str], ...], spot: _Spot, inputs: Shapes) -> dict[str, object]:
    """Values of a layer by name, where it reads these shapes."""
    if not named:
        return {}
    layer, step = spot.layer, spot.step
    expressions = tuple([expression for _, expression in named])
    found = lookup.evaluate(str(layer.operator), expressions, layer.parameters, inputs, step.outputs)
    return {name: tuple(value) if isinstance(value, list) else value for (name, _), value in zip(named, found)}


def _finding(rule: Neighbours, spot: _Spot, above: _Spot | None, values: dict[str, object]) -> Finding:
    from convlint.engine.remedies import remedy_fix
    from convlint.engine.reporting import report, shape_text

    scene = _scene(spot.site)
    pointed = above if above is not None and rule.points_above else spot
    shapes = {name: shape_text(value) for name, value in values.items() if isinstance(value, tuple)}
    arguments = {**values, **shapes, "layer": _name(spot), "op": _operator_name(spot)}
    if rule.losses:
        arguments["loss"] = _loss(rule, spot)
    related = scene.uses
    if above is not None:
        arguments |= {"above": _name(above), "above_op": _operator_name(above)}
        other = spot if rule.points_above else above
        if other is not pointed:
            related = (Related(other.layer.places.at(Part.OPERATOR), f"{_name(other)} stands here"), *related)
    fix = None
    if rule.fix is not None:
        fix = remedy_fix(pointed.layer, pointed.step, rule.fix, lambda text: text.format_map(arguments))
    place = pointed.layer.places.at(rule.at or Part.OPERATOR)
    path = _scene(pointed.site).layer_path(pointed.number)
    return report(rule.rule, place, arguments, layer=path, related=related, fix=fix)


def _name(spot: _Spot) -> str:
    return spot.layer.title


def _operator_name(spot: _Spot) -> str:
    return spot.layer.label or lookup.plain_name(str(spot.layer.operator))


def _scene(site: _Site) -> Scene:
    from convlint.engine.failure_findings import Scene

    if site.user is None:
        return Scene(site.trace, "", (), site.trace.inputs)
    return _scene(site.user.site).inside(site.user.number, site.copy, site.trace)
