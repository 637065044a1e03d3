"""Adds to what is wrong with a network the sizes that a file promises and that fail, and those that would work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

from convlint.domain.values import Shapes, plain_sizes
from convlint.engine.examination import judged
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session, Trace
from convlint.findings import Finding
from convlint.model import Architecture
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.solving.solving import Demand

MOST_SOLVED = 1000
"""Layers of a network for which an error still computes the sizes that would work."""


_OF_CHANNELS = ("channel-mismatch",)
_CHANNELS_OF_IMAGES = (3, 4)
_LEAST_IMAGE = 16
"""Smaller maps are taken for what they say."""


def explained(
    architecture: Architecture, trace: Trace, findings: list[Finding], session: Session, said: Sequence[Finding]
) -> list[Finding]:
    """The findings of a network and those about the sizes that it promises to take, with what would mend them.

    Nothing would be read of that where other variants are `said` to have the same mistakes. `findings` were judged
    without blame then.
    """
    found = _with_ranges(architecture, trace, findings)
    if not session.blames:
        return found
    if said:
        from convlint.variants import cover

        if cover(said, found):
            return found
        found = _with_ranges(architecture, trace, judged(architecture, trace, session))
    return _advised(architecture, found, session)


def _with_ranges(architecture: Architecture, trace: Trace, findings: list[Finding]) -> list[Finding]:
    """The findings, and those about declared ranges of sizes of which some fail.

    Where a layer is wrong at every size, it is not said again that it is so at some.
    """
    if not architecture.ranges:
        return findings
    from convlint.solving.ranges import range_findings

    wrong = {finding.layer for finding in findings if finding.stops}
    return [*findings, *(item for item in range_findings(architecture, trace) if item.layer not in wrong)]


def _advised(architecture: Architecture, findings: list[Finding], session: Session) -> list[Finding]:
    """The findings; those that depend on the size of an input say which sizes the network takes.

    `session` is that in which the network was propagated.
    """
    dependent = [finding.rule.size_effect == "fails" and finding.severity == "error" for finding in findings]
    findings = _with_channels_first(architecture, findings, session)
    if len(architecture.graph.layers) > MOST_SOLVED or channels_last(architecture):
        return findings
    demanded = cache(partial(_demanded, architecture))
    findings = _with_sizes_that_lose_nothing(architecture, findings, session, demanded)
    if not any(dependent):
        return findings
    from convlint.solving.ranges import sizes_that_work

    advice = sizes_that_work(architecture, demanded())
    if not advice:
        return findings
    return [
        finding._replace(help="; ".join(filter(None, (finding.help, advice)))) if is_dependent else finding
        for finding, is_dependent in zip(findings, dependent)
    ]


def _demanded(architecture: Architecture) -> tuple[Demand, ...]:
    """What a network demands of the sizes of its inputs."""
    from convlint.solving.solving import free_demands

    return free_demands(architecture)


def _with_sizes_that_lose_nothing(
    architecture: Architecture, findings: list[Finding], session: Session, demanded: Callable[[], tuple[Demand, ...]]
) -> list[Finding]:
    """The findings; of lost pixels, the first of each layer says the sizes of the input that lose none.

    What a layer says itself are the sizes of the map that arrives there, which nobody writes. `demanded` works out what
    the network demands of sizes.
    """
    losing = [finding.rule.size_effect == "loses" and finding.severity == "error" for finding in findings]
    if not any(losing) or architecture.ranges:
        return findings
    if _are_beside(architecture, [item.help for item, is_losing in zip(findings, losing) if is_losing], session):
        return findings
    from convlint.solving.ranges import sizes_without_loss

    words, sizes = sizes_without_loss(architecture, demanded())
    if not words:
        return findings
    advice = f"the whole network loses nothing at {words}"
    return [
        finding._replace(help="; ".join(filter(None, (finding.help, advice))))
        if is_losing and not all(str(size) in finding.help for size in sizes)
        else finding
        for finding, is_losing in zip(findings, losing)
    ]


def _are_beside(architecture: Architecture, said: list[str], session: Session) -> bool:
    """Whether all that is said of lost pixels names the sizes next to declared ones, and the network is sound at both.

    Then these are the nearest that lose nothing, and the network need not be solved to tell, which takes longer.
    """
    shapes = [plain_sizes(shape) for shape in architecture.inputs]
    if None in shapes or any(output.expected is not None for output in architecture.outputs):
        return False
    sides = {size for shape in shapes if shape is not None for size in shape[1:] if size > 1}
    named = {size for size in sides if all(str(size - 1) in text and str(size + 1) in text for text in said)}
    tried = (_moved(architecture.inputs, named, by) for by in (-1, 1))
    is_sound = bool(named) and all(propagate(architecture.graph, inputs, session).sound for inputs in tried)
    return is_sound and not session.is_spent


def _moved(inputs: Shapes, named: set[int], by: int) -> Shapes:
    """The shapes with each spatial size that is among the named ones greater by a number."""
    return tuple(
        (*shape[:1], *[size + by if size in named else size for size in shape[1:]])
        if isinstance(shape, tuple)
        else shape
        for shape in inputs
    )


def _with_channels_first(architecture: Architecture, findings: list[Finding], session: Session) -> list[Finding]:
    """The findings; of a network whose input has its channels last, those that this causes say so and nothing else."""
    name = channels_last(architecture)
    if not name:
        return findings
    number = architecture.graph.inputs.index(name)
    shape = architecture.inputs[number]
    assert isinstance(shape, tuple)  # or it would not be known what comes last
    height, width, channels = shape
    inputs = (*architecture.inputs[:number], (channels, height, width), *architecture.inputs[number + 1 :])
    left = judged(architecture, propagate(architecture.graph, inputs, session), session._replace(blames=False))
    others = {(finding.rule.name, finding.layer) for finding in left}
    hint = f"channels come first: if {name} is an image of {height}x{width}, write [{channels}, {height}, {width}]"
    return [
        finding._replace(help=hint, fix=None)
        if _is_of_shapes(finding) and (finding.rule.name, finding.layer) not in others
        else finding
        for finding in findings
    ]


def _is_of_shapes(finding: Finding) -> bool:
    """Whether an error may come from the shape of an input."""
    return finding.severity == "error" and (bool(finding.rule.size_effect) or finding.rule.name in _OF_CHANNELS)


def channels_last(architecture: Architecture) -> str:
    """The input that is written `[height, width, channels]`, as it seems; empty without one."""
    for name, shape in zip(architecture.graph.inputs, architecture.inputs):
        sizes = plain_sizes(shape)
        if sizes is None or len(sizes) != 3:
            continue
        is_image = sizes[2] in _CHANNELS_OF_IMAGES or (sizes[2] == 1 and sizes[0] == sizes[1])
        if is_image and min(sizes[:2]) >= _LEAST_IMAGE:
            return name
    return ""
