"""Padding by layers of its own: pixels are called lost exactly where no output depends on them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.dialects import native
from convlint.engine.examination import judged
from convlint.engine.propagation import propagate
from convlint.engine.trace import Session
from convlint.solving.solving import solve
from convlint.source import Source, parse

torch = pytest.importorskip("torch", reason="torch is not installed")
LARGEST = 40
Layer = dict[str, Any]


def random_layers(rng: random.Random) -> list[Layer]:
    """Pads, crops, convolutions and mean pools on one axis, and what works pixel by pixel between them."""
    layers: list[Layer] = []
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.8:
            padding = [rng.randint(0, 3), rng.choice((0, 1, 1, 2, 3, 3, -1))]
            layers.append({"op": "ConstantPad1d", "padding": padding, "value": 0.0})
        if rng.random() < 0.4:
            layers.append({"op": "BatchNorm1d", "num_features": 1})
        kernel, stride = rng.choice((1, 2, 3, 4, 7)), rng.choice((1, 1, 2, 2, 3))
        if rng.random() < 0.6:
            keys = {"in_channels": 1, "out_channels": 1, "padding": rng.choice((0, 0, 1, kernel // 2))}
            layers.append({"op": "Conv1d", "kernel_size": kernel, "stride": stride, **keys})
        else:
            keys = {"padding": rng.choice((0, kernel // 2)), "ceil_mode": rng.random() < 0.2}
            layers.append({"op": "AvgPool1d", "kernel_size": kernel, "stride": stride, **keys})
    return layers


def as_yaml(size: Any, layers: list[Layer]) -> str:
    rows = [f"  - {{{', '.join(f'{key}: {_plain(value)}' for key, value in layer.items())}}}" for layer in layers]
    return "\n".join(["convlint: 1", f"inputs: {{image: [1, {size}]}}", "layers:", *rows]) + "\n"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def loses(layers: list[Layer], size: int) -> bool | None:
    """Whether a strided window leaves out a pixel at the end that depends on the image; None where torch refuses."""
    depends = torch.ones(1, 1, size, dtype=torch.float64)
    lost = False
    for layer in layers:
        keys = {key: value for key, value in layer.items() if key != "op"}
        if layer["op"] == "BatchNorm1d":
            continue
        module = getattr(torch.nn, layer["op"])(**keys).double()
        for parameter in module.parameters():
            torch.nn.init.constant_(parameter, 1.0)
        if getattr(module, "bias", None) is not None:
            torch.nn.init.zeros_(module.bias)
        seen = torch.zeros_like(depends, requires_grad=True)
        try:
            result = module(seen)
        except RuntimeError:
            return None
        if result.shape[-1] == 0:
            return None
        (used,) = torch.autograd.grad(result.sum(), seen)
        if layer["op"] != "ConstantPad1d":
            last_used = int(used.nonzero()[:, -1].max()) if used.any() else -1
            gap = max(0, keys["stride"] - keys["kernel_size"])
            lost = lost or bool(depends[..., last_used + 1 + gap :].any())
        depends = (module(depends).detach().abs() > 0).double()
    return lost


def test_pixels_are_lost_where_no_output_depends_on_them(cases: int, seed: int) -> None:
    rng = random.Random(f"margins/{seed}")
    outcomes = set()
    for _ in range(cases):
        layers = random_layers(rng)
        text = as_yaml("N", layers)
        (document,), _ = parse(Source("net.yaml", text))
        (sizes,) = solve(native.read(document).architectures[0])
        for size in range(1, LARGEST):
            truth = loses(layers, size)
            (document,), _ = parse(Source("net.yaml", as_yaml(size, layers)))
            architecture, session = native.read(document).architectures[0], Session({})
            trace = propagate(architecture.graph, architecture.inputs, session)
            found = {finding.rule.name for finding in judged(architecture, trace, session)}
            if truth is None:
                continue
            assert ("non-integer-division" in found) == truth, as_yaml(size, layers)
            if sizes.exact:
                assert (size in sizes.lossless) == (not truth), f"{size}\n{text}"
            outcomes.add(truth)
    assert outcomes == {True, False}
