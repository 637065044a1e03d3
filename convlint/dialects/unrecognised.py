"""What is said of a text that no dialect recognises."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.dialects import registry
from convlint.dialects.registry import Dialect, NearMiss
from convlint.dialects.text_findings import problem_finding
from convlint.engine.reporting import report
from convlint.findings import FileResult, Place
from convlint.source.nodes import Document, Mapping, Source
from convlint.source.reader import SourceProblem


def unrecognised(
    source: Source, documents: Sequence[Document], problem: SourceProblem | None, dialects: tuple[Dialect, ...]
) -> FileResult:
    """The result of a text that holds no network, or that cannot be parsed as far as to its network."""
    if problem is not None:
        return FileResult(source.path, (problem_finding(source, problem),), registry.claimant(source.text, dialects))
    miss = _near_miss(documents, dialects)
    place = Place(source, 0, min(1, len(source.text)))
    finding = report("not-an-architecture", place, {"reason": miss.reason}, help=miss.help)
    return FileResult(source.path, (finding,), skipped=miss.reason)


def _near_miss(documents: Sequence[Document], dialects: Sequence[Dialect]) -> NearMiss:
    roots = [document.root for document in documents if document.root is not None]
    if not roots:
        return NearMiss("the file is empty")
    mappings = [root for root in roots if isinstance(root, Mapping)]
    if not mappings:
        return NearMiss("the file holds no mapping")
    misses = [registry.reader(dialect).nearly(root) for dialect in dialects for root in mappings]
    return next((miss for miss in misses if miss is not None), NearMiss(registry.NO_MARK))
