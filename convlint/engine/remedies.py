"""Makes fixes from what declarations say mends a layer; `convlint.fixes` proves them before anyone sees them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType

from convlint.catalogue import lookup
from convlint.catalogue.operators import Remedy
from convlint.catalogue.parameters import REJECTED, accept
from convlint.editing import Edits, item_before, rewritten, together, value_text, with_entry, with_value
from convlint.engine.trace import Step
from convlint.findings import Edit, Fix
from convlint.model import Layer
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence

Fill = Callable[[str], str]
"""Fills the fields of a text."""


def remedy_fix(layer: Layer, step: Step, remedy: Remedy, fill: Fill) -> Fix | None:
    """The fix of a failed requirement; None where a value is not known, or is not written as one that can be edited."""
    text, node = layer.places.written()
    if node is None or not isinstance(layer.operator, str):
        return None
    if remedy.insert:
        edits = _inserted(text, node, layer, remedy.insert)
        return None if edits is None else Fix(fill(remedy.title) or f"insert {remedy.insert}", edits, remedy.safe)
    try:
        expressions = tuple(expression for _, expression in remedy.settings)
        values = lookup.evaluate(layer.operator, expressions, layer.parameters, step.inputs, step.outputs)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    wanted = {name: value for (name, _), value in zip(remedy.settings, values)}
    return _setting_fix(layer, wanted, remedy.safe, fill(remedy.title))


def setting_fix(layer: Layer, name: str, value: object) -> Fix | None:
    """An unsafe fix that gives one parameter a value."""
    return _setting_fix(layer, {name: value}, False, "")


def _setting_fix(layer: Layer, wanted: MappingType[str, object], safe: bool, title: str) -> Fix | None:
    text, node = layer.places.written()
    operator = lookup.operator(str(layer.operator))
    if node is None or operator is None:
        return None
    edits: list[Edit] = []
    words = []
    for name, value in wanted.items():
        if name not in operator.positions:
            return None
        value = _plain(value)
        written = node.get(name)
        if not isinstance(written, Sequence) and isinstance(value, tuple) and len(set(value)) == 1:
            value = value[0] if operator.parameters[operator.positions[name]].type != "integers" else value
        accepted = accept(operator.parameters[operator.positions[name]], operator.axes, value)
        if accepted is REJECTED or accepted == layer.parameters[operator.positions[name]]:
            return None
        part = with_entry(text, node, name, value) if written is None else _replaced(text, written, value)
        if not part:
            return None
        edits += part
        words.append(f"set {name} to {value_text(value)}")
    return Fix(title or " and ".join(words), tuple(edits), safe)


def _replaced(text: str, node: AnyNode, value: object) -> Edits | None:
    return None if holds_expression(node) else with_value(text, node, value)


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def holds_expression(node: AnyNode | None) -> bool:
    """Whether an expression gives a value, or a part of it."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and "${" in node.value
    return isinstance(node, Sequence) and any(holds_expression(item) for item in node.items)


def _inserted(text: str, node: Mapping, layer: Layer, operator: str) -> Edits | None:
    """A layer before this one, which then reads it."""
    if node.origin is not None:
        return None
    source = node.get("from")
    if source is None:
        return item_before(text, node, f"{{op: {operator}}}")
    if not isinstance(source, Scalar) or source.origin is not None:
        return None
    word = operator.lower()
    name = _new_name(text, f"{layer.name}_{word}" if layer.name.isidentifier() else word)
    read = text[source.start : source.end]
    inserted = item_before(text, node, f"{{name: {name}, op: {operator}, from: {read}}}")
    return together(inserted, rewritten(text, source, name))


def _new_name(text: str, name: str) -> str:
    """The name, with a number where the text has it already."""
    number, free = 2, name
    while free in text:
        free, number = f"{name}{number}", number + 1
    return free
