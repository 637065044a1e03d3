"""`convlint weights`: what of a weight file loads into a network, what does not and why, and what would help."""

from __future__ import annotations

import argparse
import sys

from convlint.cli import UsageError
from convlint.cli.arguments import add_comparison_options, one_of
from convlint.cli.settings import add_config_options, settings_finder
from convlint.cli.terminal import flush, say, wants_colour, write
from convlint.networks import NoNetworkError
from convlint.tensors.loading import Loading, loading
from convlint.weight_files.tensors import WeightsError

OPERANDS = "FILE WEIGHTS"
FORMATS = ("text", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("path", metavar="FILE", help="the architecture, or a .pt that carries one")
    add("weights", metavar="WEIGHTS", help=".pt, .pth, .safetensors, .onnx, or another architecture")
    add("--output-format", default="text", metavar="NAME", help="text (default) or json")
    add("--weights-variant", "--weights-scale", metavar="NAME", help="the variant of WEIGHTS, if it is an architecture")
    add("--fail-under", metavar="PERCENT", help="exit with 1 if less of the network loads once layers are renamed")
    add("--write", metavar="OUT", help="write the weights with their layers renamed to a new file (needs torch)")
    add_comparison_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints what loads; 1 where it is less than `--fail-under` asks for."""
    one_of("output format", arguments.output_format, FORMATS)
    one_of("color", arguments.color, ("auto", "always", "never"))
    least = _percent(arguments.fail_under)
    options = settings_finder(arguments)(arguments.path).options
    try:
        found = loading(arguments.path, arguments.weights, options, arguments.variant, arguments.weights_variant)
    except (NoNetworkError, WeightsError) as error:
        raise UsageError(str(error)) from None
    _print(found, arguments)
    if arguments.write is not None:
        _write(found, arguments.write)
    return int(least is not None and found.percent < least)


def _print(found: Loading, arguments: argparse.Namespace) -> None:
    if arguments.output_format == "json":
        from convlint.render.weights_json import render_json

        pieces = render_json(found)
    else:
        from convlint.render.weights_text import render_text

        pieces = render_text(found, wants_colour(arguments.color, sys.stdout))
    for piece in pieces:
        write(piece)
    flush()


def _write(found: Loading, path: str) -> None:
    from convlint.tensors.writing import write_renamed

    try:
        count = write_renamed(found, path)
    except (WeightsError, ImportError) as error:
        raise UsageError(f"--write: {error}") from None
    say(f"{count} tensors written to {path}")


def _percent(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = -1
    if not 0 <= value <= 100:
        raise UsageError(f"--fail-under takes a percentage from 0 to 100, not '{text}'")
    return value
