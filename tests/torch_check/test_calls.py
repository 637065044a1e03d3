"""A `torch` field reaches classes of torch.nn and tensor functions, and nothing else."""

from __future__ import annotations

import pytest
import torch

from convlint.catalogue import lookup
from convlint.torch_check.calls import CallError, find_class, is_call, parse_call, run_call

MADE_BY_THE_NETWORK = ("parameter(", "constant(")
"""Tensors that no function of torch makes: the module that is built holds them."""


@pytest.mark.parametrize("name", sorted(lookup.operators()))
def test_every_declaration_can_be_built(name: str) -> None:
    field = lookup.declaration(name).torch
    if field is None or field.startswith(MADE_BY_THE_NETWORK):
        return
    if is_call(field):
        parse_call(field)
    else:
        assert issubclass(find_class(field), torch.nn.Module)


@pytest.mark.parametrize(
    "field",
    [
        "torch.load(path)",
        "torch.save(x, path)",
        "torch.hub.load(path)",
        "torch.from_file(path)",
        "torch.ops.aten.from_file(path)",
        "torch.ops.load_library(path)",
        "torch.set_default_device(x)",
        "torch.compile(x)",
        "torch.nn.functional.importlib(x)",
        "torch.nn.functional.warnings.warn(x)",
        "torch.nn.functional.Callable(x)",
        "torch._C._jit_init()",
        "torch.Tensor.__class__(x)",
        "torch.serialization.os.system(path)",
        "x.numpy()",
        "eval(x)",
        "__import__(x)",
        "open(path)",
        "(lambda: 0)()",
        "torch.cat(torch.load(path))",
        "torch.cat([y for y in inputs])",
        "torch.cat(inputs.__class__)",
        "torch.cat(**inputs)",
        "torch.cat(inputs",
        "torch.cat",
        "",
    ],
)
def test_nothing_else_can_be_called(field: str) -> None:
    with pytest.raises(CallError):
        parse_call(field)


@pytest.mark.parametrize(
    "field", ["torch.nn.modules", "torch.nn.Parameter", "torch.nn.init", "torch.load", "os.system"]
)
def test_nothing_else_is_a_class(field: str) -> None:
    with pytest.raises(CallError):
        find_class(field)


def test_arguments_are_parameters_and_inputs() -> None:
    call = parse_call("torch.reshape(x, [batch, *shape])")
    x = torch.arange(12.0).reshape(2, 6)
    assert run_call(call, (x,), {"shape": (3, -1)}).shape == (2, 3, 2)
    assert run_call(call, (x,), {"shape": 6}).shape == (2, 6)
    with pytest.raises(CallError):
        run_call(call, (x,), {})
