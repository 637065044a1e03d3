"""Tells of a comma inside a number, as some write decimals and thousands, which YAML takes for the end of a value."""

from __future__ import annotations

import re

from convlint.findings import Edit, Fix
from convlint.schema.spots import Help, Spot
from convlint.source.nodes import AnyNode, Scalar

_WHOLE, _THOUSANDS, _DECIMALS = r"[1-9]\d{0,2}", r"\d{3}", r"\d{1,8}"


def comma_in_number(first: AnyNode, second: AnyNode, spot: Spot) -> Help | None:
    """What to write for two numbers that are one with a comma in it; None where a space stands behind the comma."""
    text = spot.file.source.text
    if not isinstance(first, Scalar) or not isinstance(second, Scalar) or text[first.end : second.start] != ",":
        return None
    if re.fullmatch(_WHOLE, first.text) and re.fullmatch(_THOUSANDS, second.text):
        meant = first.text + second.text
    elif first.text == "0" and re.fullmatch(_DECIMALS, second.text):
        meant = f"0.{second.text}"
    else:
        return None
    fix = Fix(f"write {meant}", (Edit(first.start, second.end, meant),), False)
    return f"a comma ends a value: write {meant}", fix
