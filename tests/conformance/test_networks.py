"""Random networks against torch: the same shapes at every layer, and the first error at the layer where torch raises."""

from __future__ import annotations

import random

import pytest

from convlint.catalogue import lookup
from convlint.describing import describe_source
from convlint.source import Source
from tests.conformance.random_networks import Layer, as_yaml, random_network

torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")
LOSSES = {"non-integer-division"}


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
