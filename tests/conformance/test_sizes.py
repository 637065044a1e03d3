"""The exact set of valid input sizes against brute force: every size tried with a CPU forward of torch."""

from __future__ import annotations

import random
from typing import Any

import pytest

from convlint.dialects import native
from convlint.engine.solving import solve
from convlint.source import Source, parse
from tests.conformance.test_networks import as_yaml, in_torch

Layer = dict[str, Any]


def random_network(rng: random.Random) -> list[Layer]:
    """A chain, a U-Net, a pyramid or an autoencoder; channels are kept at 2."""
    layers: list[Layer] = []

    def add(op: str, **keys: Any) -> str:
        name = f"{op.lower()}{len(layers)}"
        layers.append({"name": name, "op": op, **keys})
        return name

    def keep() -> str:
        kernel, dilation = rng.choice((1, 3, 5)), rng.choice((1, 1, 2))
        padding = rng.choice((dilation * (kernel // 2), 0))
        return add("Conv2d", out_channels=2, kernel_size=kernel, padding=padding, dilation=dilation)

    def down() -> str:
        kind = rng.random()
        if kind < 0.4:
            return add("MaxPool2d", kernel_size=rng.choice((2, 3)), stride=2, ceil_mode=rng.random() < 0.3)
        if kind < 0.8:
            return add(
                "Conv2d", out_channels=2, kernel_size=rng.choice((2, 3, 4, 6)), stride=2, padding=rng.choice((0, 1))
            )
        if kind < 0.9:
            return add("Interpolate", scale_factor=rng.choice((0.5, 0.75, 0.25)))
        add("PixelUnshuffle", downscale_factor=2)
        return add("Conv2d", out_channels=2, kernel_size=1)

    def up() -> str:
        kind = rng.random()
        if kind < 0.4:
            return add("Upsample", scale_factor=2)
        if kind < 0.9:
            keys = rng.choice(
                ({"kernel_size": 2}, {"kernel_size": 3, "padding": 1, "output_padding": 1}, {"kernel_size": 4})
            )
            return add("ConvTranspose2d", out_channels=2, stride=2, **keys)
        return add("Upsample", scale_factor=1.5)

    skips = []
    for _ in range(rng.randint(1, 4)):
        skips.append(keep())
        if rng.random() < 0.2:
            add("ZeroPad2d", padding=rng.choice((1, -1)))
        down()
    if rng.random() < 0.15:
        add("AdaptiveAvgPool2d", output_size=rng.choice((2, 4)))
    for skip in reversed(skips[rng.randint(0, len(skips)) :] if rng.random() < 0.4 else skips):
        above = up()
        if rng.random() < 0.7:
            add("Concat", **{"from": [above, skip]})
            add("Conv2d", out_channels=2, kernel_size=1)
        elif rng.random() < 0.5:
            add("Add", **{"from": [above, skip]})
    return layers


def test_valid_sizes_are_those_that_torch_takes(cases: int, seed: int) -> None:
    rng = random.Random(f"sizes/{seed}")
    largest = 300 if cases >= 300 else 100
    for _ in range(max(4, cases // 2)):
        layers = random_network(rng)
        text = as_yaml((2, 64, 64), layers)
        architecture = native.read(parse(Source("network.yaml", text))[0][0], {}).architectures[0]
        height, _ = solve(architecture)
        assert height.exact, text
        width = next((size for size in (64, 96, 160) if size in height.valid), height.valid.smallest)
        if width is None:
            continue
        found = {size for size in range(1, largest) if size in height.valid}
        truth = {size for size in range(1, largest) if in_torch((2, size, width), layers)[1] is None}
        assert found == truth, f"{sorted(found ^ truth)[:10]}\n{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{op: Conv2d, out_channels: 4, kernel_size: 16, stride: 16}", "16 or more"),
        ("{op: PixelUnshuffle, downscale_factor: 8}", "multiples of 8"),
        ("{op: Unfold, kernel_size: 3}", "3 or more"),
        ("{op: AdaptiveAvgPool2d, output_size: 3}", "any size"),
    ],
)
def test_single_layers(text: str, expected: str) -> None:
    from convlint.sizes_text import describe

    source = Source("a.yaml", f"convlint: 1\ninputs: {{image: [3, 64, 64]}}\nlayers:\n  - {text}\n")
    architecture = native.read(parse(source)[0][0], {}).architectures[0]
    assert describe(solve(architecture)[0].valid) == expected
