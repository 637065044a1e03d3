"""Collects what is wrong with a document while it is read."""

from __future__ import annotations

from collections.abc import Mapping as MappingType

from convlint.dialects.places import place_of
from convlint.findings import Finding, Fix, Related, Severity
from convlint.source.nodes import AnyNode, Mapping, Scalar, Source


class Mistakes:
    """The findings about one document, each once, and what the schema has something against as well.

    `stumbled_over` are the layers in which something is not as the format wants it, and None where that is outside of
    layers; what it is, `convlint.schema` finds and says. `layer` is the one that is read.
    """

    __slots__ = ("_said", "findings", "layer", "source", "stumbled_over")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self.layer: AnyNode | None = None
        self.stumbled_over: set[AnyNode | None] = set()
        self._said: set[tuple[str, int, int]] = set()

    def stumble(self) -> None:
        """Notes that the schema has something to say of the layer that is read, or of what is around layers."""
        self.stumbled_over.add(self.layer)

    def report(
        self,
        rule: str,
        node: AnyNode,
        arguments: MappingType[str, object] | None = None,
        *,
        message: str = "",
        hint: str = "",
        related: tuple[Related, ...] = (),
        severity: Severity | None = None,
        fix: Fix | None = None,
    ) -> None:
        """Notes a finding at a node."""
        from convlint.engine.reporting import report

        where = place_of(self.source, node)
        self.add(
            report(rule, where, arguments, message=message, help=hint, related=related, severity=severity, fix=fix)
        )

    def add(self, finding: Finding) -> None:
        """Notes a finding; what a block's text says wrong is said once, however often the block is used."""
        key = (finding.rule.name, finding.place.start, finding.place.end)
        if key not in self._said:
            self._said.add(key)
            self.findings.append(finding)


def only_keys(node: Mapping, keys: frozenset[str], mistakes: Mistakes) -> None:
    """Stumbles over keys that are not known."""
    if not keys.issuperset(node.pairs):
        mistakes.stumble()


def optional_text(node: Mapping, key: str, mistakes: Mistakes) -> None:
    """Stumbles over a value that is there and no text."""
    value = node.get(key)
    if value is not None and not (isinstance(value, Scalar) and isinstance(value.value, str)):
        mistakes.stumble()


def named_items(node: AnyNode | None, mistakes: Mistakes) -> list[tuple[str, AnyNode]]:
    """(name, value) of a mapping that may be missing."""
    if node is None:
        return []
    if not isinstance(node, Mapping):
        mistakes.stumble()
        return []
    if not all(isinstance(key, str) for key in node.pairs):
        mistakes.stumble()
    return [(key, pair[1]) for key, pair in node.pairs.items() if isinstance(key, str)]
