"""Finds references of a bundle's file that lead back to where they stand, which nothing can resolve."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from convlint.dialects.mistakes import Mistakes
from convlint.dialects.targets.bundle import Bundle
from convlint.dialects.targets.paths import part_at, steps_of
from convlint.dialects.targets.undefined import part_written, references_in
from convlint.findings import Edit, Fix
from convlint.nearest import nearest
from convlint.source.nodes import AnyNode, Mapping, Scalar

_Path = tuple[str, ...]
_Circle = list[tuple[_Path, Scalar, str]]
"""Of each step the path, and the reference behind it as it is written."""
_MOST_FOLLOWED = 1_000
"""Different references of one file that are followed."""
_MOST_SAID, _MOST_NAMED = 100, 8
"""Circles of one file that are reported, and references of a circle that are named."""


def report_circles(root: Mapping, bundle: Bundle | None, mistakes: Mistakes) -> None:
    """Reports a reference to what it stands in, or that leads there over others: each circle once.

    What another file of the bundle defines may be laid over it, and is left alone.
    """
    others = [item.root for item in bundle.files] if bundle is not None else []
    laid_over = {key for other in others for key in other.pairs}
    starts = [key for key in root.pairs if isinstance(key, str) and key not in laid_over]
    for circle in islice(_circles(starts, root), _MOST_SAID):
        _report(circle, root, mistakes)


def _circles(starts: list[str], root: Mapping) -> Iterator[_Circle]:
    """The circles that are met from some keys on."""
    led: dict[_Path, list[tuple[Scalar, str]]] = {}
    done: set[_Path] = set()
    for key in starts:
        yield from _circles_from((key,), root, led, done)


def _circles_from(
    start: _Path, root: Mapping, led: dict[_Path, list[tuple[Scalar, str]]], done: set[_Path]
) -> Iterator[_Circle]:
    trail: dict[_Path, Iterator[tuple[Scalar, str]]] = {}
    steps: _Circle = []
    entered: _Path | None = start
    while entered is not None or trail:
        if entered is not None:
            if entered not in led:
                led[entered] = _references(_at(root, entered))
            trail[entered] = iter(led[entered])
            entered = None
        path = next(reversed(trail))
        found = next(trail[path], None)
        if found is None or len(led) > _MOST_FOLLOWED:
            done.add(path)
            del trail[path], steps[-1:]
            continue
        node, written = found
        target = steps_of(written)
        if target in trail:
            yield [*steps[list(trail).index(target) :], (path, node, written)]
        elif target not in done:
            steps.append((path, node, written))
            entered = target


def _references(node: AnyNode | None) -> list[tuple[Scalar, str]]:
    """What has to be resolved before a part is: the references in it, but for macros, which are texts put in place."""
    found = references_in(node) if node is not None else iter(())
    return [(scalar, written) for scalar, written in found if not str(scalar.value).startswith("%")]


def _at(root: Mapping, path: _Path) -> AnyNode | None:
    found: AnyNode | None = root
    for step in path:
        found = part_at(found, step)
    return found


def _report(circle: _Circle, root: Mapping, mistakes: Mistakes) -> None:
    path, node, written = circle[-1]
    names = ["::".join(step) for step, _, _ in circle]
    named = names if len(names) <= _MOST_NAMED else [*names[: _MOST_NAMED - 2], "...", names[-1]]
    where = part_written(node, written, mistakes.source.text)
    if len(circle) > 1:
        message = f"these references lead to each other: {' -> '.join((*named, names[0]))}"
        mistakes.report("cycle", where, message=message, hint="let one of them have a value of its own")
        return
    others = [key for key in root.pairs if isinstance(key, str) and key != path[0]]
    near = nearest(written, others)
    hint = f"did you mean '{near}'?" if near is not None else "give it a value"
    is_found = where is not node and near is not None
    fix = Fix(f"write {near}", (Edit(where.start, where.end, str(near)),), False) if is_found else None
    mistakes.report("cycle", where, message=f"'{written}' refers to itself", hint=hint, fix=fix)
