"""Functions that take parts of a tensor."""

from __future__ import annotations

import torch

from convlint.importing.functions.arguments import Given, one_layer, only_given, result_of, unless_first
from convlint.importing.functions.elementwise import number_of
from convlint.importing.functions.shapes import grown_operand
from convlint.importing.imported import TensorSource
from convlint.importing.modules import plain
from convlint.importing.network import Wire
from convlint.importing.tracing import Batch, Call, Ref, Value
from convlint.importing.translator import NoOperator, Translator, own_dim, own_shape
from convlint.typed import Any


def _several(translator: Translator, call: Call, operator: str, parameters: Given, ref: Ref) -> None:
    wire = translator.emit(call.function, operator, parameters, [translator.wire(ref)])
    translator.results(*[Wire(wire.layer, number) for number in range(len(call.outputs))])


def chunk(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    _several(translator, call, "Chunk", {"chunks": given["chunks"], **unless_first(dim)}, given["input"])


def split(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    sizes = plain(given["sizes"])
    _several(translator, call, "Split", {"split_size": sizes, **unless_first(dim)}, given["input"])


def unbind(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given.get("dim", 0))
    _several(translator, call, "Unbind", unless_first(dim), given["input"])


def select(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given["dim"])
    one_layer(
        translator, call, "Select", {**unless_first(dim), "index": given["index"]}, [translator.wire(given["input"])]
    )


def narrow(translator: Translator, call: Call, given: Given) -> None:
    dim = own_dim(translator.value(given["input"]), given["dim"])
    start = given["start"]
    parameters = {**unless_first(dim), "start": start, "end": start + given["length"]}
    one_layer(translator, call, "Slice", parameters, [translator.wire(given["input"])])


def getitem(translator: Translator, call: Call, given: Given) -> None:
    """`x[...]`: each index is a layer, the last dimension first, so that the ones before keep their numbers."""
    ref, index = given["input"], given["index"]
    value = translator.value(ref)
    items = _index_items(index, len(value.shape))
    dims = [sum(1 for before in items[:at] if before is not None) for at in range(len(items))]
    if len([item for item in items if isinstance(item, (Ref, tuple))]) > 1:
        raise NoOperator("it picks by several lists")
    wire = translator.wire(ref)
    for dim, item in reversed(list(zip(dims, items))):
        wire = _picked(translator, value, wire, dim, item)
    if None in items:
        wire = translator.emit("unsqueeze", "Reshape", {"shape": list(own_shape(result_of(translator, call)))}, [wire])
    translator.results(wire)


def setitem(translator: Translator, call: Call, given: Given) -> None:
    """`x[...] = y`: the part is cut out dimension by dimension, and put back in the other order."""
    ref, index = given["input"], given["index"]
    value = translator.value(ref)
    items = _index_items(index, len(value.shape))
    if value.kind == "constant" or translator.is_own(ref) or not all(isinstance(item, slice) for item in items):
        raise NoOperator("it changes a part that no operator changes")
    cut = [(dim, item) for dim, item in enumerate(items) if item != slice(None)]
    part = _replacement(translator, value, cut, given["value"])
    wires = [translator.wire(ref)]
    for dim, item in cut:
        wires.append(_picked(translator, value, wires[-1], dim, item))
    for (dim, item), wire in reversed(list(zip(cut, wires))):
        part = translator.emit("slice_scatter", "SliceScatter", _range_along(value, dim, item), [wire, part])
    translator.results(part)


def _replacement(translator: Translator, value: Value, cut: list[tuple[int, slice]], new: object) -> Wire:
    """What is put in place of a part of a tensor, in the shape of the part."""
    sizes = list(value.shape)
    for dim, item in cut:
        if isinstance(item.stop, Batch) or dim == value.batch_axis:
            raise NoOperator("it changes some samples of a batch")
        sizes[dim] = len(range(*item.indices(sizes[dim])))
    part = value._replace(shape=tuple(sizes))
    whole = list(own_shape(part))
    number = number_of(translator, new)
    if number is not None:
        tensor = torch.full(whole, float(number))
        parameters = {"shape": whole, "value": number}
        return translator.emit("constant", "Constant", parameters, [], {"": TensorSource("", tensor, tuple(whole))})
    if not isinstance(new, Ref):
        raise NoOperator("it puts in what is no tensor")
    wire, shape = grown_operand(translator, new, part)
    return wire if list(shape) == whole else translator.emit("expand", "Expand", {"shape": whole}, [wire])


def _index_items(index: Any, rank: int) -> list[Any]:
    """What stands between the brackets of `x[...]`, with `:` in place of an ellipsis."""
    items = list(index) if isinstance(index, tuple) and not isinstance(index, (Ref, Batch)) else [index]
    if not any(item is Ellipsis for item in items):
        return items
    at = next(number for number, item in enumerate(items) if item is Ellipsis)
    missing = rank - len([item for item in items if item is not None and item is not Ellipsis])
    return [*items[:at], *[slice(None)] * missing, *items[at + 1 :]]


def _picked(translator: Translator, value: Value, wire: Wire, dim: int, item: object) -> Wire:
    """A layer for one index of `x[...]`; none for `:`."""
    if item is None or item == slice(None):
        return wire
    if isinstance(item, slice):
        whole = (item.start or 0) == 0 and (item.step or 1) == 1
        if whole and (isinstance(item.stop, Batch) or (isinstance(item.stop, int) and item.stop >= value.shape[dim])):
            return wire
        return translator.emit("slice", "Slice", _range_along(value, dim, item), [wire])
    if isinstance(item, int) and not isinstance(item, bool):
        return translator.emit("select", "Select", {**unless_first(own_dim(value, dim)), "index": item}, [wire])
    if isinstance(item, Ref):
        return _looked_up(translator, value, wire, dim, item)
    raise NoOperator("it picks what no operator picks")


def _range_along(value: Value, dim: int, item: slice) -> Given:
    """The parameters of a range along a dimension."""
    named = {"start": item.start, "end": item.stop, "step": item.step}
    return {**unless_first(own_dim(value, dim)), **only_given(named)}


def _looked_up(translator: Translator, value: Value, wire: Wire, dim: int, item: Ref) -> Wire:
    """The entries of a table that a list of indices names."""
    indices = translator.value(item)
    if indices.kind != "constant" or indices.batch_axis is not None or indices.tensor.dtype.is_floating_point:
        raise NoOperator("it picks by what it computes")
    if indices.tensor.dtype.itemsize == 1:
        raise NoOperator("it picks by a mask")
    flat = TensorSource(indices.name, indices.tensor % value.shape[dim], (indices.tensor.numel(),))
    own = translator.emit("index", "Constant", {"shape": [indices.tensor.numel()]}, (), {"": flat})
    picked = translator.emit("index_select", "IndexSelect", {**unless_first(own_dim(value, dim))}, [wire, own])
    if len(indices.shape) == 1:
        return picked
    at, present = own_dim(value, dim) - 1, own_shape(value)
    shape = [*present[:at], *indices.shape, *present[at + 1 :]]
    return translator.emit("reshape", "Reshape", {"shape": shape}, [picked])
