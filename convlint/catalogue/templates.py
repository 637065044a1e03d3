"""The texts of rules and requirements: which `{fields}` they have, and which of these are expressions."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.findings import Rule
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.catalogue.operators import Requirement

FACTS = frozenset(("axis_name", "input", "shapes", "at", "value", "op"))
"""Fields that say something of the layer, and are no expressions."""


def fields(text: str) -> tuple[str, ...]:
    """The fields of a text, each once."""
    return tuple(dict.fromkeys([name for name, _ in _parts(text)[1] if name]))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with values in place of its fields."""
    start, parts = _parts(text)
    return start + "".join([values[name] + rest if name else rest for name, rest in parts])


def _parts(text: str) -> tuple[str, list[tuple[str, str]]]:
    """(what stands before the first `{`, for each what it opens and what follows); the name of no field is empty."""
    start, *opened = text.split("{")
    parts = [part.partition("}") for part in opened]
    return start, [(name, rest) if name and end else ("", f"{{{name}{end}{rest}") for name, end, rest in parts]


def message_of(requirement: Requirement, rule: Rule) -> str:
    """The text of what is wrong where a requirement does not hold."""
    return requirement.say if requirement.say is not None else rule.message


def help_of(requirement: Requirement, rule: Rule) -> str:
    """The text of what would help."""
    return requirement.help if requirement.help is not None else rule.help


def evaluated(requirement: Requirement, rule: Rule) -> set[tuple[str, ...]]:
    """The groups of expressions whose values are asked for together where a requirement does not hold."""
    fix = requirement.fix
    texts = [message_of(requirement, rule), help_of(requirement, rule), *([fix.title] if fix is not None else [])]
    groups = {tuple([name for name in fields(text) if name not in FACTS]) for text in texts}
    if fix is not None:
        groups.add(tuple([expression for _, expression in fix.settings]))
    return groups - {()}
