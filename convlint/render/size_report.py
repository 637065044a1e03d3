"""What `convlint sizes` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convlint.domain.formulas import formula
from convlint.domain.size_sets import SizeSet, describe, examples, settled
from convlint.domain.tables import unknown_size
from convlint.render.text import one_line
from convlint.solving.size_facts import AxisFacts, SizeFacts, SizeVerdict
from convlint.solving.solving import AxisSizes


def render_text(path: str, networks: Sequence[SizeFacts]) -> Iterator[str]:
    """A line or a few for each axis of each variant."""
    for network in networks:
        variant = f", {network.variant_word} {network.variant}" if network.variant is not None else ""
        yield one_line(f"{path}{variant}") + "\n"
        for axis in network.axes:
            for line in _axis_lines(axis):
                yield one_line(f"  {line}") + "\n"
        if network.strides:
            yield f"  the head reads strides {', '.join(map(str, network.strides))}\n"


def _axis_lines(facts: AxisFacts) -> Iterator[str]:
    sizes = facts.sizes
    name = f"{facts.word} ({sizes.axis})"
    if not sizes.exact:
        yield f"{name}: not known exactly, a part of the network is unknown"
        return
    if facts.twin:
        yield f"{name}: the same as {facts.twin}, both are {formula(sizes.size)}"
        return
    yield f"{name}: {_set_words(sizes.valid)}"
    if sizes.lossless != sizes.valid:
        yield f"  without losing a pixel: {_set_words(sizes.lossless)}"
    if sizes.same:
        axes = ((sizes.axis, sizes.size), *sizes.same)
        yield f"  one unknown: {', '.join(f'{axis} = {formula(size)}' for axis, size in axes)}"
    if sizes.assumed:
        others = ", ".join(f"{axis} = {size}" for axis, size in sizes.assumed)
        yield f"  with {others}: these axes only work together"
    for answer in facts.answers:
        yield f"  {_answer_words(answer)}"
    for exclusion in facts.exclusions:
        excluded = settled(exclusion.sizes)._replace(known_to=None)
        where = f"{exclusion.refusal.layer}, {exclusion.refusal.rule} at {excluded.smallest}"
        yield f"  not {describe(excluded)}: {where}: {exclusion.refusal.message}"
    if facts.more:
        yield f"  and {facts.more} more layers exclude sizes"


def _set_words(sizes: SizeSet) -> str:
    words = describe(sizes)
    shown = [str(size) for size in examples(sizes)]
    if sizes.is_empty or sizes.known_to is not None or (not sizes.residues and len(sizes.below) <= len(shown)):
        return words
    return f"{', '.join(shown)}, ... ({words})"


def _answer_words(answer: SizeVerdict) -> str:
    if not answer.is_known:
        return f"{answer.size} is beyond what is known"
    if answer.works:
        return f"{answer.size} works" + (", but loses pixels" if answer.loses else "")
    found = answer.refusal
    where = f" at {found.layer} ({found.sides or found.message})" if found is not None else ""
    near = " and ".join(map(str, answer.nearest))
    return f"{answer.size} fails{where}" + (f"; nearest {near}" if near else "")


def as_json(path: str, networks: Sequence[SizeFacts]) -> dict[str, object]:
    """The sets as `sizes --output-format json` prints them."""
    return {
        "version": 1,
        "path": path,
        "models": [
            {
                "variant": network.variant,
                "axes": {axis.sizes.axis: _axis_json(axis.sizes) for axis in network.axes},
                **({"strides": list(network.strides)} if network.strides else {}),
            }
            for network in networks
        ],
    }


def _axis_json(sizes: AxisSizes) -> dict[str, object]:
    sets = {"valid": sizes.valid, "lossless": sizes.lossless}
    return {
        **{name: _set_json(found) if sizes.exact else None for name, found in sets.items()},
        **({"coupled": dict(sizes.assumed)} if sizes.assumed else {}),
        **({"size": formula(sizes.size)} if sizes.size != unknown_size(sizes.axis) else {}),
        **({"same": {axis: formula(size) for axis, size in sizes.same}} if sizes.same else {}),
    }


def _set_json(sizes: SizeSet) -> dict[str, object]:
    return {
        "from": sizes.first,
        "modulus": sizes.modulus,
        "residues": list(sizes.residues),
        "below": list(sizes.below),
        **({"known_to": sizes.known_to} if sizes.known_to is not None else {}),
    }
