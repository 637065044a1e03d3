"""`convlint import`: writes a network that exists as code of PyTorch as a native file."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys

from convlint.cli import UsageError
from convlint.cli.arguments import one_of
from convlint.cli.output_file import write_file
from convlint.cli.terminal import say, write
from convlint.typed import Any

OPERANDS = "torch MODULE:FACTORY"
_FRAMEWORKS = ("torch",)
_TARGET = re.compile(r"[\w.]+:[\w.]+")
_INPUT = re.compile(r"(\d{1,9}(?:x\d{1,9})*)(:int)?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("framework", metavar="torch", help="what the code is written with")
    parser.add_argument(
        "target",
        metavar="MODULE:FACTORY",
        help="a function that gives the torch.nn.Module, or the module itself: package.models:resnet. Its code is run",
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="the shape of an input with its batch, 1x3x224x224; with :int for one of integers; repeatable",
    )
    parser.add_argument("--name", default="", help="the name of the network; by default that of the factory")
    parser.add_argument("--output-file", metavar="FILE", help="write the file there, not to standard output")


def run(arguments: argparse.Namespace) -> int:
    """Writes the file; 2 where the module cannot be written."""
    one_of("framework", arguments.framework, _FRAMEWORKS)
    if not _TARGET.fullmatch(arguments.target):
        raise UsageError(
            f"a module and what makes the network are written package.module:factory, not '{arguments.target}'"
        )
    if not arguments.input:
        raise UsageError("--input SHAPE is missing, such as --input 1x3x224x224")
    inputs = [_input(text) for text in arguments.input]
    say(f"convlint: running {arguments.target} in a process of its own")
    answer = _asked({"target": arguments.target, "inputs": inputs, "name": arguments.name})
    if "error" in answer:
        raise UsageError(answer["error"])
    for layer, function, reason, line in answer["unwritten"]:
        say(f"convlint: {layer}: {function} is not written: {reason}" + (f" ({line})" if line else ""))
    if answer["idle"]:
        say(f"convlint: not in the file, for they do not run on these inputs: {', '.join(answer['idle'])}")
    if arguments.output_file:
        write_file(arguments.output_file, answer["text"])
    else:
        write(answer["text"])
    return 0


def _input(text: str) -> tuple[list[int], bool]:
    match = _INPUT.fullmatch(text)
    if match is None:
        raise UsageError(f"--input takes a shape such as 1x3x224x224, not '{text}'")
    return [int(size) for size in match[1].split("x")], match[2] is not None


def _asked(request: dict[str, object]) -> dict[str, Any]:
    """What the child process answers; it is the user's code that runs there."""
    command = [sys.executable, "-m", "convlint.importing.worker"]
    done = subprocess.run(command, input=json.dumps(request) + "\n", stdout=subprocess.PIPE, text=True, check=False)
    try:
        answer: dict[str, object] = json.loads(done.stdout)
    except ValueError:
        return {"error": f"the process that ran {request['target']} ended with status {done.returncode}"}
    return answer
