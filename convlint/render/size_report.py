"""What `convlint sizes` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from convlint.domain.tables import unknown_size
from convlint.domain.tables_text import SizeSet, describe, examples, formula, settled
from convlint.render.text import one_line
from convlint.solving.blame import excluding, exclusions, refusal
from convlint.solving.ranges import axis_word
from convlint.solving.solving import AxisSizes, Solution, head_strides

MOST_EXCLUSIONS = 12


def render_text(path: str, solutions: Sequence[Solution]) -> Iterator[str]:
    """A line or a few for each axis of each variant."""
    for solution in solutions:
        variant = f", scale {solution.architecture.variant}" if solution.architecture.variant is not None else ""
        yield one_line(f"{path}{variant}") + "\n"
        for sizes in solution.axes:
            for line in _axis_lines(solution, sizes):
                yield one_line(f"  {line}") + "\n"
        strides = head_strides(solution.architecture)
        if strides:
            yield f"  the head reads strides {', '.join(map(str, strides))}\n"


def _axis_lines(solution: Solution, sizes: AxisSizes) -> Iterator[str]:
    name = f"{axis_word(solution.architecture, sizes.axis)} ({sizes.axis})"
    if not sizes.exact:
        yield f"{name}: not known exactly, a part of the network is unknown"
        return
    twin = _twin_before(solution, sizes)
    if twin is not None:
        yield f"{name}: the same as {twin.axis}, both are {formula(sizes.size)}"
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
    for size in _asked_sizes(solution, sizes):
        yield f"  {_answer(solution, sizes, size)}"
    if _excluded_alike(solution, sizes):
        return
    found, more = exclusions(solution.architecture, sizes, MOST_EXCLUSIONS)
    for exclusion in found:
        excluded = settled(exclusion.sizes)._replace(known_to=None)
        where = f"{exclusion.refusal.layer}, {exclusion.refusal.rule} at {excluded.smallest}"
        yield f"  not {describe(excluded)}: {where}: {exclusion.refusal.message}"
    if more:
        yield f"  and {more} more layers exclude sizes"


def _excluded_alike(solution: Solution, sizes: AxisSizes) -> bool:
    """Whether the layers that exclude sizes of an axis are those that were printed for the axis before it."""
    number = solution.axes.index(sizes)
    before = solution.axes[number - 1] if number else None
    return (
        before is not None
        and before.axis.rpartition(".")[0] == sizes.axis.rpartition(".")[0]
        and excluding(before) == excluding(sizes)
    )


def _twin_before(solution: Solution, sizes: AxisSizes) -> AxisSizes | None:
    """An axis of the same size that was printed already."""
    before = solution.axes[: solution.axes.index(sizes)]
    return next((one for one in before if one.size == sizes.size), None)


def _set_words(sizes: SizeSet) -> str:
    words = describe(sizes)
    shown = [str(size) for size in examples(sizes)]
    if sizes.is_empty or sizes.known_to is not None or (not sizes.residues and len(sizes.below) <= len(shown)):
        return words
    return f"{', '.join(shown)}, ... ({words})"


def _asked_sizes(solution: Solution, sizes: AxisSizes) -> list[int]:
    asked = dict(solution.asked).get(sizes.axis)
    if asked is not None:
        return [asked]
    return [] if sizes.declared is None or sizes.declared in sizes.valid else [sizes.declared]


def _answer(solution: Solution, sizes: AxisSizes, size: int) -> str:
    if not sizes.valid.knows(size):
        return f"{size} is beyond what is known"
    if size in sizes.valid:
        return f"{size} works" + ("" if size in sizes.lossless else ", but loses pixels")
    found = refusal(solution.architecture, sizes, size)
    where = f" at {found.layer} ({found.sides or found.message})" if found is not None else ""
    near = [str(value) for value in sizes.valid.nearest(size) if value is not None]
    return f"{size} fails{where}" + (f"; nearest {' and '.join(near)}" if near else "")


def as_json(path: str, solutions: Sequence[Solution]) -> dict[str, Any]:
    """The sets as `sizes --output-format json` prints them."""
    return {
        "version": 1,
        "path": path,
        "models": [
            {
                "variant": solution.architecture.variant,
                "axes": {sizes.axis: _axis_json(sizes) for sizes in solution.axes},
                **({"strides": list(strides)} if (strides := head_strides(solution.architecture)) else {}),
            }
            for solution in solutions
        ],
    }


def _axis_json(sizes: AxisSizes) -> dict[str, Any]:
    sets = {"valid": sizes.valid, "lossless": sizes.lossless}
    return {
        **{name: _set_json(found) if sizes.exact else None for name, found in sets.items()},
        **({"coupled": dict(sizes.assumed)} if sizes.assumed else {}),
        **({"size": formula(sizes.size)} if sizes.size != unknown_size(sizes.axis) else {}),
        **({"same": {axis: formula(size) for axis, size in sizes.same}} if sizes.same else {}),
    }


def _set_json(sizes: SizeSet) -> dict[str, Any]:
    return {
        "from": sizes.first,
        "modulus": sizes.modulus,
        "residues": list(sizes.residues),
        "below": list(sizes.below),
        **({"known_to": sizes.known_to} if sizes.known_to is not None else {}),
    }
