"""Which input sizes a network takes: propagates unknown sizes and intersects what every layer demands of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from math import lcm

from convlint.catalogue import lookup
from convlint.domain.size_sets import SizeSet, size_set
from convlint.domain.tables import DENSE_TO, Conjunction, Joint, Product, SizeTable, conjunction, unknown_size
from convlint.domain.values import UNKNOWN, Symbolic
from convlint.engine.failures import MissingOutput, Unmet, WrongInputCount, WrongRank
from convlint.engine.margins import Margins
from convlint.engine.propagation import expectation, propagate
from convlint.engine.trace import Session, Step, Trace
from convlint.findings import Part, Place
from convlint.model import Architecture, Graph, Layer, Learned, Output
from convlint.typed import Any, NamedTuple

LARGEST_ASSUMED = 10_000
_REFUSED_BY: dict[type, str] = {
    WrongInputCount: "input-count",
    WrongRank: "rank-mismatch",
    MissingOutput: "undefined-input",
}
"""The rules of failures that are none of a requirement of the operator, and that no size mends."""
_FEWEST_PIXELS = 64
"""Smaller squares are tried last: on them, what is meant to differ is often 1 and fits by broadcasting."""
_MOST_SQUARES = 24
"""Squares that are tried, all multiples of 16, where what is demanded of the sizes is not known for all at once."""
_MOST_TRIED = 60
"""Sizes of one axis that are tried together with those of other axes."""


class Demand(NamedTuple):
    """What one layer demands of the unknown sizes, and the rule that speaks when it is not met.

    `route` leads to the layer: its number, or number and copy of each block on the way, then its number; it is empty
    for an output of the network. `axis` is the 0-based spatial axis of a condition that has one, else -1. `loses` says
    that a size that does not meet the demand loses pixels, and nothing worse. `message` says why no size meets it,
    where that is known from the start.
    """

    layer: str
    rule: str
    holds: object
    place: Place
    route: tuple[int, ...] = ()
    axis: int = -1
    loses: bool = False
    message: str = ""


class AxisSizes(NamedTuple):
    """The sizes that a network takes on one axis of an input (`image.1`).

    `exact` is false where some demand could not be computed. `assumed` holds the sizes of other axes that were taken
    for granted, where axes only work together. `size` is the axis as a function of its unknown, which is the axis
    itself unless the file names it; `same` holds the other axes of that unknown, each with its function.
    """

    axis: str
    symbol: str
    valid: SizeSet
    lossless: SizeSet
    exact: bool
    assumed: tuple[tuple[str, int], ...]
    demands: tuple[Demand, ...]
    declared: int | None
    size: SizeTable
    same: tuple[tuple[str, SizeTable], ...] = ()


class Solution(NamedTuple):
    """The sizes of every spatial axis of the inputs of one variant, and the sizes of axes that were asked about."""

    architecture: Architecture
    axes: tuple[AxisSizes, ...]
    asked: tuple[tuple[str, int], ...] = ()


class Axis(NamedTuple):
    """One spatial axis of an input: its name (`image.1`), its size as a function of an unknown, its declared size."""

    name: str
    size: SizeTable
    declared: int | None

    @property
    def symbol(self) -> str:
        return self.size.symbol


class _System(NamedTuple):
    """What is demanded while some unknown sizes have a value, and for each other which are tied to it.

    `by_symbol` holds the demands that speak of an unknown size, and those that speak of none.
    """

    demands: tuple[Demand, ...]
    by_symbol: dict[str, tuple[Demand, ...]]
    partners: dict[str, set[str]]


def solve(
    architecture: Architecture,
    declared: Mapping[str, int] = {},
    held: Mapping[str, int] = {},
    refusals: tuple[Demand, ...] = (),
    demands: tuple[Demand, ...] | None = None,
) -> tuple[AxisSizes, ...]:
    """The valid sizes of every spatial axis of every input.

    `declared` holds what the file says of named sizes, `held` the unknown sizes that keep a value while the others are
    solved, and `refusals` what no size mends; `demands` are those of the network, where they are known already.
    """
    axes = tuple(spatial_axes(architecture, declared))
    whole = _system(axes, (*refusals, *(free_demands(architecture) if demands is None else demands)))
    systems: dict[frozenset[str], _System] = {frozenset(): whole}
    working: dict[tuple[frozenset[str], frozenset[str]], dict[str, int]] = {}
    every = {axis.symbol for axis in axes}
    solved = []
    for axis in axes:
        symbol = axis.symbol
        alone = _axis_sizes(axis, axes, whole.by_symbol[symbol])
        tied = whole.partners.get(symbol, set()) if alone.exact else every
        given = {name: size for name, size in held.items() if name in tied and name != symbol}
        key = frozenset(given)
        if key not in systems:
            systems[key] = _system(axes, (*refusals, *_demands_for(architecture, axes, given)))
        system = systems[key]
        sizes = _axis_sizes(axis, axes, system.by_symbol[symbol])
        others = (system.partners.get(symbol, set()) if sizes.exact else every) - {symbol} - set(given)
        if others:
            group = frozenset((symbol, *others))
            if (key, group) not in working:
                working[key, group] = _working_sizes(system.demands, set(group))
            found = working[key, group]
            if symbol in held:
                alone_at = _demands_for(architecture, axes, {**given, symbol: held[symbol]})
                found = {**found, **_working_sizes((*refusals, *alone_at), others)}
            sizes = _solve_alone(architecture, axis, axes, system, others, found, given, refusals)
        elif given:
            sizes = sizes._replace(assumed=_named(axes, given))
        solved.append(sizes)
    return tuple(solved)


def _system(axes: tuple[Axis, ...], demands: tuple[Demand, ...]) -> _System:
    return _System(demands, _sorted_by_symbol(axes, demands), _partners(demands))


def _sorted_by_symbol(axes: tuple[Axis, ...], demands: tuple[Demand, ...]) -> dict[str, tuple[Demand, ...]]:
    found: dict[str, list[Demand]] = {axis.symbol: [] for axis in axes}
    for demand in demands:
        holds = demand.holds
        spoken_of = holds.symbols if isinstance(holds, (SizeTable, Joint, Conjunction)) else found.keys()
        for symbol in spoken_of:
            if symbol in found:
                found[symbol].append(demand)
    return {symbol: tuple(part) for symbol, part in found.items()}


def _named(axes: tuple[Axis, ...], given: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The axes whose unknown size is given, with their sizes."""
    return tuple(sorted((one.name, one.size(given[one.symbol])) for one in axes if one.symbol in given))


