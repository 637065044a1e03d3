"""Functions of torch as layers: for each name what it reads, its operator, and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convlint.catalogue import lookup
from convlint.importing.imported import Source
from convlint.importing.modules import lacks_batch, plain, shortened
from convlint.importing.network import Wire
from convlint.importing.tracing import Batch, Call, Ref, Value
from convlint.importing.translation import NoOperator, Translator, is_batch, own_dim, own_shape

Given = dict[str, Any]
Handler = Callable[[Translator, Call, Given], None]


_VARIADIC = frozenset(("dims", "shape", "repeats", "operands"))
"""Last arguments that may be given one by one: `x.permute(0, 2, 1)`."""


def translate_function(translator: Translator, call: Call) -> None:
    """The layers of one call of a function; raises NoOperator."""
    found = _HANDLERS.get(call.function)
    if found is None:
        raise NoOperator("it has no operator")
    names, handler = found
    given = {**dict(zip(names, call.arguments)), **call.keywords}
    if len(call.arguments) > len(names) and names[-1] in _VARIADIC:
        given[names[-1]] = tuple(call.arguments[len(names) - 1 :])
    handler(translator, call, given)


def _name_of(call: Call) -> str:
    return call.function


def _one(translator: Translator, call: Call, operator: str, parameters: Given, wires: Sequence[Wire]) -> None:
    """One layer, which gives the result of the call."""
    translator.results(translator.emit(_name_of(call), operator, parameters, wires))


def _result(translator: Translator, call: Call) -> Value:
    return translator.value(call.outputs[0])


def _numbers(value: Any) -> list[Any]:
    """A list of numbers: one may stand for itself, and several may stand in a list or not."""
    if value is None:
        raise NoOperator("it works over all dimensions")
    if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple) and not isinstance(value[0], Ref):
        value = value[0]
    return list(value) if isinstance(value, tuple) and not isinstance(value, (Ref, Batch)) else [value]


def _dims(value: Value, dims: Any) -> list[int]:
    return [own_dim(value, dim) for dim in _numbers(dims)]


def _known(parameters: Given) -> Given:
    """The parameters that are given."""
    return {key: plain(value) for key, value in parameters.items() if value is not None}


# --- element by element


def _alias(translator: Translator, call: Call, given: Given) -> None:
    translator.alias(given["input"])


def _pointwise(operator: str, *keys: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        defaults = {item.name: item.default for item in lookup.declaration(operator).parameters}
        chosen = {key: given[key] for key in keys if key in given and given[key] != defaults.get(key)}
        _one(translator, call, operator, _known(chosen), [translator.wire(given["input"])])

    return handler


def _along(operator: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        dim = own_dim(translator.value(given["input"]), given["dim"])
        _one(translator, call, operator, {"dim": dim}, [translator.wire(given["input"])])

    return handler


def _number_of(translator: Translator, item: Any) -> float | int | None:
    """The number that an argument is: itself, or a constant tensor of one element."""
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return item
    if isinstance(item, Ref):
        value = translator.value(item)
        if value.kind == "constant" and value.shape == () and not value.name:
            return float(value.tensor)
    return None


def _arithmetic(operator: str, turned: bool = False) -> Handler:
    """`turned` is for functions whose second argument comes first: `__rsub__`."""

    def handler(translator: Translator, call: Call, given: Given) -> None:
        if given.get("alpha", 1) != 1 or given.get("rounding_mode") is not None:
            raise NoOperator("its inputs are scaled or rounded")
        first, second = (given["other"], given["input"]) if turned else (given["input"], given["other"])
        numbers = [_number_of(translator, item) for item in (first, second)]
        if numbers[1] is not None:
            result = _with_number(translator, operator, first, numbers[1])
        elif numbers[0] is not None:
            result = _of_number(translator, operator, numbers[0], second)
        elif isinstance(first, Ref) and isinstance(second, Ref):
            frame = _result(translator, call)
            wires = [translator.operand(item, frame) for item in (first, second)]
            result = translator.emit(_word(operator), operator, {}, wires)
        else:
            raise NoOperator("one of its inputs is no tensor")
        translator.results(result)

    return handler


def _word(operator: str) -> str:
    return operator.lower()


def _with_number(translator: Translator, operator: str, ref: Ref, number: float) -> Wire:
    return translator.emit(_word(operator), operator, {"value": number}, [translator.wire(ref)])


def _of_number(translator: Translator, operator: str, number: float, ref: Ref) -> Wire:
    """`number - x` and `number / x`, which take two layers."""
    wire = translator.wire(ref)
    if operator == "Sub":
        return translator.emit("add", "Add", {"value": number}, [translator.emit("neg", "Neg", {}, [wire])])
    if operator == "Div":
        inverse = translator.emit("reciprocal", "Pow", {"exponent": -1}, [wire])
        return inverse if number == 1 else translator.emit("mul", "Mul", {"value": number}, [inverse])
    return translator.emit(_word(operator), operator, {"value": number}, [wire])


def _pow(translator: Translator, call: Call, given: Given) -> None:
    exponent = _number_of(translator, given["exponent"])
    if exponent is None or not isinstance(given["input"], Ref):
        raise NoOperator("its exponent is a tensor")
    _one(translator, call, "Pow", {"exponent": exponent}, [translator.wire(given["input"])])


def _reciprocal(translator: Translator, call: Call, given: Given) -> None:
    _one(translator, call, "Pow", {"exponent": -1}, [translator.wire(given["input"])])


def _clamp(translator: Translator, call: Call, given: Given) -> None:
    bounds = {key: _number_of(translator, given.get(key)) for key in ("min", "max")}
    if any(isinstance(given.get(key), Ref) and bounds[key] is None for key in bounds):
        raise NoOperator("its bounds are tensors")
    _one(translator, call, "Clamp", _known(bounds), [translator.wire(given["input"])])


def _addcmul(translator: Translator, call: Call, given: Given) -> None:
    frame = _result(translator, call)
    first, second, third = (translator.operand(given[key], frame) for key in ("input", "tensor1", "tensor2"))
    product = translator.emit("mul", "Mul", {}, [second, third])
    scale = given.get("value", 1)
    scaled = product if scale == 1 else translator.emit("mul", "Mul", {"value": scale}, [product])
    translator.results(translator.emit("add", "Add", {}, [first, scaled]))


def _where(translator: Translator, call: Call, given: Given) -> None:
    frame = _result(translator, call)
    if not all(isinstance(given[key], Ref) for key in ("condition", "input", "other")):
        raise NoOperator("it chooses a number")
    _one(
        translator,
        call,
        "Where",
        {},
        [translator.operand(given[key], frame) for key in ("condition", "input", "other")],
    )


def _masked_fill(translator: Translator, call: Call, given: Given) -> None:
    frame = _result(translator, call)
    number = _number_of(translator, given["value"])
    if number is None:
        raise NoOperator("its value is a tensor")
    wires = [translator.operand(given[key], frame) for key in ("input", "mask")]
    _one(translator, call, "MaskedFill", {"value": number}, wires)


# --- shapes


def _reshape(translator: Translator, call: Call, given: Given) -> None:
    """Any change of shape that keeps the order of the elements."""
    ref = given["input"]
    value, result = translator.value(ref), _result(translator, call)
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
    translator.results(translator.emit(_name_of(call), "Reshape", {"shape": list(wanted) or [1]}, [wire]))


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
        _one(translator, call, "Transpose", parameters, [translator.wire(ref)])
        return
    _one(translator, call, "Permute", {"dims": [0, *dims]}, [translator.wire(ref)])


def own_dim_of_merged(value: Value, dim: int) -> int:
    """As `own_dim`, but what is left of a dimension that the batch was merged into may be moved."""
    if dim == value.batch_axis and value.multiple > 1:
        return dim + 1
    return own_dim(value, dim)


def _permuted(translator: Translator, call: Call, given: Given) -> None:
    _permute(translator, call, _numbers(given["dims"]), given["input"])


def _transposed(translator: Translator, call: Call, given: Given) -> None:
    rank = len(translator.value(given["input"]).shape)
    order = list(range(rank))
    first, second = given.get("dim0", -1) % rank, given.get("dim1", -2) % rank
    order[first], order[second] = order[second], order[first]
    _permute(translator, call, order, given["input"])


def _movedim(translator: Translator, call: Call, given: Given) -> None:
    rank = len(translator.value(given["input"]).shape)
    sources, targets = ([dim % rank for dim in _numbers(given[key])] for key in ("source", "destination"))
    rest = iter([dim for dim in range(rank) if dim not in sources])
    places = dict(zip(targets, sources))
    _permute(translator, call, [places[at] if at in places else next(rest) for at in range(rank)], given["input"])


def _unsqueeze(translator: Translator, call: Call, given: Given) -> None:
    ref, result = given["input"], _result(translator, call)
    if translator.value(ref).kind != "data" and result.batch_axis is None:
        translator.results(translator.reshaped(ref, own_shape(result)))
        return
    dim = own_dim(result, given["dim"])
    _one(translator, call, "Unsqueeze", {"dim": dim}, [translator.wire(ref)])


def _expand(translator: Translator, call: Call, given: Given) -> None:
    result = _result(translator, call)
    wire = _grown_operand(translator, given["input"], result)
    if wire[1] == own_shape(result):
        translator.results(wire[0])
        return
    _one(translator, call, "Expand", {"shape": list(own_shape(result))}, [wire[0]])


def _grown_operand(translator: Translator, ref: Ref, result: Value) -> tuple[Wire, tuple[int, ...]]:
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


def _repeat(translator: Translator, call: Call, given: Given) -> None:
    repeats, result = _numbers(given["repeats"]), _result(translator, call)
    axis = result.batch_axis
    repeats = [*[1] * (len(result.shape) - len(repeats)), *repeats]
    if axis is not None and not (is_batch(repeats[axis]) or repeats[axis] == 1):
        raise NoOperator("it repeats along the batch")
    wire, _ = _grown_operand(translator, given["input"], result)
    own = repeats if axis is None or result.multiple > 1 else [*repeats[:axis], *repeats[axis + 1 :]]
    if all(count == 1 for count in own):
        translator.results(wire)
        return
    _one(translator, call, "Repeat", {"repeats": own}, [wire])


def _repeat_interleave(translator: Translator, call: Call, given: Given) -> None:
    if not isinstance(given["repeats"], int) or given.get("dim") is None:
        raise NoOperator("how often it repeats differs")
    value = translator.value(given["input"])
    if given["dim"] % len(value.shape) == value.batch_axis == 0 and value.multiple == 1:
        shape = [given["repeats"], *own_shape(value)]
        wire = translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [translator.wire(given["input"])])
        _one(translator, call, "Expand", {"shape": shape}, [wire])
        return
    dim = own_dim(value, given["dim"])
    _one(
        translator,
        call,
        "RepeatInterleave",
        {"repeats": given["repeats"], "dim": dim},
        [translator.wire(given["input"])],
    )


def _roll(translator: Translator, call: Call, given: Given) -> None:
    dims = _dims(translator.value(given["input"]), given["dims"])
    parameters = {"shifts": _numbers(given["shifts"]), "dims": dims}
    _one(translator, call, "Roll", parameters, [translator.wire(given["input"])])


def _flip(translator: Translator, call: Call, given: Given) -> None:
    dims = _dims(translator.value(given["input"]), given["dims"])
    _one(translator, call, "Flip", {"dims": dims}, [translator.wire(given["input"])])


# --- parts


def _several(translator: Translator, call: Call, operator: str, parameters: Given, ref: Ref) -> None:
    wire = translator.emit(_name_of(call), operator, parameters, [translator.wire(ref)])
    translator.results(*[Wire(wire.layer, number) for number in range(len(call.outputs))])


def _chunk(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    _several(translator, call, "Chunk", {"chunks": given["chunks"], **_unless_first(dim)}, given["input"])


def _unless_first(dim: int) -> Given:
    return {} if dim == 1 else {"dim": dim}


def _split(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    sizes = plain(given["sizes"])
    _several(translator, call, "Split", {"split_size": sizes, **_unless_first(dim)}, given["input"])


def _unbind(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    _several(translator, call, "Unbind", _unless_first(dim), given["input"])


def _select(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given["dim"])
    _one(translator, call, "Select", {**_unless_first(dim), "index": given["index"]}, [translator.wire(given["input"])])


def _narrow(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given["dim"])
    start = given["start"]
    parameters = {**_unless_first(dim), "start": start, "end": start + given["length"]}
    _one(translator, call, "Slice", parameters, [translator.wire(given["input"])])


def _getitem(translator: Translator, call: Call, given: Given) -> None:
    """`x[...]`: each index is a layer, the last dimension first, so that the ones before keep their numbers."""
    ref, index = given["input"], given["index"]
    value = translator.value(ref)
    items = list(index) if isinstance(index, tuple) and not isinstance(index, (Ref, Batch)) else [index]
    items = _without_ellipsis(items, len(value.shape))
    dims = [sum(1 for before in items[:at] if before is not None) for at in range(len(items))]
    if len([item for item in items if isinstance(item, (Ref, tuple))]) > 1:
        raise NoOperator("it picks by several lists")
    wire = translator.wire(ref)
    for dim, item in reversed(list(zip(dims, items))):
        wire = _picked(translator, value, wire, dim, item)
    if None in items:
        wire = translator.emit("unsqueeze", "Reshape", {"shape": list(own_shape(_result(translator, call)))}, [wire])
    translator.results(wire)


def _without_ellipsis(items: list[Any], rank: int) -> list[Any]:
    if not any(item is Ellipsis for item in items):
        return items
    at = next(number for number, item in enumerate(items) if item is Ellipsis)
    missing = rank - len([item for item in items if item is not None and item is not Ellipsis])
    return [*items[:at], *[slice(None)] * missing, *items[at + 1 :]]


def _picked(translator: Translator, value: Value, wire: Wire, dim: int, item: Any) -> Wire:
    """A layer for one index of `x[...]`; none for `:`."""
    if item is None or item == slice(None):
        return wire
    if isinstance(item, slice):
        whole = (item.start or 0) == 0 and (item.step or 1) == 1
        if whole and (isinstance(item.stop, Batch) or (isinstance(item.stop, int) and item.stop >= value.shape[dim])):
            return wire
        named = {"start": item.start, "end": item.stop, "step": item.step}
        return translator.emit("slice", "Slice", {**_unless_first(own_dim(value, dim)), **_known(named)}, [wire])
    if isinstance(item, int) and not isinstance(item, bool):
        return translator.emit("select", "Select", {**_unless_first(own_dim(value, dim)), "index": item}, [wire])
    if isinstance(item, Ref):
        return _looked_up(translator, value, wire, dim, item)
    raise NoOperator("it picks what no operator picks")


def _looked_up(translator: Translator, value: Value, wire: Wire, dim: int, item: Ref) -> Wire:
    """The entries of a table that a list of indices names."""
    indices = translator.value(item)
    if indices.kind != "constant" or indices.batch_axis is not None or indices.tensor.dtype.is_floating_point:
        raise NoOperator("it picks by what it computes")
    if indices.tensor.dtype.itemsize == 1:
        raise NoOperator("it picks by a mask")
    flat = Source(indices.name, indices.tensor % value.shape[dim], (indices.tensor.numel(),))
    own = translator.emit("index", "Constant", {"shape": [indices.tensor.numel()]}, (), {"": flat})
    picked = translator.emit("index_select", "IndexSelect", {**_unless_first(own_dim(value, dim))}, [wire, own])
    if len(indices.shape) == 1:
        return picked
    at, present = own_dim(value, dim) - 1, own_shape(value)
    shape = [*present[:at], *indices.shape, *present[at + 1 :]]
    return translator.emit("reshape", "Reshape", {"shape": shape}, [picked])


# --- merges


def _concat(translator: Translator, call: Call, given: Given) -> None:
    result = _result(translator, call)
    dim = own_dim(result, given["axis"] if "axis" in given else given.get("dim", 0))
    wires = []
    for ref in given["tensors"]:
        value = translator.value(ref)
        if (value.batch_axis, value.multiple) != (result.batch_axis, result.multiple):
            raise NoOperator("its inputs have their batch in different places")
        wires.append(translator.wire(ref))
    _one(translator, call, "Concat", _unless_first(dim), wires)


def _stack(translator: Translator, call: Call, given: Given) -> None:
    result = _result(translator, call)
    dim = own_dim(result, given.get("dim", 0))
    refs = given["tensors"]
    if any(translator.value(ref).batch_axis is None for ref in refs) and result.batch_axis is not None:
        raise NoOperator("one of its inputs has no batch")
    _one(translator, call, "Stack", _unless_first(dim), [translator.wire(ref) for ref in refs])


def _matmul(translator: Translator, call: Call, given: Given) -> None:
    result = _result(translator, call)
    refs = [given["input"], given["other"]]
    values = [translator.value(ref) for ref in refs]
    rank = max(len(value.shape) for value in values)
    if any(len(value.shape) < 2 for value in values) or rank != len(result.shape):
        raise NoOperator("one of its inputs is a vector")
    if result.batch_axis is not None and result.batch_axis >= rank - 2:
        if rank != 2 or values[1].batch_axis is not None:
            raise NoOperator("it multiplies over the batch")
        row = translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [translator.wire(refs[0])])
        product = translator.emit("matmul", "MatMul", {}, [row, translator.wire(refs[1])])
        translator.results(translator.emit("squeeze", "Squeeze", {"dim": 1}, [product]))
        return
    if any(value.batch_axis is not None and value.batch_axis >= len(value.shape) - 2 for value in values):
        raise NoOperator("it multiplies over the batch")
    _one(translator, call, "MatMul", {}, [translator.operand(ref, result) for ref in refs])


def _attention(translator: Translator, call: Call, given: Given) -> None:
    result = _result(translator, call)
    refs = [given[key] for key in ("query", "key", "value", "attn_mask") if isinstance(given.get(key), Ref)]
    if given.get("enable_gqa"):
        raise NoOperator("its heads are shared")
    chosen = {"is_causal": given.get("is_causal") or None, "scale": given.get("scale")}
    _one(
        translator, call, "ScaledDotProductAttention", _known(chosen), [translator.operand(ref, result) for ref in refs]
    )


def _einsum(translator: Translator, call: Call, given: Given) -> None:
    """Each term is written with its batch in front; one that has none gets it."""
    refs = [ref for item in given["operands"] for ref in ([item] if isinstance(item, Ref) else item)]
    result = _result(translator, call)
    left, arrow, output = given["equation"].replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow or "." in left or result.batch_axis is None:
        raise NoOperator("its equation names no batch")
    batch = output[result.batch_axis]
    free = next(letter for letter in "zyxwvuts" if letter not in left)
    rest = free if result.multiple > 1 else ""  # for what the batch was merged with
    own = []
    for term, ref in zip(terms, refs):
        value = translator.value(ref)
        if value.batch_axis is None:
            own.append(batch + term)
        elif term[value.batch_axis] == batch and value.multiple == result.multiple:
            own.append(batch + term.replace(batch, rest))
        else:
            raise NoOperator("it sums over the batch")
    equation = f"{','.join(own)}->{batch}{output.replace(batch, rest)}"
    _one(translator, call, "Einsum", {"equation": equation}, [translator.wire(ref) for ref in refs])


# --- reductions


def _reduction(operator: str, *keys: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        value = translator.value(given["input"])
        dims = _dims(value, given.get("dim"))
        chosen = {key: given[key] for key in keys if given.get(key, 2) not in (2, "fro")}
        keeps = {"keepdim": True} if given.get("keepdim") else {}
        parameters = {**_known(chosen), "dim": dims if len(dims) > 1 else dims[0], **keeps}
        _one(translator, call, operator, parameters, [translator.wire(given["input"])])

    return handler


def _spread(operator: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        unbiased = given.pop("unbiased", None)
        correction = given.pop("correction", 1 if unbiased in (None, True) else 0)
        dims = _dims(translator.value(given["input"]), given.get("dim"))
        keeps = {"keepdim": True} if given.get("keepdim") else {}
        parameters = {
            "dim": dims if len(dims) > 1 else dims[0],
            **({"correction": 0} if correction == 0 else {}),
            **keeps,
        }
        _one(translator, call, operator, parameters, [translator.wire(given["input"])])

    return handler


def _extreme(operator: str) -> Handler:
    """`x.max(dim)` gives indices too, which must not be read."""

    def handler(translator: Translator, call: Call, given: Given) -> None:
        if isinstance(given.get("dim"), Ref):
            frame = _result(translator, call)
            wires = [translator.operand(given[key], frame) for key in ("input", "dim")]
            _one(translator, call, {"Max": "Maximum", "Min": "Minimum"}[operator], {}, wires)
            return
        _reduction(operator)(translator, call, given)

    return handler


def _normalize(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 1))
    chosen: Given = {key: given[key] for key in ("p", "eps") if key in given}
    _one(translator, call, "Normalize", {**_known(chosen), **_unless_first(dim)}, [translator.wire(given["input"])])


# --- layers with weights


def _layer(
    translator: Translator, call: Call, operator: str, parameters: Given, ref: Ref, tensors: dict[str, Any]
) -> None:
    """A layer of a function that is handed the tensors of a module; it has the module's name where it is all of it."""
    sources = {key: source for key, source in tensors.items() if source is not None}
    path = translator.trace.regions[call.region].path if call.region >= 0 else ""
    owners = {source.name.rpartition(".")[0] for source in sources.values() if source.name}
    name = (
        ""
        if owners == {path} and path
        else next(iter(owners)).rpartition(".")[2]
        if len(owners) == 1 and owners != {path}
        else call.function
    )
    defaults = {item.name: plain(item.default) for item in lookup.declaration(operator).parameters}
    given = {key: plain(value) for key, value in parameters.items()}
    declared = {item.name: item for item in lookup.declaration(operator).parameters}
    short = {key: shortened(value, declared[key]) for key, value in given.items()}
    chosen = {key: value for key, value in short.items() if declared[key].required or value != defaults.get(key)}
    translator.results(translator.emit(name, operator, chosen, [translator.wire(ref)], sources))


