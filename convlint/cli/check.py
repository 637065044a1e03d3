"""`convlint check`: lints files, folders and standard input."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convlint.checking import Options, check_file, check_source
from convlint.cli import UsageError
from convlint.cli.arguments import add_size_options, one_of, refuse_unknown_scales, refuse_unknown_sizes, size
from convlint.cli.settings import (
    FindSettings,
    add_config_options,
    add_selection_options,
    settings_finder,
    settings_of_folder,
)
from convlint.cli.terminal import flush, say, say_internal_error, wants_colour, write, write_error
from convlint.findings import SEVERITIES, FileResult, Severity, summarise
from convlint.render import FORMATS, HUMAN_FORMATS, SILENT_FORMATS, renderer
from convlint.source.nodes import Source
from convlint.source.reader import Limits, SourceProblem, decode

if TYPE_CHECKING:
    from convlint.cli.rewriting import Rewriter
    from convlint.discovery import LeavesOut
    from convlint.selection.baseline import Baseline
    from convlint.torch_check import TorchLimits

OPERANDS = "[PATH ...]"
STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("paths", nargs="*", default=["."], metavar="PATH", help="files, folders (default: .), or - for standard input")
    add("--output-format", default="full", metavar="NAME", help=f"one of {', '.join(FORMATS)} (default: full)")
    add("--output-file", metavar="FILE", help="write the report to a file")
    add_selection_options(parser)
    add("--exit-zero", action="store_true", help="exit with 0 in spite of findings")
    add_size_options(parser)
    add_config_options(parser)
    add("--fix", action="store_true", help="apply the fixes that keep the meaning of a file")
    add("--unsafe-fixes", action="store_true", help="with --fix or --diff, apply the other fixes too")
    add("--diff", action="store_true", help="print what --fix would change, and write nothing")
    add("--add-ignore", action="store_true", help="silence what is found with a comment at its line")
    add("--baseline", metavar="FILE", help="let the findings pass that this file lists")
    add("--write-baseline", metavar="FILE", help="list all findings in a file, for --baseline")
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
    find = settings_finder(arguments)
    limits = _torch_limits(arguments)
    rewriter, baseline = _rewriter(arguments), _baseline(arguments)
    results: list[FileResult] = []
    failed, unfinished = False, 0
    for path, alone in _files(arguments, find):
        settings = find(_name_of(path, arguments))
        try:
            result = _check(path, alone, arguments, settings.options._replace(torch=limits), rewriter)
        except Exception as error:  # a mistake of ours in one file must not hide what is wrong in the others
            unfinished += 1
            say_internal_error(error, f" in {path}", traceback=arguments.verbose)
            continue
        if baseline is not None:
            result = baseline.filter(result)
        results.append(result)
        failed = failed or _fails(result, settings.fail_on)
    if not results:
        settings_of_folder(find, os.curdir)  # says what is wrong with the settings, though no file asked for them
    if rewriter is not None:
        unfinished += rewriter.unwritten
    if arguments.write_baseline is not None:
        failed = False
        _write_baseline(results, arguments)
    elif arguments.diff:
        failed = rewriter is not None and rewriter.changes
    else:
        _report(results, arguments)
    _conclude(results, unfinished, arguments, rewriter, baseline)
    refuse_unknown_sizes(Options(tuple(size(text) for text in arguments.size)), results)
    refuse_unknown_scales(arguments.scale, results)
    return 2 if unfinished else 1 if failed and not arguments.exit_zero else 0


def _refuse_unknown_words(arguments: argparse.Namespace) -> None:
    one_of("output format", arguments.output_format, FORMATS)
    one_of("colour setting", arguments.color, ("auto", "always", "never"))
    if arguments.statistics and arguments.output_format not in HUMAN_FORMATS:
        raise UsageError(f"--statistics counts for people; it cannot be had as {arguments.output_format}")


def _rewriter(arguments: argparse.Namespace) -> Rewriter | None:
    """What rewrites the files; None where nothing is to be rewritten."""
    if not (arguments.fix or arguments.diff or arguments.add_ignore):
        return None
    from convlint.cli.rewriting import Request, Rewriter

    fixes = arguments.fix or not arguments.add_ignore
    return Rewriter(Request(fixes, arguments.unsafe_fixes, arguments.add_ignore), arguments.diff)


def _baseline(arguments: argparse.Namespace) -> Baseline | None:
    if arguments.baseline is None:
        return None
    if arguments.write_baseline is not None:
        raise UsageError("--baseline and --write-baseline exclude each other")
    from convlint.selection.baseline import BaselineError, read_baseline

    try:
        return read_baseline(arguments.baseline)
    except BaselineError as error:
        raise UsageError(f"--baseline: {error}") from None


def _write_baseline(results: list[FileResult], arguments: argparse.Namespace) -> None:
    from convlint.cli.output_file import write_file
    from convlint.selection.baseline import baseline_text

    write_file(arguments.write_baseline, (baseline_text(results, arguments.write_baseline),))
    if not arguments.quiet:
        count = sum(len(result.findings) for result in results)
        say(f"Wrote {_counted(count, 'finding')} to {arguments.write_baseline}.")


def _fails(result: FileResult, fail_on: Severity) -> bool:
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return any(finding.severity in failing for finding in result.findings)


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


def _files(arguments: argparse.Namespace, find: FindSettings) -> Iterator[tuple[str, bool]]:
    """(path, whether it is the only thing that was named) of every file to lint.

    With --force-exclude a machine chose the files, so that one that is no architecture is skipped even when alone.
    """
    paths: list[str] = arguments.paths
    if len(paths) == 1 and not arguments.force_exclude and (paths[0] == STDIN or os.path.isfile(paths[0])):
        yield paths[0], True
        return
    from convlint.discovery import find_files, is_excluded

    leaves_out = _leaves_out(find)
    if STDIN in paths:
        name = arguments.stdin_filename
        is_kept = not (name and arguments.force_exclude)
        if is_kept or not (is_excluded(name, arguments.exclude) or leaves_out(name, False)):
            yield STDIN, len(paths) == 1 and not arguments.force_exclude
    named = [path for path in paths if path != STDIN]
    for path in find_files(named, arguments.exclude, arguments.force_exclude, leaves_out):
        yield path, paths == [path] and not arguments.force_exclude


def _leaves_out(find: FindSettings) -> LeavesOut:
    """What a search leaves out, by the settings that hold for the folder around each entry."""

    def leaves_out(path: str, is_folder: bool) -> bool:
        settings = settings_of_folder(find, os.path.dirname(os.path.abspath(path)))
        if not (settings.exclude or settings.include):
            return False
        from convlint.selection.configuration import is_left_out

        return is_left_out(path, is_folder, settings)

    return leaves_out


def _name_of(path: str, arguments: argparse.Namespace) -> str:
    return arguments.stdin_filename or "<stdin>" if path == STDIN else path


def _check(
    path: str, alone: bool, arguments: argparse.Namespace, options: Options, rewriter: Rewriter | None
) -> FileResult:
    if path == STDIN:
        return _check_standard_input(_name_of(path, arguments), alone, options, rewriter)
    return check_file(path, options, alone=alone) if rewriter is None else rewriter.file(path, options, alone)


def _check_standard_input(name: str, alone: bool, options: Options, rewriter: Rewriter | None) -> FileResult:
    data = None if sys.stdin is None else sys.stdin.buffer.read(Limits().bytes + 1)
    rewritten = (
        rewriter.standard_input(name, data, options, alone) if rewriter is not None and data is not None else None
    )
    if rewritten is not None:
        return rewritten
    source = SourceProblem("unreadable-file", "standard input is closed") if data is None else decode(name, data)
    if isinstance(source, Source):
        return check_source(source, options, alone=alone)
    from convlint.source_findings import problem_finding

    return FileResult(name, (problem_finding(Source(name, ""), source),))


def _writes_text(arguments: argparse.Namespace) -> bool:
    """Whether the standard output takes the rewritten text of the standard input, so that the report goes elsewhere."""
    return STDIN in arguments.paths and (arguments.fix or arguments.add_ignore)


def _report(results: list[FileResult], arguments: argparse.Namespace) -> None:
    """Writes the findings to where they are wanted."""
    name = "statistics" if arguments.statistics else arguments.output_format
    is_silent = arguments.output_format in SILENT_FORMATS and not any(result.findings for result in results)
    if arguments.output_file is not None:
        from convlint.cli.output_file import write_file

        write_file(arguments.output_file, () if is_silent else renderer(name)(results, False))
    elif not is_silent:
        is_text = _writes_text(arguments)
        put = write_error if is_text else write
        for piece in renderer(name)(results, wants_colour(arguments.color, sys.stderr if is_text else sys.stdout)):
            put(piece)
    flush()
    if name == "github" and not is_silent:
        from convlint.cli.step_summary import add_step_summary

        note = add_step_summary(results)
        if note and not arguments.quiet:
            say(note)


def _conclude(
    results: list[FileResult],
    unfinished: int,
    arguments: argparse.Namespace,
    rewriter: Rewriter | None,
    baseline: Baseline | None,
) -> None:
    """Says on standard error what was left out, and the result in one line."""
    if arguments.verbose:
        for result in results:
            if result.skipped is not None and not result.findings:
                say(f"skipped {result.path}: {result.skipped}")
            for note in result.notes:
                say(f"{result.path}: {note}")
        for known, count in baseline.stale() if baseline is not None else ():
            times = "" if count == 1 else f" ({count} times)"
            layer = f" at {known.layer}" if known.layer else ""
            say(f"{arguments.baseline}: not found any more: {known.rule} in {known.path}{layer}{times}")
    for note in rewriter.notes if rewriter is not None else ():
        say(note)
    if arguments.quiet:
        return
    done = rewriter.summary() if rewriter is not None else ""
    if done:
        say(done)
    if (results or not unfinished) and not arguments.diff and arguments.write_baseline is None:
        say(_summary(results))
        fixable = _fixable(results, arguments)
        if fixable:
            say(fixable)
    if unfinished:
        say(f"{_counted(unfinished, 'file')} could not be checked.")


def _fixable(results: list[FileResult], arguments: argparse.Namespace) -> str:
    """How many of the findings have a fix, and what applies it."""
    fixes = [finding.fix for result in results for finding in result.findings if finding.fix is not None]
    if not fixes:
        return ""
    safe = sum(fix.safe for fix in fixes)
    if arguments.unsafe_fixes or not safe:
        return f"[*] {len(fixes)} fixable with --fix --unsafe-fixes."
    more = f", {len(fixes) - safe} more with --fix --unsafe-fixes" if safe < len(fixes) else ""
    return f"[*] {safe} fixable with --fix{more}."


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
