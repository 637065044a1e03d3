"""`convlint check`: lints files, folders and standard input."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convlint.checking import Options, check_file, check_source
from convlint.cli import UsageError
from convlint.cli.arguments import add_size_options, one_of, options_from, refuse_unknown_sizes
from convlint.cli.terminal import flush, say, say_internal_error, wants_colour, write
from convlint.findings import SEVERITIES, FileResult, summarise
from convlint.render import FORMATS, HUMAN_FORMATS, SILENT_FORMATS, renderer
from convlint.source.nodes import Source
from convlint.source.reader import Limits, SourceProblem, decode

if TYPE_CHECKING:
    from convlint.torch_check import TorchLimits

OPERANDS = "[PATH ...]"
STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("paths", nargs="*", default=["."], metavar="PATH", help="files, folders (default: .), or - for standard input")
    add("--output-format", default="full", metavar="NAME", help=f"one of {', '.join(FORMATS)} (default: full)")
    add("--output-file", metavar="FILE", help="write the report to a file")
    for name, text in (
        ("select", "check only these rules: names, codes, prefixes such as CL2, or ALL, with commas between them"),
        ("extend-select", "check these rules too"),
        ("ignore", "do not check these rules"),
    ):
        add(f"--{name}", action="append", default=[], metavar="RULES", help=text)
    add("--fail-on", default="error", metavar="SEVERITY", help="error (default), warning or info")
    add("--exit-zero", action="store_true", help="exit with 0 in spite of findings")
    add_size_options(parser)
    add("--torch", action="store_true", help="build and run each network with torch too, and compare")
    add("--torch-timeout", default="60", metavar="SECONDS", help="time for one file with --torch (default: 60)")
    add("--torch-memory", default="4096", metavar="MIB", help="memory for one file with --torch (default: 4096)")
    add("--exclude", action="append", default=[], metavar="GLOB", help="leave out matching files and folders")
    add("--force-exclude", action="store_true", help="leave them out even where they are named")
    add("--stdin-filename", metavar="PATH", help="the name that findings in standard input carry")
    add("--statistics", action="store_true", help="count findings by rule instead of listing them")
    add("--color", default="auto", metavar="WHEN", help="auto (default), always or never")
    add("--quiet", "-q", action="store_true", help="print findings and nothing else")
    add("--verbose", "-v", action="store_true", help="list skipped files and why")


def run(arguments: argparse.Namespace) -> int:
    """Lints and reports; the exit status."""
    _refuse_unknown_words(arguments)
    options = options_from(arguments, _rules(arguments))._replace(torch=_torch_limits(arguments))
    results: list[FileResult] = []
    unfinished = 0
    for path, alone in _files(arguments):
        try:
            results.append(_check(path, alone, arguments, options))
        except Exception as error:  # a mistake of ours in one file must not hide what is wrong in the others
            unfinished += 1
            say_internal_error(error, f" in {path}", traceback=arguments.verbose)
    _report(results, arguments)
    _conclude(results, unfinished, arguments)
    refuse_unknown_sizes(options, results)
    return _status(results, unfinished, arguments)


def _refuse_unknown_words(arguments: argparse.Namespace) -> None:
    one_of("output format", arguments.output_format, FORMATS)
    one_of("severity", arguments.fail_on, SEVERITIES)
    one_of("colour setting", arguments.color, ("auto", "always", "never"))
    if arguments.statistics and arguments.output_format not in HUMAN_FORMATS:
        raise UsageError(f"--statistics counts for people; it cannot be had as {arguments.output_format}")


def _status(results: list[FileResult], unfinished: int, arguments: argparse.Namespace) -> int:
    if unfinished:
        return 2
    failing = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    failed = any(finding.severity in failing for result in results for finding in result.findings)
    return 1 if failed and not arguments.exit_zero else 0


def _rules(arguments: argparse.Namespace) -> frozenset[str] | None:
    """The enabled rules; None for those that are on by default."""
    chosen = [_selectors(texts) for texts in (arguments.select, arguments.extend_select, arguments.ignore)]
    if not any(chosen):
        return None
    from convlint.engine import catalogue
    from convlint.selection.selectors import UnknownSelectorError, enabled_rules

    try:
        return enabled_rules(catalogue.rules(), *chosen)
    except UnknownSelectorError as error:
        from convlint.engine.reporting import nearest_hint

        hint = nearest_hint(error.selector, catalogue.rules()) or "'convlint rule' lists all"
        raise UsageError(f"{error}; {hint}") from None


def _torch_limits(arguments: argparse.Namespace) -> TorchLimits | None:
    """What torch may take of time and memory; None where it is not asked."""
    if not arguments.torch:
        return None
    from convlint.torch_check import TorchLimits

    return TorchLimits(
        _whole_number("--torch-timeout", arguments.torch_timeout),
        _whole_number("--torch-memory", arguments.torch_memory),
    )


def _whole_number(option: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise UsageError(f"{option} takes an integer of at least 1, not '{text}'")
    return int(text)


def _selectors(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _files(arguments: argparse.Namespace) -> Iterator[tuple[str, bool]]:
    """(path, whether it is the only thing that was named) of every file to lint.

    With --force-exclude a machine chose the files, so that one that is no architecture is skipped even when alone.
    """
    paths: list[str] = arguments.paths
    if len(paths) == 1 and not arguments.force_exclude and (paths[0] == STDIN or os.path.isfile(paths[0])):
        yield paths[0], True
        return
    from convlint.discovery import find_files, is_excluded

    if STDIN in paths:
        name = arguments.stdin_filename
        if not (name and arguments.force_exclude and is_excluded(name, arguments.exclude)):
            yield STDIN, len(paths) == 1 and not arguments.force_exclude
    named = [path for path in paths if path != STDIN]
    for path in find_files(named, arguments.exclude, arguments.force_exclude):
        yield path, paths == [path] and not arguments.force_exclude


def _check(path: str, alone: bool, arguments: argparse.Namespace, options: Options) -> FileResult:
    if path == STDIN:
        return _check_standard_input(arguments.stdin_filename or "<stdin>", alone, options)
    return check_file(path, options, alone=alone)


def _check_standard_input(name: str, alone: bool, options: Options) -> FileResult:
    source = _read_standard_input(name)
    if isinstance(source, Source):
        return check_source(source, options, alone=alone)
    from convlint.source_findings import problem_finding

    return FileResult(name, (problem_finding(Source(name, ""), source),))


def _read_standard_input(name: str) -> Source | SourceProblem:
    if sys.stdin is None:
        return SourceProblem("unreadable-file", "standard input is closed")
    return decode(name, sys.stdin.buffer.read(Limits().bytes + 1))


def _report(results: list[FileResult], arguments: argparse.Namespace) -> None:
    """Writes the findings to where they are wanted."""
    name = "statistics" if arguments.statistics else arguments.output_format
    is_silent = arguments.output_format in SILENT_FORMATS and not any(result.findings for result in results)
    if arguments.output_file is not None:
        from convlint.cli.output_file import write_file

        write_file(arguments.output_file, () if is_silent else renderer(name)(results, False))
    elif not is_silent:
        for piece in renderer(name)(results, wants_colour(arguments.color, sys.stdout)):
            write(piece)
    flush()
    if name == "github" and not is_silent:
        from convlint.cli.step_summary import add_step_summary

        note = add_step_summary(results)
        if note and not arguments.quiet:
            say(note)


def _conclude(results: list[FileResult], unfinished: int, arguments: argparse.Namespace) -> None:
    """Says on standard error what was left out, and the result in one line."""
    if arguments.verbose:
        for result in results:
            if result.skipped is not None and not result.findings:
                say(f"skipped {result.path}: {result.skipped}")
            for note in result.notes:
                say(f"{result.path}: {note}")
    if arguments.quiet:
        return
    if results or not unfinished:
        say(_summary(results))
    if unfinished:
        say(f"{_counted(unfinished, 'file')} could not be checked.")


def _summary(results: list[FileResult]) -> str:
    checked = [result for result in results if result.skipped is None or result.findings]
    if not checked:
        skipped = f" ({len(results)} skipped; --verbose says why)" if results else ""
        return f"No architecture file found{skipped}."
    _, errors, warnings, infos = summarise(results)
    counts = ((errors, "error"), (warnings, "warning"), (infos, "info"))
    found = ", ".join(_counted(count, word) for count, word in counts if count)
    if not found:
        return f"All checks passed: {_counted(len(checked), 'file')}."
    faulty = sum(1 for result in checked if result.findings)
    files = _counted(len(checked), "file")
    return f"Found {found} in {files if faulty == len(checked) else f'{faulty} of {files}'}."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
