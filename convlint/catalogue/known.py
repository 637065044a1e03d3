"""What is known of operators and rules, as files declare it; a loader adds to it."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from typing import NamedTuple

from convlint.catalogue import language
from convlint.catalogue.language import Definitions
from convlint.catalogue.operators import Declaration, VocabularyDeclaration
from convlint.findings import Rule

NETWORK = "network"
"""What a rule is on that is over a whole network."""
NETWORK_FACTS = ("parameters", "macs", "layers", "depth")
"""What the expression of such a rule can name."""


class NetworkRule(NamedTuple):
    """A rule over a whole network: an expression over its facts."""

    rule: Rule
    that: str


class Known(NamedTuple):
    """Declarations, rules with their pages, and vocabularies, each by name."""

    declarations: MutableMapping[str, Declaration]
    rules: MutableMapping[str, Rule]
    pages: MutableMapping[str, str]
    vocabularies: MutableMapping[str, VocabularyDeclaration]
    network_rules: list[NetworkRule]

    def definitions(self, operator: str) -> Definitions:
        """The formulas that the costs of an operator may call."""
        vocabulary, dot, _ = operator.partition(".")
        return definitions_of(self.vocabularies[vocabulary].definitions) if dot else {}


@lru_cache(maxsize=64)
def definitions_of(pairs: tuple[tuple[str, str], ...]) -> Definitions:
    """The definitions of a vocabulary, by name; raises ExpressionError."""
    return dict(language.parse_definition(signature, formula) for signature, formula in pairs)