def _solve_alone(
    architecture: Architecture,
    axis: Axis,
    axes: tuple[Axis, ...],
    system: _System,
    others: set[str],
    found: dict[str, int],
    held: dict[str, int],
    refusals: tuple[Demand, ...],
) -> AxisSizes:
    """The sizes of one axis while the unknown sizes `others` have a value: the declared one, else one that works."""
    declared = {one.symbol: one.declared for one in axes if one.declared is not None}
    tried: AxisSizes | None = None
    for known in ({**found, **declared}, found):
        given = {symbol: known[symbol] for symbol in sorted(others) if symbol in known}
        reduced = tuple(_at(demand, given) for demand in system.by_symbol[axis.symbol])
        sizes = _axis_sizes(axis, axes, reduced)
        if not sizes.exact:
            demands = _demands_for(architecture, axes, {**held, **given})
            sizes = _axis_sizes(axis, axes, (*refusals, *demands))
        sizes = sizes._replace(assumed=_named(axes, {**held, **given}))
        if sizes.exact and not sizes.valid.is_empty:
            return sizes
        tried = tried or sizes
    assert tried is not None
    return tried


def _at(demand: Demand, given: dict[str, int]) -> Demand:
    """What is left of a demand where some of its unknown sizes are given."""
    holds = demand.holds
    return demand._replace(holds=holds.at_sizes(given)) if isinstance(holds, (Joint, Conjunction)) else demand


