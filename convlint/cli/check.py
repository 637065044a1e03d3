"""`convlint check`: lints files, folders and standard input."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter

from convlint.cli import UsageError
from convlint.cli.arguments import add_size_options, one_of, refuse_unknown_scales, refuse_unknown_sizes, size
from convlint.cli.conclusion import Baselines, Tally, conclude, counted
from convlint.cli.empty_folders import with_empty_files, with_empty_folders
from convlint.cli.linting import STDIN, outcomes, report_name
from convlint.cli.settings import add_config_options, add_selection_options, settings_finder, settings_of_folder
from convlint.cli.terminal import flush, say, wants_colour, write, write_error
from convlint.findings import FileResult
from convlint.options import Options
from convlint.render import FORMATS, HUMAN_FORMATS, SILENT_FORMATS, follow_up, renderer
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from convlint.cli.rewriting import Rewriter

OPERANDS = "[PATH ...]"


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
    add("--jobs", "-j", metavar="COUNT", help="processes that share the files (default: by files and processors)")
    add("--watch", "-w", action="store_true", help="check again whenever a file changes")
    add("--stdin-filename", metavar="PATH", help="the name that findings in standard input carry")
    add("--statistics", action="store_true", help="count findings by rule instead of listing them")
    add("--color", default="auto", metavar="WHEN", help="auto (default), always or never")
    add("--quiet", "-q", action="store_true", help="print findings and nothing else")
    add("--verbose", "-v", action="store_true", help="list skipped files and why")


def run(arguments: argparse.Namespace) -> int:
    """Lints and reports, once or with every change; the exit status."""
    _refuse_unknown_words(arguments)
    if arguments.watch:
        from convlint.cli.watching import watch

        return watch(arguments, run)
    find = settings_finder(arguments)
    rewriter, baselines = _rewriter(arguments), _baselines(arguments)
    tally = Tally(baselines, arguments.verbose)
    found = with_empty_folders(outcomes(arguments, find, rewriter), arguments.paths, find)
    if not arguments.force_exclude:
        found = with_empty_files(found, arguments.paths, find)
    results = filter(None, map(tally.counted, found))
    if arguments.write_baseline is not None:
        _write_baseline(results, arguments)
    elif arguments.diff:
        deque(results, maxlen=0)  # the changes are written as they are found
    else:
        _report(results, arguments)
    if not tally.has_seen_any:
        settings_of_folder(find, os.curdir)  # says what is wrong with the settings, though no file asked for them
    refuse_unknown_sizes(Options(tuple(size(text) for text in arguments.size)), tally.sizes)
    refuse_unknown_scales(arguments.scale, tally.scales)
    conclude(tally, arguments, rewriter, baselines)
    return _status(tally, arguments, rewriter)


def _status(tally: Tally, arguments: argparse.Namespace, rewriter: Rewriter | None) -> int:
    if tally.unfinished or (rewriter is not None and rewriter.unwritten):
        return 2
    fails = tally.fails and arguments.write_baseline is None
    if arguments.diff:
        fails = rewriter is not None and rewriter.changes
    return 1 if fails and not arguments.exit_zero else 0


def _refuse_unknown_words(arguments: argparse.Namespace) -> None:
    one_of("output format", arguments.output_format, FORMATS)
    one_of("colour setting", arguments.color, ("auto", "always", "never"))
    if arguments.statistics and arguments.output_format not in HUMAN_FORMATS:
        raise UsageError(f"--statistics counts for people; it cannot be had as {arguments.output_format}")
    if arguments.output_file is not None and (arguments.diff or arguments.write_baseline is not None):
        other = "diff" if arguments.diff else "write-baseline"
        raise UsageError(f"--{other} makes no report for --output-file")


def _rewriter(arguments: argparse.Namespace) -> Rewriter | None:
    """What rewrites the files; None where nothing is to be rewritten."""
    if not (arguments.fix or arguments.diff or arguments.add_ignore):
        return None
    from convlint.cli.rewriting import SHOWN, WRITTEN, Rewriter, Rewriting

    fixes = arguments.fix or not arguments.add_ignore
    request = Rewriting(fixes, arguments.unsafe_fixes, arguments.add_ignore)
    return Rewriter(request, SHOWN if arguments.diff else WRITTEN)


def _baselines(arguments: argparse.Namespace) -> Baselines:
    if arguments.baseline is not None and arguments.write_baseline is not None:
        raise UsageError("--baseline and --write-baseline exclude each other")
    baselines = Baselines(ignored=arguments.write_baseline is not None)
    if arguments.baseline is not None:
        baselines.read(arguments.baseline)  # says what is wrong with it, though no file may ask for it
    return baselines


def _write_baseline(results: Iterable[FileResult], arguments: argparse.Namespace) -> None:
    from convlint.cli.output_file import write_file
    from convlint.selection.baseline import baseline_text

    found = [result for result in results if result.findings]
    write_file(arguments.write_baseline, (baseline_text(found, arguments.write_baseline),))
    if not arguments.quiet:
        count = sum(len(result.findings) for result in found)
        say(f"Wrote {counted(count, 'finding')} to {arguments.write_baseline}.")


def _writes_text(arguments: argparse.Namespace) -> bool:
    """Whether the standard output takes the rewritten text of the standard input, so that the report goes elsewhere."""
    return STDIN in arguments.paths and (arguments.fix or arguments.add_ignore)


def _report(results: Iterator[FileResult], arguments: argparse.Namespace) -> None:
    """Writes the findings to where they are wanted; as they come, where the format allows it."""
    name = report_name(arguments)
    wanted: Iterable[FileResult] = results
    if arguments.output_format in SILENT_FORMATS:
        faulty = filter(attrgetter("findings"), results)
        first = next(faulty, None)
        wanted = () if first is None else chain((first,), faulty)
    following = follow_up(name)
    if following is not None:
        wanted = tuple(wanted)
    _write_report(name, wanted, arguments)
    flush()
    note = following(wanted) if following is not None and wanted else ""
    if note and not arguments.quiet:
        say(note)


def _write_report(name: str, results: Iterable[FileResult], arguments: argparse.Namespace) -> None:
    is_text = _writes_text(arguments)
    stream = sys.stderr if is_text else sys.stdout
    has_file = arguments.output_file is not None
    colour = not has_file and wants_colour(arguments.color, stream)
    pieces = renderer(name)(results, colour) if results else ()
    if has_file:
        from convlint.cli.output_file import write_file

        write_file(arguments.output_file, pieces)
        return
    put = write_error if is_text else write
    for piece in pieces:
        put(piece)
