"""Rules over layers that stand side by side: a layer and what it reads straight, and whether it is an output."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shapes
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import Finding, Part, Related
from convlint.limits import MOST_INNER_LAYERS
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
    """A network, the copy of a block or the inside of a module, and the layer that uses the block or is the module.

    `counts` holds how often each layer of a graph is read, by the identity of the graph, once somebody asks; `losses`
    says what outputs of the network go into, by their ports. Modules are opened with the `session`, and stay closed
    without one.
    """

    trace: Trace
    counts: dict[int, Counter[int]]
    losses: Mapping[Port, str]
    session: Session | None = None
    user: _Spot | None = None
    copy: int = 0

    def inside(self, trace: Trace, user: _Spot, copy: int) -> _Site:
        """A copy of the block or of the module that a layer is."""
        return self._replace(trace=trace, user=user, copy=copy)

    @property
    def is_module(self) -> bool:
        """Whether it is the inside of a module."""
        return self.user is not None and not isinstance(self.user.layer.operator, Graph)

    def reads(self, number: int) -> int:
        """How often the outputs of a layer, or of an input, are read or given out."""
        graph = self.trace.graph
        if id(graph) not in self.counts:
            ports = [port for layer in graph.layers for port in layer.sources] + list(graph.outputs)
            self.counts[id(graph)] = Counter(port.layer for port in ports if port is not None)
        return self.counts[id(graph)][number]


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

    @property
    def copies(self) -> tuple[Trace, ...]:
        """What is inside the copies of a block, or of a module where modules are opened."""
        if isinstance(self.layer.operator, Graph):
            return self.step.copies
        if self.site.session is None:
            return ()
        from convlint.engine.opening import opened

        return tuple([item.trace for item in opened(self.layer, self.step, self.site.session) if item.trace.steps])

    @property
    def row(self) -> _Spot | None:
        """The layer of the file that is the module in which this one stands; None for a layer of the file itself."""
        found, user = None, self.site.user
        while user is not None:
            found, user = (user if not isinstance(user.layer.operator, Graph) else found), user.site.user
        return found


def neighbour_findings(trace: Trace, session: Session, outputs: tuple[Output, ...] = ()) -> list[Finding]:
    """What is wrong with layers that stand side by side, blocks included; each mistake once.

    Rules of a repository's own look into modules too.
    """
    losses = {item.port: item.loss for item in outputs if item.loss and item.port is not None}
    whole = _Site(trace, {}, losses)
    found = _found(whole, lookup.watched(session.every_rule))
    own = lookup.own_watched()
    return [*found, *_found(whole._replace(session=Session({})), own)] if own else found


def _found(whole: _Site, watched: Watched) -> list[Finding]:
    found: dict[tuple[str, int, int, str], Finding] = {}
    for spot in _watched_spots(whole, watched):
        for finding in _findings_at(spot, watched[str(spot.layer.operator)]):
            message = "" if spot.row is None else finding.message
            found.setdefault((finding.rule.name, finding.place.start, finding.place.end, message), finding)
    return list(found.values())


def _watched_spots(whole: _Site, watched: Watched) -> Iterator[_Spot]:
    """The layers of operators that a rule is on; what comes of a block twice is looked at once."""
    waiting = [whole]
    seen = {id(whole.trace)}
    room = MOST_INNER_LAYERS
    while waiting and room > 0:
        site = waiting.pop()
        room -= len(site.trace.steps) if site.is_module else 0
        inner, quiet = [], set[tuple[str, str]]()
        graph, is_open = site.trace.graph, site.session is not None
        for index, layer in enumerate(graph.layers):
            operator = layer.operator
            others = watched.get(operator) if isinstance(operator, str) and not layer.over else None
            if others is not None and (is_open or _may_break(layer, graph, others, quiet)):
                yield _Spot(site, index)
            if not is_open and not isinstance(operator, Graph):
                continue
            spot = _Spot(site, index)
            for number, copy in enumerate(spot.copies):
                if id(copy) not in seen or not isinstance(operator, Graph):
                    seen.add(id(copy))
                    inner.append(site.inside(copy, spot, number))
        waiting += reversed(inner)


def _may_break(layer: Layer, graph: Graph, others: Mapping[str, tuple[int, ...]], quiet: set[tuple[str, str]]) -> bool:
    """Whether it is worth a look; most layers read one that no rule is about. `quiet` are such pairs of operators."""
    if layer.repeat > 1:
        return True
    if len(layer.sources) != 1:  # nothing stands above it alone: of such layers, only their wiring is judged
        wirings = _WIRINGS.keys() & others.keys()
        return bool(wirings - {_TWICE}) or (_TWICE in wirings and _repeats_one(layer.sources))
    operator, source = str(layer.operator), layer.sources[0]
    above = graph.layers[source.layer].operator if source is not None and source.layer >= 0 else None
    if not isinstance(above, str):
        return True
    if (operator, above) in quiet:
        return False
    if above in others or above in lookup.passed(operator) or not _WIRINGS.keys().isdisjoint(others):
        return True
    quiet.add((operator, above))
    return False


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
        if isinstance(spot.layer.operator, str) and not spot.layer.over:
            yield spot
        yield from _last_of_block(spot)
        return


def _last_of_block(spot: _Spot) -> Iterator[_Spot]:
    """The layer that gives the first output of a block or a module."""
    copies = spot.copies
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
    if UNKNOWN in spot.step.inputs or spot.site.trace.blocked:
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
    return _repeats_one(spot.layer.sources)


def _repeats_one(sources: Sequence[Port | None]) -> bool:
    known = [port for port in sources if port is not None]
    return len(set(known)) < len(known)


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


_TWICE = "twice"
_WIRINGS: dict[str, Callable[[_Spot], bool]] = {
    "anyhow": lambda _: True,
    _TWICE: _reads_twice,
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

    pointed = above if above is not None and rule.points_above else spot
    shapes = {name: shape_text(value) for name, value in values.items() if isinstance(value, tuple)}
    arguments = {**values, **shapes, "layer": _name(spot), "op": _operator_name(spot)}
    if rule.losses:
        arguments["loss"] = _loss(rule, spot)
    if above is not None:
        arguments |= {"above": _name(above), "above_op": _operator_name(above)}
    if pointed.row is not None:
        return _finding_inside(rule, pointed, pointed.row, arguments)
    related = _scene(spot.site).uses if spot.row is None else ()
    if above is not None:
        other = spot if rule.points_above else above
        if other is not pointed:
            place = (other.row or other).layer.places.at(Part.OPERATOR)
            where = "stands here" if other.row is None else "is inside this one"
            related = (Related(place, f"{_name(other)} {where}"), *related)
    fix = None
    if rule.fix is not None:
        fix = remedy_fix(pointed.layer, pointed.step, rule.fix, lambda text: text.format_map(arguments))
    place = pointed.layer.places.at(rule.at or Part.OPERATOR)
    path = _scene(pointed.site).layer_path(pointed.number)
    return report(rule.rule, place, arguments, layer=path, related=related, fix=fix)


def _finding_inside(rule: Neighbours, pointed: _Spot, row: _Spot, arguments: Mapping[str, object]) -> Finding:
    """The finding about a layer inside a module, which stands at the module."""
    from convlint.engine.reporting import report
    from convlint.engine.seen_through import title_of

    names, spot = [pointed.layer.name], pointed
    while spot.site.user is not None and spot.site.user != row:
        spot = spot.site.user
        names.append(spot.layer.name)
    scene, name = _scene(row.site), ".".join(reversed(names))
    copy = f"[{spot.site.copy}]" if row.layer.repeat > 1 else ""
    path = f"{scene.layer_path(row.number)}{copy}/{name}"
    found = report(rule.rule, row.layer.places.at(Part.OPERATOR), arguments, layer=path, related=scene.uses)
    return found._replace(message=f"{found.message} (in {title_of(row.layer)}: {name})")


def _name(spot: _Spot) -> str:
    return spot.layer.title


def _operator_name(spot: _Spot) -> str:
    return spot.layer.label or lookup.plain_name(str(spot.layer.operator))


def _scene(site: _Site) -> Scene:
    from convlint.engine.failure_findings import Scene

    if site.user is None:
        return Scene(site.trace, "", (), site.trace.inputs)
    return _scene(site.user.site).inside(site.user.number, site.copy, site.trace)
