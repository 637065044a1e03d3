"""Views of a tensor as operators: other shapes, other orders of axes, copies along an axis."""

from __future__ import annotations

from math import prod

from convlint.domain.values import plain_sizes
from convlint.python_source.batch import BATCH
from convlint.python_source.functions.call import (
    FunctionCall,
    NotAnOperator,
    Operation,
    alias,
    known,
    moved,
    one_layer,
    result_shape,
)
from convlint.python_source.values import Tensor


def viewed(call: FunctionCall) -> tuple[Operation, ...]:
    """`view` and `reshape`, where the batch stays first."""
    shape = call.results[0].shape
    if call.batch is None:
        return moved(call, None)
    if call.batch != 0 or not shape or _count(call.first) != _count(call.results[0]):
        raise NotAnOperator
    if shape == call.first.shape:
        return alias(call)
    return moved(call, 0)


def _count(tensor: Tensor) -> int | None:
    sizes = plain_sizes(tensor.shape or ())
    return None if sizes is None else prod(sizes)


def flattened(call: FunctionCall) -> tuple[Operation, ...]:
    """`flatten`."""
    if call.batch != 0:
        return viewed(call)
    start, end = call.get(1, "start_dim", 0), call.get(2, "end_dim", -1)
    if type(start) is not int or start % call.rank == 0:
        return viewed(call)
    return one_layer(call, "Flatten", {"start_dim": start, "end_dim": end})


def reordered(call: FunctionCall) -> tuple[Operation, ...]:
    """`permute`."""
    given = call.get(1, "dims")
    dims = list(given) if isinstance(given, (list, tuple)) else call.arguments[1:]
    return _in_order(call, [dim % call.rank for dim in dims if type(dim) is int])


def _in_order(call: FunctionCall, order: list[int]) -> tuple[Operation, ...]:
    if sorted(order) != list(range(call.rank)):
        raise NotAnOperator
    batch = call.batch
    if batch is None:
        dims = [0, *[dim + 1 for dim in order]]
        return (Operation("Permute", {"dims": dims}, [call.first], None),)
    after = order.index(batch)
    dims = [0, *[dim if dim > batch else dim + 1 for dim in order if dim != batch]]
    if dims == sorted(dims):
        return (Operation("", {}, [call.first], after),)
    return (Operation("Permute", {"dims": dims}, [call.first], after),)


def swapped(call: FunctionCall) -> tuple[Operation, ...]:
    """`transpose`, `T` and `mT`."""
    order = list(range(call.rank))
    first, second = call.get(1, "dim0"), call.get(2, "dim1")
    if call.name in ("T", "mT"):
        first, second = -2, -1
    if type(first) is not int or type(second) is not int:
        raise NotAnOperator
    order[first], order[second] = order[second], order[first]
    return _in_order(call, order)


def spread(call: FunctionCall) -> tuple[Operation, ...]:
    """`expand` and `repeat`: a tensor without a batch may get one."""
    result = call.results[0].shape or ()
    batch = call.batch
    if batch is None and result[:1] == (BATCH,):
        first = call.first.shape or ()
        padded = (1,) * (len(result) - len(first)) + first
        if padded[0] != 1:
            raise NotAnOperator
        if padded[1:] == result[1:]:
            return (Operation("Reshape", {"shape": result_shape(call.results[0], 0)}, [call.first], 0),)
        raise NotAnOperator
    if len(result) != call.rank or (batch is not None and result[batch] != (call.first.shape or ())[batch]):
        raise NotAnOperator
    if result == call.first.shape:
        return alias(call)
    if call.name in ("repeat", "tile"):
        counts = [after // before for before, after in zip(call.first.shape or (), result)]
        return one_layer(call, "Repeat", {"repeats": [count for at, count in enumerate(counts) if at != batch]})
    return one_layer(call, "Expand", {"shape": result_shape(call.results[0], batch)})


def squeezed(call: FunctionCall) -> tuple[Operation, ...]:
    """`squeeze`."""
    if call.batch is None:
        return moved(call, None)
    before, after = call.first.shape or (), call.results[0].shape or ()
    dim = call.get(1, "dim")
    if dim is None:
        if call.batch != 0:
            raise NotAnOperator
        return moved(call, 0)
    removed = {value % call.rank for value in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    batch = call.batch - sum(1 for axis in removed if axis < call.batch and before[axis] == 1)
    return alias(call) if len(before) == len(after) else moved(call, batch)


def unsqueezed(call: FunctionCall) -> tuple[Operation, ...]:
    """`unsqueeze`."""
    dim = known(call.get(1, "dim"))
    if call.batch is None:
        return moved(call, None)
    if not isinstance(dim, int):
        raise NotAnOperator
    return moved(call, call.batch + (dim % (call.rank + 1) <= call.batch))
