"""Functions that give the elements of a tensor another shape or order."""

from __future__ import annotations

from convlint.importing.functions.arguments import Given, numbers_in, one_layer, own_dims, result_of
from convlint.importing.network import Wire
from convlint.importing.tracing import Call, Ref, Value
from convlint.importing.translator import NoOperator, Translator, is_batch, own_dim, own_shape


def reshape(translator: Translator, call: Call, given: Given) -> None:
    """A change of shape that keeps the order of the elements."""
    ref = given["input"]
    value, result = translator.value(ref), result_of(translator, call)
    _refuse_other_order(value, result)
    present, wanted = own_shape(value), own_shape(result)
    if present == wanted and (value.batch_axis is None) == (result.batch_axis is None):
        translator.alias(ref)
        return
    if value.kind != "data":
        translator.results(translator.reshaped(ref, wanted or (1,)))
        return
    wire = translator.wire(ref)
    for start in range(len(wanted)):
        if wanted[:start] == present[:start] and len(wanted) == start + 1 < len(present):
            parameters = {} if start == 0 else {"start_dim": start + 1}
            translator.results(translator.emit("flatten", "Flatten", parameters, [wire]))
            return
    translator.results(translator.emit(call.function, "Reshape", {"shape": list(wanted) or [1]}, [wire]))


def _refuse_other_order(value: Value, result: Value) -> None:
    """Raises NoOperator where elements before the batch would come after it, or the other way round."""
    before = [_before_batch(item) for item in (value, result) if item.batch_axis is not None]
    if len(set(before)) > 1 or (value.batch_axis is not None and result.batch_axis is None):
        raise NoOperator("it merges another dimension before the batch")
    if value.batch_axis is None and result.batch_axis is not None:
        raise NoOperator("it makes a batch")


def _before_batch(value: Value) -> int:
    count = 1
    for size in value.shape[: value.batch_axis]:
        count *= size
    return count


def _permute(translator: Translator, call: Call, order: list[int], ref: Ref) -> None:
    value = translator.value(ref)
    rank = len(value.shape)
    order = [dim % rank for dim in order]
    whole = value.batch_axis if value.multiple == 1 else None
    dims = [own_dim_of_merged(value, dim) for dim in order if dim != whole or value.batch_axis is None]
    if dims == list(range(1, len(dims) + 1)):
        translator.alias(ref)
        return
    swapped = [at for at, dim in enumerate(dims) if dim != at + 1]
    if len(swapped) == 2:
        parameters: Given = {"dim0": swapped[0] + 1, "dim1": swapped[1] + 1}
        one_layer(translator, call, "Transpose", parameters, [translator.wire(ref)])
        return
    one_layer(translator, call, "Permute", {"dims": [0, *dims]}, [translator.wire(ref)])


def own_dim_of_merged(value: Value, dim: int) -> int:
    """As `own_dim`, but what is left of a dimension that the batch was merged into may be moved."""
    if dim == value.batch_axis and value.multiple > 1:
        return dim + 1
    return own_dim(value, dim)


def permuted(translator: Translator, call: Call, given: Given) -> None:
    _permute(translator, call, numbers_in(given["dims"]), given["input"])


def transposed(translator: Translator, call: Call, given: Given) -> None:
    rank = len(translator.value(given["input"]).shape)
    order = list(range(rank))
    first, second = given.get("dim0", -1) % rank, given.get("dim1", -2) % rank
    order[first], order[second] = order[second], order[first]
    _permute(translator, call, order, given["input"])


def movedim(translator: Translator, call: Call, given: Given) -> None:
    rank = len(translator.value(given["input"]).shape)
    sources, targets = ([dim % rank for dim in numbers_in(given[key])] for key in ("source", "destination"))
    rest = iter([dim for dim in range(rank) if dim not in sources])
    places = dict(zip(targets, sources))
    _permute(translator, call, [places[at] if at in places else next(rest) for at in range(rank)], given["input"])


def unsqueeze(translator: Translator, call: Call, given: Given) -> None:
    ref, result = given["input"], result_of(translator, call)
    if translator.value(ref).kind != "data" and result.batch_axis is None:
        translator.results(translator.reshaped(ref, own_shape(result)))
        return
    dim = own_dim(result, given["dim"])
    one_layer(translator, call, "Unsqueeze", {"dim": dim}, [translator.wire(ref)])


def expand(translator: Translator, call: Call, given: Given) -> None:
    result = result_of(translator, call)
    wire = grown_operand(translator, given["input"], result)
    if wire[1] == own_shape(result):
        translator.results(wire[0])
        return
    one_layer(translator, call, "Expand", {"shape": list(own_shape(result))}, [wire[0]])


def grown_operand(translator: Translator, ref: Ref, result: Value) -> tuple[Wire, tuple[int, ...]]:
    """An input with the axes of the result, and its shape then."""
    value = translator.value(ref)
    if result.multiple > 1 and value.batch_axis is None:
        raise NoOperator("it repeats along the batch")
    wire = translator.operand(ref, result)
    padded = (1,) * (len(result.shape) - len(value.shape)) + value.shape
    axis = result.batch_axis
    return wire, padded if axis is None else (
        *padded[:axis],
        *padded[axis + 1 :],
    ) if result.multiple == 1 else own_shape(value)


def repeat(translator: Translator, call: Call, given: Given) -> None:
    repeats, result = numbers_in(given["repeats"]), result_of(translator, call)
    axis = result.batch_axis
    repeats = [*[1] * (len(result.shape) - len(repeats)), *repeats]
    if axis is not None and not (is_batch(repeats[axis]) or repeats[axis] == 1):
        raise NoOperator("it repeats along the batch")
    wire, _ = grown_operand(translator, given["input"], result)
    own = repeats if axis is None or result.multiple > 1 else [*repeats[:axis], *repeats[axis + 1 :]]
    if all(count == 1 for count in own):
        translator.results(wire)
        return
    one_layer(translator, call, "Repeat", {"repeats": own}, [wire])


def repeat_interleave(translator: Translator, call: Call, given: Given) -> None:
    if not isinstance(given["repeats"], int) or given.get("dim") is None:
        raise NoOperator("how often it repeats differs")
    value = translator.value(given["input"])
    if given["dim"] % len(value.shape) == value.batch_axis == 0 and value.multiple == 1:
        shape = [given["repeats"], *own_shape(value)]
        wire = translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [translator.wire(given["input"])])
        one_layer(translator, call, "Expand", {"shape": shape}, [wire])
        return
    dim = own_dim(value, given["dim"])
    one_layer(
        translator,
        call,
        "RepeatInterleave",
        {"repeats": given["repeats"], "dim": dim},
        [translator.wire(given["input"])],
    )


def roll(translator: Translator, call: Call, given: Given) -> None:
    dims = own_dims(translator.value(given["input"]), given["dims"])
    parameters = {"shifts": numbers_in(given["shifts"]), "dims": dims}
    one_layer(translator, call, "Roll", parameters, [translator.wire(given["input"])])


def flip(translator: Translator, call: Call, given: Given) -> None:
    dims = own_dims(translator.value(given["input"]), given["dims"])
    one_layer(translator, call, "Flip", {"dims": dims}, [translator.wire(given["input"])])