def _convolution(axes: int, transposed: bool = False) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        weight, bias = translator.source(given["weight"]), translator.source(given.get("bias"))
        assert weight is not None
        if translator.value(given["weight"]).kind != "learned":
            raise NoOperator("its weights are not learned")
        groups = given.get("groups", 1)
        out_channels = weight.shape[1] * groups if transposed else weight.shape[0]
        keys = ("stride", "padding", "output_padding", "groups", "dilation")
        parameters = {"out_channels": out_channels, "kernel_size": weight.shape[2:], "bias": bias is not None}
        parameters |= {key: given[key] for key in keys if key in given}
        operator = f"{'ConvTranspose' if transposed else 'Conv'}{axes}d"
        _layer(translator, call, operator, parameters, given["input"], {"weight": weight, "bias": bias})

    return handler


def _linear(translator: Translator, call: Call, given: Given) -> None:
    value = translator.value(given["input"])
    if value.batch_axis == len(value.shape) - 1:
        raise NoOperator("its batch comes last")
    weight = translator.source(given["weight"])
    assert weight is not None
    try:
        bias, added = translator.source(given.get("bias")), None
    except NoOperator:
        bias, added = None, given["bias"]
    parameters = {"out_features": weight.shape[0], "bias": bias is not None}
    _layer(translator, call, "Linear", parameters, given["input"], {"weight": weight, "bias": bias})
    if added is not None:
        product = Wire(len(translator.nodes) - 1)
        translator.results(
            translator.emit("add", "Add", {}, [product, translator.operand(added, _result(translator, call))])
        )


