"""The `torch` field of a declaration: a class of torch.nn, or one call of a tensor function; nothing else is reachable.

A declaration may come from a stranger, so the text is never evaluated: it is parsed, and each part of it is looked up
in an allow-list.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from convlint.torch_check.layers import OWN_CLASSES
from convlint.typed import Any, NamedTuple, cast

_FUNCTIONS = frozenset(("broadcast_tensors", "cat", "concat", "einsum", "slice", "stack"))
"""Functions of torch that may be called although they are no methods of a tensor."""


class CallError(ValueError):
    """What is wrong with a `torch` field."""


Argument = tuple[str, object]
"""(kind, value): a name, a constant, a list of arguments, or a name that stands for several."""


class TensorCall(NamedTuple):
    """A call of a tensor function: its name, and its arguments as nested (kind, value) pairs; it can be pickled."""

    function: str
    arguments: tuple[Argument, ...]
    keywords: tuple[tuple[str, Argument], ...]


def is_call(field: str) -> bool:
    """Whether a field is a call, not a class."""
    return "(" in field


def find_class(field: str) -> type[nn.Module]:
    """The class of torch.nn that a field names, as a file has it; raises CallError."""
    if field in OWN_CLASSES:
        return OWN_CLASSES[field]
    found = getattr(nn, field.removeprefix("torch.nn."), None) if field.startswith("torch.nn.") else None
    if not isinstance(found, type) or not issubclass(found, nn.Module):
        raise CallError(f"'{field}' is no layer of torch.nn")
    return found


def parse_call(field: str) -> TensorCall:
    """The call that a field writes, `torch.cat(inputs, dim=dim)`; raises CallError."""
    try:
        tree = ast.parse(field.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CallError(f"'{field}' is no call") from None
    if not isinstance(tree, ast.Call):
        raise CallError(f"'{field}' is no call")
    name = ast.unparse(tree.func)
    find_function(name)
    arguments = tuple(_argument(node) for node in tree.args)
    return TensorCall(name, arguments, tuple((_keyword(item), _argument(item.value)) for item in tree.keywords))


def _keyword(node: ast.keyword) -> str:
    if node.arg is None:
        raise CallError("'**' is not part of a torch field")
    return node.arg


def _argument(node: ast.expr) -> Argument:
    if isinstance(node, ast.Name):
        return "name", node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str, type(None))):
        return "constant", node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return "list", tuple(_argument(item) for item in node.elts)
    if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
        return "several", node.value.id
    raise CallError(f"'{ast.unparse(node)[:30]}' is not part of a torch field")


def run_call(call: TensorCall, inputs: Sequence[Tensor], values: Mapping[str, object]) -> Any:
    """The result of a call; it may name the parameters, and `x`, `inputs` and `batch`."""
    names = {**values, "x": inputs[0], "inputs": list(inputs), "batch": inputs[0].shape[0]}
    arguments = _items(call.arguments, names)
    keywords = {key: _value(item, names) for key, item in call.keywords}
    return find_function(call.function)(*arguments, **keywords)


def _items(arguments: tuple[Argument, ...], names: Mapping[str, object]) -> list[object]:
    items: list[object] = []
    for kind, value in arguments:
        if kind == "several":
            several = _named(str(value), names)
            items += several if isinstance(several, (list, tuple)) else [several]
        else:
            items.append(_value((kind, value), names))
    return items


def _value(argument: Argument, names: Mapping[str, object]) -> object:
    kind, value = argument
    if kind == "name":
        return _named(str(value), names)
    return _items(cast(tuple[Argument, ...], value), names) if kind == "list" else value


def _named(name: str, names: Mapping[str, object]) -> object:
    if name not in names:
        raise CallError(f"'{name}' is no parameter")
    return names[name]


@functools.cache
def find_function(name: str) -> Callable[..., object]:
    """The tensor function of a name; raises CallError for what is none.

    What works on a tensor and changes nothing else is a public method of torch.Tensor too, or a function of
    torch.nn.functional; what reads files or runs code (`torch.load`, `torch.hub`) is neither.
    """
    if name in OWN_FUNCTIONS:
        return OWN_FUNCTIONS[name]
    home, _, last = name.rpartition(".")
    homes: dict[str, object] = {"torch": torch, "torch.ops.aten": torch.ops.aten, "torch.nn.functional": nn.functional}
    plain = last.islower() and not last.startswith("_") and not last.endswith("_")
    known = home == "torch.nn.functional" or last in _FUNCTIONS or callable(getattr(Tensor, last, None))
    found = getattr(homes.get(home), last, None) if plain and known else None
    if home == "torch.nn.functional" and getattr(found, "__module__", "").split(".")[0] not in ("torch", ""):
        found = None
    if not callable(found) or isinstance(found, type):
        raise CallError(f"'{name}' is no tensor function that a declaration may call")
    return found  # type: ignore[no-any-return]


_Extent = int | tuple[int, ...]


def _center_crop(x: Tensor, size: tuple[int, int]) -> Tensor:
    """As torchvision.transforms.functional.center_crop: pads what is too small, then cuts the middle out."""
    height, width = (size, size) if isinstance(size, int) else size
    pads = [max(0, width - x.shape[-1]), max(0, height - x.shape[-2])]
    x = nn.functional.pad(x, [pads[0] // 2, (pads[0] + 1) // 2, pads[1] // 2, (pads[1] + 1) // 2])
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., top : top + height, left : left + width]


def _reduction(function: Callable[..., Tensor], with_number: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Combines all inputs in their order, and a number after them, where there is one."""

    def reduce(inputs: Sequence[Tensor], value: float | None) -> Tensor:
        result = functools.reduce(function, inputs)
        return result if value is None else with_number(result, value)

    return reduce


