"""What is explained: a file, and a spot in it with what can be meant there; and how a mistake there is told."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingType
from functools import cached_property

from convlint.dialects.places import place_of
from convlint.engine.reporting import report
from convlint.findings import Finding, Fix
from convlint.schema.other_words import Around
from convlint.schema.parts import DeclaredParts, names_read, readable
from convlint.source.nodes import AnyNode, Mapping, Scalar, Source
from convlint.typed import NamedTuple

Help = tuple[str, Fix | None]
"""What would work, in words, and the fix that does it."""


class File:
    """A file, and what it declares.

    `told_tuples` are the values of the tuples of which a finding was made, so that each makes one.
    """

    def __init__(
        self,
        source: Source,
        root: Mapping,
        declared: DeclaredParts,
        stumbled_over: Collection[AnyNode | None] | None,
    ) -> None:
        self.source = source
        self.root = root
        self.declared = declared
        self.told_tuples: set[Scalar] = set()
        self._stumbled_over = stumbled_over

    def asks(self, layer: AnyNode | None) -> bool:
        """Whether a layer, or what is around layers, is to be looked at."""
        return self._stumbled_over is None or layer in self._stumbled_over

    @property
    def asked(self) -> list[AnyNode]:
        """All that is to be looked at."""
        if self._stumbled_over is None or None in self._stumbled_over:
            return [self.root]
        return sorted([node for node in self._stumbled_over if node is not None], key=_place, reverse=True)

    @cached_property
    def readable(self) -> set[str]:
        """The names of everything in it that a layer can read."""
        return readable(self.root, self.declared.blocks.values())

    @cached_property
    def read(self) -> set[str]:
        """The names that its layers and outputs do read."""
        return names_read(self.root, self.declared.blocks.values())


def _place(node: AnyNode) -> int:
    return node.start


class Spot(NamedTuple):
    """The top of a file, or one of its layers, which has a `label`.

    `values` are the names that expressions know there. Of a layer without `op`, `above` is the one whose keys its keys
    may be; of a layer with one, `behind_dashes` are such keys below it.
    """

    file: File
    values: frozenset[str]
    label: str | None = None
    around: Around = Around((), 0)
    above: Mapping | None = None
    behind_dashes: Collection[object] = ()


def mistake(
    rule: str,
    node: AnyNode,
    arguments: MappingType[str, object],
    spot: Spot,
    hint: str = "",
    fix: Fix | None = None,
) -> Finding:
    """The finding of a rule at a node; `arguments` fill the texts of the rule."""
    return report(rule, place_of(spot.file.source, node), arguments, help=hint, layer=spot.label, fix=fix)


def text_of(node: AnyNode | None) -> object:
    """The value of a scalar; None of anything else."""
    return node.value if isinstance(node, Scalar) else None
