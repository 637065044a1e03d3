"""`convlint config`: the settings that hold for a file, and where each comes from."""

from __future__ import annotations

import argparse
import json
import os

from convlint.cli.arguments import add_size_options, one_of
from convlint.cli.settings import (
    add_config_options,
    add_selection_options,
    every_setting,
    settings_finder,
    settings_of_folder,
)
from convlint.cli.terminal import write
from convlint.render.text import one_line
from convlint.selection.settings import Setting

OPERANDS = "[FILE]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("path", nargs="?", default=".", metavar="FILE", help="a file or a folder (default: .)")
    parser.add_argument("--output-format", default="text", metavar="NAME", help="text (default) or json")
    add_selection_options(parser)
    add_size_options(parser)
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the settings; the file need not exist."""
    one_of("output format", arguments.output_format, ("text", "json"))
    path = arguments.path
    files, settings = every_setting(arguments, path)
    is_left_out = _is_left_out(path, arguments)
    if arguments.output_format == "json":
        given = [{"key": item.key, "value": item.value, "from": item.origin} for item in settings.given]
        data = {"version": 1, "path": path, "files": files, "left_out": is_left_out, "settings": given}
        write(json.dumps(data, indent=1) + "\n")
        return 0
    title = one_line(f"{path}: {', '.join(reversed(files)) or 'no settings file'}")
    write(title + (" (searches leave it out)" if is_left_out else "") + "\n\n")
    rows = [(item.key, one_line(_in_text(item)), one_line(item.origin)) for item in settings.given]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for key, value, origin in rows:
        write(f"{key:{widths[0]}}  {value:{widths[1]}}  {origin}\n")
    return 0


def _is_left_out(path: str, arguments: argparse.Namespace) -> bool:
    from convlint.selection.configuration import is_left_out

    whole = os.path.abspath(path)
    around = settings_of_folder(settings_finder(arguments), os.path.dirname(whole))
    return is_left_out(whole, os.path.isdir(whole), around)


def _in_text(setting: Setting) -> str:
    value: object = setting.value
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
