"""`convlint sizes`: the exact set of input sizes that a network takes."""

from __future__ import annotations

import argparse
import json

from convlint.catalogue import lookup
from convlint.cli.arguments import add_size_options, one_of, refuse_unknown_scales, refuse_unknown_sizes
from convlint.cli.settings import add_config_options, settings_finder
from convlint.cli.terminal import write, write_findings
from convlint.input_sizes import solve_file
from convlint.render.size_report import as_json, render_text
from convlint.solving.size_facts import explained_facts, size_facts

OPERANDS = "FILE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", metavar="FILE")
    parser.add_argument("--output-format", default="text", metavar="NAME", help="text (default) or json")
    add_size_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the sets; 2 where the file cannot be solved, with the errors that are in the way."""
    one_of("output format", arguments.output_format, ("text", "json"))
    options = settings_finder(arguments)(arguments.path).options
    solutions, result = solve_file(arguments.path, options)
    refuse_unknown_sizes(options, result.sizes)
    refuse_unknown_scales(arguments.scale, result.scales)
    if not solutions:
        write_findings(result)
        return 2
    is_json = arguments.output_format == "json"
    with lookup.extended(options.extension):
        facts = list(map(size_facts if is_json else explained_facts, solutions))
    if is_json:
        write(json.dumps(as_json(arguments.path, facts), indent=1) + "\n")
        return 0
    for piece in render_text(arguments.path, facts):
        write(piece)
    return 0
