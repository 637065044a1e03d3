"""A repository's own rules inside the modules of a network: every inner layer of an operator that such a rule is on."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.catalogue.extension import Extension
from convlint.domain.values import UNKNOWN, Shape
from convlint.engine.dependence import governing_argument
from convlint.engine.failure_findings import Scene, finding_inside
from convlint.engine.failures import Unmet
from convlint.engine.opening import Opened, opened
from convlint.engine.propagation import propagate
from convlint.engine.reporting import report
from convlint.engine.trace import Session, Step, Trace
from convlint.engine.uncomputed import Told, uncomputed_messages
from convlint.findings import Finding, Part, Place, Related
from convlint.limits import DEEPEST_BODY, MOST_INNER_LAYERS
from convlint.model import Architecture, Graph, Layer, Port
from convlint.typed import NamedTuple

MOST_FINDINGS = 1000
"""Findings inside the modules of one network."""
_NOT_ASKED = "what is inside is not known, so rules of your own were not asked there"


class _Inside(NamedTuple):
    """What is inside a layer: the path before the names of its layers, and the row that it is the inside of.

    `uses` are the places of the blocks around it, `names` those of the inner layers that were opened on the way.
    """

    trace: Trace
    path: str
    row: str
    layer: Layer
    step: Step
    uses: tuple[Related, ...]
    names: tuple[str, ...] = ()

    def told(self, finding: Finding, name: str) -> Finding:
        """A finding about an inner layer of a name, as those read it who see the row alone."""
        message = f"{finding.message} (in {self.row}: {name})"
        return finding._replace(message=message, layer=self.path + name, related=self.uses)


class _Search(NamedTuple):
    """What is looked for (the numbers of own requirements by operator), and what a search shares.

    `room` holds how many layers inside modules may still be met, `told` what was said to be not computed.
    """

    own: Extension
    wanted: dict[str, frozenset[int]]
    session: Session
    given: tuple[Shape, ...]
    room: list[int]
    told: set[tuple[str, str]]


def inner_findings(
    own: Extension, architecture: Architecture, trace: Trace, every_rule: bool, told: Told
) -> list[Finding]:
    """What own rules find inside modules, each at the row or the layer that the module is; empty without such rules.

    Rules that are off by default are asked too if `every_rule`; `told` is what cannot be computed outside of modules.
    """
    wanted = {name: numbers for name in own.declarations if (numbers := _own_requirements(own, name))}
    if not wanted:
        return []
    search = _Search(own, wanted, Session({}, every_rule), architecture.inputs, [MOST_INNER_LAYERS], set(told))
    found: dict[tuple[str, int, int, str], Finding] = {}
    for finding in _below(Scene(trace, "", (), architecture.inputs), search):
        found.setdefault((finding.rule.name, finding.place.start, finding.place.end, finding.message), finding)
        if len(found) == MOST_FINDINGS:
            break
    return list(found.values())


def _own_requirements(own: Extension, name: str) -> frozenset[int]:
    requirements = own.declarations[name].requirements
    return frozenset(number for number, requirement in enumerate(requirements) if requirement.rule in own.rules)


def _below(scene: Scene, search: _Search) -> Iterator[Finding]:
    """What is found inside the layers of a network or of a native block, in each copy that differs from the others."""
    for index, (layer, step) in enumerate(zip(scene.trace.graph.layers, scene.trace.steps)):
        if isinstance(layer.operator, Graph):
            for number, copy in enumerate(step.copies):
                yield from _below(scene.inside(index, number, copy), search)
            continue
        copies = opened(layer, step, search.session)
        if not copies and _is_closed(layer, step, search):
            place = layer.places.at(Part.OPERATOR)
            message, where = f"{title_of(layer)}: {_NOT_ASKED}", scene.layer_path(index)
            yield report("rule-not-computed", place, message=message, layer=where, related=scene.uses)
        for number, inside in enumerate(copies):
            path = scene.layer_path(index) + (f"[{number}]/" if layer.repeat > 1 else "/")
            for flow in _flows(inside, search.session):
                yield from _within(_Inside(flow, path, title_of(layer), layer, step, scene.uses), "", search, 0)


def _is_closed(layer: Layer, step: Step, search: _Search) -> bool:
    """Whether there is something inside a layer that arrives as it should and cannot be opened; of each kind once."""
    operator = layer.operator
    if operator is None or step.failures or UNKNOWN in step.inputs:
        return False
    if isinstance(operator, str) and (lookup.body(operator) is None or not _has_layers(operator)):
        return False
    kind = ("inside", operator if isinstance(operator, str) else layer.label)
    is_new = kind not in search.told
    search.told.add(kind)
    return is_new


def _has_layers(operator: str) -> bool:
    body = lookup.declaration(operator).body
    return body is not None and body.has_layers


def title_of(layer: Layer) -> str:
    """What a message calls the layer that is opened: a row by its number, and its class where its name does not say."""
    name = f"row {layer.name}" if layer.arguments is not None else layer.name
    return name if name.endswith(layer.label) else f"{name}, {layer.label}"


def _within(inside: _Inside, prefix: str, search: _Search, depth: int) -> Iterator[Finding]:
    """What is found in a module, and in the modules inside it."""
    trace = inside.trace
    search.room[0] -= len(trace.steps)
    if search.room[0] < 0:
        return
    for index, (layer, step) in enumerate(zip(trace.graph.layers, trace.steps)):
        name = prefix + layer.name
        yield from _broken_at(inside, index, name, search)
        yield from _uncomputed_at(inside, index, name, search)
        if depth < DEEPEST_BODY:
            copies = opened(layer, step, search.session)
            if not copies and _is_closed(layer, step, search):
                message = f"{lookup.plain_name(str(layer.operator))}: {_NOT_ASKED}"
                place = inside.layer.places.at(Part.OPERATOR)
                yield inside.told(report("rule-not-computed", place, message=message), name)
            for deeper in copies[:1]:
                for flow in _flows(deeper, search.session):
                    within = inside._replace(trace=flow, names=(*inside.names, layer.name))
                    yield from _within(within, f"{name}.", search, depth + 1)


def _broken_at(inside: _Inside, index: int, name: str, search: _Search) -> Iterator[Finding]:
    """What an inner layer breaks of the rules that are looked for."""
    layer, step = inside.trace.graph.layers[index], inside.trace.steps[index]
    numbers = search.wanted.get(str(layer.operator), frozenset())
    for failure in step.failures:
        if isinstance(failure, Unmet) and failure.requirement in numbers:
            finding = finding_inside(Scene(inside.trace, "", (), search.given), index, step, failure)
            place = _place(inside, layer, failure, search.session)
            yield inside.told(finding._replace(place=place), name)


def _uncomputed_at(inside: _Inside, index: int, name: str, search: _Search) -> Iterator[Finding]:
    """What of own rules cannot be computed for an inner layer, where it was not told of another one."""
    layer, step = inside.trace.graph.layers[index], inside.trace.steps[index]
    for what, message in uncomputed_messages(search.own, layer, step):
        if what not in search.told:
            search.told.add(what)
            yield inside.told(report("rule-not-computed", inside.layer.places.at(Part.OPERATOR), message=message), name)


def _place(inside: _Inside, layer: Layer, failure: Unmet, session: Session) -> Place:
    """The argument of the row that alone makes the parameter what it is; the operator of the row where none does."""
    at = lookup.declaration(str(layer.operator)).requirements[failure.requirement].at
    path = (*inside.names, layer.name)
    argument = governing_argument(inside.layer, inside.step, path, at, session) if at else None
    return inside.layer.places.at(argument or Part.OPERATOR)


def _flows(inside: Opened, session: Session) -> Iterator[Trace]:
    """What flows in a module, and each of its layers through which nothing does: it is there all the same."""
    yield inside.trace
    for slot in inside.body.slots:
        if slot.module is not None and slot.layer < 0 and not slot.is_alias:
            key = ("apart", slot.module)
            graph = session.known.get(key)
            if graph is None:
                layer = slot.module._replace(sources=(Port(-1),))
                graph = session.known[key] = Graph("", ("x",), (layer,), (Port(0),))
            yield propagate(graph, (UNKNOWN,), session)
