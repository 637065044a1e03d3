"""Random networks against torch: the same shapes at every layer, and the first error at the layer where torch raises."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.describing import describe_source
from convlint.source import Source

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")
LOSSES = {"non-integer-division"}
Layer = dict[str, Any]


def random_network(rng: random.Random) -> tuple[tuple[int, ...], list[Layer]]:
    """An input shape and layers: an encoder and decoder with skips, merges and a head, mostly consistent."""
    channels, height, width = rng.choice((1, 3)), rng.randint(8, 40), rng.randint(8, 40)
    layers: list[Layer] = []
    count = channels
    skips: list[tuple[str, int]] = []

    def add(op: str, **keys: Any) -> str:
        name = f"{op.lower()}{len(layers)}"
        layers.append({"name": name, "op": op, **keys})
        return name

    def conv(**keys: Any) -> int:
        wanted = rng.choice((2, 4, 6, 8))
        given = {"in_channels": count if rng.random() < 0.95 else count + 1} if rng.random() < 0.6 else {}
        kernel = rng.choice((1, 3, 3, 5, 7))
        padding = rng.choice((kernel // 2, kernel // 2, 0))
        groups = {"groups": rng.choice((1, 2, 3))} if rng.random() < 0.1 else {}
        add("Conv2d", out_channels=wanted, kernel_size=kernel, padding=padding, **given, **groups, **keys)
        return wanted

    for _ in range(rng.randint(1, 4)):
        count = conv()
        if rng.random() < 0.5:
            add("BatchNorm2d", **({"num_features": count} if rng.random() < 0.5 else {}))
        skips.append((add("ReLU"), count))
        if rng.random() < 0.6:
            add("MaxPool2d", kernel_size=rng.choice((2, 2, 3)), ceil_mode=rng.random() < 0.2)
        else:
            count = conv(stride=2)
    for name, skip in reversed(skips):
        if rng.random() < 0.5:
            add("Upsample", scale_factor=2)
        else:
            wanted = rng.choice((skip, 4))
            add("ConvTranspose2d", out_channels=wanted, kernel_size=2, stride=2)
            count = wanted
        if rng.random() < 0.6:
            add("Concat", **{"from": [layers[-1]["name"], name]})
            count += skip
        else:
            add("Add", **{"from": [layers[-1]["name"], name]})
            count = max(count, skip)
        count = conv()
    if rng.random() < 0.3:
        add("AdaptiveAvgPool2d", output_size=2)
        add("Flatten")
        add("Linear", in_features=count * 4 if rng.random() < 0.8 else count, out_features=3)
    return (channels, height, width), layers


def as_yaml(shape: tuple[int | str, ...], layers: list[Layer]) -> str:
    """The network in the native format."""
    rows = [f"  - {{{', '.join(f'{key}: {_plain(value)}' for key, value in layer.items())}}}" for layer in layers]
    return "\n".join(["convlint: 1", f"inputs: {{image: [{', '.join(map(str, shape))}]}}", "layers:", *rows]) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def in_torch(shape: tuple[int, ...], layers: list[Layer]) -> tuple[dict[str, tuple[int, ...]], str | None]:
    """(the shape of every layer before the first error, the layer that raises)."""
    shapes: dict[str, tuple[int, ...]] = {"image": shape}
    above = "image"
    for layer in layers:
        operator = lookup.operator(layer["op"])
        assert operator is not None
        written = {key: value for key, value in layer.items() if key in operator.positions}
        inputs = tuple(shapes[name] for name in layer.get("from", [above]))
        verdict = torch_side.run(layer["op"], written, inputs)
        if verdict.error is not None or any(0 in found for found in verdict.shapes):
            return shapes, layer["name"]
        above = layer["name"]
        shapes[above] = verdict.shapes[0]
    return shapes, None


def test_networks_agree_with_torch(cases: int, seed: int) -> None:
    rng = random.Random(f"networks/{seed}")
    outcomes = set()
    for _ in range(cases * 2):
        shape, layers = random_network(rng)
        text = as_yaml(shape, layers)
        truth, raising = in_torch(shape, layers)
        (network,), result = describe_source(Source("network.yaml", text))
        errors = [
            finding.layer
            for finding in result.findings
            if finding.severity == "error" and finding.rule.name not in LOSSES
        ]
        order = {layer["name"]: index for index, layer in enumerate(layers)}
        first = min(errors, key=lambda name: order[name or ""], default=None)
        assert first == raising, text
        found = {layer.name: layer.outputs[0] for layer in network.layers if layer.outputs}
        for name, expected in truth.items():
            assert name == "image" or found[name] == expected, text
        outcomes.add(raising is None)
    assert outcomes == {True, False}
