"""Says of a finding which layer is to blame for it, what that layer should be, and offers to change it."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.editing import value_text, with_value
from convlint.engine.arguments import ChangeSpot
from convlint.engine.remedies import holds_expression, setting_fix
from convlint.engine.reporting import shape_text
from convlint.engine.suspects import Culprit
from convlint.engine.trace import Trace
from convlint.findings import Edit, Finding, Fix, Part, Place, Related
from convlint.model import Graph, Layer, Port

_MOST_NAMED = 3
_ROUND, _LEAST_COUNT, _FEWEST_ROUND = 8, 16, 2
"""What nearly all counts of channels and features are multiples of, from where on, and of how many it is told."""
_LISTS = frozenset(("integers", "dims"))


def accused(finding: Finding, culprit: Culprit, whole: Trace) -> Finding:
    """The finding with the culprit as its first related place, named in its help, and its fix in place of others."""
    spot = culprit.spot
    related: tuple[Related, ...] = () if culprit.is_own else (_related(spot, whole),)
    hint = _advice(spot, whole)
    if culprit.is_sure:
        hint += f": that fits {_satisfied(culprit, whole)}"
        return finding._replace(related=(*related, *finding.related), help=hint, fix=_fix(spot, whole))
    hints = [finding.help, hint, *[_advice(rival, whole) for rival in culprit.rivals]]
    told = finding._replace(help="; or ".join(filter(None, hints)))
    is_in_doubt = culprit.is_likely or _is_rounder(spot)
    if finding.fix is not None and finding.fix.safe and not is_in_doubt:
        return told  # this layer is to blame as likely as not, so no other is pointed at
    related += tuple([_related(rival, whole) for rival in culprit.rivals])
    fix = finding.fix._replace(safe=False) if finding.fix is not None else None
    is_alone = finding.fix is None and not culprit.rivals
    if culprit.is_likely and (culprit.is_own or is_alone):
        fix = _fix(spot, whole) or fix
    return told._replace(related=(*related, *finding.related), fix=fix)


def _is_rounder(spot: ChangeSpot) -> bool:
    """Whether a count that is no multiple of 8 would be one, as those of its like are: 65 among 32, 64 and 128."""
    now, value = spot.now, spot.value
    if type(now) is not int or type(value) is not int or now % _ROUND == 0 or value % _ROUND != 0:
        return False
    others = [_value_of(layer, spot.key) for layer in spot.trace.graph.layers if layer.operator == spot.layer.operator]
    counts = [other for other in others if type(other) is int and other >= _LEAST_COUNT and other != now]
    is_alone = len(counts) >= _FEWEST_ROUND and all(count % _ROUND == 0 for count in counts)
    return is_alone and min(now, value) >= _LEAST_COUNT


def _value_of(layer: Layer, key: str) -> object:
    """What a layer has for a key; None where it has no such parameter."""
    operator = lookup.operator(layer.operator) if isinstance(layer.operator, str) else None
    position = operator.positions.get(key) if operator is not None else None
    return None if position is None else layer.parameters[position]


def _related(spot: ChangeSpot, whole: Trace) -> Related:
    """Where a change is written, and what comes of it today."""
    given = shape_text(spot.trace.steps[spot.number].outputs[0])
    has = f" with {spot.key}: {_text(spot, spot.now)}" if spot.key else ""
    return Related(spot.layer.places.at(spot.key), f"{_named(spot, whole)} gives {given}{has}")


def _advice(spot: ChangeSpot, whole: Trace) -> str:
    """`set stride to 1 in conv1 (line 7)`."""
    line = line_of(spot.layer.places.at(spot.key))
    if not spot.key:
        return f"look at {_named(spot, whole)} (line {line})"
    if isinstance(spot.value, Port):
        now, meant = _text(spot, spot.now), _text(spot, spot.value)
        return f"let {_named(spot, whole)} (line {line}) read {meant} in place of {now}"
    return f"set {spot.key} to {_text(spot, spot.value)} in {_named(spot, whole)} (line {line})"


def _named(spot: ChangeSpot, whole: Trace) -> str:
    return f"{path_of(whole, spot.route)}{spot.layer.title}"


def _text(spot: ChangeSpot, value: object) -> str:
    """A value of a key as a file has it."""
    if isinstance(value, Port):
        return spot.trace.graph.port_name(value)
    if isinstance(value, tuple) and len(set(value)) == 1 and not _is_list(spot):
        return str(value[0])
    return value_text(list(value) if isinstance(value, tuple) else value) or str(value)


def _is_list(spot: ChangeSpot) -> bool:
    """Whether a parameter takes a list of any length, so that one number is not the same for all axes."""
    if not isinstance(spot.layer.operator, str):
        return False
    parameters = lookup.declaration(spot.layer.operator).parameters
    return any(parameter.name == spot.key and parameter.type in _LISTS for parameter in parameters)


def _fix(spot: ChangeSpot, whole: Trace) -> Fix | None:
    """The fix that makes the change; None where it is not written as a value that can be edited."""
    if isinstance(spot.value, Port):
        return _rewiring(spot, whole)
    if not spot.key:
        return None
    title = f"set {spot.key} to {_text(spot, spot.value)} in {_named(spot, whole)}"
    if not isinstance(spot.layer.operator, Graph):
        found = setting_fix(spot.layer, spot.key, spot.value)
        return None if found is None else found._replace(title=title)
    text, node = spot.layer.places.written()
    written = None if node is None else node.get(spot.key)
    edits = None if written is None or holds_expression(written) else with_value(text, written, spot.value)
    return None if not edits else Fix(title, edits, False)


def _rewiring(spot: ChangeSpot, whole: Trace) -> Fix | None:
    """The fix that lets a layer read another; None where what it reads is not written as its name or its number."""
    (change, *_), *_ = spot.changes.values()
    place = spot.layer.places.at(Part.SOURCES, -1 - change.position)
    written = place.source.text[place.start : place.end]
    title = f"let {_named(spot, whole)} read {_text(spot, spot.value)} in place of {_text(spot, spot.now)}"
    if written not in (_text(spot, spot.now), str(spot.now.layer if isinstance(spot.now, Port) else "")):
        return None
    return Fix(title, (Edit(place.start, place.end, _text(spot, spot.value)),), False)


def _satisfied(culprit: Culprit, whole: Trace) -> str:
    """`bn1, conv2 and add`: the layers that refuse no more."""
    layers = dict.fromkeys((route, index) for route, index, _ in culprit.mended)
    names = [path_of(whole, route) + _layer_name(whole, route, index) for route, index in layers]
    shown = names[:_MOST_NAMED]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def path_of(whole: Trace, route: tuple[int, ...]) -> str:
    """What stands before the names of the layers that a route leads to: `enc1[1]/`."""
    path, trace = "", whole
    for index, copy in zip(route[::2], route[1::2]):
        layer = trace.graph.layers[index]
        path += f"{layer.name}[{copy}]/" if layer.repeat > 1 else f"{layer.name}/"
        trace = trace.steps[index].copies[copy]
    return path


def _layer_name(whole: Trace, route: tuple[int, ...], index: int) -> str:
    trace = whole
    for number, copy in zip(route[::2], route[1::2]):
        trace = trace.steps[number].copies[copy]
    return trace.graph.layers[index].name


def line_of(place: Place) -> int:
    """The line of a place, for a message that speaks of another one."""
    return place.source.text.count("\n", 0, place.start) + 1
