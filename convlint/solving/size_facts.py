"""What `convlint sizes` says of a network: sets, answers about single sizes, and which layers exclude some."""

from __future__ import annotations

from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace, height_of
from convlint.model import Architecture, Port
from convlint.solving.blame import Exclusion, Refusal, excluding, exclusions, refusal
from convlint.solving.ranges import axis_word
from convlint.solving.solving import AxisSizes, Solution
from convlint.typed import NamedTuple

MOST_EXCLUSIONS = 12
"""Layers that exclude sizes of an axis, of which each is named."""
MOST_EXPLAINED = 60
"""Layers of one network of which that is said: each explanation asks the whole network."""


class SizeVerdict(NamedTuple):
    """Whether one size works: `is_known` is false beyond what was solved; `nearest` are sizes that work instead."""

    size: int
    is_known: bool
    works: bool
    loses: bool
    refusal: Refusal | None = None
    nearest: tuple[int, ...] = ()


class AxisFacts(NamedTuple):
    """One axis: what people call it, its sizes, an axis before it that has the same (its twin), and what was asked.

    `exclusions` are the first layers that exclude sizes, those aside that were named for the axis before; `more` counts
    the rest.
    """

    word: str
    sizes: AxisSizes
    twin: str = ""
    answers: tuple[SizeVerdict, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    more: int = 0


class SizeFacts(NamedTuple):
    """One variant of a network, and the strides of its levels."""

    variant: str | None
    axes: tuple[AxisFacts, ...]
    strides: tuple[int, ...]
    variant_word: str = "variant"


def size_facts(solution: Solution) -> SizeFacts:
    """The sets alone."""
    axes = [AxisFacts(axis_word(solution.architecture, sizes.axis), sizes) for sizes in solution.axes]
    architecture = solution.architecture
    return SizeFacts(architecture.variant, tuple(axes), _level_strides(architecture), architecture.variant_word)


def _level_strides(architecture: Architecture) -> tuple[int, ...]:
    """How many times smaller than the input each level is at the size that the file is checked at, rounded.

    Empty where that is not known of all of them.
    """
    if not architecture.levels:
        return ()
    trace = propagate(architecture.graph, architecture.inputs, Session({}))
    height = height_of(trace.inputs[0])
    heights = [_height_at(port, trace) for port in architecture.levels]
    known = [size for size in heights if size]
    return tuple(round(height / size) for size in known) if height is not None and len(known) == len(heights) else ()


def _height_at(port: Port | None, trace: Trace) -> int | None:
    if port is None:
        return None
    shapes = trace.shapes_at(port)
    return height_of(shapes[port.output]) if port.output < len(shapes) else None


def explained_facts(solution: Solution) -> SizeFacts:
    """The sets, with answers and with the layers that exclude sizes."""
    facts = size_facts(solution)
    axes: list[AxisFacts] = []
    room = MOST_EXPLAINED
    for number, axis in enumerate(facts.axes):
        axes.append(_explained(solution, axis, number, min(room, MOST_EXCLUSIONS)))
        room -= len(axes[-1].exclusions)
    return facts._replace(axes=tuple(axes))


def _explained(solution: Solution, axis: AxisFacts, number: int, most: int) -> AxisFacts:
    """An axis, number `number` of the network, with at most `most` exclusions."""
    sizes = axis.sizes
    twin = _twin_before(solution, number)
    if twin or not sizes.exact:
        return axis._replace(twin=twin)
    axis = axis._replace(answers=tuple([_answer(solution, sizes, size) for size in _asked_sizes(solution, sizes)]))
    if _excluded_alike(solution, number):
        return axis
    found, more = exclusions(solution.architecture, sizes, most)
    return axis._replace(exclusions=tuple(found), more=more)


def _twin_before(solution: Solution, number: int) -> str:
    """An axis of the same size that stands before."""
    size = solution.axes[number].size
    return next((one.axis for one in solution.axes[:number] if one.size == size), "")


def _excluded_alike(solution: Solution, number: int) -> bool:
    """Whether the layers that exclude sizes of an axis are those that exclude sizes of the axis before it."""
    sizes = solution.axes[number]
    before = solution.axes[number - 1] if number else None
    return (
        before is not None
        and before.axis.rpartition(".")[0] == sizes.axis.rpartition(".")[0]
        and excluding(before) == excluding(sizes)
    )


def _asked_sizes(solution: Solution, sizes: AxisSizes) -> list[int]:
    asked = dict(solution.asked).get(sizes.axis)
    if asked is not None:
        return [asked]
    return [] if sizes.declared is None or sizes.declared in sizes.valid else [sizes.declared]


def _answer(solution: Solution, sizes: AxisSizes, size: int) -> SizeVerdict:
    if not sizes.valid.knows(size):
        return SizeVerdict(size, False, False, False)
    if size in sizes.valid:
        return SizeVerdict(size, True, True, size not in sizes.lossless)
    nearest = tuple([value for value in sizes.valid.nearest(size) if value is not None])
    return SizeVerdict(size, True, False, False, refusal(solution.architecture, sizes, size), nearest)
