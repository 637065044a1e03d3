"""Proves declared ranges of sizes, and names the sizes that work where a declared one does not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product, takewhile
from math import prod

from convlint.budget import allows
from convlint.domain.size_sets import SizeSet, describe, size_set
from convlint.domain.tables import Joint, Product, SizeTable, conjunction
from convlint.domain.values import equal, negate, plain_sizes
from convlint.engine.reporting import axis_name, report
from convlint.engine.trace import Trace
from convlint.findings import Finding, Related
from convlint.limits import STEPS_A_COMBINATION
from convlint.model import Architecture, SizeRange
from convlint.solving.solving import (
    AxisSizes,
    Demand,
    demands_of,
    joints_of,
    part_for,
    solve,
    with_sizes,
    working_squares,
)

MOST_SQUARE = 1024
"""The largest square that is tried where the axes of an input only work together."""
MOST_TRIED = 4096
"""Sizes of a range that are tried to tell whether any works."""
MOST_COMBINATIONS = 10_000
"""Combinations of declared sizes that a condition on several of them is tried with."""


def range_findings(architecture: Architecture, trace: Trace) -> list[Finding]:
    """`input-size` for each declared range that holds sizes for which some layer fails.

    A condition on one size is decided for its whole range. One on several is tried with all combinations where they are
    few; else with every size of one range beside the least of the others, the ends, and a sample. The former decides
    every equation between two products of functions of one size each: they agree everywhere only if all are constant.
    """
    demands = [demand for demand in demands_of(architecture, trace) if not demand.loses]
    findings = {}
    for declared in architecture.ranges:
        finding = _range_finding(architecture, declared, demands)
        if finding is not None:
            findings[declared.name] = finding
    for demand in demands:
        for joint in joints_of(demand):
            ranges = [declared for declared in architecture.ranges if declared.name in joint.symbols]
            if not ranges or any(declared.name in findings for declared in ranges):
                continue
            finding = _joint_finding(architecture, ranges, demand, joint)
            if finding is None and not _is_proved(ranges, joint):
                finding = _unproved(ranges, demand)
            if finding is not None:
                findings[ranges[0].name] = finding
    return list(findings.values())


def _range_finding(architecture: Architecture, declared: SizeRange, demands: list[Demand]) -> Finding | None:
    parts = [(demand, part_for(demand.holds, declared.name)) for demand in demands]
    dependent = [(demand, part) for demand, part in parts if isinstance(part, SizeTable)]
    tables = list(dict.fromkeys(table for _, table in dependent))
    found = [size for table in tables if (size := _counterexample(declared, table)) is not None]
    if not found:
        return None
    smallest = min(found)
    failed = next(demand for demand, table in dependent if table(smallest) is False)
    hint = f"{declared.name} that works: {describe(size_set(conjunction(tables)))}"
    finding = _finding(architecture, [declared], {declared.name: smallest}, failed, hint)
    works = any(all(table(size) is not False for table in tables) for size in _span(declared, MOST_TRIED))
    return finding if works else _blaming(finding, architecture, {declared.name: smallest}, failed)


def _blaming(finding: Finding, architecture: Architecture, sizes: dict[str, int], failed: Demand) -> Finding:
    """The finding where no declared size works: what is said of the network at one of them, if a layer is to blame."""
    from convlint.solving.blame import refusing

    refused_there = refusing(with_sizes(architecture, sizes), failed)
    if refused_there is None or refused_there.fix is None or not refused_there.related:
        return finding
    related = (refused_there.related[0], *finding.related)
    hint = f"no declared size works: {refused_there.help}"
    return finding._replace(help=hint, related=related, fix=refused_there.fix)


def _counterexample(declared: SizeRange, valid: SizeTable) -> int | None:
    """The smallest size of a range that is known not to be valid."""
    beyond = max(valid.start, declared.least) + valid.period * declared.step + 1
    last = beyond if declared.most is None else min(beyond, declared.most)
    return next((size for size in range(declared.least, last + 1, declared.step) if valid(size) is False), None)


def _joint_finding(architecture: Architecture, ranges: list[SizeRange], demand: Demand, joint: Joint) -> Finding | None:
    """The smallest combination of declared sizes that was found to fail, whatever the sizes that have no range are."""
    tried = takewhile(
        lambda _: allows(STEPS_A_COMBINATION, "whether declared ranges hold"), _combinations(ranges, joint)
    )
    failing = (sizes for sizes in tried if _fails(joint, sizes))
    order = [declared.name for declared in ranges]
    smallest = min(failing, key=lambda sizes: [sizes[name] for name in order], default=None)
    if smallest is None:
        return None
    hint = "these sizes only work together; convlint sizes FILE says which go with which"
    return _finding(architecture, ranges, smallest, demand, hint)


def _is_proved(ranges: list[SizeRange], joint: Joint) -> bool:
    """Whether the combinations that were tried decide a condition for all others.

    They do where they are all there are, and for an equation between functions of one size each: it holds everywhere
    only if both sides are constant, and each is seen along its whole period.
    """
    if len(ranges) < len(joint.symbols):  # nothing is said of a size that has no range
        return True
    if prod(len(_span(declared, MOST_COMBINATIONS)) for declared in ranges) <= MOST_COMBINATIONS:
        return all(declared.most is not None for declared in ranges)
    if joint.function is negate:
        return _stays_above(ranges, joint.operands[0])
    tables = [table for side in joint.operands for table in _tables_of(side)]
    if joint.function is not equal or len(tables) < len(joint.operands):
        return False
    share = MOST_COMBINATIONS // (2 * len(ranges))
    steps = {declared.name: declared.step for declared in ranges}
    seen = (table.start + table.period * steps.get(table.symbol, 1) for table in tables if table.table)
    return all(table.table for table in tables) and max(seen, default=0) <= share


def _stays_above(ranges: list[SizeRange], equation: object) -> bool:
    """Whether an equation fails everywhere: one side is a number, and the other a product that is always larger."""
    if not isinstance(equation, Joint) or equation.function is not equal:
        return False
    numbers = [side for side in equation.operands if type(side) is int]
    tables = [table for side in equation.operands for table in _tables_of(side)]
    if len(numbers) != 1 or not all(table.table and table.growth >= 0 for table in tables):
        return False
    limits = {declared.name: declared for declared in ranges}
    smallest = [_smallest(table, limits[table.symbol]) for table in tables]
    return all(value > 0 for value in smallest) and prod(smallest) > numbers[0]


def _smallest(table: SizeTable, declared: SizeRange) -> int:
    """The smallest value of a function that does not fall from period to period, over a range of sizes."""
    last = max(table.start, declared.least) + table.period * declared.step
    most = last if declared.most is None else min(last, declared.most)
    values: list[int] = [table(size) for size in range(declared.least, most + 1, declared.step)]
    return min(values)


def _tables_of(side: object) -> list[SizeTable]:
    """The functions of one size each whose product a side of an equation is; none where it is something else."""
    if isinstance(side, SizeTable):
        return [side]
    return list(side.tables) if isinstance(side, Product) else []


def _unproved(ranges: list[SizeRange], demand: Demand) -> Finding:
    """The remark that declared ranges were tried in part: no size failed, and none of the rest is known to work."""
    names = " and ".join(declared.name for declared in ranges)
    message = f"{names} meet at {demand.layer}: a sample of their sizes works, and no proof covers all of them"
    return report("input-size", ranges[0].place, message=message, severity="info", layer=demand.layer)


def _fails(joint: Joint, sizes: dict[str, int]) -> bool:
    """Whether a condition is false at sizes, or is for all values of the one size that is still unknown."""
    holds = joint.at_sizes(sizes)
    if isinstance(holds, SizeTable):
        return holds.known_to is None and size_set(holds).is_empty
    return holds is False


def _combinations(ranges: list[SizeRange], joint: Joint) -> Iterator[dict[str, int]]:
    """The sizes to try: all combinations, or a fixed choice of them where those are many."""
    names = [declared.name for declared in ranges]
    budget = MOST_COMBINATIONS // (1 if len(names) == len(joint.symbols) else 100)
    spans = [_span(declared, budget) for declared in ranges]
    if prod(map(len, spans)) <= budget:
        for chosen in product(*spans):
            yield dict(zip(names, chosen))
        return
    least = {name: span[0] for name, span in zip(names, spans)}
    share = budget // (2 * len(names))
    for name, span in zip(names, spans):
        for size in [*span[:share], *span[share :: len(span) // share + 1]]:
            yield {**least, name: size}
    for chosen in product(*(dict.fromkeys((span[0], span[-1])) for span in spans)):
        yield dict(zip(names, chosen))
    for number in range(share):
        yield {
            name: span[number * step % len(span)] for name, span, step in zip(names, spans, (1, 7919, 104729, 15485863))
        }


def _span(declared: SizeRange, most: int) -> range:
    """The sizes of a range; the first `most` of one without end."""
    last = declared.least + declared.step * most if declared.most is None else declared.most
    return range(declared.least, last + 1, declared.step)


def _finding(
    architecture: Architecture, ranges: list[SizeRange], sizes: dict[str, int], failed: Demand, hint: str
) -> Finding:
    from convlint.solving.blame import refused

    first, *others = ranges
    with_others = " and ".join(f"{declared.name} = {sizes[declared.name]}" for declared in others)
    arguments = {
        "name": first.name,
        "size": f"{sizes[first.name]} with {with_others}" if others else sizes[first.name],
        "layer": failed.layer,
        "problem": refused(with_sizes(architecture, sizes), failed).message,
    }
    at = " and ".join(f"{name} = {size}" for name, size in sizes.items())
    related = (
        Related(failed.place, f"{failed.layer} fails at {at}"),
        *(Related(declared.place, f"the range of {declared.name}") for declared in others),
    )
    return report("input-size", first.place, arguments, help=hint, layer=failed.layer, related=related)


def sizes_that_work(architecture: Architecture, demands: tuple[Demand, ...]) -> str:
    """`the whole network takes height 704 or 736 (multiples of 32)` for every declared size that it does not take.

    An input that is as wide as it is high is meant to be so: where its axes only work together, another square is said.
    Nothing is, where some layer fails at every size. `demands` are those of the network.
    """
    if any(demand.holds is False and not demand.loses for demand in demands):
        return ""
    return _squares_that_work(architecture, demands) or _sizes_that_work(architecture, demands)


def _squares_that_work(architecture: Architecture, demands: tuple[Demand, ...]) -> str:
    """`the whole network takes height and width 224 (224..239)`, for one square input whose axes are tied."""
    if len(architecture.inputs) != 1:
        return ""
    (shape,), (name,) = architecture.inputs, architecture.graph.inputs
    sides = plain_sizes(shape[1:]) if isinstance(shape, tuple) else None
    if sides is None or len(sides) < 2 or len(set(sides)) != 1:
        return ""
    declared = sides[0]
    working, lossless = working_squares(architecture, demands, declared, MOST_SQUARE)
    if not working or declared in working:
        return ""
    nearest = min(working, key=lambda size: abs(size - declared))
    run = _run_around(nearest, set(working))
    best = next((size for size in run if size in lossless), nearest)
    words = " and ".join(axis_word(architecture, f"{name}.{axis}") for axis in range(1, len(sides) + 1))
    if not (best <= 4 * declared and declared <= 4 * best):
        return ""
    return f"the whole network takes {words} {best}" + (f" ({run[0]}..{run[-1]})" if len(run) > 1 else "")


def _run_around(size: int, working: set[int]) -> list[int]:
    """The sizes that work and follow one another, with a given one among them."""
    first = last = size
    while first - 1 in working:
        first -= 1
    while last + 1 in working:
        last += 1
    return list(range(first, last + 1))


def _sizes_that_work(architecture: Architecture, demands: tuple[Demand, ...]) -> str:
    """The text for axes that are solved one by one."""
    axes = solve(architecture, demands=demands)
    declared = {sizes.axis: sizes.declared for sizes in axes}
    texts: dict[str, list[str]] = {}
    for sizes in axes:
        size = sizes.declared
        if size is None or not sizes.exact or size in sizes.valid or sizes.valid.is_empty:
            continue
        if not sizes.valid.knows(size) or not _is_near(sizes.valid, size):
            continue
        word = axis_word(architecture, sizes.axis)
        if not sizes.assumed:
            texts.setdefault(_nearest_words(sizes, size), []).append(word)
        elif not texts and all(declared[axis] == value for axis, value in sizes.assumed):
            return f"the whole network takes {word} {_nearest_words(sizes, size)}"
    words = " and ".join(f"{' and '.join(axes)} {sizes}" for sizes, axes in texts.items())
    return f"the whole network takes {words}" if words else ""


def sizes_without_loss(architecture: Architecture, demands: tuple[Demand, ...]) -> tuple[str, tuple[int, ...]]:
    """(`height and width 96 or 104 (multiples of 8)`, those sizes) for the declared sizes that lose pixels somewhere.

    Empty where an axis has no such size near, or works only together with another.
    """
    texts: dict[str, list[str]] = {}
    found: list[int] = []
    for sizes in solve(architecture, demands=demands):
        size = sizes.declared
        if size is None or not sizes.exact or size in sizes.lossless:
            continue
        if sizes.assumed or sizes.lossless.is_empty or not _is_near(sizes.lossless, size):
            return "", ()
        near = [value for value in sizes.lossless.nearest(size) if value is not None]
        found += near
        words = f"{' or '.join(map(str, near))} ({describe(sizes.lossless)})"
        texts.setdefault(words, []).append(axis_word(architecture, sizes.axis))
    return " and ".join(f"{' and '.join(axes)} {sizes}" for sizes, axes in texts.items()), tuple(found)


def _is_near(valid: SizeSet, size: int) -> bool:
    """Whether some size that works is of the order of one: a map of one pixel fits anything, since it is repeated."""
    return any(size <= 4 * value and value <= 4 * size for value in valid.nearest(size) if value is not None)


def axis_word(architecture: Architecture, axis: str) -> str:
    """`height` for `image.1`, with the input's name where there are several."""
    name, _, index = axis.rpartition(".")
    shape = architecture.inputs[architecture.graph.inputs.index(name)]
    assert isinstance(shape, tuple)  # it has that axis
    word = axis_name(int(index) - 1, len(shape) - 1)
    return word if len(architecture.graph.inputs) == 1 else f"{word} of {name}"


def _nearest_words(sizes: AxisSizes, size: int) -> str:
    """`704 or 736 (multiples of 32)`: the nearest sizes that work, those that lose no pixels if there are such near."""
    best = sizes.lossless if _is_near(sizes.lossless, size) else sizes.valid
    near = [str(value) for value in best.nearest(size) if value is not None]
    return f"{' or '.join(near)} ({describe(sizes.valid)})"
