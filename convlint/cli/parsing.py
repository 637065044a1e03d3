"""Parses a command line with argparse: what a plain reading leaves to it, help and mistakes among it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from convlint.cli.terminal import write
from convlint.cli.usage import UsageError
from convlint.typed import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from types import ModuleType


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Help of a fixed width: asking for the terminal's costs an import that a clean run does not need."""
    return argparse.HelpFormatter(prog, max_help_position=32, width=100)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_formatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def _print_message(self, message: str, file: object = None) -> None:
        """Help and version go the way of all output: what happens to a closed pipe differs from Python to Python."""
        write(message)


def overview(commands: Mapping[str, str]) -> str:
    """The help of convlint itself: its commands, each with its summary."""
    parser = _Parser(prog="convlint", description="A static linter for neural-network architecture YAML.")
    parser.add_argument("--version", action="version", help="show program's version number and exit")
    listed = parser.add_subparsers(prog="convlint", metavar="COMMAND", required=False)
    for name, summary in commands.items():
        listed.add_parser(name, help=summary)
    return parser.format_help()


def parsed(name: str, summary: str, module: ModuleType, arguments: list[str]) -> argparse.Namespace:
    """What the command of a module is told; raises UsageError, and SystemExit where help was asked for."""
    # argparse would work the usage out anew in every run, to no end unless help is asked for.
    usage = f"convlint {name} [OPTION ...] {module.OPERANDS}"
    parser = _Parser(prog=f"convlint {name}", usage=usage, description=summary[0].upper() + summary[1:] + ".")
    module.add_arguments(parser)
    options, unknown = parser.parse_known_intermixed_args(_with_plain_operands(arguments))
    if unknown:
        raise UsageError(_unknown_arguments(unknown, parser))
    return options


def _with_plain_operands(arguments: list[str]) -> list[str]:
    """The arguments without the `--` that ends the options, and with nothing behind it that looks like one.

    argparse drops a `--` and takes what follows for options all the same.
    """
    if "--" not in arguments:
        return arguments
    end = arguments.index("--")
    behind = arguments[end + 1 :]
    return arguments[:end] + [f"./{text}" if text.startswith("-") and text != "-" else text for text in behind]


def _unknown_arguments(unknown: list[str], parser: argparse.ArgumentParser) -> str:
    from convlint.nearest import nearest_hint

    known = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    hint = nearest_hint(unknown[0].partition("=")[0], known) if unknown[0].startswith("-") else ""
    return f"unrecognized arguments: {' '.join(unknown)}" + (f"; {hint}" if hint else "")
