"""Compares the rows that were read from a repository's source with torch, each alone: nothing of it is imported.

A row is built of the layers that were found in its forward, and gets random maps of the shapes that reach it. What was
not followed to its end, or does not run when it is built so, is not compared, and named.
"""

from __future__ import annotations

import warnings
from time import monotonic

import torch
from torch import nn

from convlint.domain.values import plain_sizes
from convlint.engine import costs
from convlint.engine.reporting import shape_text
from convlint.engine.trace import Session, Step, Trace
from convlint.model import Architecture, Layer, Learned
from convlint.torch_check import BuildError
from convlint.torch_check.expansion import expanded_row
from convlint.torch_check.network import flat
from convlint.typed import NamedTuple

BATCH = 2
OUT_OF_TIME = "takes more time than --torch-timeout gives"
MOST_NAMED = 5
"""Rows that are named where they were not compared."""


class RowRemark(NamedTuple):
    """A row that gives other shapes with torch, and the arguments of what is said of it."""

    layer: Layer
    arguments: dict[str, str]


class Compared(NamedTuple):
    """What torch says of rows, how many it ran, and why the others were not compared."""

    remarks: tuple[RowRemark, ...]
    compared: int
    left_out: str


def has_learned(architecture: Architecture) -> bool:
    """Whether a repository's own builder made a network."""
    return any(isinstance(layer.operator, Learned) for layer in architecture.graph.layers)


def compare_rows(trace: Trace, deadline: float) -> Compared:
    """What torch says of each row until the deadline (`time.monotonic`)."""
    session = Session({})
    remarks: list[RowRemark] = []
    left: list[str] = []
    for number, (layer, step) in enumerate(zip(trace.graph.layers, trace.steps)):
        if monotonic() > deadline:
            return Compared(tuple(remarks), number - len(left), OUT_OF_TIME)
        module = _module(layer, step, session)
        found = _run(module, step) if module is not None and _is_whole(layer, step, module) else None
        if found is None:
            left.append(layer.title)
        elif _differ(step, found):
            texts = [", ".join(shape_text(shape) for shape in some) for some in (found, step.outputs)]
            arguments = {"op": layer.label, "what": "gives", "found": texts[0], "expected": texts[1]}
            remarks.append(RowRemark(layer, arguments))
    return Compared(tuple(remarks), len(trace.graph.layers) - len(left), _named(left))


def _module(layer: Layer, step: Step, session: Session) -> nn.Module | None:
    if any(plain_sizes(shape) is None for shape in step.inputs):
        return None
    try:
        return expanded_row(layer, step, session)
    except BuildError:
        return None


def _named(left: list[str]) -> str:
    if not left:
        return ""
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    return f"has rows that are not known to their end: {', '.join(left[:MOST_NAMED])}{more}"


def _is_whole(layer: Layer, step: Step, module: nn.Module) -> bool:
    """Whether what was built has the parameters that the row has, but for those through which nothing flows."""
    expected = costs.layer_parameters(layer, step)
    count = sum(parameter.numel() for parameter in module.parameters())
    return expected is None or count == expected or (count < expected and not _all_flows(layer, module))


def _all_flows(layer: Layer, module: nn.Module) -> bool:
    """Whether all that a row registers takes part in its forward."""
    slots = layer.operator.slots() if isinstance(layer.operator, Learned) else None
    names = {name for name, _ in module.named_modules()}
    return slots is not None and all(slot.path in names for slot in slots if slot.module is not None)


def _run(module: nn.Module, step: Step) -> tuple[tuple[int, ...], ...] | None:
    """The shapes that a row gives for random maps; None where what was found inside it does not run."""
    maps = [torch.rand(BATCH, *(plain_sizes(shape) or ())) for shape in step.inputs]
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            return tuple(tuple(item.shape[1:]) for item in flat(module.train()(*maps)))
    except Exception:  # torch raises what it likes
        return None


def _differ(step: Step, found: tuple[tuple[int, ...], ...]) -> bool:
    known = [plain_sizes(shape) for shape in step.outputs]
    return any(ours is not None and ours != theirs for ours, theirs in zip(known, found))