def _partners(demands: Iterable[Demand]) -> dict[str, set[str]]:
    """For each unknown size that only works together with others: all that are tied to it, itself included."""
    partners: dict[str, set[str]] = {}
    for joint in (joint for demand in demands for joint in joints_of(demand)):
        tied = set(joint.symbols).union(*(partners.get(symbol, ()) for symbol in joint.symbols))
        for symbol in tied:
            partners[symbol] = tied
    return partners


def joints_of(demand: Demand) -> tuple[Joint, ...]:
    """The conditions on several unknown sizes that are part of a demand."""
    if isinstance(demand.holds, Joint):
        return (demand.holds,)
    return demand.holds.joints if isinstance(demand.holds, Conjunction) else ()


def _working_sizes(demands: tuple[Demand, ...], symbols: set[str]) -> dict[str, int]:
    """Sizes for the unknowns `symbols` that go together, as square as there are; if none do, the smallest of each."""
    failing = [demand for demand in demands if not demand.loses and demand.holds is not UNKNOWN]
    valid = {symbol: _valid_on(symbol, failing) for symbol in sorted(symbols)}
    every = dict.fromkeys(joint for demand in failing for joint in joints_of(demand))
    joints = [joint for joint in every if symbols.issuperset(joint.symbols)]
    for sizes in _candidates(valid, joints):
        if all(joint.at_sizes(sizes) is True for joint in joints):
            return sizes
    return {symbol: sizes.smallest for symbol, sizes in valid.items() if sizes.smallest is not None}


def working_squares(
    architecture: Architecture, demands: tuple[Demand, ...], size: int, most: int
) -> tuple[list[int], set[int]]:
    """(the squares up to `most` that a network takes whose axes only work together, those of them that lose no pixel).

    Both are empty where the axes are independent; where not all of its `demands` is known, a few near `size`, which the
    file declares, are tried.
    """
    failing = [demand for demand in demands if not demand.loses]
    joints = list(dict.fromkeys(joint for demand in failing for joint in joints_of(demand)))
    if any(demand.holds is UNKNOWN for demand in failing):
        found = first_square(
            architecture, sorted(range(16, 2 * size, 16), key=lambda one: abs(one - size))[:_MOST_SQUARES]
        )
        return ([], set()) if found is None else ([found], {found})
    if not joints:
        return [], set()
    symbols = [axis.symbol for axis in spatial_axes(architecture, {})]
    valid = [_valid_on(symbol, failing) for symbol in symbols]
    lossless = [_valid_on(symbol, list(demands)) for symbol in symbols]
    alone = [size for size in range(1, most + 1) if all(size in sizes for sizes in valid)]
    working = [size for size in alone if all(joint.at_sizes(dict.fromkeys(symbols, size)) is True for joint in joints)]
    return working, {size for size in working if all(size in sizes for sizes in lossless)}


def first_square(architecture: Architecture, sizes: Iterable[int]) -> int | None:
    """The first of some sizes that a network takes as the height and the width of its only input, by trying them."""
    name, shape = architecture.graph.inputs[0], architecture.inputs[0]
    axes = len(shape) - 1 if isinstance(shape, tuple) else 0
    for size in sizes:
        given = {f"{name}.{axis}": size for axis in range(1, axes + 1)}
        tried = with_sizes(architecture, given)
        trace = propagate(tried.graph, tried.inputs, Session({}))
        demands = demands_of(tried, trace)
        if not any(demand.holds is False and not demand.loses for demand in demands):
            return size
    return None


def _valid_on(symbol: str, demands: list[Demand]) -> SizeSet:
    """The sizes that are possible for one unknown, whatever the others are."""
    condition = conjunction(part_for(demand.holds, symbol) for demand in demands)
    return size_set(True if condition is UNKNOWN else condition)


