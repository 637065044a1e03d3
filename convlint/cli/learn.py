"""`convlint learn`: classes of Python source as blocks of a native file; the source is read, and not run."""

from __future__ import annotations

import argparse
import ast
import os
import re

from convlint.cli import UsageError
from convlint.cli.output_file import write_file
from convlint.cli.terminal import flush, say, write
from convlint.learned.blocks import Declarations
from convlint.learned.declaring import NoSuchClass, declared
from convlint.typed import Any

OPERANDS = "FILE.py[:CLASS] ..."
_SHAPE = re.compile(r"\d{1,9}(?:x\d{1,9})*")
_CLASS = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("targets", nargs="+", metavar="FILE.py[:CLASS]", help="a file of Python, and a class in it; all without one")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the constructor, as Python writes it: c1=64; repeatable",
    )
    add(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="the shape of an input without the batch, 64x32x32; repeatable",
    )
    add("--output-file", metavar="FILE", help="write the file there, not to standard output")


def run(arguments: argparse.Namespace) -> int:
    """Writes one file of all classes; 2 where nothing of any could be followed."""
    from convlint.learned.verifying import checked
    from convlint.render.declarations import native_file

    given = dict(_setting(text) for text in arguments.set)
    inputs = tuple(_shape(text) for text in arguments.input)
    found = [_declared(path, names, given, inputs) for path, names in _grouped(arguments.targets)]
    together = Declarations(
        tuple(block for item in found for block in item.blocks), tuple(item for each in found for item in each.classes)
    )
    together = checked(together, native_file(together))
    text = native_file(together)
    if arguments.output_file:
        write_file(arguments.output_file, text)
    else:
        write(text)
        flush()
    for item in together.classes:
        if item.reason:
            say(f"convlint: {item.name} ({item.place}) was followed in part: {item.reason}")
    return 0 if any(item.line is not None or item.tensors for item in together.classes) else 2


def _grouped(targets: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """(a file, the classes of it that are asked for), in the order of the command line."""
    files: dict[str, list[str]] = {}
    for target in targets:
        path, name = _divided(target)
        files.setdefault(path, []).extend([name] if name else [])
    return [(path, tuple(dict.fromkeys(names))) for path, names in files.items()]


def _divided(target: str) -> tuple[str, str]:
    """The path and the class: a path that exists is a path."""
    path, colon, name = target.rpartition(":")
    if os.path.isfile(target) or not colon or not _CLASS.fullmatch(name):
        path, name = target, ""
    if os.path.isdir(path):
        raise UsageError(f"'{path}' is a directory; name a file of Python in it")
    if not os.path.isfile(path):
        missing = "is no regular file" if os.path.exists(path) else "does not exist"
        raise UsageError(f"'{path}' {missing}")
    return path, name


def _declared(path: str, names: tuple[str, ...], given: dict[str, Any], inputs: tuple[Any, ...]) -> Declarations:
    try:
        return declared(path, names, given, inputs)
    except NoSuchClass as error:
        raise UsageError(str(error)) from None


def _setting(text: str) -> tuple[str, object]:
    match = _NAME.fullmatch(text)
    if match is None:
        raise UsageError(f"--set takes NAME=VALUE, such as c1=64, not '{text}'")
    try:
        return match[1], ast.literal_eval(match[2][:1000])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return match[1], match[2]


def _shape(text: str) -> tuple[int, ...]:
    if not _SHAPE.fullmatch(text):
        raise UsageError(f"--input takes a shape without its batch, such as 64x32x32, not '{text}'")
    return tuple(int(size) for size in text.split("x"))
