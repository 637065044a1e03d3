"""Functions that are given weights: layers of which the tensors stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from convlint.catalogue import lookup
from convlint.importing.functions.arguments import CallWriter, Given, numbers_in, result_of
from convlint.importing.imported import TensorSource
from convlint.importing.modules import plain, shortened
from convlint.importing.network import Wire
from convlint.importing.tracing import Call, Ref
from convlint.importing.translator import NoOperator, Translator, own_dim

_STEPS = ("stride", "padding", "output_padding", "groups", "dilation")
"""Parameters of a convolution beside its weights."""


def weighted_layer(
    translator: Translator,
    call: Call,
    operator: str,
    parameters: Given,
    ref: Ref,
    tensors: Mapping[str, TensorSource | None],
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


def convolution(axes: int) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        if not _has_own_weights(translator, given):
            _dynamic_convolution(translator, call, given, f"DynamicConv{axes}d")
            return
        weight = _weight(translator, given)
        _convolution(translator, call, given, f"Conv{axes}d", weight, weight.shape[0])

    return write


def transposed_convolution(axes: int) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        translator.go_over(given["input"])
        if not _has_own_weights(translator, given):
            raise NoOperator("its weights are computed")
        weight = _weight(translator, given)
        out_channels = weight.shape[1] * given.get("groups", 1)
        _convolution(translator, call, given, f"ConvTranspose{axes}d", weight, out_channels)

    return write


def _has_own_weights(translator: Translator, given: Given) -> bool:
    return all(translator.is_own(given[key]) for key in ("weight", "bias") if given.get(key) is not None)


def _weight(translator: Translator, given: Given) -> TensorSource:
    weight = translator.source(given["weight"])
    assert weight is not None
    return weight


def _convolution(
    translator: Translator, call: Call, given: Given, operator: str, weight: TensorSource, out_channels: int
) -> None:
    bias = translator.source(given.get("bias"))
    parameters = {"out_channels": out_channels, "kernel_size": weight.shape[2:], "bias": bias is not None}
    parameters |= {key: given[key] for key in _STEPS if key in given}
    weighted_layer(translator, call, operator, parameters, given["input"], {"weight": weight, "bias": bias})


def _dynamic_convolution(translator: Translator, call: Call, given: Given, operator: str) -> None:
    """A convolution whose weights are computed, or are constants: they are inputs."""
    refs = [given[key] for key in ("weight", "bias") if given.get(key) is not None]
    has_batch = any(translator.value(ref).batch_axis is not None for ref in refs)
    if has_batch or translator.goes_over or isinstance(given.get("padding"), str):
        raise NoOperator("its weights are computed")
    declared = {item.name: item for item in lookup.declaration(operator).parameters}
    chosen = {key: shortened(plain(given[key]), declared[key]) for key in _STEPS if key in given}
    written = {key: value for key, value in chosen.items() if value != declared[key].default}
    translator.results(
        translator.emit(call.function, operator, written, [translator.wire(ref) for ref in (given["input"], *refs)])
    )


def linear(translator: Translator, call: Call, given: Given) -> None:
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
    weighted_layer(translator, call, "Linear", parameters, given["input"], {"weight": weight, "bias": bias})
    if added is not None:
        product = Wire(len(translator.nodes) - 1)
        translator.results(
            translator.emit("add", "Add", {}, [product, translator.operand(added, result_of(translator, call))])
        )


def batch_norm(translator: Translator, call: Call, given: Given) -> None:
    value = translator.value(given["input"])
    if value.batch_axis is None and value.shape[0] == 1 and given.get("training"):
        _standardised(translator, given, value.shape)
        return
    translator.go_over(given["input"])
    rank = len(translator.value(given["input"]).shape)
    tensors = {key: translator.source(given.get(key)) for key in ("weight", "bias", "running_mean", "running_var")}
    if tensors["running_mean"] is None or (tensors["weight"] is None) != (tensors["bias"] is None):
        raise NoOperator("it keeps no statistics")
    counter = tensors["running_mean"].name.replace("running_mean", "num_batches_tracked")
    zero = tensors["running_mean"].tensor.new_zeros((), dtype=torch.int64)
    tensors["num_batches_tracked"] = TensorSource(counter if counter in translator.state else "", zero, ())
    parameters = {"eps": given.get("eps", 1e-5), "affine": tensors["weight"] is not None}
    operator = {2: "BatchNorm1d", 3: "BatchNorm1d", 4: "BatchNorm2d", 5: "BatchNorm3d"}[rank]
    weighted_layer(translator, call, operator, parameters, given["input"], tensors)


def _standardised(translator: Translator, given: Given, shape: tuple[int, ...]) -> None:
    """Weights [1, channels, ...], normalised channel by channel with their own mean and variance."""
    sizes = list(shape[2:])
    parameters: Given = {"normalized_shape": sizes if len(sizes) > 1 else sizes[0], "elementwise_affine": False}
    parameters |= {"eps": given["eps"]} if given.get("eps", 1e-5) != 1e-5 else {}
    wire = translator.emit("standardize", "LayerNorm", parameters, [translator.wire(given["input"])])
    column = (1, shape[1], *[1] * len(sizes))
    for key, operator in (("weight", "Mul"), ("bias", "Add")):
        if given.get(key) is not None:
            wire = translator.emit(operator.lower(), operator, {}, [wire, translator.reshaped(given[key], column)])
    translator.results(wire)


def layer_norm(operator: str, shape: str) -> CallWriter:
    def write(translator: Translator, call: Call, given: Given) -> None:
        value = translator.value(given["input"])
        sizes = numbers_in(given[shape])
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
        weighted_layer(translator, call, operator, parameters, given["input"], {"weight": weight, "bias": bias})

    return write


def group_norm(translator: Translator, call: Call, given: Given) -> None:
    translator.go_over(given["input"])
    weight, bias = translator.source(given.get("weight")), translator.source(given.get("bias"))
    if (weight is None) != (bias is None):
        raise NoOperator("it has a bias or a gain, not both")
    parameters = {"num_groups": given["num_groups"], "eps": given.get("eps", 1e-5), "affine": weight is not None}
    weighted_layer(translator, call, "GroupNorm", parameters, given["input"], {"weight": weight, "bias": bias})


def prelu(translator: Translator, call: Call, given: Given) -> None:
    translator.go_over(given["input"])
    weight = translator.source(given["weight"])
    assert weight is not None
    weighted_layer(translator, call, "PReLU", {"num_parameters": weight.shape[0]}, given["input"], {"weight": weight})


def weight_norm(translator: Translator, call: Call, given: Given) -> None:
    """`g * v / |v|`, with a length for each entry of one dimension."""
    value = translator.value(given["v"])
    kept = given.get("dim", 0) % len(value.shape)
    dims = [own_dim(value, dim) for dim in range(len(value.shape)) if dim != kept]
    direction = translator.wire(given["v"])
    length = translator.emit("norm", "Norm", {"dim": dims, "keepdim": True}, [direction])
    scale = translator.emit("scale", "Div", {}, [translator.wire(given["g"]), length])
    translator.results(translator.emit("weight", "Mul", {}, [direction, scale]))
