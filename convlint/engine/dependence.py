"""Finds the argument of a layer on which a parameter of an inner layer depends: another value is given, and opened."""

from __future__ import annotations

from collections.abc import Iterator

from convlint.catalogue import lookup
from convlint.engine.opening import opened
from convlint.engine.trace import Session, Step
from convlint.findings import Part
from convlint.model import Layer


def governing_argument(layer: Layer, step: Step, path: tuple[str, ...], parameter: str, session: Session) -> str | None:
    """The one argument that is written and changes a parameter of the layer at a path; None where none or several do.

    `path` holds the names from the outermost body to the innermost. That a layer is there at all depends on more than
    its parameter, so a value with which it is not says nothing.
    """
    operator = lookup.operator(str(layer.operator))
    if operator is None:
        return None
    before = _value(layer, step, path, parameter, session)
    found = []
    for position, name in enumerate(item.name for item in operator.parameters):
        if layer.places.at(name) == layer.places.at(Part.OPERATOR):
            continue
        for other in _others(layer.parameters[position]):
            changed = layer._replace(parameters=_with(layer.parameters, position, other))
            if _value(changed, step, path, parameter, session) not in (before, _ABSENT):
                found.append(name)
    return found[0] if len(found) == 1 else None


def _with(parameters: tuple[object, ...], position: int, value: object) -> tuple[object, ...]:
    return (*parameters[:position], value, *parameters[position + 1 :])


def _others(value: object) -> Iterator[object]:
    """Another value for a parameter, if one can be made up."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield 2 * value if value else 1
    elif isinstance(value, float):
        yield value / 2
    elif isinstance(value, tuple) and value and (doubled := _doubled(value)) is not None:
        yield doubled


def _doubled(value: object) -> object:
    """Twice an integer, or a list of integers, or lists of them; None of anything else."""
    if not isinstance(value, tuple):
        return 2 * value if type(value) is int else None
    items = tuple([_doubled(item) for item in value])
    return None if None in items else items


_ABSENT = object()


def _value(layer: Layer, step: Step, path: tuple[str, ...], parameter: str, session: Session) -> object:
    """What a parameter of an inner layer is; `_ABSENT` where there is no such layer."""
    for name in path:
        inside = next(iter(opened(layer, step, session)), None)
        if inside is None:
            return _ABSENT
        graph = inside.trace.graph
        number = next((number for number, inner in enumerate(graph.layers) if inner.name == name), None)
        if number is not None:
            layer, step = graph.layers[number], inside.trace.steps[number]
            continue
        slot = next((slot for slot in inside.body.slots if slot.path == name and slot.module is not None), None)
        if slot is None or slot.module is None:
            return _ABSENT
        layer = slot.module
    operator = lookup.operator(str(layer.operator))
    if operator is None or parameter not in operator.positions:
        return _ABSENT
    return layer.parameters[operator.positions[parameter]]
