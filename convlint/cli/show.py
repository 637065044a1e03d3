"""`convlint show`: the layers of a network with their shapes and costs, as a table or as a picture."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from convlint.checking import check_file
from convlint.cli import UsageError
from convlint.cli.arguments import add_size_options, one_of, refuse_unknown_scales, refuse_unknown_sizes
from convlint.cli.settings import add_config_options, settings_finder
from convlint.cli.terminal import flush, say, write, write_findings
from convlint.describing import describe_file
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.facts import NetworkFacts
    from convlint.findings import Finding

OPERANDS = "FILE"
TABLES = ("text", "json", "markdown", "csv")
PICTURES = ("svg", "mermaid", "dot")
FORMATS = (*TABLES, *PICTURES)
DEEPEST = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", metavar="FILE")
    add = parser.add_argument
    add("--output-format", default="text", metavar="NAME", help=f"one of {', '.join(FORMATS)} (default: text)")
    add("--sort", default="index", metavar="COLUMN", help="order by a column: parameters, macs, activation_bytes, ...")
    add("--depth", default="0", metavar="N", help="show the rows inside blocks, so many blocks deep (default: 0)")
    add_size_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the table or the picture; 2 where the file holds no network. Errors are told on standard error."""
    from convlint.render.table_order import SORT_KEYS, sorted_network

    one_of("output format", arguments.output_format, FORMATS)
    one_of("column", arguments.sort, SORT_KEYS)
    options = settings_finder(arguments)(arguments.path).options
    networks, result = describe_file(arguments.path, options, depth=_depth(arguments.depth))
    refuse_unknown_sizes(options, result.sizes)
    refuse_unknown_scales(arguments.scale, result.scales)
    if arguments.output_format in PICTURES:
        pieces = _drawn(arguments.output_format, arguments.path, networks, result.findings)
    else:
        ordered = [sorted_network(network, arguments.sort) for network in networks]
        pieces = _table(arguments.output_format, arguments.path, result.dialect, ordered)
    for piece in pieces:
        write(piece)
    flush()
    errors = tuple(finding for finding in result.findings if finding.severity == "error")
    if errors and not networks:
        checked = check_file(arguments.path, options)  # with the fixes that a description leaves out
        write_findings(checked._replace(findings=tuple(item for item in checked.findings if item.severity == "error")))
    elif errors:
        found = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        say(f"{arguments.path} has {found}; convlint check {arguments.path} says which")
    return 0 if networks else 2


def _depth(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"--depth takes an integer of at least 0, not '{text}'")
    return min(int(text), DEEPEST) if len(text) < 10 else DEEPEST


def _drawn(name: str, path: str, networks: Sequence[NetworkFacts], findings: Sequence[Finding]) -> Iterator[str]:
    """The picture in a format, whose module is imported only now; nothing where there is no network."""
    if not networks:
        return iter(())
    if name == "mermaid":
        from convlint.render.drawing.mermaid import render_mermaid

        return render_mermaid(path, networks, findings)
    if name == "dot":
        from convlint.render.drawing.dot import render_dot

        return render_dot(path, networks, findings)
    from convlint.render.drawing.svg import render_svg

    return render_svg(path, networks, findings)


def _table(name: str, path: str, dialect: str | None, networks: list[NetworkFacts]) -> Iterator[str]:
    """The table in a format, whose module is imported only now."""
    if name == "json":
        from convlint.render.table_json import render_json

        return render_json(path, dialect, networks)
    if name == "markdown":
        from convlint.render.table_markdown import render_markdown

        return render_markdown(path, networks)
    if name == "csv":
        from convlint.render.table_csv import render_csv

        return render_csv(path, networks)
    from convlint.render.table import render_text

    return render_text(path, networks)
