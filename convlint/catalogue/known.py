"""What is known of operators and rules, as files declare it; a loader adds to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableMapping

from convlint.catalogue.operators import Declaration, Neighbours, VocabularyDeclaration
from convlint.catalogue.words import Words
from convlint.findings import Rule
from convlint.typed import NamedTuple

NETWORK = "network"
"""What a rule is on that is over a whole network."""
NETWORK_FACTS = ("parameters", "macs", "layers", "depth")
"""What the expression of such a rule can name."""


WIRINGS = ("twice", "output")
"""What a rule over neighbours can ask of the wiring: one output is read twice, or the layer is one of the network."""
TOTAL = "parameters"
"""What such a rule calls the parameters of the whole network."""
ABOVE = "above."
"""What stands before a parameter of the layer above, where a rule over neighbours points at that."""


Watched = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Numbers of what rules demand of neighbours, by the operator of a layer and of the one above, or how it is wired."""


class NetworkRule(NamedTuple):
    """A rule over a whole network: an expression over its facts."""

    rule: Rule
    that: str


class Known(NamedTuple):
    """Declarations, rules with their pages, and vocabularies, each by name, and the words of other libraries.

    `groups` holds the group of each operator: what its file is called.
    """

    declarations: MutableMapping[str, Declaration]
    rules: MutableMapping[str, Rule]
    pages: MutableMapping[str, str]
    vocabularies: MutableMapping[str, VocabularyDeclaration]
    network_rules: list[NetworkRule]
    words: Words
    neighbours: list[Neighbours]
    groups: MutableMapping[str, str]


def watched(
    neighbours: Iterable[Neighbours], off: Collection[str] = (), start: int = 0
) -> dict[str, dict[str, tuple[int, ...]]]:
    """The numbers, from `start` on, of the entries that look at an operator below another, or wired in some way.

    Entries of rules that are `off` look at nothing.
    """
    table: dict[str, dict[str, tuple[int, ...]]] = {}
    for number, item in enumerate(neighbours, start):
        for below, above in item.pairs if item.rule not in off else ():
            others = table.setdefault(below, {})
            others[above] = (*others.get(above, ()), number)
    return table


def passed(neighbours: Iterable[Neighbours]) -> dict[str, list[str]]:
    """The operators that may stand between a layer of an operator and the one above, for some entry."""
    table: dict[str, set[str]] = {}
    for item in neighbours:
        for below, _ in item.pairs if item.through else ():
            table.setdefault(below, set()).update(item.through)
    return {below: sorted(between) for below, between in table.items()}
