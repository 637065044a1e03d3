"""What a parameter would be that follows from the inputs of a layer."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.domain.values import UNKNOWN, Shapes


def inferred(name: str, expression: str, parameters: tuple[object, ...], inputs: Shapes) -> object:
    """What is inferred for an operator, as a file would give it; None where that cannot be told."""
    try:
        (value,) = lookup.evaluate(name, (expression,), parameters, inputs, ())
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    if isinstance(value, list):
        return tuple(value)
    return None if value is UNKNOWN else value
