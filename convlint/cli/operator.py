"""`convlint operator`: explains an operator, or lists all."""

from __future__ import annotations

import argparse

from convlint.cli.arguments import one_of
from convlint.cli.settings import add_config_options, with_own
from convlint.cli.terminal import write
from convlint.engine import catalogue

OPERANDS = "[NAME]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of an operator; without it, all are listed")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints one operator or the list, those of the settings of the working folder among them."""
    return with_own(arguments, _print)


def _print(arguments: argparse.Namespace) -> int:
    operators = catalogue.operators()
    if arguments.name is None:
        write("".join(f"{name:26} {summary}\n" for name, summary in operators.items()))
    else:
        write(catalogue.operator_page(one_of("operator", arguments.name, operators)))
    return 0
