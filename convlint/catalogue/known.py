"""What is known of operators and rules, as files declare it; a loader adds to it."""

from __future__ import annotations

from collections.abc import MutableMapping

from convlint.catalogue.operators import Declaration, VocabularyDeclaration
from convlint.catalogue.words import Words
from convlint.findings import Rule
from convlint.typed import NamedTuple

NETWORK = "network"
"""What a rule is on that is over a whole network."""
NETWORK_FACTS = ("parameters", "macs", "layers", "depth")
"""What the expression of such a rule can name."""


class NetworkRule(NamedTuple):
    """A rule over a whole network: an expression over its facts."""

    rule: Rule
    that: str


class Known(NamedTuple):
    """Declarations, rules with their pages, and vocabularies, each by name, and the words of other libraries."""

    declarations: MutableMapping[str, Declaration]
    rules: MutableMapping[str, Rule]
    pages: MutableMapping[str, str]
    vocabularies: MutableMapping[str, VocabularyDeclaration]
    network_rules: list[NetworkRule]
    words: Words