def _at_least(x: Tensor, value: float) -> Tensor:
    return torch.clamp(x, min=value)


def _at_most(x: Tensor, value: float) -> Tensor:
    return torch.clamp(x, max=value)


def _choose(inputs: Sequence[Tensor]) -> Tensor:
    """The second input where the first is not 0, else the third."""
    condition, yes, no = inputs
    return torch.where(condition != 0, yes, no)


def _fill_masked(inputs: Sequence[Tensor], value: float) -> Tensor:
    """The first input, with the value where the second is not 0."""
    x, mask = inputs
    return torch.where(mask != 0, torch.as_tensor(value, dtype=x.dtype, device=x.device), x)


def _select_indices(inputs: Sequence[Tensor], dim: int) -> Tensor:
    """The entries of the first input along a dimension that the second lists, sample by sample."""
    x, chosen = inputs
    dim = range(x.dim())[dim]
    chosen = chosen.reshape(chosen.shape[0], *[1] * (dim - 1), chosen.shape[1], *[1] * (x.dim() - dim - 1))
    return x.gather(dim, chosen.expand(*x.shape[:dim], chosen.shape[dim], *x.shape[dim + 1 :]))


def _dynamic_convolution(
    inputs: Sequence[Tensor], stride: _Extent, padding: _Extent, dilation: _Extent, groups: int
) -> Tensor:
    """Each sample with its own kernel [N, out, in / groups, ...] and bias: one convolution of N times the groups."""
    x, kernel = inputs[:2]
    bias = inputs[2].flatten() if len(inputs) > 2 else None
    samples = x.shape[0]
    convolve = (nn.functional.conv1d, nn.functional.conv2d, nn.functional.conv3d)[x.dim() - 3]
    whole = x.reshape(1, -1, *x.shape[2:])
    result = convolve(whole, kernel.flatten(0, 1), bias, stride, padding, dilation, samples * groups)
    return result.reshape(samples, -1, *result.shape[2:])


OWN_FUNCTIONS: dict[str, Callable[..., object]] = {
    "reduce_Add": _reduction(torch.add, torch.add),
    "reduce_Sub": _reduction(torch.sub, torch.sub),
    "reduce_Mul": _reduction(torch.mul, torch.mul),
    "reduce_Div": _reduction(torch.div, torch.div),
    "reduce_Maximum": _reduction(torch.maximum, _at_least),
    "reduce_Minimum": _reduction(torch.minimum, _at_most),
    "choose": _choose,
    "fill_masked": _fill_masked,
    "select_indices": _select_indices,
    "center_crop": _center_crop,
    "dynamic_convolution": _dynamic_convolution,
}
"""What torch has no single function for."""
