"""What functions of torch are given, as what a file says; and the layer that most of them become."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convlint.importing.modules import plain
from convlint.importing.network import Wire
from convlint.importing.tracing import Batch, Call, Ref, Value
from convlint.importing.translator import NoOperator, Translator, own_dim
from convlint.typed import Any

Given = dict[str, Any]
"""The arguments of a call by their names."""
CallWriter = Callable[[Translator, Call, Given], None]
"""Writes the layers of a call; raises NoOperator."""


def one_layer(translator: Translator, call: Call, operator: str, parameters: Given, wires: Sequence[Wire]) -> None:
    """One layer, which gives the result of the call."""
    translator.results(translator.emit(call.function, operator, parameters, wires))


def result_of(translator: Translator, call: Call) -> Value:
    """The tensor that a call gives first."""
    return translator.value(call.outputs[0])


def numbers_in(value: object) -> list[Any]:
    """A list of numbers: one may stand for itself, and several may stand in a list or not."""
    if value is None:
        raise NoOperator("it works over all dimensions")
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple) and not isinstance(value[0], Ref):
        value = value[0]
    return list(value) if isinstance(value, tuple) and not isinstance(value, (Ref, Batch)) else [value]


def own_dims(value: Value, dims: object) -> list[int]:
    """The dimensions in a file of dimensions of a tensor."""
    return [own_dim(value, dim) for dim in numbers_in(dims)]


def only_given(parameters: Given) -> Given:
    """The parameters that are given."""
    return {key: plain(value) for key, value in parameters.items() if value is not None}


def unless_first(dim: int) -> Given:
    """A dimension, unless it is that of the channels, which files leave out."""
    return {} if dim == 1 else {"dim": dim}