def _candidates(valid: dict[str, SizeSet], joints: list[Joint]) -> Iterator[dict[str, int]]:
    """Sizes to try together: squares, then what makes a product right, then all of the smallest."""
    for size in (*range(_FEWEST_PIXELS, DENSE_TO + 1), *range(1, _FEWEST_PIXELS)):
        if all(size in sizes for sizes in valid.values()):
            yield dict.fromkeys(valid, size)
    smallest = {symbol: list(islice(_members(sizes), _MOST_TRIED)) for symbol, sizes in valid.items()}
    for joint in joints:
        whole, wanted = joint.operands if len(joint.operands) == 2 else (None, None)
        if isinstance(whole, Product) and type(wanted) is int and len(joint.symbols) == len(valid):
            solution = _product_solution(whole, wanted, valid)
            if solution is not None:
                yield solution
    if len(valid) <= 2:
        for chosen in product(*smallest.values()):
            yield dict(zip(smallest, chosen))


def _members(sizes: SizeSet) -> Iterator[int]:
    yield from sizes.below
    for size in range(sizes.first, sizes.first + _MOST_TRIED * sizes.modulus if sizes.residues else 0):
        if size in sizes:
            yield size


def _product_solution(whole: Product, value: int, valid: dict[str, SizeSet]) -> dict[str, int] | None:
    """Sizes for which a product of tables of two unknown sizes has a value, as square as there is; None without one."""
    symbols = [table.symbol for table in whole.tables]
    if value % whole.factor or len(set(symbols)) != 2 or len(symbols) != 2:
        return None
    wanted = value // whole.factor
    heights, widths = (_sizes_by_value(table, wanted, valid[table.symbol]) for table in whole.tables)
    pairs = [(size, widths[wanted // part]) for part, size in heights.items() if wanted // part in widths]
    if not pairs:
        return None
    height, width = min(pairs, key=lambda pair: (abs(pair[0] - pair[1]), pair))
    return {symbols[0]: height, symbols[1]: width}


def _sizes_by_value(table: SizeTable, wanted: int, valid: SizeSet) -> dict[int, int]:
    """For each divisor of `wanted` that a table takes, the smallest valid size where it does."""
    found: dict[int, int] = {}
    for size in range(1, LARGEST_ASSUMED):
        value = table(size)
        if value is UNKNOWN or (table.growth > 0 and value > wanted):
            break
        if value > 0 and wanted % value == 0 and value not in found and size in valid:
            found[value] = size
    return found


def axes_that_differ(one: Architecture, other: Architecture) -> tuple[tuple[str, int], ...]:
    """The spatial axes of inputs whose sizes are known and differ between two readings of a network, as in `one`."""
    return tuple(
        (f"{name}.{index}", size)
        for name, shape, changed in zip(one.graph.inputs, one.inputs, other.inputs)
        if isinstance(shape, tuple) and isinstance(changed, tuple)
        for index, size in enumerate(shape)
        if index and type(size) is int and size != changed[index]
    )


def spatial_axes(architecture: Architecture, declared: Mapping[str, int]) -> Iterator[Axis]:
    """The spatial axes of all inputs, and the first ones that are open, each as a function of an unknown size."""
    for name, shape in zip(architecture.graph.inputs, architecture.inputs):
        if not isinstance(shape, tuple):
            continue
        for index, size in enumerate(shape):
            axis = f"{name}.{index}"
            if not index and not isinstance(size, SizeTable):
                continue
            if isinstance(size, SizeTable):
                given = declared.get(size.symbol)
                yield Axis(axis, size, given)
            elif type(size) is int or size is UNKNOWN:
                yield Axis(axis, unknown_size(axis), size if type(size) is int else None)


def with_one_axis(architecture: Architecture, sizes: AxisSizes, size: int) -> Architecture:
    """The architecture at one value of the unknown of an axis: what was assumed is given, all else is unknown."""
    given = {**dict(sizes.assumed), sizes.symbol: size}
    others = {axis.name: axis.size for axis in spatial_axes(architecture, {}) if axis.name not in given}
    return with_sizes(_with_axes(architecture, others), given)


def free_demands(architecture: Architecture) -> tuple[Demand, ...]:
    """What a network demands of the spatial sizes of its inputs, all of which are unknown."""
    return _demands_for(architecture, tuple(spatial_axes(architecture, {})), {})


def _demands_for(architecture: Architecture, axes: tuple[Axis, ...], given: dict[str, int]) -> tuple[Demand, ...]:
    """What is demanded of the axes while some of their unknown sizes are given."""
    symbols = {axis.name: axis.size for axis in axes if axis.symbol not in given}
    symbolic = _with_axes(with_sizes(architecture, given), symbols)
    trace = propagate(symbolic.graph, symbolic.inputs, Session({}))
    return tuple(demands_of(symbolic, trace))


def _axis_sizes(axis: Axis, axes: tuple[Axis, ...], demands: tuple[Demand, ...]) -> AxisSizes:
    parts = [(demand.loses, part_for(demand.holds, axis.symbol)) for demand in demands]
    exact = all(part is not UNKNOWN for _, part in parts)
    valid = conjunction(dict.fromkeys(part for loses, part in parts if not loses and part is not UNKNOWN))
    both = conjunction((valid, *dict.fromkeys(part for loses, part in parts if loses and part is not UNKNOWN)))
    sets = [_sizes_of(axis, size_set(condition)) for condition in (valid, both)]
    twins = [one for one in axes if one.symbol == axis.symbol]
    same = tuple((one.name, one.size) for one in twins if one is not axis)
    return AxisSizes(
        axis.name,
        axis.symbol,
        sets[0],
        sets[1],
        exact or valid is False,
        (),
        demands,
        None if axis.declared is None else axis.size(axis.declared),
        axis.size,
        same,
    )


def _sizes_of(axis: Axis, unknown: SizeSet) -> SizeSet:
    """The sizes of an axis where its unknown takes the given ones; an axis may be a function of it (`${H // 2}`)."""
    table = axis.size
    if table == unknown_size(axis.symbol) or unknown.known_to is not None or table.growth <= 0:
        return unknown
    length = lcm(table.period, unknown.modulus)
    growth = table.growth * (length // table.period)
    first = max(table.start, unknown.first)
    early = {table(size) for size in range(1, first) if size in unknown}
    late = {table(size) for size in range(first, first + length) if size in unknown}
    if not late:
        return SizeSet(max(early, default=0) + 1, 1, (), tuple(sorted(early)))
    settled = max(*late, *early, 1) if early else max(*late, 1)
    turns = range((settled - min(late)) // growth + 1)
    values = early | {value + turn * growth for value in late for turn in turns}
    return SizeSet(
        settled,
        growth,
        tuple(sorted({value % growth for value in late})),
        tuple(sorted(value for value in values if value < settled)),
    )


def part_for(holds: object, symbol: str) -> object:
    """What a condition says of one unknown size alone."""
    if isinstance(holds, Conjunction):
        return next((table for table in holds.tables if table.symbol == symbol), True)
    if isinstance(holds, SizeTable):
        return holds if holds.symbol == symbol else True
    return True if isinstance(holds, Joint) else holds


def holds_at(holds: object, symbol: str, size: int) -> object:
    """Whether a condition holds at a size, as far as it depends on that size alone."""
    part = part_for(holds, symbol)
    return part(size) if isinstance(part, SizeTable) else part


def demands_of(architecture: Architecture, trace: Trace) -> Iterator[Demand]:
    """Every demand on the unknown sizes, in the order in which the layers run: conditions, failures, expectations."""
    yield from _trace_demands(trace, "", (), Margins(trace))
    for output in architecture.outputs:
        yield from _output_demands(output, trace)


def _trace_demands(trace: Trace, path: str, route: tuple[int, ...], margins: Margins) -> Iterator[Demand]:
    for index, (layer, step) in enumerate(zip(trace.graph.layers, trace.steps)):
        name, way = path + layer.name, (*route, index)
        yield from _step_demands(layer, step, name, way, margins)
        for number, copy in enumerate(step.copies):
            label = f"[{number}]/" if layer.repeat > 1 else "/"
            yield from _trace_demands(copy, name + label, (*way, number), margins)
        if step.inside is not None:
            yield from _demands_inside(step.inside, name + "/", layer, way)
        for expected, found in zip(layer.expected or (), step.outputs):
            holds = expectation(expected, found)
            if holds is not True:
                yield Demand(name, "output-shape-mismatch", holds, layer.places.at(Part.EXPECTED), way)


def _demands_inside(trace: Trace, path: str, outer: Layer, route: tuple[int, ...]) -> Iterator[Demand]:
    """The demands of the layers inside an operator that is known by its body alone; they stand at the layer itself."""
    for layer, step in zip(trace.graph.layers, trace.steps):
        name = path + layer.name
        if layer.operator is None or UNKNOWN in step.inputs:
            yield Demand(name, "", UNKNOWN, outer.places.at(Part.OPERATOR), route)
        if any(not isinstance(failure, Unmet) for failure in step.failures):
            yield Demand(name, "input-count", False, outer.places.at(Part.SOURCES), route)
        for number, axis, holds in _conditions(step):
            if lookup.refuses(str(layer.operator), number):
                rule = lookup.declaration(str(layer.operator)).requirements[number].rule
                yield Demand(name, rule, holds, outer.places.at(Part.SOURCES), route, axis)
        if step.inside is not None:
            yield from _demands_inside(step.inside, name + "/", outer, route)


def _step_demands(layer: Layer, step: Step, name: str, route: tuple[int, ...], margins: Margins) -> Iterator[Demand]:
    is_unknown = layer.operator is None or (isinstance(layer.operator, Learned) and UNKNOWN in step.outputs)
    if is_unknown or UNKNOWN in step.inputs:
        yield Demand(name, "", UNKNOWN, layer.places.at(Part.OPERATOR), route)
    for failure in step.failures:
        if type(failure) in _REFUSED_BY:
            yield Demand(name, _REFUSED_BY[type(failure)], False, layer.places.at(Part.OPERATOR), route)
    if not isinstance(layer.operator, str) or not (step.conditions or step.failures):
        return
    requirements = lookup.declaration(layer.operator).requirements
    for number, axis, holds in _conditions(step):
        requirement = requirements[number]
        rule = lookup.rules()[requirement.rule]
        if (requirement.severity or rule.severity) == "error" and not rule.runs:
            place = layer.places.at(requirement.at or Part.OPERATOR)
            if requirement.spares:
                holds = margins.condition(route, layer, step, number, axis, holds)
                if holds is True:
                    continue
            yield Demand(name, rule.name, holds, place, route, axis, rule.size_effect == "loses")


def _conditions(step: Step) -> Iterator[tuple[int, int, object]]:
    """(requirement, axis or -1, what has to hold) of what holds for some sizes only, and of what never holds."""
    for condition in step.conditions:
        yield condition.requirement, condition.axis, condition.holds
    for failure in step.failures:
        if isinstance(failure, Unmet):
            yield failure.requirement, min(failure.axes, default=-1), False


def _output_demands(output: Output, trace: Trace) -> Iterator[Demand]:
    if output.expected is None or output.port is None:
        return
    shapes = trace.shapes_at(output.port)
    if output.port.output < len(shapes):
        holds = expectation(output.expected, shapes[output.port.output])
        if holds is not True:
            yield Demand(output.name, "output-shape-mismatch", holds, output.expected_place or output.place)


# --- replacing sizes


def _with_axes(architecture: Architecture, symbols: dict[str, SizeTable]) -> Architecture:
    """The architecture with the named axes of its inputs unknown."""
    inputs = tuple(
        tuple(symbols.get(f"{name}.{index}", size) for index, size in enumerate(shape))
        if isinstance(shape, tuple)
        else shape
        for name, shape in zip(architecture.graph.inputs, architecture.inputs)
    )
    return architecture._replace(inputs=inputs)


def with_sizes(architecture: Architecture, sizes: dict[str, int]) -> Architecture:
    """The architecture with unknown sizes (`H`) or axes of inputs (`image.1`) given a value, wherever they occur."""
    if not sizes:
        return architecture
    graph = _graph_at(architecture.graph, sizes, {})
    inputs = tuple(
        tuple(sizes.get(f"{name}.{index}", _value_at(size, sizes)) for index, size in enumerate(shape))
        if isinstance(shape, tuple)
        else shape
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
    return value.at_sizes(sizes) if isinstance(value, Symbolic) else value
