"""The command line: finds the command, imports its module alone, and turns whatever happens into an exit status."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence

from convlint._version import __version__
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.cli.terminal import OutputError, flush, say, say_internal_error, write
from convlint.typed import Any, NoReturn

_COMMANDS = {
    "check": "lint files and folders",
    "show": "print the layers of a network with their shapes and costs",
    "state": "print the tensors of a network by name, with their shapes",
    "sizes": "print the input sizes that a network takes",
    "weights": "say what of a weight file loads into a network, and which layers must be renamed",
    "diff": "say what changed between two architectures, by structure",
    "rule": "explain a rule, or list all",
    "operator": "explain an operator, or list all",
    "import": "write a network of PyTorch code as a native file",
    "config": "print the settings that hold for a file, and where they come from",
    "schema": "print a JSON Schema, or list all",
    "server": "serve an editor: findings, shapes and fixes while a file is written",
}


_HOMES = {"import": "importing"}
"""Modules of commands that have a name of their own: a keyword names no module."""


class UsageError(Exception):
    """A mistake on the command line: exit status 2."""


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Help of a fixed width: asking for the terminal's costs an import that a clean run does not need."""
    return argparse.HelpFormatter(prog, max_help_position=32, width=100)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_formatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Help and version go the way of all output: what happens to a closed pipe differs from Python to Python."""
        write(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs convlint; 0 clean, 1 findings, 2 usage, configuration or internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # the process is short-lived, and what it makes holds no cycles to look for
    try:
        code = _run(arguments, is_own_process=argv is None)
        flush()
        gc.freeze()  # the interpreter looks for cycles once more when it ends, unless nothing is left to look at
        return code
    except (UsageError, OutputError, RuleFileError) as error:
        say(f"convlint: error: {error}")
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        say_internal_error(error, traceback=bool({"--verbose", "-v"} & set(arguments)))
    return 2


def _run(arguments: list[str], is_own_process: bool) -> int:
    if not arguments:
        raise UsageError(f"a command is required: {', '.join(_COMMANDS)}; 'convlint --help' says more")
    try:
        if arguments[0].startswith("-"):
            return _run_without_command(arguments)
        if is_own_process:
            from convlint.source.libyaml import use_alone

            use_alone()
        run, options = _command(arguments[0], arguments[1:])
        return run(options)
    except SystemExit as stop:  # argparse has printed the help or the version
        return stop.code if isinstance(stop.code, int) else 2


def _run_without_command(arguments: list[str]) -> int:
    parser = _Parser(prog="convlint", description="A static linter for neural-network architecture YAML.")
    parser.add_argument("--version", action="version", version=f"convlint {__version__}")
    commands = parser.add_subparsers(prog="convlint", metavar="COMMAND", required=False)
    for name, summary in _COMMANDS.items():
        commands.add_parser(name, help=summary)
    if arguments[0] not in ("-h", "--help", "--version"):
        raise UsageError(f"the command comes before '{arguments[0]}'; it is one of {', '.join(_COMMANDS)}")
    parser.parse_args(arguments[:1])
    return 0


def _command(name: str, arguments: list[str]) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace]:
    """The function of a command, and what it is told."""
    if name not in _COMMANDS:
        raise UsageError(_unknown_command(name))
    module = _module(name)
    summary = _COMMANDS[name]
    # argparse would work the usage out anew in every run, to no end unless help is asked for.
    usage = f"convlint {name} [OPTION ...] {module.OPERANDS}"
    parser = _Parser(prog=f"convlint {name}", usage=usage, description=summary[0].upper() + summary[1:] + ".")
    module.add_arguments(parser)
    _refuse_disguised_files(arguments)
    options, unknown = parser.parse_known_intermixed_args(_with_plain_operands(arguments))
    if unknown:
        raise UsageError(_unknown_arguments(unknown, parser))
    return module.run, options


def _with_plain_operands(arguments: list[str]) -> list[str]:
    """The arguments without the `--` that ends the options, and with nothing behind it that looks like one.

    argparse drops a `--` and takes what follows for options all the same.
    """
    if "--" not in arguments:
        return arguments
    end = arguments.index("--")
    behind = arguments[end + 1 :]
    return arguments[:end] + [f"./{text}" if text.startswith("-") and text != "-" else text for text in behind]


def _refuse_disguised_files(arguments: list[str]) -> None:
    """A usage error where a machine chose the files, and one of them is called like an option (`--exit-zero`)."""
    if "--force-exclude" not in arguments:
        return
    import os

    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for text in options:
        if text.startswith("-") and text != "-" and os.path.lexists(text):
            raise UsageError(f"'{text}' is the name of a file too: put '--' before the paths")


def _module(command: str) -> Any:
    name = f"{__name__}.{_HOMES.get(command, command)}"
    __import__(name)
    return sys.modules[name]


def _unknown_command(name: str) -> str:
    import os

    from convlint.nearest import nearest_hint

    hint = nearest_hint(name, _COMMANDS)
    if not hint and os.path.exists(name):
        hint = f"did you mean 'convlint check {name}'?"
    return f"no command is called '{name}'; {hint or 'it is one of ' + ', '.join(_COMMANDS)}"


def _unknown_arguments(unknown: list[str], parser: argparse.ArgumentParser) -> str:
    from convlint.nearest import nearest_hint

    known = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    hint = nearest_hint(unknown[0].partition("=")[0], known) if unknown[0].startswith("-") else ""
    return f"unrecognized arguments: {' '.join(unknown)}" + (f"; {hint}" if hint else "")
