"""Which layer refuses a size of the input, and what it says there."""

from __future__ import annotations

from convlint.domain.size_sets import SizeSet, size_set
from convlint.domain.tables import SizeTable, conjunction, unknown_size
from convlint.domain.values import UNKNOWN, Symbolic
from convlint.engine.examination import judged
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import Finding
from convlint.model import Architecture
from convlint.solving.solving import LARGEST_ASSUMED, AxisSizes, Demand, holds_at, part_for, with_one_axis
from convlint.typed import NamedTuple


class Refusal(NamedTuple):
    """A layer that refuses a size: by which rule, what the two sides are there (`45 vs 46`), and the whole message."""

    layer: str
    rule: str
    sides: str
    message: str


class Exclusion(NamedTuple):
    """The sizes that a layer is the first to exclude, and why it refuses the smallest of them."""

    sizes: SizeSet
    refusal: Refusal


def refusal(architecture: Architecture, sizes: AxisSizes, size: int) -> Refusal | None:
    """The first layer that refuses a size of an axis; None where none does."""
    unknown = unknown_at(sizes.size, size)
    failures = (demand for demand in sizes.demands if not demand.loses)
    failed = next((demand for demand in failures if holds_at(demand.holds, sizes.symbol, unknown) is False), None)
    if failed is None:
        return None
    return refused(with_one_axis(architecture, sizes, unknown), failed)


def unknown_at(table: SizeTable, size: int) -> int:
    """The value of the unknown behind an axis of a given size; the nearest above where the axis never has that size."""
    if table == unknown_size(table.symbol):
        return size
    return next((value for value in range(1, LARGEST_ASSUMED) if table(value) >= size), size)


def excluding(sizes: AxisSizes) -> list[tuple[str, str, SizeSet]]:
    """(layer, rule, sizes) of each layer that excludes sizes which no layer before it does."""
    return [(demand.layer, demand.rule, excluded) for demand, excluded in _excluding(sizes)]


def exclusions(architecture: Architecture, sizes: AxisSizes, most: int) -> tuple[list[Exclusion], int]:
    """(the first `most` exclusions with their reasons, how many more there are)."""
    found = _excluding(sizes)
    explained = []
    for demand, excluded in found[:most]:
        concrete = with_one_axis(architecture, sizes, excluded.smallest or 1)
        explained.append(Exclusion(excluded, refused(concrete, demand)))
    return explained, max(0, len(found) - most)


def _excluding(sizes: AxisSizes) -> list[tuple[Demand, SizeSet]]:
    """Each demand that is the first to exclude sizes, and which those are."""
    left: object = True
    found: list[tuple[Demand, SizeSet]] = []
    for demand in sizes.demands:
        part = UNKNOWN if demand.loses else part_for(demand.holds, sizes.symbol)
        if part is UNKNOWN or part is True:
            continue
        excluded = size_set(conjunction((left, part.is_false() if isinstance(part, Symbolic) else not part)))
        if not excluded.is_empty:
            found.append((demand, excluded))
            left = conjunction((left, part))
        if left is False:
            break
    return found


def refused(architecture: Architecture, failed: Demand) -> Refusal:
    """What the layer of a demand says about an architecture whose sizes do not meet it."""
    if failed.message:
        return Refusal(failed.layer, failed.rule, "", failed.message)
    trace, finding = _judged(architecture, failed)
    return Refusal(failed.layer, failed.rule, _sides(trace, failed), finding.message if finding else failed.rule)


def refusing(architecture: Architecture, failed: Demand) -> Finding | None:
    """The finding for an architecture whose sizes do not meet a demand."""
    return _judged(architecture, failed)[1]


def _judged(architecture: Architecture, failed: Demand) -> tuple[Trace, Finding | None]:
    """The shapes of a network as it is written, however it was meant, and what its layer says of a demand."""
    written = architecture._replace(meant=None)
    session = Session({})
    trace = propagate(written.graph, written.inputs, session)
    return trace, _finding_of(judged(written, trace, session), failed)


def _finding_of(findings: list[Finding], failed: Demand) -> Finding | None:
    same_rule = [finding for finding in findings if finding.rule.name == failed.rule]
    at_layer = [finding for finding in same_rule if finding.layer == failed.layer]
    at_output = [finding for finding in same_rule if finding.place.start == failed.place.start]
    errors = [finding for finding in findings if finding.severity == "error"]
    return next(iter((*at_layer, *at_output, *same_rule, *errors)), None)


def _sides(trace: Trace, failed: Demand) -> str:
    """`45 vs 46`: the different sizes that meet at the layer of a demand, on its axis."""
    step = _step_at(trace, failed.route)
    if step is None or failed.axis < 0 or len(step.inputs) < 2:
        return ""
    shapes = [shape for shape in step.inputs if isinstance(shape, tuple) and failed.axis + 1 < len(shape)]
    sides = dict.fromkeys(shape[failed.axis + 1] for shape in shapes)
    return " vs ".join(map(str, sides)) if len(sides) > 1 and all(type(side) is int for side in sides) else ""


def _step_at(trace: Trace, route: tuple[int, ...]) -> Step | None:
    """The step that a route leads to; a copy that is like the last one before it has that one's steps."""
    for layer, copy in zip(route[::2], route[1::2]):
        copies = trace.steps[layer].copies
        if not copies:
            return None
        trace = copies[min(copy, len(copies) - 1)]
    return trace.steps[route[-1]] if route else None
