"""What people call one of several outputs of a layer, and how this format reads it: `lstm.h_n` is `lstm.1`."""

from __future__ import annotations

import re

from convlint.catalogue import lookup
from convlint.catalogue.runnable import Operator
from convlint.typed import NamedTuple

_AT_LEAST = 2
"""How many outputs a layer surely has whose number of outputs follows from its input and parameters."""


class MeantOutput(NamedTuple):
    """What is said of a name that nothing has, and what to write; both empty where it is no output of a layer."""

    says: str
    name: str


def split_output(name: str) -> tuple[str, str]:
    """(layer, output) of `layer.output` or `layer[output]`; the output is empty where there is none."""
    indexed = re.fullmatch(r"(.+)\[\s*(\w+)\s*\]", name)
    if indexed is not None:
        return indexed[1].strip(), indexed[2]
    stem, dot, output = name.rpartition(".")
    return (stem, output) if dot else (name, "")


def surely_has(kind: object, output: str) -> bool:
    """Whether a layer of several outputs has the one of a number, whatever it is given."""
    count = _count(kind)
    if not output.isdecimal() or len(output) > 5 or count == 1:
        return False
    return int(output) < (count or _AT_LEAST)


def meant_output(name: str, kind: object) -> MeantOutput:
    """What was meant by the name of an output of a layer; `kind` is what that layer is."""
    stem, output = split_output(name)
    count = _count(kind)
    if not output or count == 1 or not isinstance(kind, Operator):
        return MeantOutput("", "")
    if count is None:
        meant = f"{stem}.{output}" if output.isdecimal() else ""
        return MeantOutput(f"output k of '{stem}' is read as {stem}.k, counted from 0", meant)
    names = lookup.declaration(kind.name).output_names
    number = names.index(output) if output in names else int(output[:5]) if output.isdecimal() else count
    called = [f" ({names[index]})" if index < len(names) else "" for index in range(count)]
    listed = [f"{stem}.{index}{called[index]}" for index in range(count)]
    says = f"the outputs of '{stem}' are {', '.join(listed[:-1])} and {listed[-1]}"
    return MeantOutput(says, f"{stem}.{number}" if number < count else "")


def _count(kind: object) -> int | None:
    """How many outputs a layer has; None where that follows from more than its operator."""
    if not isinstance(kind, Operator):
        return 1
    outputs = lookup.declaration(kind.name).outputs
    return None if isinstance(outputs, str) else len(outputs)
