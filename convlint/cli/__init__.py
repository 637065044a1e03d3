"""The command line: parses arguments, and imports the module of the command that was asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from convlint._version import __version__

_COMMANDS = {
    "check": "lint files and folders",
    "show": "print the layers of a network with their shapes and costs",
    "sizes": "print the input sizes that a network takes",
    "rule": "explain a rule, or list all",
    "operator": "explain an operator, or list all",
    "schema": "print a JSON Schema, or list all",
}


class UsageError(Exception):
    """A mistake on the command line: exit status 2."""


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Help of a fixed width: asking for the terminal's costs an import that a clean run does not need."""
    return argparse.HelpFormatter(prog, max_help_position=32, width=100)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_formatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs convlint; 0 clean, 1 findings, 2 usage, configuration or internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except UsageError as error:
        print(f"convlint: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return _quietly_closed()
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    if name is not None and name not in _COMMANDS:
        from convlint.engine.reporting import nearest_hint

        hint = nearest_hint(name, _COMMANDS)
        raise UsageError(f"no command is called '{name}'" + (f"; {hint}" if hint else ""))
    parser = _Parser(prog="convlint", description="A static linter for neural-network architecture YAML.")
    parser.add_argument("--version", action="version", version=f"convlint {__version__}")
    commands = parser.add_subparsers(prog="convlint", dest="command", metavar="COMMAND", required=True)
    module: Any = None
    for command, summary in _COMMANDS.items():
        subparser = commands.add_parser(command, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if command == name:
            module = _module(command)
            module.add_arguments(subparser)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    code: int = module.run(options)
    sys.stdout.flush()
    return code


def _module(command: str) -> Any:
    name = f"{__name__}.{command}"
    __import__(name)
    return sys.modules[name]


def _quietly_closed() -> int:
    """The reader of the output is gone: what is left to say goes nowhere, and Python must not complain about it."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
