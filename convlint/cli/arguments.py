"""Arguments that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from convlint.cli import UsageError
from convlint.dialects import registry
from convlint.limits import LARGEST_SIZE
from convlint.options import Options
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_MOST_DIGITS = 9
_MOST_LISTED = 12


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """`--size`, `--dialect` and `--variant`."""
    _add_sizes_and_dialect(parser)
    parser.add_argument(
        "--variant",
        "--scale",
        dest="scale",
        action="append",
        default=[],
        metavar="NAME",
        help="read only this variant of a file: a scale, a use of a network, a configuration; repeatable",
    )


def add_comparison_options(parser: argparse.ArgumentParser) -> None:
    """What a command takes that compares a network with something: one variant of it, sizes, and colour."""
    parser.add_argument("--color", default="auto", metavar="WHEN", help="auto (default), always or never")
    _add_sizes_and_dialect(parser)
    help = "compare this variant of a file: a scale, a use of a network, a configuration"
    parser.add_argument("--variant", "--scale", metavar="NAME", help=help)


def _add_sizes_and_dialect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--size",
        action="append",
        default=[],
        metavar="NAME=INT",
        help="give a named size (H=640) or an input axis (image.1=640) a value; repeatable",
    )
    parser.add_argument("--dialect", metavar="NAME", help=f"one of {', '.join(registry.names())}")


def size(text: str) -> tuple[str, int]:
    """The name and the value of a `--size`; raises UsageError."""
    name, _, value = (part.strip() for part in text.partition("="))
    is_number = value.isdecimal() and len(value) <= len(str(LARGEST_SIZE))
    if not name or not value:
        raise UsageError(f"--size takes NAME=INT, such as H=640, not '{text}'")
    if not is_number or not 0 < int(value) <= LARGEST_SIZE:
        raise UsageError(f"--size {name} must be an integer from 1 to {LARGEST_SIZE}")
    return name, int(value)


def whole_number(option: str, text: str) -> int:
    """The value of an option that takes a count; raises UsageError."""
    if not (text.isascii() and text.isdecimal() and text.strip("0")):
        raise UsageError(f"{option} takes an integer of at least 1, not '{text}'")
    if len(text) > _MOST_DIGITS:
        raise UsageError(f"{option} takes an integer of at most {_MOST_DIGITS} digits, not '{text}'")
    return int(text)


def refuse_unknown_sizes(options: Options, known: Collection[str]) -> None:
    """A usage error for a `--size` that is none of those of the files; none where no file could be read."""
    for name, _ in options.sizes:
        if known and name not in known:
            from convlint.nearest import nearest_hint

            hint = nearest_hint(name, known) or f"choose one of {', '.join(list(known)[:_MOST_LISTED])}"
            raise UsageError(f"--size: no size or input axis is called '{name}'; {hint}")


def refuse_unknown_scales(scales: Iterable[str], known: Collection[str]) -> None:
    """A usage error for a `--scale` that is none of those of the files; none where no file has several."""
    for name in scales:
        if known and name not in known:
            raise UsageError(f"no file has a variant '{name}'; choose one of {', '.join(known)}")


def one_of(what: str, value: str, choices: Iterable[str]) -> str:
    """The value, if it is one of the choices; else a usage error with the nearest one."""
    known = list(choices)
    if value not in known:
        from convlint.nearest import nearest_hint

        hint = nearest_hint(value, known) or _listing(what, known)
        raise UsageError(f"no {what} is called '{value}'; {hint}")
    return value


def _listing(what: str, known: list[str]) -> str:
    if len(known) > _MOST_LISTED:  # rules and operators, each with a command of that name
        return f"'convlint {what}' lists all"
    return f"choose one of {', '.join(known)}"
