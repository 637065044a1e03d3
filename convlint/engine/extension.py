"""Operators and rules of a user's own, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convlint.findings import Rule

if TYPE_CHECKING:
    from convlint.engine.rows import Vocabulary


class Extension(NamedTuple):
    """What one settings file brings, beyond what convlint knows."""

    rules: dict[str, Rule]
    vocabularies: dict[str, Vocabulary]
