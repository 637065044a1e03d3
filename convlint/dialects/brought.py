"""Holds what the reader of somebody else's dialect gives against the declarations, before it is computed with."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.model import Layer, Reading


class UnfitReadingError(ValueError):
    """A layer that a dialect gives does not fit the declaration of its operator; the message says which and how."""


def require_fit(name: str, reading: Reading) -> None:
    """Raises UnfitReadingError where a layer has no value for a parameter of its operator, or has one too many."""
    for architecture in reading.architectures:
        for graph in architecture.graph.with_blocks():
            for layer in graph.layers:
                if isinstance(layer.operator, str):
                    _require_layer(name, layer, layer.operator)


def _require_layer(name: str, layer: Layer, operator: str) -> None:
    declared = lookup.operator(operator)
    if declared is None:
        message = f"the dialect '{name}' gives layer '{layer.name}' the operator {operator}, which is not declared"
        raise UnfitReadingError(f"{message}: it is None where it is not known")
    given, wanted = len(layer.parameters), len(declared.parameters)
    if given != wanted:
        message = f"the dialect '{name}' gives layer '{layer.name}' {given} parameters, but {operator} has {wanted}"
        raise UnfitReadingError(f"{message}: a value for each, in the order of the declaration")
