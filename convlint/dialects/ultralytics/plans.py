"""What is the same of a row at all scales: worked out once, so that a scale fills in only what is its own."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.catalogue.parameters import REJECTED, Parameter, accept
from convlint.catalogue.rows import Row, Vocabulary
from convlint.catalogue.runnable import Operator
from convlint.dialects.ultralytics.arguments import VariantName
from convlint.dialects.ultralytics.rows import ReadRow, RowPlaces
from convlint.source.nodes import AnyNode, Source
from convlint.typed import NamedTuple

DEFAULT_ACTIVATION = "default_act"
"""The parameter of modules that takes the activation of the whole file."""
LEGACY = "legacy"
"""The parameter of heads that says whether no row above is of a newer kind."""
_FILLED_IN = (DEFAULT_ACTIVATION, "scale", "width", "max_channels", LEGACY, "reg_max", "end2end")
"""Parameters that are filled in where a module declares them and no arg gives them."""
_COUNT = "given"
"""The parameter that takes how many args a row gives."""


class VaryingArg(NamedTuple):
    """An arg that says another value at each scale, or that does not fit; `position` is that of its parameter."""

    position: int
    parameter: Parameter
    is_scaled: bool
    written: object
    node: AnyNode


class RowPlan(NamedTuple):
    """What is the same of a row at all scales.

    `values` are those of all parameters, as far as no scale says otherwise; the other fields hold positions in it: of
    what is `filled` in by its name, of the parameters that take the `channels` of the layer above and the `repeats`,
    and of those that a training log shows: what is filled in, and what the row gives.
    """

    name: str
    read: ReadRow
    row: Row | None
    operator: Operator | None
    places: RowPlaces
    given: tuple[tuple[str, object], ...]
    values: tuple[object, ...] = ()
    varying: tuple[VaryingArg, ...] = ()
    filled: tuple[tuple[str, int], ...] = ()
    channels: int | None = None
    repeats: int | None = None
    shown: tuple[int, ...] = ()
    takes_maps: bool = False


def plan_of(source: Source, read: ReadRow, index: int, vocabulary: Vocabulary) -> RowPlan:
    """The plan of row number `index`."""
    row = read.row
    places = RowPlaces(source, read.node, row.arguments if row is not None else ())
    operator = lookup.operator(row.operator) if row is not None else None
    if row is None or operator is None:
        return RowPlan(str(index), read, row, operator, places, _given(read))
    positions = operator.positions
    values = list(operator.defaults)
    if _COUNT in positions and _COUNT not in row.arguments:
        values[positions[_COUNT]] = len(read.arguments)
    varying: list[VaryingArg] = []
    for name, (written, node) in zip(row.arguments, read.arguments):
        position, is_scaled = positions[name], name in row.scaled
        parameter = operator.parameters[position]
        value: object = REJECTED
        if not is_scaled and not isinstance(written, VariantName):
            value = accepted(operator, parameter, written, vocabulary)
        if value is REJECTED:
            varying.append(VaryingArg(position, parameter, is_scaled, written, node))
        else:
            values[position] = value
    named = [row.channels, row.repeats, *row.arguments[: len(read.arguments)]]
    return RowPlan(
        name=str(index),
        read=read,
        row=row,
        operator=operator,
        places=places,
        given=_given(read),
        values=tuple(values),
        varying=tuple(varying),
        filled=tuple([(at, positions[at]) for at in _FILLED_IN if at in positions and at not in row.arguments]),
        channels=None if row.channels is None else positions[row.channels],
        repeats=None if row.repeats is None else positions[row.repeats],
        shown=tuple(sorted({positions[name] for name in named if name is not None})),
        takes_maps=row.selects is None and (row.several or row.channels is not None),
    )


def accepted(operator: Operator, parameter: Parameter, value: object, vocabulary: Vocabulary) -> object:
    """The value of a parameter that an arg gives; REJECTED where it does not fit."""
    if parameter.type == "activation" and vocabulary.evaluates and isinstance(value, str):
        return True
    return accept(parameter, operator.axes, converted(parameter, value))


def converted(parameter: Parameter, value: object) -> object:
    """The value as Python would take it: any number is a truth value, and true is 1 where nothing is built of it.

    torch refuses true as a size, a stride or a number of channels.
    """
    kind = parameter.type
    if value is None and parameter.default is None:
        return value
    if kind == "flag":
        return bool(value) if type(value) in (int, float) or value is None else value
    if isinstance(value, bool) and (kind == "number" or (kind == "integer" and parameter.minimum != 1)):
        return int(value)
    return value


def _given(read: ReadRow) -> tuple[tuple[str, object], ...]:
    """What the row gives its module: the args by name, as far as their names are known, and the repeats."""
    names = read.row.arguments if read.row is not None else ()
    args = [
        (names[index] if index < len(names) else f"args[{index}]", value)
        for index, (value, _) in enumerate(read.arguments)
    ]
    return (*args, ((read.row.repeats if read.row is not None else None) or "repeats", read.repeats))