def _batch_norm(translator: Translator, call: Call, given: Given) -> None:
    translator.go_over(given["input"])
    rank = len(translator.value(given["input"]).shape)
    tensors = {key: translator.source(given.get(key)) for key in ("weight", "bias", "running_mean", "running_var")}
    if tensors["running_mean"] is None or (tensors["weight"] is None) != (tensors["bias"] is None):
        raise NoOperator("it keeps no statistics")
    counter = tensors["running_mean"].name.replace("running_mean", "num_batches_tracked")
    zero = tensors["running_mean"].tensor.new_zeros((), dtype=int)
    tensors["num_batches_tracked"] = Source(counter if counter in translator.state else "", zero, ())
    parameters = {"eps": given.get("eps", 1e-5), "affine": tensors["weight"] is not None}
    operator = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}[rank]
    _layer(translator, call, operator, parameters, given["input"], tensors)


def _layer_norm(operator: str, shape: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        value = translator.value(given["input"])
        sizes = _numbers(given[shape])
        if value.batch_axis is not None and value.batch_axis >= len(value.shape) - len(sizes):
            raise NoOperator("it works over the batch")
        weight, bias = translator.source(given.get("weight")), translator.source(given.get("bias"))
        if weight is None and bias is not None:
            raise NoOperator("it has a bias and no gain")
        parameters: Given = {shape: sizes if len(sizes) > 1 else sizes[0], "elementwise_affine": weight is not None}
        if operator == "LayerNorm" and weight is not None:
            parameters["bias"] = bias is not None
        default = 1e-5 if operator == "LayerNorm" else None
        parameters["eps"] = given.get("eps", default)
        _layer(translator, call, operator, parameters, given["input"], {"weight": weight, "bias": bias})

    return handler


def _group_norm(translator: Translator, call: Call, given: Given) -> None:
    translator.go_over(given["input"])
    weight, bias = translator.source(given.get("weight")), translator.source(given.get("bias"))
    if (weight is None) != (bias is None):
        raise NoOperator("it has a bias or a gain, not both")
    parameters = {"num_groups": given["num_groups"], "eps": given.get("eps", 1e-5), "affine": weight is not None}
    _layer(translator, call, "GroupNorm", parameters, given["input"], {"weight": weight, "bias": bias})


def _prelu(translator: Translator, call: Call, given: Given) -> None:
    translator.go_over(given["input"])
    weight = translator.source(given["weight"])
    assert weight is not None
    _layer(translator, call, "PReLU", {"num_parameters": weight.shape[0]}, given["input"], {"weight": weight})


# --- maps


def _pooling(operator: str) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        axes = len(translator.value(given["input"]).shape) - 2
        if given.get("return_indices"):
            raise NoOperator("it gives indices")
        name = f"{operator}{axes}d"
        declared = {item.name: item for item in lookup.declaration(name).parameters}
        chosen = {key: value for key, value in given.items() if key in declared and value not in (None, (), False)}
        if chosen.get("stride") == chosen.get("kernel_size"):
            chosen.pop("stride", None)
        if given.get("count_include_pad") is False:
            chosen["count_include_pad"] = False
        _layer(translator, call, name, chosen, given["input"], {})

    return handler


def _adaptive(operator: str, axes: int) -> Handler:
    def handler(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        size = plain(given["output_size"])
        parameters = {"output_size": size[0] if isinstance(size, list) and len(set(size)) == 1 else size}
        _one(translator, call, f"{operator}{axes}d", parameters, [translator.wire(given["input"])])

    return handler


def _interpolate(translator: Translator, call: Call, given: Given) -> None:
    if given.get("antialias"):
        raise NoOperator("it smooths")
    keys = ("size", "scale_factor", "mode", "align_corners")
    chosen = {key: given[key] for key in keys if given.get(key) not in (None, False)}
    if chosen.get("mode") == "nearest":
        del chosen["mode"]
    ref = given["input"]
    if lacks_batch(translator, ref):
        wire = translator.reshaped(ref, translator.value(ref).shape[1:])
        resized = translator.emit("interpolate", "Interpolate", _known(chosen), [wire])
        translator.results(translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [resized]))
        return
    translator.go_over(ref)
    _one(translator, call, "Interpolate", _known(chosen), [translator.wire(ref)])


def _pad(translator: Translator, call: Call, given: Given) -> None:
    value, padding = translator.value(given["input"]), list(given["pad"])
    if value.batch_axis is not None and value.batch_axis >= len(value.shape) - len(padding) // 2:
        raise NoOperator("it pads the batch")
    if not any(padding):
        translator.alias(given["input"])
        return
    chosen: Given = {"padding": padding}
    if given.get("mode", "constant") != "constant":
        chosen["mode"] = given["mode"]
    elif given.get("value"):
        chosen["value"] = given["value"]
    _one(translator, call, "Pad", chosen, [translator.wire(given["input"])])


def _grid_sample(translator: Translator, call: Call, given: Given) -> None:
    for key in ("input", "grid"):
        translator.go_over(given[key])
    chosen = {key: given.get(key) for key in ("mode", "padding_mode", "align_corners")}
    _one(translator, call, "GridSample", _known(chosen), [translator.wire(given[key]) for key in ("input", "grid")])


def _with_parameters(operator: str, *keys: str) -> Handler:
    """A function on maps whose arguments are the parameters of its operator."""

    def handler(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        _one(
            translator, call, operator, _known({key: given.get(key) for key in keys}), [translator.wire(given["input"])]
        )

    return handler


_X = ("input",)
_XY = ("input", "other")
_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVERAGE_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_REDUCED = ("input", "dim", "keepdim")
_SIZED = ("input", "output_size")
_BATCH_NORM = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
_LAYER_NORM = ("input", "normalized_shape", "weight", "bias", "eps")
_UNFOLDED = ("input", "kernel_size", "dilation", "padding", "stride")
_FOLDED = ("input", "output_size", "kernel_size", "dilation", "padding", "stride")
_RESHAPES = ("view", "reshape", "flatten", "unflatten", "squeeze", "view_as", "reshape_as", "unsafe_view")
_KEPT = (
    "contiguous", "to", "float", "clone", "detach", "type_as", "type", "data", "requires_grad", "dropout", "dropout1d",
    "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "half", "double", "positive",
)  # fmt: skip
"""Functions that give back what they are given, in evaluation mode and as far as a file says."""
_NORMED = ("input", "p", "dim", "keepdim")

_HANDLERS: dict[str, tuple[tuple[str, ...], Handler]] = {
    **dict.fromkeys(_KEPT, (_X, _alias)),
    "relu": (_X, _pointwise("ReLU")), "relu6": (_X, _pointwise("ReLU6")), "silu": (_X, _pointwise("SiLU")),
    "sigmoid": (_X, _pointwise("Sigmoid")), "tanh": (_X, _pointwise("Tanh")), "mish": (_X, _pointwise("Mish")),
    "gelu": (("input", "approximate"), _pointwise("GELU", "approximate")),
    "hardswish": (_X, _pointwise("Hardswish")), "hardsigmoid": (_X, _pointwise("Hardsigmoid")),
    "leaky_relu": (("input", "negative_slope"), _pointwise("LeakyReLU", "negative_slope")),
    "elu": (("input", "alpha"), _pointwise("ELU", "alpha")), "selu": (_X, _pointwise("SELU")),
    "softplus": (("input", "beta", "threshold"), _pointwise("Softplus", "beta", "threshold")),
    "hardtanh": (("input", "min_val", "max_val"), _pointwise("Hardtanh", "min_val", "max_val")),
    "logsigmoid": (_X, _pointwise("LogSigmoid")), "softsign": (_X, _pointwise("Softsign")),
    **{name: (_X, _pointwise(operator)) for name, operator in {
        "sqrt": "Sqrt", "rsqrt": "Rsqrt", "exp": "Exp", "log": "Log", "abs": "Abs", "neg": "Neg", "square": "Square",
        "sin": "Sin", "cos": "Cos", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round",
        "negative": "Neg", "absolute": "Abs",
    }.items()},
    "softmax": (("input", "dim"), _along("Softmax")), "log_softmax": (("input", "dim"), _along("LogSoftmax")),
    "glu": (("input", "dim"), _along("GLU")),
    **{name: (_XY, _arithmetic(operator)) for name, operator in {
        "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "truediv": "Div", "multiply": "Mul", "radd": "Add",
        "rmul": "Mul", "maximum": "Maximum", "minimum": "Minimum", "subtract": "Sub", "true_divide": "Div",
    }.items()},
    "rsub": (_XY, _arithmetic("Sub", turned=True)), "rtruediv": (_XY, _arithmetic("Div", turned=True)),
    "rdiv": (_XY, _arithmetic("Div", turned=True)),
    "pow": (("input", "exponent"), _pow), "reciprocal": (_X, _reciprocal),
    "clamp": (("input", "min", "max"), _clamp), "clamp_min": (("input", "min"), _clamp),
    "clamp_max": (("input", "max"), _clamp), "clip": (("input", "min", "max"), _clamp),
    "addcmul": (("input", "tensor1", "tensor2"), _addcmul),
    "where": (("condition", "input", "other"), _where), "masked_fill": (("input", "mask", "value"), _masked_fill),
    **dict.fromkeys(_RESHAPES, (_X, _reshape)),
    "permute": (("input", "dims"), _permuted),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims", "t", "mT", "T"), (("input", "dim0", "dim1"), _transposed)),
    **dict.fromkeys(("movedim", "moveaxis"), (("input", "source", "destination"), _movedim)),
    "unsqueeze": (("input", "dim"), _unsqueeze),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), (("input", "shape"), _expand)),
    "repeat": (("input", "repeats"), _repeat), "tile": (("input", "repeats"), _repeat),
    "repeat_interleave": (("input", "repeats", "dim"), _repeat_interleave),
    "roll": (("input", "shifts", "dims"), _roll), "flip": (("input", "dims"), _flip),
    "chunk": (("input", "chunks", "dim"), _chunk), "unbind": (("input", "dim"), _unbind),
    **dict.fromkeys(("split", "split_with_sizes"), (("input", "sizes", "dim"), _split)),
    "select": (("input", "dim", "index"), _select), "narrow": (("input", "dim", "start", "length"), _narrow),
    "getitem": (("input", "index"), _getitem),
    **dict.fromkeys(("cat", "concat", "concatenate"), (("tensors", "dim"), _concat)),
    "stack": (("tensors", "dim"), _stack),
    **dict.fromkeys(("matmul", "bmm", "mm"), (_XY, _matmul)),
    "scaled_dot_product_attention": (("query", "key", "value", "attn_mask", "dropout_p", "is_causal"), _attention),
    "einsum": (("equation", "operands"), _einsum),
    "mean": (_REDUCED, _reduction("Mean")), "sum": (_REDUCED, _reduction("Sum")),
    "amax": (_REDUCED, _reduction("Max")), "amin": (_REDUCED, _reduction("Min")),
    "max": (_REDUCED, _extreme("Max")), "min": (_REDUCED, _extreme("Min")),
    "norm": (_NORMED, _reduction("Norm", "p")), "linalg_vector_norm": (_NORMED, _reduction("Norm", "p")),
    "linalg_norm": (_NORMED, _reduction("Norm", "p")),
    "var": (_REDUCED, _spread("Var")), "std": (_REDUCED, _spread("Std")),
    "normalize": (("input", "p", "dim", "eps"), _normalize),
    **{f"conv{axes}d": (_CONVOLUTION, _convolution(axes)) for axes in (1, 2, 3)},
    **{f"conv_transpose{axes}d": (_TRANSPOSED, _convolution(axes, transposed=True)) for axes in (1, 2, 3)},
    "linear": (("input", "weight", "bias"), _linear),
    "batch_norm": (_BATCH_NORM, _batch_norm),
    "layer_norm": (_LAYER_NORM, _layer_norm("LayerNorm", "normalized_shape")),
    "rms_norm": (("input", "normalized_shape", "weight", "eps"), _layer_norm("RMSNorm", "normalized_shape")),
    "group_norm": (("input", "num_groups", "weight", "bias", "eps"), _group_norm),
    "prelu": (("input", "weight"), _prelu),
    **{name: (_MAX_POOL, _pooling("MaxPool")) for name in ("max_pool", "max_pool1d", "max_pool2d", "max_pool3d")},
    **{f"avg_pool{axes}d": (_AVERAGE_POOL, _pooling("AvgPool")) for axes in (1, 2, 3)},
    **{f"adaptive_avg_pool{axes}d": (_SIZED, _adaptive("AdaptiveAvgPool", axes)) for axes in (1, 2, 3)},
    **{f"adaptive_max_pool{axes}d": (_SIZED, _adaptive("AdaptiveMaxPool", axes)) for axes in (1, 2, 3)},
    "interpolate": (("input", "size", "scale_factor", "mode", "align_corners"), _interpolate),
    "pad": (("input", "pad", "mode", "value"), _pad),
    "grid_sample": (("input", "grid", "mode", "padding_mode", "align_corners"), _grid_sample),
    "pixel_shuffle": (("input", "upscale_factor"), _with_parameters("PixelShuffle", "upscale_factor")),
    "pixel_unshuffle": (("input", "downscale_factor"), _with_parameters("PixelUnshuffle", "downscale_factor")),
    "channel_shuffle": (("input", "groups"), _with_parameters("ChannelShuffle", "groups")),
    "unfold": (_UNFOLDED, _with_parameters("Unfold", *_UNFOLDED[1:])),
    "fold": (_FOLDED, _with_parameters("Fold", *_FOLDED[1:])),
}  # fmt: skip
"""By the plain name of a function: the names of its arguments in their order, and what writes it."""
