"""Proves declared ranges of sizes, and names the sizes that work where a declared one does not."""

from __future__ import annotations

from typing import Any

from convlint.engine.propagation import Session, Trace
from convlint.engine.reporting import axis_name, report
from convlint.engine.solving import LOSS_RULES, Demand, demands_of, holds_at, part_for, solve, with_sizes
from convlint.engine.values import UNKNOWN
from convlint.findings import Finding, Related
from convlint.model import Architecture, SizeRange
from convlint.sizes import SizeTable, conjunction
from convlint.sizes_text import SizeSet, describe, size_set


def range_findings(architecture: Architecture, trace: Trace) -> list[Finding]:
    """`input-size` for each declared range that holds sizes for which some layer fails."""
    demands = [demand for demand in demands_of(architecture, trace) if demand.rule not in LOSS_RULES]
    return [
        finding
        for declared in architecture.ranges
        if (finding := _range_finding(architecture, declared, demands)) is not None
    ]


def _range_finding(architecture: Architecture, declared: SizeRange, demands: list[Demand]) -> Finding | None:
    parts = [part_for(demand.holds, declared.name) for demand in demands]
    valid = conjunction(part for part in parts if isinstance(part, SizeTable))
    counterexample = _counterexample(declared, valid)
    if counterexample is None:
        return None
    failed = next(demand for demand in demands if holds_at(demand.holds, declared.name, counterexample) is False)
    arguments = {
        "name": declared.name,
        "size": counterexample,
        "layer": failed.layer,
        "problem": _problem(architecture, declared.name, counterexample, failed),
    }
    hint = f"{declared.name} that works: {describe(size_set(valid))}"
    related = (Related(failed.place, f"{failed.layer} fails at {declared.name} = {counterexample}"),)
    return report("input-size", declared.place, arguments, help=hint, layer=failed.layer, related=related)


def _counterexample(declared: SizeRange, valid: Any) -> int | None:
    """The smallest size of a range that is not valid."""
    if not isinstance(valid, SizeTable):
        return None if valid is True or valid is UNKNOWN else declared.least
    beyond = max(valid.start, declared.least) + valid.period * declared.step + 1
    last = beyond if declared.most is None else min(beyond, declared.most)
    return next((size for size in range(declared.least, last + 1, declared.step) if not valid(size)), None)


def _problem(architecture: Architecture, name: str, size: int, failed: Demand) -> str:
    """What the failing layer says at that size."""
    from convlint.engine.checks import check

    concrete = with_sizes(architecture, {name: size})._replace(ranges=())
    _, findings = check(concrete, Session({}))
    return next((finding.message for finding in findings if finding.rule.name == failed.rule), failed.rule)


def sizes_that_work(architecture: Architecture) -> str:
    """`the network takes height 704 or 736 (multiples of 32)` for every declared size that it does not take."""
    texts = []
    for sizes in solve(architecture):
        size = sizes.declared
        if size is None or not sizes.exact or size in sizes.valid or sizes.valid.is_empty:
            continue
        texts.append(f"{axis_word(architecture, sizes.axis)} {_nearest_words(sizes.valid, size)}")
    return f"the whole network takes {' and '.join(texts)}" if texts else ""


def axis_word(architecture: Architecture, axis: str) -> str:
    """`height` for `image.1`, with the input's name where there are several."""
    name, _, index = axis.rpartition(".")
    word = axis_name(int(index) - 1, len(architecture.inputs[architecture.graph.inputs.index(name)]) - 1)
    return word if len(architecture.graph.inputs) == 1 else f"{word} of {name}"


def _nearest_words(valid: SizeSet, size: int) -> str:
    near = [str(value) for value in valid.nearest(size) if value is not None]
    return f"{' or '.join(near)} ({describe(valid)})"
