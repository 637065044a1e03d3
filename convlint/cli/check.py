"""`convlint check`: lints files, folders and standard input."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from convlint.checking import Options, check_file, check_source
from convlint.cli import UsageError
from convlint.cli.arguments import add_size_options, one_of, options_from, wants_colour, write
from convlint.findings import SEVERITIES, FileResult, summarise
from convlint.source.nodes import Source

STDIN = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("paths", nargs="*", default=["."], metavar="PATH", help="files, folders (default .), or -")
    parser.add_argument("--output-format", default="full", metavar="NAME", help="full, concise or json")
    parser.add_argument("--output-file", metavar="FILE", help="write the report to a file")
    for name, text in (
        ("select", "check only these rules (names, codes, prefixes such as CL2, or ALL)"),
        ("extend-select", "check these rules too"),
        ("ignore", "do not check these rules"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="RULES", help=text)
    parser.add_argument("--fail-on", default="error", metavar="SEVERITY", help="error (default), warning or info")
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 in spite of findings")
    add_size_options(parser)
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="leave out matching paths")
    parser.add_argument("--force-exclude", action="store_true", help="apply --exclude to named files too")
    parser.add_argument("--stdin-filename", metavar="PATH", help="the name that findings in standard input carry")
    parser.add_argument("--statistics", action="store_true", help="count findings by rule instead of listing them")
    parser.add_argument("--color", default="auto", choices=("auto", "always", "never"), help="colours in the output")
    parser.add_argument("--quiet", "-q", action="store_true", help="print findings and nothing else")
    parser.add_argument("--verbose", "-v", action="store_true", help="list skipped files and why")


def run(arguments: argparse.Namespace) -> int:
    """Lints and reports; the exit status."""
    from_choices(arguments)
    options = options_from(arguments, _rules(arguments))
    results: list[FileResult] = []
    broken = False
    for path, alone in _files(arguments):
        try:
            results.append(_check(path, alone, arguments, options))
        except Exception as error:
            broken = True
            _complain(path, error, arguments.verbose)
    _report(results, arguments)
    if broken:
        return 2
    worst = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    failed = any(finding.severity in worst for result in results for finding in result.findings)
    return 1 if failed and not arguments.exit_zero else 0


def from_choices(arguments: argparse.Namespace) -> None:
    """Refuses words that are no format or severity."""
    from convlint.render import FORMATS

    one_of("output format", arguments.output_format, FORMATS)
    one_of("severity", arguments.fail_on, SEVERITIES)


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

        hint = nearest_hint(error.selector, catalogue.rules())
        raise UsageError(f"{error}" + (f"; {hint}" if hint else "")) from None


def _selectors(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _files(arguments: argparse.Namespace) -> Iterator[tuple[str, bool]]:
    """(path, whether it is the only thing that was named) of every file to lint."""
    paths: list[str] = arguments.paths
    if all(path == STDIN or os.path.isfile(path) for path in paths) and not arguments.exclude:
        yield from ((path, len(paths) == 1) for path in dict.fromkeys(paths))
        return
    from convlint.discovery import find_files

    for path in find_files(paths, arguments.exclude, arguments.force_exclude):
        yield path, len(paths) == 1 and path == paths[0]


def _check(path: str, alone: bool, arguments: argparse.Namespace, options: Options) -> FileResult:
    if path != STDIN:
        return check_file(path, options, alone=alone)
    from convlint.source.reader import SourceProblem, decode

    name = arguments.stdin_filename or "<stdin>"
    source = decode(name, sys.stdin.buffer.read())
    if isinstance(source, SourceProblem):
        from convlint.source_findings import problem_finding

        return FileResult(name, (problem_finding(Source(name, ""), source),))
    return check_source(source, options, alone=alone)


def _complain(path: str, error: Exception, verbose: bool) -> None:
    print(f"convlint: internal error in {path}: {type(error).__name__}: {error}", file=sys.stderr)
    if verbose:
        import traceback

        traceback.print_exc()


def _report(results: list[FileResult], arguments: argparse.Namespace) -> None:
    findings = any(result.findings for result in results)
    if arguments.statistics:
        write("".join(_statistics(results)))
    elif findings or arguments.output_format not in ("full", "concise"):
        from convlint.render import renderer

        to_file = arguments.output_file is not None
        pieces = renderer(arguments.output_format)(results, not to_file and wants_colour(arguments.color))
        if to_file:
            _write_file(arguments.output_file, "".join(pieces))
        else:
            for piece in pieces:
                write(piece)
    if arguments.verbose:
        for result in results:
            if result.skipped is not None and not result.findings:
                print(f"skipped {result.path}: {result.skipped}", file=sys.stderr)
    if not arguments.quiet:
        sys.stdout.flush()
        print(_summary(results), file=sys.stderr)


def _write_file(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _statistics(results: list[FileResult]) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        for finding in result.findings:
            key = (finding.rule.code, finding.rule.name)
            counts[key] = counts.get(key, 0) + 1
    for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{count:6}  {code}  {name}\n"


def _summary(results: list[FileResult]) -> str:
    summary = summarise(results)
    if not summary.files:
        skipped = f" ({len(results)} skipped; --verbose says why)" if results else ""
        return f"No architecture file found{skipped}."
    files = f"{summary.files} file{'s' if summary.files != 1 else ''}"
    parts = [
        f"{count} {word}{'s' if count != 1 else ''}"
        for count, word in ((summary.errors, "error"), (summary.warnings, "warning"), (summary.infos, "info"))
        if count
    ]
    return f"Found {', '.join(parts)} in {files}." if parts else f"All checks passed: {files}."
