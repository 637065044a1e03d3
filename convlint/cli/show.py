"""`convlint show`: the layers of a network with their shapes and costs."""

from __future__ import annotations

import argparse
import json

from convlint.checking import describe_file
from convlint.cli.arguments import add_size_options, one_of, options_from, refuse_unknown_sizes
from convlint.cli.terminal import flush, say, write, write_findings

OPERANDS = "FILE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", metavar="FILE")
    parser.add_argument("--output-format", default="text", metavar="NAME", help="text (default) or json")
    add_size_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the table; 1 when the file has errors, which are then named or counted on standard error."""
    from convlint.render.table import as_json, render_text

    one_of("output format", arguments.output_format, ("text", "json"))
    options = options_from(arguments)
    networks, result = describe_file(arguments.path, options)
    refuse_unknown_sizes(options, (result,))
    if arguments.output_format == "json":
        write(json.dumps(as_json(arguments.path, result.dialect, networks), indent=1) + "\n")
    else:
        for piece in render_text(arguments.path, networks):
            write(piece)
    flush()
    errors = tuple(finding for finding in result.findings if finding.severity == "error")
    if errors and not networks:
        write_findings(result._replace(findings=errors))
    elif errors:
        found = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        say(f"{arguments.path} has {found}; convlint check {arguments.path} says which")
    return 1 if errors else 0
