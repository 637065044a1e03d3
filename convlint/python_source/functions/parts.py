"""Parts of a tensor as operators: chunks, splits and items."""

from __future__ import annotations

from convlint.python_source.functions.call import (
    FunctionCall,
    NotAnOperator,
    Operation,
    alias,
    one_layer,
    own_dim,
    result_shape,
)
from convlint.python_source.operations import is_open
from convlint.python_source.values import Tensor


def chunked(call: FunctionCall) -> tuple[Operation, ...]:
    """`chunk`."""
    return one_layer(call, "Chunk", {"chunks": call.get(1, "chunks"), "dim": call.dim(call.get(2, "dim", 0))})


def split(call: FunctionCall) -> tuple[Operation, ...]:
    """`split`, by one size or by several."""
    given = call.get(1, "split_size_or_sections", call.keywords.get("split_size"))
    sizes = list(given) if isinstance(given, (list, tuple)) else given
    return one_layer(call, "Split", {"split_size": sizes, "dim": call.dim(call.get(2, "dim", 0))})


def unbound(call: FunctionCall) -> tuple[Operation, ...]:
    """`unbind`: each entry along a dimension."""
    dim = call.get(1, "dim", 0)
    own = call.dim(dim)
    batch = call.batch
    if batch is not None and isinstance(dim, int) and dim % call.rank < batch:
        batch -= 1
    return (Operation("Unbind", {"dim": own}, [call.first], batch),)


def indexed(call: FunctionCall) -> tuple[Operation, ...]:
    """`x[...]`: each slice and each number is a layer, and what is left of the shape another."""
    given = call.arguments[1]
    if not isinstance(given, (list, tuple)):
        raise NotAnOperator
    keys = list(given)
    if any(isinstance(key, (Tensor, list)) or is_open(key) for key in keys):
        raise NotAnOperator
    taken = len([key for key in keys if key is not None and key is not Ellipsis])
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (call.rank - taken)
    operations: list[Operation] = []
    shape, batch, source, axis = list(call.first.shape or ()), call.batch, call.first, 0
    for key in keys:
        if key is None:
            shape.insert(axis, 1)
            batch = batch + 1 if batch is not None and batch >= axis else batch
            done = Operation("Reshape", {"shape": result_shape(Tensor(tuple(shape)), batch)}, [source], batch)
            axis += 1
        elif key == slice(None):
            axis += 1
            continue
        elif isinstance(key, slice):
            dim = own_dim(axis, len(shape), batch)
            size = shape[axis]
            if type(size) is not int or any(is_open(part) for part in (key.start, key.stop, key.step)):
                raise NotAnOperator
            shape[axis] = len(range(*key.indices(size)))
            parameters = {"dim": dim, "start": key.start or 0, "end": key.stop, "step": key.step or 1}
            done = Operation("Slice", parameters, [source], batch)
            axis += 1
        else:
            dim = own_dim(axis, len(shape), batch)
            del shape[axis]
            batch = batch - 1 if batch is not None and batch > axis else batch
            done = Operation("Select", {"dim": dim, "index": key}, [source], batch)
        operations.append(done._replace(result=Tensor(tuple(shape))))
        source = None  # type: ignore[assignment]
    return tuple(operations) or alias(call)
