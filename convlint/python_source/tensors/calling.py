"""Calls of functions and methods of tensors by name, on their shapes with the batch."""

from __future__ import annotations

from functools import partial

from convlint.python_source.tensors import (
    arithmetic,
    fourier,
    functional,
    indexing,
    joining,
    making,
    properties,
    reductions,
    views,
)
from convlint.python_source.tensors.arguments import decided, unknown_call
from convlint.python_source.tensors.arithmetic import broadcast
from convlint.python_source.tensors.making import made
from convlint.python_source.tensors.names import BINARY, ELEMENTWISE, MAKING, REDUCING
from convlint.python_source.values import Arguments, Keywords, Tensor, Unknown


def call(name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """A function of torch, or a method of a tensor as a function of it."""
    if "input" in keywords:
        keywords = dict(keywords)
        arguments = [keywords.pop("input"), *arguments]
    function = _FUNCTIONS.get(name)
    if function is not None:
        if (
            arguments
            and isinstance(arguments[0], Unknown)
            and name not in ("cat", "concat", "stack", "where", "einsum")
        ):
            return arguments[0]
        return function(arguments, keywords, place)
    first = arguments[0] if arguments else None
    if isinstance(first, Unknown):
        return first
    if name in ELEMENTWISE:
        return Tensor(first.shape) if isinstance(first, Tensor) else unknown_call(name, place)
    if name in BINARY:
        return broadcast(first, arguments[1] if len(arguments) > 1 else keywords.get("other"), place)
    if name in _REDUCTIONS:
        return _REDUCTIONS[name](arguments, keywords, place)
    if name in MAKING:
        sizes = arguments[1:] if isinstance(first, Tensor) else arguments
        return made(sizes, keywords)
    layer = _LAYERS.get(name)
    if layer is not None and isinstance(first, Tensor):
        return layer(arguments, keywords, place)
    return unknown_call(name, place)


def call_method(tensor: Tensor, name: str, arguments: Arguments, keywords: Keywords, place: str) -> object:
    """`tensor.name(...)`."""
    own = f"tensor.{name}" if name == "unfold" else name
    if name.endswith("_"):
        object.__setattr__(tensor, "numbers", None)  # it is changed in place
    return call(own, [tensor, *arguments], keywords, place)


def is_known(name: str) -> bool:
    """Whether a function of torch is followed."""
    return name in _FUNCTIONS or name in _LAYERS or name in ELEMENTWISE or name in BINARY


_FUNCTIONS = {
    name: decided(function)
    for name, function in {
        **arithmetic.FUNCTIONS,
        **fourier.FUNCTIONS,
        **indexing.FUNCTIONS,
        **joining.FUNCTIONS,
        **making.FUNCTIONS,
        **properties.FUNCTIONS,
        **reductions.FUNCTIONS,
        **views.FUNCTIONS,
    }.items()
}
_REDUCTIONS = {name: decided(partial(reductions.reduced, name)) for name in REDUCING}
_LAYERS = {name: decided(function) for name, function in functional.LAYERS.items()}
