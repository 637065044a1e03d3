"""`convlint diff`: what changed between two architectures, by structure and not by line."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator

from convlint.cli import UsageError
from convlint.cli.arguments import add_comparison_options, one_of
from convlint.cli.settings import add_config_options, settings_finder
from convlint.cli.terminal import flush, say, wants_colour, write
from convlint.comparing.difference import Difference, diff
from convlint.networks import NoNetworkError

OPERANDS = "OLD NEW"
FORMATS = ("text", "json", "markdown", "svg")
KINDS = ("any", "weights", "sizes", "output", "parameters+N%", "macs+N%")
_GROWTH = re.compile(r"(parameters|macs)\+(\d{1,6}(?:\.\d{1,6})?)%")


class _CannotTell(Exception):
    """What `--fail-on` asks is not known."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("old", metavar="OLD", help="a file, or REV:PATH for a file at a revision of its Git repository")
    add("new", metavar="NEW", help="a file, or REV:PATH")
    add("--output-format", default="text", metavar="NAME", help=f"one of {', '.join(FORMATS)} (default: text)")
    add("--old-variant", metavar="NAME", help="compare this variant of OLD, where it is another one")
    add(
        "--fail-on",
        dest="kinds",
        action="append",
        default=[],
        metavar="KIND",
        help=f"exit with 1 for {', '.join(KINDS)}".replace("%", "%%"),
    )
    add_comparison_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what changed; 1 where `--fail-on` asks for it, 2 where a side is no architecture."""
    one_of("output format", arguments.output_format, FORMATS)
    one_of("color", arguments.color, ("auto", "always", "never"))
    kinds = [_kind(kind.strip()) for text in arguments.kinds for kind in text.split(",") if kind.strip()]
    settings = settings_finder(arguments)
    old, new = [settings(name.rpartition(":")[2]).options for name in (arguments.old, arguments.new)]
    try:
        found = diff(arguments.old, arguments.new, new, arguments.variant, arguments.old_variant, old)
    except NoNetworkError as error:
        raise UsageError(str(error)) from None
    for piece in _rendered(found, arguments.output_format, wants_colour(arguments.color, sys.stdout)):
        write(piece)
    flush()
    try:
        return int(any(fails(found) for fails in kinds))
    except _CannotTell as error:
        say(f"convlint: error: {error}")
        return 2


def _rendered(found: Difference, name: str, colour: bool) -> Iterator[str]:
    """The difference in a format, whose module is imported only now."""
    if name == "json":
        from convlint.render.difference_json import render_json

        return render_json(found)
    if name == "markdown":
        from convlint.render.difference_markdown import render_markdown

        return render_markdown(found)
    if name == "svg":
        from convlint.render.drawing.changes import render_svg

        return render_svg(found)
    from convlint.render.difference_text import render_text

    return render_text(found, colour)


def _kind(text: str) -> Callable[[Difference], bool]:
    """The question that a kind of `--fail-on` asks; raises UsageError."""
    plain = {"any": _changed, "weights": _loses_weights, "sizes": _changes_sizes, "output": _changes_output}
    if text in plain:
        return plain[text]
    growth = _GROWTH.fullmatch(text)
    if growth is None:
        raise UsageError(f"--fail-on takes {', '.join(KINDS)} (such as parameters+5%), not '{text}'")
    return lambda found: _grew(found, growth[1], float(growth[2]))


def _changed(found: Difference) -> bool:
    return not found.is_empty


def _loses_weights(found: Difference) -> bool:
    if found.weights is None:
        raise _CannotTell("--fail-on weights: the tensors of a network are not known")
    return len(found.weights.loaded) < found.weights.total or bool(found.weights.unexpected or found.weights.misplaced)


def _changes_sizes(found: Difference) -> bool:
    if found.sizes_changed is None:
        raise _CannotTell("--fail-on sizes: the sets of valid sizes are not known exactly")
    return found.sizes_changed


def _changes_output(found: Difference) -> bool:
    total = found.total("outputs")
    return bool(total.old != total.new)


def _grew(found: Difference, name: str, percent: float) -> bool:
    total = found.total(name)
    if total.old is None or total.new is None:
        raise _CannotTell(f"--fail-on {name}: the count of a network is not known")
    return bool(total.new * 100 > total.old * (100 + percent))
