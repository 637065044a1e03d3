"""From a text to its networks: each document goes to the dialect that recognises it."""

from __future__ import annotations

from collections.abc import Sequence

from convlint.budget import Budget, within
from convlint.catalogue import lookup
from convlint.dialects import registry
from convlint.dialects.registry import Dialect, Request
from convlint.dialects.texts import text_of
from convlint.findings import Finding
from convlint.limits import LARGEST_SIZE
from convlint.model import Architecture, Reading
from convlint.options import AUTO, Options
from convlint.source.nodes import Document, Mapping, Source
from convlint.source.reader import SourceProblem, parse
from convlint.typed import NamedTuple


class Recognised(NamedTuple):
    """A document with its dialect, what the dialect's reader makes of it, and all that is wrong with its text."""

    dialect: Dialect
    reading: Reading
    findings: tuple[Finding, ...]


def read_document(document: Document, candidates: tuple[Dialect, ...], options: Options) -> Recognised | None:
    """What a document holds; None where none of the dialects that its text may be in recognises it."""
    dialect = dialect_of(document, candidates, options)
    if dialect is None:
        return None
    reading = registry.reader(dialect).read(document, _request(dialect, options))
    if dialect not in registry.BUILT_IN:
        from convlint.dialects.brought import require_fit

        require_fit(dialect.name, reading)
    explained = registry.explain(dialect, document, reading) if reading.stumbled_over else ()
    return Recognised(dialect, reading, (*_text_findings(document), *explained, *reading.findings))


def dialect_of(document: Document, candidates: tuple[Dialect, ...], options: Options) -> Dialect | None:
    """The first wanted dialect that a document is in."""
    root, wanted = document.root, options.dialect
    if not isinstance(root, Mapping):
        return None
    for dialect in candidates:
        if wanted in (AUTO, dialect.name):
            reader = registry.reader(dialect)
            if reader.recognises(root) or (wanted != AUTO and reader.admits(root)):
                return dialect
    return None


def _text_findings(document: Document) -> Sequence[Finding]:
    """What is wrong with the text of a document, whatever its dialect is."""
    if not (document.ambiguous or document.repeated_keys or document.tagged):
        return ()
    from convlint.dialects.text_findings import document_findings

    return document_findings(document)


def _request(dialect: Dialect, options: Options) -> Request:
    settings = next((dict(table) for name, table in options.tables if name == dialect.name), {})
    sizes, defaults = _sizes(options.sizes), _sizes(options.default_sizes)
    return Request(sizes, defaults, options.scales, settings, dict(options.constants))


def _sizes(given: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Sizes by name; what is no size is left out, as a program may give anything."""
    return {name: size for name, size in given if type(size) is not int or 1 <= size <= LARGEST_SIZE}


def load_file(path: str, options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a file; empty where it cannot be read or holds none."""
    source = text_of(path)
    return () if isinstance(source, SourceProblem) else load_source(source, options)


def load_source(source: Source, options: Options = Options()) -> tuple[Architecture, ...]:
    """The networks of a text, in the order in which a check reads them; empty where it holds none."""
    with lookup.extended(options.extension), within(Budget(len(source.text))):
        return tuple([network for reading in readings(parse(source)[0], options) for network in reading.architectures])


def readings(documents: Sequence[Document], options: Options) -> list[Reading]:
    """What the readers make of the documents of one text, those that hold no network left out."""
    if not documents:
        return []
    candidates = registry.marked(documents[0].source.text, options.dialects)
    return [
        registry.reader(dialect).read(document, _request(dialect, options))
        for document in documents
        if (dialect := dialect_of(document, candidates, options)) is not None
    ]
