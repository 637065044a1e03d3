"""Which input sizes a network takes: propagates unknown sizes and intersects what every layer demands of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convlint.engine import catalogue
from convlint.engine.propagation import Session, Step, Trace, expectation, propagate
from convlint.engine.values import UNKNOWN
from convlint.findings import Place
from convlint.model import Architecture, Graph, Layer, Output
from convlint.sizes import Conjunction, Product, SizeTable, conjunction, unknown_size
from convlint.sizes_text import SizeSet, size_set

LARGEST_ASSUMED = 10_000
LOSS_RULES = frozenset(("non-integer-division",))


class Demand(NamedTuple):
    """What one layer demands of the unknown sizes, and the rule that speaks when it is not met."""

    layer: str
    rule: str
    holds: Any
    place: Place


class AxisSizes(NamedTuple):
    """The sizes that a network takes on one axis of an input (`image.1`).

    `exact` is false where some demand could not be computed. `assumed` holds the sizes of other axes that were taken
    for granted, where axes only work together.
    """

    axis: str
    symbol: str
    valid: SizeSet
    lossless: SizeSet
    exact: bool
    assumed: tuple[tuple[str, int], ...]
    demands: tuple[Demand, ...]
    declared: int | None

    def first_failure(self, size: int) -> Demand | None:
        """The first demand that a size does not meet; a loss of pixels is no failure."""
        failures = (demand for demand in self.demands if demand.rule not in LOSS_RULES)
        return next((demand for demand in failures if holds_at(demand.holds, self.symbol, size) is False), None)


class Solution(NamedTuple):
    """The sizes of every spatial axis of the inputs of one variant."""

    architecture: Architecture
    axes: tuple[AxisSizes, ...]


class _Axis(NamedTuple):
    """One spatial axis of an input: its name (`image.1`), its unknown size, and its declared size if it has one."""

    name: str
    symbol: str
    declared: int | None


def solve(architecture: Architecture) -> tuple[AxisSizes, ...]:
    """The valid sizes of every spatial axis of every input, an axis at a time."""
    axes = list(_spatial_axes(architecture))
    together = _solve_for(architecture, axes)
    if all(sizes.exact for sizes in together) and not any(_is_coupled(sizes) for sizes in together):
        return together
    assumed = {axis.symbol: axis.declared or _assumption(axis.symbol, together) for axis in axes}
    alone = []
    for axis in axes:
        others = {symbol: size for symbol, size in assumed.items() if symbol != axis.symbol and size is not None}
        (sizes,) = _solve_for(architecture, [axis], others)
        named = {other.name: others[other.symbol] for other in axes if other.symbol in others}
        alone.append(sizes._replace(assumed=tuple(sorted(named.items()))))
    return tuple(alone)


def _is_coupled(sizes: AxisSizes) -> bool:
    return any(isinstance(demand.holds, Conjunction) and demand.holds.couplings for demand in sizes.demands)


def _assumption(symbol: str, together: tuple[AxisSizes, ...]) -> int | None:
    """A size for an axis of which nothing is declared: one that goes with the couplings if there is one."""
    demands = [demand.holds for sizes in together for demand in sizes.demands if isinstance(demand.holds, Conjunction)]
    for product, value in (coupling for holds in demands for coupling in holds.couplings):
        solution = _square_solution(product, value, {sizes.symbol: sizes.valid for sizes in together})
        if solution is not None and symbol in solution:
            return solution[symbol]
    return next(sizes.valid for sizes in together if sizes.symbol == symbol).smallest


def _square_solution(product: Product, value: int, valid: dict[str, SizeSet]) -> dict[str, int] | None:
    """Sizes for which a product of tables of different axes has a value, as square as there is; None without one."""
    symbols = [table.symbol for table in product.tables]
    if value % product.factor or len(set(symbols)) != len(symbols) or len(symbols) > 2:
        return None
    wanted = value // product.factor
    options = [_sizes_by_value(table, wanted, valid.get(table.symbol)) for table in product.tables]
    if len(options) == 1:
        return {symbols[0]: options[0][wanted]} if wanted in options[0] else None
    heights, widths = options
    pairs = [(size, widths[wanted // part]) for part, size in heights.items() if wanted // part in widths]
    if not pairs:
        return None
    height, width = min(pairs, key=lambda pair: (abs(pair[0] - pair[1]), pair))
    return {symbols[0]: height, symbols[1]: width}


def _sizes_by_value(table: SizeTable, wanted: int, valid: SizeSet | None) -> dict[int, int]:
    """For each divisor of `wanted` that a table takes, the smallest valid size where it does."""
    found: dict[int, int] = {}
    size, beyond = 1, table.start + table.period
    while size < beyond or (table.growth > 0 and table(size) <= wanted and size < LARGEST_ASSUMED):
        value = table(size)
        if value > 0 and wanted % value == 0 and value not in found and (valid is None or size in valid):
            found[value] = size
        size += 1
    return found


def _spatial_axes(architecture: Architecture) -> Iterator[_Axis]:
    for name, shape in zip(architecture.graph.inputs, architecture.inputs):
        if shape is UNKNOWN:
            continue
        for index, size in enumerate(shape):
            axis = f"{name}.{index}"
            if index and isinstance(size, SizeTable):
                yield _Axis(axis, size.symbol, None)
            elif index and (type(size) is int or size is UNKNOWN):
                yield _Axis(axis, axis, size if type(size) is int else None)


def _solve_for(
    architecture: Architecture, axes: list[_Axis], given: dict[str, int] | None = None
) -> tuple[AxisSizes, ...]:
    symbols = {axis.name: unknown_size(axis.symbol) for axis in axes}
    symbolic = _with_axes(with_sizes(architecture, given or {}), symbols)
    trace = propagate(symbolic.graph, symbolic.inputs, Session({}))
    demands = tuple(demands_of(symbolic, trace))
    return tuple(_axis_sizes(axis, demands) for axis in axes)


def _axis_sizes(axis: _Axis, demands: tuple[Demand, ...]) -> AxisSizes:
    valid: Any = True
    lossless: Any = True
    exact = True
    for demand in demands:
        part = part_for(demand.holds, axis.symbol)
        if part is UNKNOWN:
            exact = False
        elif demand.rule in LOSS_RULES:
            lossless = conjunction((lossless, part))
        else:
            valid = conjunction((valid, part))
    if valid is False:
        return AxisSizes(axis.name, axis.symbol, size_set(False), size_set(False), True, (), demands, axis.declared)
    both = conjunction((valid, lossless))
    known = valid is not UNKNOWN and both is not UNKNOWN
    sets = (size_set(valid), size_set(both)) if known else (size_set(True), size_set(True))
    return AxisSizes(axis.name, axis.symbol, *sets, exact and known, (), demands, axis.declared)


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
    if layer.operator is None or UNKNOWN in step.inputs:
        yield Demand(name, "", UNKNOWN, layer.places.at("op"))
    if isinstance(layer.operator, Graph) or layer.operator is None or not (step.conditions or step.failures):
        return
    requirements = catalogue.declaration(layer.operator).requirements
    for condition in step.conditions:
        requirement = requirements[condition.requirement]
        if _is_error(requirement.rule, requirement.severity):
            yield Demand(name, requirement.rule, condition.holds, layer.places.at(requirement.at or "op"))
    for failure in step.failures:
        if failure.requirement < 0:
            continue
        requirement = requirements[failure.requirement]
        if _is_error(requirement.rule, requirement.severity):
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


def _with_axes(architecture: Architecture, symbols: dict[str, SizeTable]) -> Architecture:
    """The architecture with the named axes of its inputs unknown."""
    inputs = tuple(
        shape if shape is UNKNOWN else tuple(symbols.get(f"{name}.{index}", size) for index, size in enumerate(shape))
        for name, shape in zip(architecture.graph.inputs, architecture.inputs)
    )
    return architecture._replace(inputs=inputs)


def with_sizes(architecture: Architecture, sizes: dict[str, int]) -> Architecture:
    """The architecture with unknown sizes (`H`) or axes of inputs (`image.1`) given a value, wherever they occur."""
    if not sizes:
        return architecture
    graph = _graph_at(architecture.graph, sizes, {})
    inputs = tuple(
        shape
        if shape is UNKNOWN
        else tuple(sizes.get(f"{name}.{index}", _value_at(size, sizes)) for index, size in enumerate(shape))
        for name, shape in zip(graph.inputs, architecture.inputs)
    )
    outputs = tuple(output._replace(expected=_value_at(output.expected, sizes)) for output in architecture.outputs)
    return architecture._replace(graph=graph, inputs=inputs, outputs=outputs)


def _graph_at(graph: Graph, sizes: dict[str, int], known: dict[int, Graph]) -> Graph:
    if id(graph) not in known:
        layers = tuple(
            layer._replace(
                operator=_graph_at(layer.operator, sizes, known)
                if isinstance(layer.operator, Graph)
                else layer.operator,
                parameters=_value_at(layer.parameters, sizes),
                expected=_value_at(layer.expected, sizes),
            )
            for layer in graph.layers
        )
        known[id(graph)] = graph._replace(layers=layers)
    return known[id(graph)]


def _value_at(value: Any, sizes: dict[str, int]) -> Any:
    if isinstance(value, tuple):
        return tuple(_value_at(item, sizes) for item in value)
    if isinstance(value, SizeTable) and value.symbol in sizes:
        return value(sizes[value.symbol])
    return value
