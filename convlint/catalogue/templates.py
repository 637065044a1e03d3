"""The texts of rules and requirements: which `{fields}` they have, and which of these are expressions."""

from __future__ import annotations

import re

from convlint.findings import Rule
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.catalogue.operators import Requirement

FIELD = r"\{([^{}]+)\}"
FACTS = frozenset(("axis_name", "input", "shapes", "at", "value", "op"))
"""Fields that say something of the layer, and are no expressions."""


def fields(text: str) -> tuple[str, ...]:
    """The fields of a text, each once."""
    return tuple(dict.fromkeys(re.findall(FIELD, text)))


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
