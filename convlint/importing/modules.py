"""Modules of torch.nn that are one operator: their parameters, as far as a file must say them."""

from __future__ import annotations

import torch
from torch import nn

from convlint.catalogue import lookup
from convlint.catalogue.parameters import Parameter
from convlint.importing.imported import TensorSource
from convlint.importing.network import Wire
from convlint.importing.tracing import Call, Ref, Value
from convlint.importing.tracing import refs as refs_in
from convlint.importing.translator import NoOperator, Translator, own_dim
from convlint.typed import Any

_LAST_AXIS = frozenset(("Linear", "LayerNorm", "RMSNorm"))
_DROPOUTS = frozenset(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"))
_RECURRENT = frozenset(("LSTM", "GRU", "RNN"))
_CELLS = frozenset(("LSTMCell", "GRUCell", "RNNCell"))
_SEQUENCES = _RECURRENT | {"MultiheadAttention"}
_FLAGS_OF_TENSORS = {"bias": ("bias", "in_proj_bias"), "add_bias_kv": ("bias_k",)}
"""Parameters that say whether a module has a tensor, and what the tensor is called."""


def translate_module(translator: Translator, call: Call) -> None:
    """The layer of a module that is one operator."""
    module, name = call.module, call.function
    assert module is not None
    given = (*call.arguments, *call.keywords.values())
    has_states = name in _RECURRENT | _CELLS
    refs = list(refs_in(given)) if has_states else [argument for argument in given if isinstance(argument, Ref)]
    if name == "Identity" or (name in _DROPOUTS and getattr(module, "p", 0) == 0):
        translator.alias(refs[0])
        return
    if name == "Embedding" and translator.value(refs[0]).kind == "constant":
        translator.results(_looked_up(translator, call, translator.value(refs[0])))
        return
    sources = _sources(translator, call, refs)
    parameters = module_parameters(module, name)
    if "dim" in parameters and name in ("Softmax", "LogSoftmax", "Softmin", "GLU"):
        parameters["dim"] = own_dim(translator.value(refs[0]), parameters["dim"])
    path = translator.trace.regions[call.region].path
    tensors = {
        key: TensorSource(f"{path}.{key}" if path else key, tensor, tuple(tensor.shape))
        for key, tensor in module.state_dict(keep_vars=True).items()
    }
    wire = translator.emit("", name, parameters, sources, tensors)
    translator.results(*[Wire(wire.layer, number) for number in range(len(call.outputs))])
    if lacks_batch(translator, refs[0]) and name not in _LAST_AXIS and lookup.declaration(name).ranks is not None:
        translator.results(translator.emit("unsqueeze", "Unsqueeze", {"dim": 1}, [wire]))


def _looked_up(translator: Translator, call: Call, indices: Value) -> Wire:
    """Rows of a table at places that are the same in each run, as those of positions: a part of a parameter."""
    if indices.batch_axis is not None:
        raise NoOperator("its batch is not the first dimension")
    table: Any = call.module.weight  # type: ignore[union-attr]
    path = translator.trace.regions[call.region].path
    source = TensorSource(f"{path}.weight" if path else "weight", table, tuple(table.shape))
    wire = translator.emit("weight", "Parameter", {"shape": list(table.shape)}, (), {"": source})
    places = indices.tensor.flatten()
    first, count = int(places[0]), len(places)
    if not bool((places == torch.arange(first, first + count)).all()):
        flat = TensorSource(indices.name, places, (count,))
        listed = translator.emit("index", "Constant", {"shape": [count]}, (), {"": flat})
        wire = translator.emit("rows", "IndexSelect", {}, [wire, listed])
    elif count < table.shape[0]:
        wire = translator.emit("rows", "Slice", {"start": first, "end": first + count}, [wire])
    if len(indices.shape) == 1:
        return wire
    return translator.emit("reshape", "Reshape", {"shape": [*indices.shape, table.shape[1]]}, [wire])


def lacks_batch(translator: Translator, ref: Ref) -> bool:
    """Whether a tensor of the module's own has a batch of one, which is an axis like others in a file."""
    value = translator.value(ref)
    return value.batch_axis is None and value.shape[:1] == (1,)


def _sources(translator: Translator, call: Call, refs: list[Ref]) -> list[Wire]:
    """What the module reads; raises NoOperator where its batch is not where the operator has it."""
    name = call.function
    value = translator.value(refs[0])
    if name == "MultiheadAttention":
        return _of_attention(translator, call, refs)
    if name in _RECURRENT:
        return _of_sequence(translator, call, refs)
    if name in _CELLS:
        for ref in refs:
            translator.go_over(ref)
        return [translator.wire(ref) for ref in refs]
    costs = dict(lookup.declaration(name).costs)
    is_pointwise = costs.get("reach") == "'same'" and lookup.declaration(name).ranks is None and name != "PReLU"
    if lacks_batch(translator, refs[0]) and len(refs) == 1 and name not in _LAST_AXIS:
        is_map = lookup.declaration(name).ranks is not None
        return [translator.reshaped(refs[0], value.shape[1:]) if is_map else translator.wire(refs[0])]
    is_last = name in _LAST_AXIS and value.batch_axis != len(value.shape) - 1
    if not (is_pointwise or is_last):
        translator.go_over(refs[0])
    return [translator.wire(ref) for ref in refs]


def _of_sequence(translator: Translator, call: Call, refs: list[Ref]) -> list[Wire]:
    """The steps, and the first states, whose batch torch has second."""
    value, *states = (translator.value(ref) for ref in refs)
    if value.batch_axis != (0 if call.module.batch_first else 1):  # type: ignore[union-attr]
        raise NoOperator("its batch is not where it looks for it")
    if any(state.batch_axis != 1 or state.multiple != value.multiple for state in states):
        raise NoOperator("its first state has no batch")
    if value.multiple > 1:
        if states:
            raise NoOperator("it is given a state for a batch that is merged")
        translator.go_over(refs[0])
    return [translator.wire(ref) for ref in refs]


def _of_attention(translator: Translator, call: Call, refs: list[Ref]) -> list[Wire]:
    names = ("query", "key", "value")
    given = {**dict(zip(names, call.arguments)), **{key: call.keywords[key] for key in names if key in call.keywords}}
    expected = 0 if call.module.batch_first else 1  # type: ignore[union-attr]
    if any(ref not in given.values() for ref in refs):
        raise NoOperator("it is given a mask")
    if any((translator.value(ref).batch_axis, translator.value(ref).multiple) != (expected, 1) for ref in refs):
        raise NoOperator("its batch is not where it looks for it")
    wires = [translator.wire(given[key]) for key in names]
    return wires[:1] if len(set(wires)) == 1 else wires


def module_parameters(module: nn.Module, name: str) -> dict[str, Any]:
    """The parameters of a module that differ from their defaults, and that are not taken from its input."""
    found: dict[str, Any] = {}
    for parameter in lookup.declaration(name).parameters:
        value = shortened(_value(module, parameter), parameter)
        if parameter.required or not (is_inferred(parameter) or value == _thawed(parameter.default)):
            found[parameter.name] = value
    if found.get("stride") == found.get("kernel_size") and lookup.declaration(name).name.find("Pool") > 0:
        found.pop("stride", None)
    if name in _SEQUENCES:
        found["batch_first"] = True
    return {key: value for key, value in found.items() if key not in ("inplace", "dropout", "init", "device")}


def is_inferred(parameter: Parameter) -> bool:
    """Whether a file leaves a parameter out, because it says what comes in."""
    return parameter.infer is not None and parameter.type == "integer"


def _value(module: nn.Module, parameter: Parameter) -> object:
    tensors = _FLAGS_OF_TENSORS.get(parameter.name)
    if parameter.type == "flag" and tensors is not None:
        present = [getattr(module, name, None) for name in tensors if hasattr(module, name)]
        is_there = [item if isinstance(item, bool) else item is not None for item in present]
        return any(is_there) if present and getattr(module, "affine", True) else parameter.default
    if parameter.name in ("kdim", "vdim") and getattr(module, parameter.name, None) == getattr(module, "embed_dim", 0):
        return None
    return plain(getattr(module, parameter.name, _thawed(parameter.default)))


def shortened(value: object, parameter: Parameter) -> object:
    """A value as people write it: one number where it is the same on all axes."""
    if parameter.type in ("extent", "integers", "factor") and isinstance(value, list) and len(set(value)) == 1:
        return value[0] if parameter.type != "integers" or len(value) == 1 else value
    return value


def plain(value: object) -> Any:
    """A value with lists in place of tuples."""
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _thawed(value: object) -> object:
    return plain(str(value) if isinstance(value, str) else value)
