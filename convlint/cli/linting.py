"""The files of a `check`, and what is found in each, in order: one by one, or shared among processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from convlint.catalogue.rule_file_error import RuleFileError
from convlint.checking import check_file, check_source, unreadable
from convlint.cli import UsageError
from convlint.cli.arguments import whole_number
from convlint.cli.settings import FindSettings, settings_finder, settings_of_folder
from convlint.cli.terminal import OutputError, with_progress
from convlint.dialects.texts import is_carrier
from convlint.findings import FileResult, Severity
from convlint.found import check_found, if_meant
from convlint.options import Advice, Options
from convlint.render import ADVICE
from convlint.source.nodes import Source
from convlint.source.reader import Limits, SourceProblem, decode
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse

    from convlint.cli.rewriting import Rewriter
    from convlint.discovery import LeavesOut
    from convlint.options import TorchLimits

STDIN = "-"
MANY = 64
"""Files from which on processes pay, by `benchmarks/many_files.py`: with fewer, starting them takes longer."""

_BATCH = 16


class FileToLint(NamedTuple):
    """A file to lint; `is_named` says that it is all that was named, so that it must be an architecture."""

    path: str
    is_named: bool


class Outcome(NamedTuple):
    """What was found in a file, and of its settings what counts then: the severity that fails a run, the baseline."""

    result: FileResult
    fail_on: Severity = "error"
    baseline: str = ""


class Linter:
    """Checks files with the settings that hold for each, and with torch or a rewriter where they are wanted."""

    def __init__(self, arguments: argparse.Namespace, find: FindSettings, rewriter: Rewriter | None = None) -> None:
        self._arguments = arguments
        self._find = find
        self._rewriter = rewriter
        self._torch = torch_limits(arguments)
        self._advice = _advice_shown(arguments)

    def outcome(self, file: FileToLint) -> Outcome:
        """What is found in one file; a mistake of convlint becomes its `failure`, one in `rules/` is raised."""
        settings = self._find(name_of(file.path, self._arguments))
        try:
            result = self._way_of(file)(file.path, settings.options._replace(torch=self._torch, advice=self._advice))
        except (UsageError, OutputError, RuleFileError):
            raise
        except Exception as error:  # a mistake of ours in one file must not hide what is wrong in the others
            from convlint.batches import failed

            return Outcome(failed(file.path, error))
        return Outcome(result, settings.fail_on, settings.baseline)

    def _way_of(self, file: FileToLint) -> Callable[[str, Options], FileResult]:
        """How a file is checked."""
        if file.path == STDIN:
            return self._standard_input if file.is_named else self._found_in_standard_input
        if self._rewriter is None or is_carrier(file.path):
            return check_file if file.is_named else check_found
        return self._rewriter.file if file.is_named else partial(_rewritten_if_found, self._rewriter)

    def _found_in_standard_input(self, path: str, options: Options) -> FileResult:
        return if_meant(self._standard_input(path, options))

    def _standard_input(self, path: str, options: Options) -> FileResult:
        name = name_of(path, self._arguments)
        if sys.stdin is None:
            return unreadable(name, SourceProblem("unreadable-file", "standard input is closed"))
        data = sys.stdin.buffer.read(Limits().bytes + 1)
        if self._rewriter is not None:
            rewritten = self._rewriter.standard_input(name, data, options)
            if rewritten is not None:
                return rewritten
        source = decode(name, data)
        return check_source(source, options) if isinstance(source, Source) else unreadable(name, source)


def _rewritten_if_found(rewriter: Rewriter, path: str, options: Options) -> FileResult:
    """Rewrites a file that nobody named where it is an architecture."""
    found = check_found(path, options._replace(torch=None))
    return found if found.dialect is None else rewriter.file(path, options)


def outcomes(arguments: argparse.Namespace, find: FindSettings, rewriter: Rewriter | None) -> Iterator[Outcome]:
    """What is found in each file that the command line names, in order; raises UsageError."""
    linter, files = Linter(arguments, find, rewriter), _files(arguments, find)
    head = list(islice(files, MANY))
    jobs = 1 if rewriter is not None or STDIN in arguments.paths else _jobs(arguments, len(head))
    if jobs == 1 and len(head) < MANY:
        return map(linter.outcome, head)
    every = [*head, *files]
    found = map(linter.outcome, every) if jobs == 1 else _shared(arguments, every, jobs)
    return found if arguments.quiet else with_progress(found, len(every))


def _jobs(arguments: argparse.Namespace, files: int) -> int:
    """How many processes share so many files, or more than MANY. Torch takes all processors for one network alone."""
    if arguments.jobs is not None:
        return min(whole_number("--jobs", arguments.jobs), max(files, 1))
    if arguments.torch or files < MANY:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shared(arguments: argparse.Namespace, files: list[FileToLint], jobs: int) -> Iterator[Outcome]:
    """What is found in each file, by processes that die one by one if they must."""
    from convlint.batches import BatchLimits, failed, in_order
    from convlint.cli.process_pool import RenewedPool

    def lost(file: FileToLint, error: Exception) -> Outcome:
        if isinstance(error, UsageError):
            raise error
        return Outcome(failed(file.path, error))

    batch = max(1, min(_BATCH, len(files) // (4 * jobs)))
    with RenewedPool(jobs, _begin, arguments) as pool:
        yield from in_order(pool, _lint_batch, files, lost, BatchLimits(batch, 4 * jobs))


_linters: list[Linter] = []
"""The linter of this process, where it is one of several."""


def _begin(arguments: argparse.Namespace) -> None:
    _linters[:] = [Linter(arguments, settings_finder(arguments))]


def _lint_batch(files: tuple[FileToLint, ...]) -> list[Outcome]:
    return [_linters[0].outcome(file) for file in files]


def _files(arguments: argparse.Namespace, find: FindSettings) -> Iterator[FileToLint]:
    """Every file to lint.

    With --force-exclude a machine chose the files, so that one that is no architecture is skipped even when alone.
    """
    paths: list[str] = arguments.paths
    if len(paths) == 1 and not arguments.force_exclude and (paths[0] == STDIN or os.path.isfile(paths[0])):
        yield FileToLint(paths[0], True)
        return
    from convlint.discovery import find_files, is_excluded, not_excluded

    leaves_out = left_out_by(find)
    if STDIN in paths:
        name = arguments.stdin_filename
        is_kept = not (name and arguments.force_exclude)
        if is_kept or not (is_excluded(name, arguments.exclude) or leaves_out(name, False)):
            yield FileToLint(STDIN, len(paths) == 1 and not arguments.force_exclude)
    named: Iterable[str] = [path for path in paths if path != STDIN]
    if arguments.force_exclude:
        named = not_excluded(named, arguments.exclude, leaves_out)
    for path in find_files(named, arguments.exclude, leaves_out):
        yield FileToLint(path, paths == [path] and not arguments.force_exclude)


def left_out_by(find: FindSettings) -> LeavesOut:
    """What a search leaves out, by the settings that hold for the folder around each entry."""

    def leaves_out(path: str, is_folder: bool) -> bool:
        settings = settings_of_folder(find, os.path.dirname(os.path.abspath(path)))
        if not (settings.exclude or settings.include):
            return False
        from convlint.selection.configuration import is_left_out

        return is_left_out(path, is_folder, settings)

    return leaves_out


def name_of(path: str, arguments: argparse.Namespace) -> str:
    return arguments.stdin_filename or "<stdin>" if path == STDIN else path


def torch_limits(arguments: argparse.Namespace) -> TorchLimits | None:
    """What torch may take of time and memory; None where it is not asked."""
    if not arguments.torch:
        return None
    from convlint.options import TorchLimits

    return TorchLimits(
        whole_number("--torch-timeout", arguments.torch_timeout),
        whole_number("--torch-memory", arguments.torch_memory),
    )


def report_name(arguments: argparse.Namespace) -> str:
    """The report that is written: that of the output format, or what --statistics and --quiet make of it."""
    if arguments.statistics:
        return "statistics"
    return "brief" if arguments.quiet and arguments.output_format == "full" else str(arguments.output_format)


def _advice_shown(arguments: argparse.Namespace) -> Advice:
    """What of the ways out will be read: all by what rewrites the files, nothing by a baseline."""
    if arguments.fix or arguments.diff or arguments.add_ignore:
        return "fixes"
    return "none" if arguments.write_baseline is not None else ADVICE.get(report_name(arguments), "fixes")
