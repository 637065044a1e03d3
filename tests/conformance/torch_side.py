"""What torch says of a case: builds the operator from the `torch` field of its declaration and runs it on the CPU."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from convlint.catalogue import lookup
from convlint.catalogue.operators import Declaration
from tests.conformance.drawing import Shape, Written

BATCH = 2
_BUILTINS = {"__import__": __import__}
"""What a call expression may use: nothing, but torch imports modules of its own on the way."""
INDEX_INPUTS = {
    "MaxUnpool1d": (1,),
    "MaxUnpool2d": (1,),
    "MaxUnpool3d": (1,),
    "Embedding": (0,),
    "EmbeddingBag": (0,),
    "IndexSelect": (1,),
}


STATEFUL = frozenset(("RNN", "GRU", "LSTM", "RNNCell", "GRUCell", "LSTMCell"))
STACKS = {"TransformerEncoder": "Encoder", "TransformerDecoder": "Decoder"}


class Verdict(NamedTuple):
    """Output shapes without the batch (None for what is no tensor) and learned parameters, or torch's error."""

    shapes: tuple[Shape | None, ...] = ()
    parameters: int = 0
    error: str | None = None


def run(name: str, written: Written, shapes: tuple[Shape, ...]) -> Verdict:
    """A forward of batch 2 in training mode; lists are given as tuples, which a YAML file cannot write."""
    torch.manual_seed(0)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in written.items()}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            result, count = _forward(lookup.declaration(name), values, shapes)
    except Exception as error:
        return Verdict(error=f"{type(error).__name__}: {error}".splitlines()[0])
    results = result if isinstance(result, (tuple, list)) else [result]
    return Verdict(tuple(_without_batch(item) for item in results), count)


def prepared(name: str, written: Written, shapes: tuple[Shape, ...]) -> Callable[[list[torch.Tensor]], Any]:
    """What runs an operator on tensors again and again; built once, for inputs of the channels of `shapes`."""
    declaration = lookup.declaration(name)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in written.items()}
    build = constructor(declaration)
    if build is not None:
        module = build(**_keywords(declaration, build, values, shapes))
        return lambda tensors: module(*tensors)
    code = compile(declaration.torch or "", name, "eval")
    given = {parameter.name: _plain(parameter.default) for parameter in declaration.parameters} | values
    return lambda tensors: eval(code, {"__builtins__": _BUILTINS}, _names(tensors, given))


def _with_states(module: Any, tensors: list[torch.Tensor]) -> Any:
    """A recurrent module: torch wants its states in a tuple, with the batch second where they are of several layers."""
    x, *states = tensors
    is_cell = isinstance(module, torch.nn.RNNCellBase)
    given = tuple(state if is_cell else state.transpose(0, 1).contiguous() for state in states)
    result = module(x, given if len(given) > 1 else given[0]) if given else module(x)
    if is_cell:
        return result
    output, last = result
    lasts = last if isinstance(last, tuple) else (last,)
    return output, *(state.transpose(0, 1) for state in lasts)


def _stack(kind: str) -> Callable[..., Any]:
    """How torch makes a stack of Transformer layers: of one of them."""

    def build(num_layers: int, d_model: int, nhead: int, norm: bool = False, **rest: Any) -> Any:
        layer = getattr(torch.nn, f"Transformer{kind}Layer")(d_model, nhead, **rest)
        eps = rest.get("layer_norm_eps", 1e-5)
        last = torch.nn.LayerNorm(d_model, eps=eps, bias=rest.get("bias", True)) if norm else None
        return getattr(torch.nn, f"Transformer{kind}")(layer, num_layers, last)

    return build


def constructor(declaration: Declaration) -> Any:
    """The class of a `torch` field, or what builds one; None where the field is a call."""
    if declaration.name in STACKS:
        return _stack(STACKS[declaration.name])
    field = declaration.torch
    assert field is not None
    if "(" in field:
        return None
    first, *rest = field.split(".")
    assert first == "torch"
    return functools.reduce(getattr, rest, torch)


