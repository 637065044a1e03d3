"""A call of a function of torch or a method of a tensor, and the layers that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convlint.domain.values import plain_sizes
from convlint.python_source.batch import own_shape
from convlint.python_source.operations import is_open
from convlint.python_source.values import Arguments, Keywords, Tensor
from convlint.typed import NamedTuple

Axis = Callable[[Tensor], "int | None"]
"""The axis of a tensor that is the batch."""


class NotAnOperator(Exception):
    """No operator does what a function does, or the batch is in its way."""


class Operation(NamedTuple):
    """One layer: what it reads (None: what the operation before it gives), and the batch axis of its result.

    Without an operator nothing is done but that the batch may have moved. A `label` says that the operator only stands
    for what keeps each element in its place (`Identity`) or moves it (`Reshape`). `result` is that of one that is not
    the last.
    """

    operator: str
    parameters: dict[str, object]
    sources: Sequence[Tensor | None]
    batch: int | None
    label: str = ""
    result: Tensor | None = None


class FunctionCall(NamedTuple):
    """A call: the name of the function, what it is given and gives, and how the batch of a tensor is found."""

    name: str
    arguments: Arguments
    keywords: Keywords
    results: list[Tensor]
    axis: Axis

    def get(self, at: int, name: str, default: object = None) -> object:
        """An argument, by its place or its name; the tensor itself is number 0."""
        if len(self.arguments) > at:
            return self.arguments[at]
        return self.keywords.get(name, self.keywords.get("axis", default) if name == "dim" else default)

    @property
    def first(self) -> Tensor:
        """The tensor that the function is called with."""
        value = self.arguments[0] if self.arguments else None
        if not isinstance(value, Tensor) or value.shape is None:
            raise NotAnOperator
        return value

    @property
    def batch(self) -> int | None:
        """The axis of that tensor that is the batch."""
        return self.axis(self.first)

    @property
    def rank(self) -> int:
        """How many axes that tensor has, with the batch."""
        return len(self.first.shape or ())

    def dim(self, value: object, *, more: int = 0) -> int:
        """A dimension as operators count it: the batch is 0, wherever it is in the code."""
        return own_dim(value, self.rank + more, self.batch)


OperationsOf = Callable[[FunctionCall], "tuple[Operation, ...]"]
"""Gives the operators that a call is, one after the other."""


def own_dim(value: object, rank: int, batch: int | None) -> int:
    """A dimension of a tensor of `rank` axes as operators count it; raises NotAnOperator for the batch."""
    if type(value) is not int or not -rank <= value < rank:
        raise NotAnOperator
    dim = value % rank
    if batch is None:
        return dim + 1
    if dim == batch:
        raise NotAnOperator
    return dim if dim > batch else dim + 1


def known(value: object) -> object:
    """An argument; raises NotAnOperator where it is not known, or a tensor."""
    if is_open(value) or isinstance(value, Tensor):
        raise NotAnOperator
    return value


def one_layer(
    call: FunctionCall, operator: str, parameters: dict[str, object], label: str = ""
) -> tuple[Operation, ...]:
    """One layer that reads the tensor, and leaves the batch where it is."""
    given = {name: known(value) for name, value in parameters.items()}
    return (Operation(operator, given, [call.first], call.batch, label),)


def alias(call: FunctionCall) -> tuple[Operation, ...]:
    """The tensor as it is: nothing is done."""
    return (Operation("", {}, [call.first], call.batch),)


def shared_batch(call: FunctionCall, tensors: list[Tensor]) -> int | None:
    """The axis of the batch of what several tensors give together, counted from the first axis of the longest."""
    rank = max(len(tensor.shape or ()) for tensor in tensors)
    axes = {axis + rank - len(tensor.shape or ()) for tensor in tensors if (axis := call.axis(tensor)) is not None}
    if len(axes) > 1:
        raise NotAnOperator
    return axes.pop() if axes else None


def moved(call: FunctionCall, batch: int | None) -> tuple[Operation, ...]:
    """What gives the elements another shape: that which comes out."""
    shape = result_shape(call.results[0], batch)
    return (Operation("Reshape", {"shape": shape}, [call.first], batch),)


def result_shape(result: Tensor, batch: int | None) -> list[int]:
    """The shape of a result without its batch; raises NotAnOperator where it is not known."""
    sizes = plain_sizes(own_shape(result.shape, batch))
    if sizes is None:
        raise NotAnOperator
    return list(sizes)
