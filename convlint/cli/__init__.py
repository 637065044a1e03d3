"""The command line: finds the command, imports its module alone, and turns whatever happens into an exit status."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from convlint._version import __version__
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.cli.plain import ArgumentRecorder
from convlint.cli.terminal import OutputError, flush, say, say_internal_error, say_traceback, write
from convlint.cli.usage import UsageError
from convlint.typed import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import argparse
    from types import ModuleType

__all__ = ["UsageError", "main", "run"]

_COMMANDS = {
    "check": "lint files and folders",
    "show": "print the layers of a network with their shapes and costs",
    "state": "print the tensors of a network by name, with their shapes",
    "sizes": "print the input sizes that a network takes",
    "weights": "say what of a weight file loads into a network, and which layers must be renamed",
    "diff": "say what changed between two architectures, by structure",
    "rule": "explain a rule, or list all",
    "operator": "explain an operator, or list all",
    "learn": "print classes of Python source as blocks, read and not run",
    "import": "write a network of PyTorch code as a native file",
    "config": "print the settings that hold for a file, and where they come from",
    "schema": "print a JSON Schema, or list all",
    "server": "serve an editor: findings, shapes and fixes while a file is written",
}


_AT_THE_END = frozenset(("bdb", "profile", "threading"))
"""Modules of those who have something to do when the interpreter ends: debuggers, profilers, threads and pools."""
_HOMES = {"import": "importing"}
"""Modules of commands that have a name of their own: a keyword names no module."""


def run() -> NoReturn:
    """Runs convlint as a process of its own, and ends that.

    The interpreter is not torn down unless somebody waits for its end: that would be a twentieth of a check.
    """
    code = main()
    with suppress(OutputError):
        flush()
    if _AT_THE_END.isdisjoint(sys.modules) and getattr(atexit, "_ncallbacks", lambda: 1)() == 0:
        os._exit(code)
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs convlint; 0 clean, 1 findings, 2 usage, configuration or internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # the process is short-lived, and what it makes holds no cycles to look for
    try:
        if argv is None and arguments and not arguments[0].startswith("-"):
            _take_the_process()
        code = _asked(arguments)()
        flush()
        gc.freeze()  # the interpreter looks for cycles once more when it ends, unless nothing is left to look at
        return code
    except (UsageError, OutputError, RuleFileError) as error:
        say(f"convlint: error: {error}")
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        say_internal_error(error)
        if {"--verbose", "-v"} & set(arguments):
            say_traceback(error)
    return 2


def _take_the_process() -> None:
    """Sets up what a process that does nothing else may have: nobody else in it reads YAML."""
    from convlint.source.libyaml import use_alone

    use_alone()


def _asked(arguments: list[str]) -> Callable[[], int]:
    """What a command line asks for; done, it gives the exit status."""
    if not arguments:
        raise UsageError(f"a command is required: {', '.join(_COMMANDS)}; 'convlint --help' says more")
    if arguments[0].startswith("-"):
        return partial(_run_without_command, arguments)
    try:
        run, options = _command(arguments[0], arguments[1:])
    except SystemExit as stop:  # argparse has printed the help or the version
        return partial(int, stop.code if isinstance(stop.code, int) else 2)
    return partial(run, options)


def _run_without_command(arguments: list[str]) -> int:
    if arguments[0] == "--version":
        write(f"convlint {__version__}\n")
        return 0
    if arguments[0] not in ("-h", "--help"):
        raise UsageError(f"the command comes before '{arguments[0]}'; it is one of {', '.join(_COMMANDS)}")
    from convlint.cli.parsing import overview

    write(overview(_COMMANDS))
    return 0


def _command(name: str, arguments: list[str]) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace]:
    """The function of a command, and what it is told."""
    if name not in _COMMANDS:
        raise UsageError(_unknown_command(name))
    module = _module(name)
    _refuse_disguised_files(arguments)
    recorder = ArgumentRecorder()
    module.add_arguments(recorder)
    options: Any = recorder.read(arguments)
    if options is None:
        from convlint.cli.parsing import parsed

        options = parsed(name, _COMMANDS[name], module, arguments)
    return module.run, options


def _refuse_disguised_files(arguments: list[str]) -> None:
    """A usage error where a machine chose the files, and one of them is called like an option (`--exit-zero`)."""
    if "--force-exclude" not in arguments:
        return
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for text in options:
        if text.startswith("-") and text != "-" and os.path.lexists(text):
            raise UsageError(f"'{text}' is the name of a file too: put '--' before the paths")


def _module(command: str) -> ModuleType:
    name = f"{__name__}.{_HOMES.get(command, command)}"
    __import__(name)
    return sys.modules[name]


def _unknown_command(name: str) -> str:
    from convlint.nearest import nearest_hint

    hint = nearest_hint(name, _COMMANDS)
    if not hint and os.path.exists(name):
        hint = f"did you mean 'convlint check {name}'?"
    return f"no command is called '{name}'; {hint or 'it is one of ' + ', '.join(_COMMANDS)}"