def _forward(declaration: Declaration, written: Written, shapes: tuple[Shape, ...]) -> tuple[Any, int]:
    tensors = [_tensor(declaration.name, index, shape) for index, shape in enumerate(shapes)]
    build = constructor(declaration)
    if build is None:
        values = {parameter.name: _plain(parameter.default) for parameter in declaration.parameters} | written
        result = eval(declaration.torch or "", {"__builtins__": _BUILTINS}, _names(tensors, values))
        return result, result[0].numel() if declaration.name == "Parameter" else 0
    module = build(**_keywords(declaration, build, written, shapes))
    inputs = tensors * 3 if declaration.name == "MultiheadAttention" and len(tensors) == 1 else tensors
    result = _with_states(module, tensors) if declaration.name in STATEFUL else module(*inputs)
    return result, sum(parameter.numel() for parameter in module.parameters())


def _keywords(declaration: Declaration, build: Any, written: Written, shapes: tuple[Shape, ...]) -> Written:
    """What is written, and what torch wants and the declaration infers."""
    missing = [
        parameter
        for parameter in declaration.parameters
        if parameter.infer is not None and parameter.name not in written and _is_demanded(build, parameter.name)
    ]
    inferred: Written = {}
    for parameter in missing:
        nothing = (None,) * len(declaration.parameters)
        (inferred[parameter.name],) = lookup.evaluate(declaration.name, (parameter.infer or "",), nothing, shapes, ())
    return {**inferred, **written}


def _is_demanded(build: Any, name: str) -> bool:
    """Whether a class cannot do without a parameter; a recurrent one hides its signature."""
    parameters = inspect.signature(build).parameters
    return name not in parameters or parameters[name].default is inspect.Parameter.empty


def _without_batch(item: Any) -> Shape | None:
    return tuple(item.shape[1:]) if isinstance(item, torch.Tensor) else None


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _tensor(name: str, index: int, shape: Shape) -> torch.Tensor:
    if index in INDEX_INPUTS.get(name, ()):
        return torch.zeros(BATCH, *shape, dtype=torch.long)
    return torch.randn(BATCH, *shape)


def _names(tensors: list[torch.Tensor], values: Written) -> dict[str, Any]:
    return {
        "torch": torch,
        "x": tensors[0] if tensors else None,
        "inputs": tensors,
        "batch": BATCH,
        **{
            f"reduce_{name}": functools.partial(_reduce, getattr(torch, name.lower()))
            for name in ("Add", "Sub", "Mul", "Div", "Maximum", "Minimum")
        },
        "center_crop": _center_crop,
        "dynamic_convolution": _dynamic_convolution,
        "choose": lambda inputs: torch.where(inputs[0] > 0, inputs[1], inputs[2]),
        "fill_masked": lambda inputs, value: inputs[0].masked_fill(inputs[1] > 0, value),
        "select_indices": lambda inputs, dim: torch.index_select(inputs[0], dim, inputs[1][0]),
        "parameter": lambda batch, shape, init: torch.zeros(1, *shape).expand(batch, *shape),
        "constant": lambda batch, shape, value: torch.full(tuple(shape), value).expand(batch, *shape),
        **{name: [value] if name == "shape" and isinstance(value, int) else value for name, value in values.items()},
    }


def _reduce(function: Callable[..., torch.Tensor], inputs: list[torch.Tensor], value: float | None) -> torch.Tensor:
    """All inputs in their order, and then the number."""
    if value is None and len(inputs) == 1:
        raise TypeError("nothing to combine with")
    numbers = [] if value is None else [torch.tensor(value)]
    return functools.reduce(function, [*inputs, *numbers])


def _center_crop(x: torch.Tensor, size: Any) -> torch.Tensor:
    """As torchvision.transforms.functional.center_crop: pads what is too small, then cuts the middle out."""
    height, width = (size, size) if isinstance(size, int) else size
    pads = [max(0, width - x.shape[-1]), max(0, height - x.shape[-2])]
    x = torch.nn.functional.pad(x, [pads[0] // 2, (pads[0] + 1) // 2, pads[1] // 2, (pads[1] + 1) // 2])
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., top : top + height, left : left + width]


def _dynamic_convolution(inputs: list[torch.Tensor], stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Sample by sample, each with its own kernel and bias."""
    convolve = getattr(torch.nn.functional, f"conv{inputs[0].dim() - 2}d")
    return torch.stack(
        [
            convolve(x[None], *rest, stride=stride, padding=padding, dilation=dilation, groups=groups)[0]
            for x, *rest in zip(*inputs)
        ]
    )
