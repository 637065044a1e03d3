"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from convlint.checking import DIALECTS, Options
from convlint.cli import UsageError


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """`--size` and `--dialect`."""
    parser.add_argument(
        "--size",
        action="append",
        default=[],
        metavar="NAME=INT",
        help="give a named size (H=640) or an input axis (image.1=640) a value; repeatable",
    )
    parser.add_argument("--dialect", default="auto", metavar="NAME", help=f"one of {', '.join(DIALECTS)}")


def options_from(arguments: argparse.Namespace, rules: frozenset[str] | None = None) -> Options:
    """The options of a check."""
    one_of("dialect", arguments.dialect, DIALECTS)
    return Options(tuple(_size(text) for text in arguments.size), arguments.dialect, rules)


def _size(text: str) -> tuple[str, int]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip() or not value.strip().isdecimal() or not 0 < int(value) < 2**40:
        raise UsageError(f"--size takes NAME=INT with an integer of at least 1, not '{text}'")
    return name.strip(), int(value)


def one_of(what: str, value: str, choices: Iterable[str]) -> str:
    """The value, if it is one of the choices; else a usage error with the nearest one."""
    known = list(choices)
    if value not in known:
        from convlint.engine.reporting import nearest_hint

        hint = nearest_hint(value, known)
        raise UsageError(f"no {what} is called '{value}'; {hint or 'choose one of ' + ', '.join(known)}")
    return value


def wants_colour(setting: str) -> bool:
    """Whether to write colours to standard output (`--color`, NO_COLOR, FORCE_COLOR, TERM)."""
    if setting != "auto":
        return setting == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def write(text: str) -> None:
    """Writes to standard output; characters that its encoding lacks are replaced."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
