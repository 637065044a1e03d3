"""Which input sizes a network takes: propagates unknown sizes and intersects what every layer demands of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from convlint.engine import catalogue
from convlint.engine.propagation import Cache, Step, Trace, expectation, propagate
from convlint.engine.values import UNKNOWN, Symbolic
from convlint.findings import Place
from convlint.model import Architecture, Graph, Layer, Output
from convlint.sizes import Conjunction, SizeTable, conjunction, unknown_size
from convlint.sizes_text import SizeSet, size_set

LOSS_RULES = frozenset(("non-integer-division",))
_IGNORED_RULES = frozenset(("ragged-padding",))


class Demand(NamedTuple):
    """What one layer demands of the unknown sizes, and the rule that speaks when it is not met."""

    layer: str
    rule: str
    holds: Any
    place: Place


class AxisSizes(NamedTuple):
    """The sizes that a network takes on one axis of an input (`image.1`).

    `exact` is false where some demand could not be computed. `assumed` holds the sizes of other axes that were taken for
    granted, where axes only work together.
    """

    axis: str
    valid: SizeSet
    lossless: SizeSet
    exact: bool
    assumed: tuple[tuple[str, int], ...]
    demands: tuple[Demand, ...]

    def first_failure(self, size: int) -> Demand | None:
        """The first demand that a size does not meet."""
        return next((demand for demand in self.demands if holds_at(demand.holds, self.axis, size) is False), None)


def solve(architecture: Architecture) -> tuple[AxisSizes, ...]:
    """The valid sizes of every spatial axis of every input, an axis at a time."""
    declared = dict(_spatial_axes(architecture))
    together = _solve_for(architecture, set(declared))
    if all(sizes.exact for sizes in together) and not any(_is_coupled(sizes) for sizes in together):
        return together
    assumed = {axis: size if isinstance(size, int) else _assumption(axis, together) for axis, size in declared.items()}
    alone = []
    for axis in declared:
        others = {other: size for other, size in assumed.items() if other != axis and size is not None}
        (sizes,) = _solve_for(with_input_sizes(architecture, others), {axis})
        alone.append(sizes._replace(assumed=tuple(sorted(others.items()))))
    return tuple(alone)


def _is_coupled(sizes: AxisSizes) -> bool:
    return any(isinstance(demand.holds, Conjunction) and demand.holds.couplings for demand in sizes.demands)


def _assumption(axis: str, together: tuple[AxisSizes, ...]) -> int | None:
    """A size for an axis of which nothing is declared: one that goes with the couplings if there is one."""
    demands = [demand.holds for sizes in together for demand in sizes.demands if isinstance(demand.holds, Conjunction)]
    for product, value in (coupling for holds in demands for coupling in holds.couplings):
        solution = _square_solution(product, value, {sizes.axis: sizes.valid for sizes in together})
        if solution is not None and axis in solution:
            return solution[axis]
    valid = next(sizes.valid for sizes in together if sizes.axis == axis)
    return valid.smallest


def _square_solution(product: Any, value: int, valid: dict[str, SizeSet]) -> dict[str, int] | None:
    """Sizes for which a product of tables of different axes has a value, as square as there is; None without one."""
    if value % product.factor or len(product.tables) > 2:
        return None
    wanted = value // product.factor
    options = []
    for table in product.tables:
        by_value: dict[int, int] = {}
        for size in range(1, table.start + table.period * (wanted // max(1, table.growth) + 2)):
            if size in valid.get(table.symbol, SizeSet(1, 1, (0,), ())) and wanted % max(1, table(size)) == 0:
                by_value.setdefault(table(size), size)
        options.append((table.symbol, by_value))
    if len(options) == 1:
        symbol, by_value = options[0]
        return {symbol: by_value[wanted]} if wanted in by_value else None
    (first, heights), (second, widths) = options
    pairs = [(size, widths[wanted // part]) for part, size in heights.items() if part and wanted // part in widths]
    if not pairs:
        return None
    best = min(pairs, key=lambda pair: (abs(pair[0] - pair[1]), pair))
    return {first: best[0], second: best[1]}


def _spatial_axes(architecture: Architecture) -> Iterator[tuple[str, Any]]:
    """(axis name, declared size) of every spatial axis of the inputs."""
    for name, shape in zip(architecture.graph.inputs, architecture.inputs):
        if shape is not UNKNOWN:
            yield from ((f"{name}.{index}", size) for index, size in enumerate(shape) if index > 0)


def _solve_for(architecture: Architecture, axes: set[str]) -> tuple[AxisSizes, ...]:
    symbolic = _with_symbols(architecture, axes)
    trace = propagate(symbolic.graph, symbolic.inputs, {})
    demands = tuple(demands_of(symbolic, trace))
    names = [axis for axis, _ in _spatial_axes(architecture) if axis in axes]
    return tuple(_axis_sizes(axis, demands) for axis in names)


def _axis_sizes(axis: str, demands: tuple[Demand, ...]) -> AxisSizes:
    symbol = axis
    valid, lossless, exact = True, True, True
    for demand in demands:
        part = part_for(demand.holds, symbol)
        if part is UNKNOWN:
            exact = False
        elif demand.rule in LOSS_RULES:
            lossless = conjunction((lossless, part))
        else:
            valid = conjunction((valid, part))
    both = conjunction((valid, lossless))
    return AxisSizes(axis, size_set(valid), size_set(both), exact and UNKNOWN not in (valid, both), (), demands)


def part_for(holds: Any, symbol: str) -> Any:
    """What a condition says of one unknown size alone."""
    if isinstance(holds, Conjunction):
        return next((table for table in holds.tables if table.symbol == symbol), True)
    if isinstance(holds, SizeTable):
        return holds if holds.symbol == symbol else True
    return holds


def holds_at(holds: Any, symbol: str, size: int) -> Any:
    """Whether a condition holds at a size, as far as it depends on that size alone."""
    part = part_for(holds, symbol)
    return part(size) if isinstance(part, SizeTable) else part


def demands_of(architecture: Architecture, trace: Trace) -> Iterator[Demand]:
    """Every demand on the unknown sizes, in the order in which the layers run: conditions, failures, expectations."""
    yield from _trace_demands(trace, "")
    for output in architecture.outputs:
        yield from _output_demands(output, trace)


def _trace_demands(trace: Trace, path: str) -> Iterator[Demand]:
    for layer, step in zip(trace.graph.layers, trace.steps):
        name = path + layer.name
        yield from _step_demands(layer, step, name)
        for copy in step.copies:
            yield from _trace_demands(copy, name + "/")
        for expected, found in zip(layer.expected or (), step.outputs):
            holds = expectation(expected, found)
            if holds is not True:
                yield Demand(name, "output-shape-mismatch", holds, layer.places.at("expect"))


def _step_demands(layer: Layer, step: Step, name: str) -> Iterator[Demand]:
    if isinstance(layer.operator, Graph) or layer.operator is None:
        return
    if not step.conditions and not step.failures:
        return
    requirements = catalogue.declaration(layer.operator).requirements
    for condition in step.conditions:
        requirement = requirements[condition.requirement]
        if requirement.rule not in _IGNORED_RULES and _is_error(requirement.rule, requirement.severity):
            yield Demand(name, requirement.rule, condition.holds, layer.places.at(requirement.at or "op"))
    for failure in step.failures:
        if failure.requirement < 0:
            continue
        requirement = requirements[failure.requirement]
        if requirement.rule not in _IGNORED_RULES and _is_error(requirement.rule, requirement.severity):
            yield Demand(name, requirement.rule, False, layer.places.at(requirement.at or "op"))


def _is_error(rule: str, severity: str | None) -> bool:
    return (severity or catalogue.rules()[rule].severity) == "error"


def _output_demands(output: Output, trace: Trace) -> Iterator[Demand]:
    if output.expected is None or output.port is None:
        return
    port = output.port
    shapes = trace.steps[port.layer].outputs if port.layer >= 0 else trace.inputs[-1 - port.layer :][:1]
    if (port.output if port.layer >= 0 else 0) < len(shapes):
        holds = expectation(output.expected, shapes[port.output if port.layer >= 0 else 0])
        if holds is not True:
            yield Demand(output.name, "output-shape-mismatch", holds, output.expected_place or output.place)


# --- replacing sizes


def _with_symbols(architecture: Architecture, axes: set[str]) -> Architecture:
    """The architecture with the named axes unknown; a named size stays one unknown on all its axes."""
    inputs = []
    for name, shape in zip(architecture.graph.inputs, architecture.inputs):
        if shape is UNKNOWN:
            inputs.append(shape)
            continue
        sizes = [
            unknown_size(f"{name}.{index}") if f"{name}.{index}" in axes and not isinstance(size, SizeTable) else size
            for index, size in enumerate(shape)
        ]
        inputs.append(tuple(sizes))
    return architecture._replace(inputs=tuple(inputs))


def with_input_sizes(architecture: Architecture, sizes: dict[str, int]) -> Architecture:
    """The architecture with axes of its inputs (`image.1`) given a size."""
    inputs = tuple(
        shape if shape is UNKNOWN else tuple(sizes.get(f"{name}.{index}", size) for index, size in enumerate(shape))
        for name, shape in zip(architecture.graph.inputs, architecture.inputs)
    )
    return architecture._replace(inputs=inputs)
