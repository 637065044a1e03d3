"""What `convlint sizes` prints, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from convlint.engine.ranges import axis_word
from convlint.engine.solving import AxisSizes, Solution
from convlint.sizes_text import SizeSet, describe, examples


def render_text(path: str, solutions: Sequence[Solution], asked: Mapping[str, int]) -> Iterator[str]:
    """A line or a few for each axis of each variant."""
    for solution in solutions:
        variant = f", scale {solution.architecture.variant}" if solution.architecture.variant is not None else ""
        yield f"{path}{variant}\n"
        for sizes in solution.axes:
            yield from _axis_lines(solution, sizes, asked.get(sizes.symbol, asked.get(sizes.axis)))


def _axis_lines(solution: Solution, sizes: AxisSizes, asked: int | None) -> Iterator[str]:
    name = f"{axis_word(solution.architecture, sizes.axis)} ({sizes.axis})"
    if not sizes.exact:
        yield f"  {name}: not known exactly, a part of the network is unknown\n"
        return
    yield f"  {name}: {_set_words(sizes.valid)}\n"
    if sizes.lossless != sizes.valid:
        yield f"    without losing a pixel: {_set_words(sizes.lossless)}\n"
    if sizes.assumed:
        others = ", ".join(f"{axis} = {size}" for axis, size in sizes.assumed)
        yield f"    with {others}: these axes only work together\n"
    for size in _asked_sizes(solution, sizes, asked):
        yield f"    {_answer(sizes, size)}\n"
    for line in _excluding_layers(sizes):
        yield f"    {line}\n"


def _set_words(sizes: SizeSet) -> str:
    words = describe(sizes)
    shown = [str(size) for size in examples(sizes)]
    if sizes.is_empty or (not sizes.residues and len(sizes.below) <= len(shown)):
        return words
    return f"{', '.join(shown)}, ... ({words})"


def _asked_sizes(solution: Solution, sizes: AxisSizes, asked: int | None) -> list[int]:
    if asked is not None:
        return [asked]
    return [] if sizes.declared is None or sizes.declared in sizes.valid else [sizes.declared]


def _answer(sizes: AxisSizes, size: int) -> str:
    if size in sizes.valid:
        return f"{size} works" + ("" if size in sizes.lossless else ", but loses pixels")
    down, up = sizes.valid.nearest(size)
    near = [str(value) for value in (down, up) if value is not None]
    failed = sizes.first_failure(size)
    where = f" at {failed.layer} ({failed.rule})" if failed is not None else ""
    return f"{size} fails{where}" + (f"; nearest {' and '.join(near)}" if near else "")


def _excluding_layers(sizes: AxisSizes) -> Iterator[str]:
    """For each layer that is the first to exclude sizes: which it is, and by what rule."""
    first: dict[tuple[str, str], int] = {}
    beyond = sizes.valid.first + 2 * sizes.valid.modulus
    for size in range(1, min(beyond, 2000)):
        if size in sizes.valid:
            continue
        failed = sizes.first_failure(size)
        if failed is not None:
            first.setdefault((failed.layer, failed.rule), size)
    for (layer, rule), size in first.items():
        yield f"{layer} excludes sizes such as {size} ({rule})"


def as_json(path: str, solutions: Sequence[Solution]) -> dict[str, Any]:
    """The sets as `sizes --output-format json` prints them."""
    return {
        "version": 1,
        "path": path,
        "models": [
            {
                "variant": solution.architecture.variant,
                "axes": {sizes.axis: _axis_json(sizes) for sizes in solution.axes},
            }
            for solution in solutions
        ],
    }


def _axis_json(sizes: AxisSizes) -> dict[str, Any]:
    if not sizes.exact:
        return {"valid": None, "lossless": None}
    coupled = {"coupled": dict(sizes.assumed)} if sizes.assumed else {}
    return {"valid": _set_json(sizes.valid), "lossless": _set_json(sizes.lossless), **coupled}


def _set_json(sizes: SizeSet) -> dict[str, Any]:
    return {
        "from": sizes.first,
        "modulus": sizes.modulus,
        "residues": list(sizes.residues),
        "below": list(sizes.below),
    }
