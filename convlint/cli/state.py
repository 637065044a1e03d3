"""`convlint state`: the tensors of a network, as `state_dict()` of the package that builds it names them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from convlint.cli.arguments import add_size_options, one_of, refuse_unknown_scales, refuse_unknown_sizes
from convlint.cli.settings import add_config_options, settings_finder
from convlint.cli.terminal import flush, say, write, write_findings
from convlint.tensors.state import NetworkState, state_of_file

OPERANDS = "FILE"
FORMATS = ("text", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", metavar="FILE")
    add = parser.add_argument
    add("--output-format", default="text", metavar="NAME", help=f"one of {', '.join(FORMATS)} (default: text)")
    add_size_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the tensors of each variant; 2 where the file holds no network, and what is wrong with it is said."""
    one_of("output format", arguments.output_format, FORMATS)
    options = settings_finder(arguments)(arguments.path).options
    networks, result = state_of_file(arguments.path, options)
    refuse_unknown_sizes(options, result.sizes)
    refuse_unknown_scales(arguments.scale, result.scales)
    for piece in _rendered(arguments.output_format, arguments.path, result.dialect, networks):
        write(piece)
    flush()
    errors = tuple(finding for finding in result.findings if finding.severity == "error")
    if errors and not networks:
        write_findings(result._replace(findings=errors))
    elif errors:
        found = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        say(f"{arguments.path} has {found}; convlint check {arguments.path} says which")
    return 0 if networks else 2


def _rendered(name: str, path: str, dialect: str | None, networks: tuple[NetworkState, ...]) -> Iterator[str]:
    """The list in a format, whose module is imported only now; as text nothing where there is no network."""
    from convlint.render.state_report import render_json, render_text

    if name == "json":
        return render_json(path, dialect, networks)
    return render_text(path, networks) if networks else iter(())
