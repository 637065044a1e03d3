"""What came of one text: its documents, how each was read, and what was found in the networks that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convlint.dialects.reading import Recognised
from convlint.engine.examination import Examined
from convlint.engine.trace import Computed, Trace
from convlint.findings import Finding
from convlint.source.nodes import Document, Source
from convlint.source.reader import SourceProblem
from convlint.typed import NamedTuple


class Checked(NamedTuple):
    """One document: what its reader made of it, and each variant of its network, examined."""

    read: Recognised
    networks: tuple[Examined, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is wrong with it; what holds for several variants is said once."""
        if len(self.networks) == 1 and not self.read.reading.severities:
            found = (*self.read.findings, *self.networks[0].findings)
        else:
            from convlint.variants import merged

            found = (*self.read.findings, *merged(self.networks, self.read.reading.severities))
        word = self.networks[0].architecture.layer_word if self.networks else ""
        return tuple([finding._replace(layer_word=word) for finding in found]) if word else found


class Study(NamedTuple):
    """One text: its documents, those of them that hold networks, and what keeps it from being parsed any further.

    `computed` is what was computed on the way, by all that it depends on.
    """

    source: Source
    documents: Sequence[Document]
    checked: tuple[Checked, ...]
    problem: SourceProblem | None
    computed: Mapping[object, object]

    @property
    def networks(self) -> tuple[Examined, ...]:
        """The networks of all documents, each variant by itself."""
        return tuple([network for checked in self.checked for network in checked.networks])

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The shapes of each network."""
        return tuple([network.trace for network in self.networks])

    @property
    def past(self) -> Computed:
        """What a check of much the same text may take over."""
        return Computed(self.computed, {(trace.graph.name, trace.inputs): trace for trace in self.traces})
