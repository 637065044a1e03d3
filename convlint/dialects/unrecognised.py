"""What is said of a text that no dialect recognises."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.dialects import registry
from convlint.dialects.places import place_of
from convlint.dialects.registry import Dialect, NearMiss
from convlint.dialects.text_findings import problem_finding
from convlint.editing import entry_before_all
from convlint.engine.reporting import report
from convlint.findings import FileResult, Fix, Place
from convlint.source.nodes import Document, Mapping, Source
from convlint.source.reader import SourceProblem


def unrecognised(
    source: Source, documents: Sequence[Document], problem: SourceProblem | None, dialects: tuple[Dialect, ...]
) -> FileResult:
    """The result of a text that holds no network, or that cannot be parsed as far as to its network."""
    if problem is not None:
        return FileResult(source.path, (problem_finding(source, problem),), registry.claimant(source.text, dialects))
    unmarked = _unmarked(source, documents, dialects)
    if unmarked is not None:
        return unmarked
    miss = _near_miss(documents, dialects)
    place = Place(source, 0, min(1, len(source.text)))
    finding = report("not-an-architecture", place, {"reason": miss.reason}, help=miss.help)
    return FileResult(source.path, (finding,), skipped=miss.reason)


def _unmarked(source: Source, documents: Sequence[Document], dialects: tuple[Dialect, ...]) -> FileResult | None:
    """The result of a text that is a network but for the entry that marks it as one; None for others."""
    for dialect in dialects:
        for root in [document.root for document in documents if isinstance(document.root, Mapping)]:
            miss = _miss(dialect, root)
            if miss is not None and miss.lacks is not None:
                edits = entry_before_all(source.text, root, *miss.lacks)
                fix = None if edits is None else Fix(f"write {': '.join(miss.lacks)}", edits, True)
                finding = report("missing-version", place_of(source, root.entries[0][0]), fix=fix)
                return FileResult(source.path, (finding,), dialect.name)
    return None


def _near_miss(documents: Sequence[Document], dialects: Sequence[Dialect]) -> NearMiss:
    roots = [document.root for document in documents if document.root is not None]
    if not roots:
        return NearMiss("the file is empty")
    mappings = [root for root in roots if isinstance(root, Mapping)]
    if not mappings:
        return NearMiss("the file holds no mapping")
    misses = [_miss(dialect, root) for dialect in dialects for root in mappings]
    return next((miss for miss in misses if miss is not None), NearMiss(registry.NO_MARK))


def _miss(dialect: Dialect, root: Mapping) -> NearMiss | None:
    """What keeps a document from being read in a format: something in it, or that another format was asked for."""
    reader = registry.reader(dialect)
    if not reader.recognises(root):
        return reader.nearly(root)
    return NearMiss(f"the file is in the format '{dialect.name}', and another was asked for")
