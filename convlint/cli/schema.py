"""`convlint schema`: prints a JSON Schema, or lists all."""

from __future__ import annotations

import argparse
import json
import os

from convlint.cli.arguments import one_of
from convlint.cli.terminal import write
from convlint.resources import resource_path

OPERANDS = "[NAME]"
_ENDING = ".schema.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of a schema; without it, all are listed")


def run(arguments: argparse.Namespace) -> int:
    """Prints one schema or the list."""
    names = sorted(name[: -len(_ENDING)] for name in os.listdir(resource_path("schemas")) if name.endswith(_ENDING))
    if arguments.name is None:
        for name in names:
            write(f"{name:14} {json.loads(_text(name))['title']}\n")
    else:
        write(_text(one_of("schema", arguments.name, names)))
    return 0


def _text(name: str) -> str:
    with open(resource_path("schemas", name + _ENDING), encoding="utf-8") as file:
        return file.read()
