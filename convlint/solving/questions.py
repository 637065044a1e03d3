"""The input sizes that the networks of a file take: what `convlint sizes` asks."""

from __future__ import annotations

from typing import Any

from convlint.budget import Budget, within
from convlint.catalogue import lookup
from convlint.checking import check_file
from convlint.dialects.reading import readings
from convlint.dialects.texts import text_of
from convlint.domain.tables import unknown_size
from convlint.findings import FileResult
from convlint.model import Reading
from convlint.options import Options
from convlint.solving.solving import Solution, axes_that_differ, solve
from convlint.source.nodes import Document, Source
from convlint.source.reader import SourceProblem, parse


def solve_file(path: str, options: Options = Options()) -> tuple[tuple[Solution, ...], FileResult]:
    """The input sizes that each variant of the network of a file takes, and the findings of the file.

    There are no solutions where the file cannot be read as a network. The sets are those of the network itself: a size
    that `options` gives changes nothing, and is what is asked about.
    """
    result = check_file(path, options)
    source = text_of(path)
    if isinstance(source, SourceProblem):
        return (), result
    with lookup.extended(options.extension), within(Budget(len(source.text))):
        return tuple(_solved(source, options._replace(default_sizes=()))), result


def _solved(source: Source, options: Options) -> list[Solution]:
    solutions = []
    for document in parse(source)[0]:
        found = _solutions(document, options._replace(sizes=()))
        solutions += _asked(document, options, found) if options.sizes else found
    return solutions


def _solutions(document: Document, options: Options) -> list[Solution]:
    """The solutions of a document with its named sizes unknown, or as they are where that cannot be solved exactly."""
    reading = _reading(document, options)
    if reading is None:
        return []
    found = [Solution(architecture, solve(architecture)) for architecture in reading.architectures]
    declared = {name: value for name, value in reading.sizes.items() if value is not None}
    if not declared:
        return found
    unknown: Any = tuple((name, unknown_size(name)) for name in declared)
    freed = _reading(document, options._replace(sizes=unknown))
    assert freed is not None
    general = [Solution(architecture, solve(architecture, declared)) for architecture in freed.architectures]
    return [b if all(axis.exact for axis in b.axes) else a for a, b in zip(found, general)]


def _asked(document: Document, options: Options, solutions: list[Solution]) -> list[Solution]:
    """The solutions with the axes that the given sizes decide: those that change when the sizes do."""
    changed = options._replace(sizes=tuple((name, size + 1) for name, size in options.sizes))
    found = readings([document], options) + readings([document], changed)
    pairs = zip(*(reading.architectures for reading in found))
    return [solution._replace(asked=axes_that_differ(*pair)) for solution, pair in zip(solutions, pairs)]


def _reading(document: Document, options: Options) -> Reading | None:
    return next(iter(readings([document], options)), None)
