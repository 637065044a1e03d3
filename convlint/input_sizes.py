"""The input sizes that the networks of a file take: what `convlint sizes` asks."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.budget import Budget, within
from convlint.catalogue import lookup
from convlint.checking import check_file
from convlint.dialects.reading import readings
from convlint.dialects.texts import text_of
from convlint.domain.tables import unknown_size
from convlint.engine.propagation import execution_order
from convlint.engine.wiring import wiring_findings
from convlint.findings import FileResult
from convlint.model import Architecture, Reading
from convlint.options import Options
from convlint.solving.blame import unknown_at
from convlint.solving.solving import Demand, Solution, axes_that_differ, solve, spatial_axes
from convlint.source.nodes import Document, Source
from convlint.source.reader import SourceProblem, parse
from convlint.typed import cast


def solve_file(path: str, options: Options = Options()) -> tuple[tuple[Solution, ...], FileResult]:
    """The input sizes that each variant of the network of a file takes, and the findings of the file.

    There are no solutions where the file cannot be read as a network. The sets are those of the network itself,
    whatever sizes it declares. A size that `options` gives is held while the other axes are solved, and is asked about.
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
        found = _solutions(document, options._replace(sizes=()), dict(options.sizes))
        solutions += _asked(document, options, found) if options.sizes else found
    return solutions


def _solutions(document: Document, options: Options, held: Mapping[str, int]) -> list[Solution]:
    """The solutions of a document with its named sizes unknown, or as they are where that cannot be solved exactly."""
    reading = _reading(document, options)
    if reading is None:
        return []
    found = [_solution(architecture, reading, {}, held) for architecture in reading.architectures]
    declared = {name: value for name, value in reading.sizes.items() if value is not None}
    if not declared:
        return found
    unknown = tuple((name, unknown_size(name)) for name in declared)
    freed = _reading(document, options._replace(sizes=cast(tuple[tuple[str, int], ...], unknown)))
    assert freed is not None
    general = [_solution(architecture, reading, declared, held) for architecture in freed.architectures]
    return [b if all(axis.exact for axis in b.axes) else a for a, b in zip(found, general)]


def _solution(
    architecture: Architecture, reading: Reading, declared: Mapping[str, int], held: Mapping[str, int]
) -> Solution:
    """The sizes of one variant; where its reader refuses something, there are none."""
    blocked = execution_order(architecture.graph)[1]
    wrong = (*reading.findings, *architecture.findings, *wiring_findings(architecture, blocked))
    refusals = tuple(
        Demand(finding.layer or "the file", finding.rule.name, False, finding.place, message=finding.message)
        for finding in wrong
        if finding.stops
    )
    return Solution(architecture, solve(architecture, declared, _unknowns(architecture, held), refusals))


def _unknowns(architecture: Architecture, held: Mapping[str, int]) -> dict[str, int]:
    """The unknown sizes behind given ones: a named size is one, an axis is one or a function of one."""
    found = dict(held)
    for axis in spatial_axes(architecture, {}):
        if axis.name in held and axis.symbol != axis.name:
            found[axis.symbol] = unknown_at(axis.size, held[axis.name])
    return found


def _asked(document: Document, options: Options, solutions: list[Solution]) -> list[Solution]:
    """The solutions with the axes that the given sizes decide: those that change when the sizes do."""
    changed = options._replace(sizes=tuple((name, size + 1) for name, size in options.sizes))
    found = readings([document], options) + readings([document], changed)
    pairs = zip(*(reading.architectures for reading in found))
    return [solution._replace(asked=axes_that_differ(*pair)) for solution, pair in zip(solutions, pairs)]


def _reading(document: Document, options: Options) -> Reading | None:
    return next(iter(readings([document], options)), None)
