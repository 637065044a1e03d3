"""The exact set of valid input sizes against brute force: every size tried with a CPU forward of torch."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.dialects import native
from convlint.solving.solving import solve
from convlint.source import Source, parse
from tests.conformance.random_networks import as_yaml

torch = pytest.importorskip("torch", reason="torch is not installed")
torch_side = pytest.importorskip("tests.conformance.torch_side", reason="torch is not installed")

Layer = dict[str, Any]


def random_network(rng: random.Random) -> list[Layer]:
    """A chain, a U-Net, a pyramid with or without a way back up, or an autoencoder; channels are kept at 2.

    A network whose last layer is called `output` declares that it has the shape of its input.
    """
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
            return add("Interpolate", scale_factor=rng.choice((0.5, 0.75, 0.25, 0.7, 0.29)))
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
        return add("Upsample", scale_factor=rng.choice((1.5, 2.3)))

    def merge(above: str, beside: str) -> str:
        if rng.random() < 0.5:
            return add("Add", **{"from": [above, beside]})
        add("Concat", **{"from": [above, beside]})
        return add("Conv2d", out_channels=2, kernel_size=1)

    kind = rng.choice(("chain", "unet", "unet", "pyramid", "pyramid", "autoencoder", "head"))
    if kind == "pyramid":
        levels = [down() for _ in range(rng.randint(2, 4))]
        above, merged = levels[-1], levels[-1:]
        for level in reversed(levels[:-1]):
            add("Upsample", **{"scale_factor": 2, "from": [above]})
            above = merge(layers[-1]["name"], level)
            merged.insert(0, above)
        if rng.random() < 0.6:
            for level in merged[1:]:
                add("Conv2d", out_channels=2, kernel_size=3, stride=2, padding=1, **{"from": [above]})
                above = merge(layers[-1]["name"], level)
        return layers
    if kind == "autoencoder":
        depth = rng.randint(1, 3)
        for _ in range(depth):
            down()
        for _ in range(depth):
            up()
        layers.append({"name": "output", "op": "Conv2d", "out_channels": 2, "kernel_size": 3, "padding": 1})
        return layers
    if kind == "head":
        for _ in range(rng.randint(1, 3)):
            down()
        add("Flatten")
        add("Linear", in_features=2 * rng.choice((1, 2, 4, 6, 9, 12, 16)) * rng.choice((1, 3, 4)), out_features=3)
        return layers

    skips = []
    for _ in range(rng.randint(1, 4)):
        skips.append(keep())
        if rng.random() < 0.2:
            add("ZeroPad2d", padding=rng.choice((1, -1)))
        down()
    if rng.random() < 0.15:
        add("AdaptiveAvgPool2d", output_size=rng.choice((2, 4)))
    kept = [] if kind == "chain" else skips[rng.randint(0, len(skips)) :] if rng.random() < 0.4 else skips
    for skip in reversed(kept):
        above = up()
        if rng.random() < 0.7:
            add("Concat", **{"from": [above, skip]})
            add("Conv2d", out_channels=2, kernel_size=1)
        elif rng.random() < 0.5:
            add("Add", **{"from": [above, skip]})
    return layers


def test_valid_sizes_are_those_that_torch_takes(cases: int, seed: int) -> None:
    rng = random.Random(f"sizes/{seed}")
    is_long = cases >= 300
    largest = 300 if is_long else 100
    for _ in range(200 if is_long else max(4, cases // 2)):
        layers = random_network(rng)
        declared = layers[-1]["name"] == "output"
        text = as_yaml(("2", "H", "W"), layers)
        if declared:
            text += "outputs: {mask: {from: output, shape: [2, H, W]}}\n"
        architecture = native.read(parse(Source("network.yaml", text))[0][0]).architectures[0]
        height, width = solve(architecture)
        assert height.exact, text
        wide = dict(height.assumed).get("image.2", width.valid.smallest)
        if wide is None or wide > 400:
            assert wide is not None or width.valid.is_empty
            continue
        torch_network = Network(layers, declared)
        found = {size for size in range(1, largest + 1) if size in height.valid}
        truth = {size for size in range(1, largest + 1) if torch_network.takes((2, size, wide))}
        assert found == truth, f"{sorted(found ^ truth)[:10]} at width {wide}\n{text}"


class Network:
    """A network in torch, built once and run on many sizes."""

    def __init__(self, layers: list[Layer], declared: bool) -> None:
        self._layers = layers
        self._declared = declared
        self._prepared: dict[str, Any] = {}

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether torch runs the network on an input, with the shape of the input where that is declared."""
        above = "image"
        found = {above: torch.zeros(2, *shape)}
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                for layer in self._layers:
                    inputs = [found[name] for name in layer.get("from", [above])]
                    above = layer["name"]
                    found[above] = self._prepare(layer, inputs)(inputs)
                    if 0 in found[above].shape:
                        return False
        except (RuntimeError, ValueError):
            return False
        return not self._declared or found["output"].shape[1:] == shape

    def _prepare(self, layer: Layer, inputs: list[Any]) -> Any:
        name = layer["name"]
        if name not in self._prepared:
            operator = lookup.operator(layer["op"])
            assert operator is not None
            written = {key: value for key, value in layer.items() if key in operator.positions}
            shapes = tuple(tuple(tensor.shape[1:]) for tensor in inputs)
            self._prepared[name] = torch_side.prepared(layer["op"], written, shapes)
        return self._prepared[name]


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
    from convlint.domain.size_sets import describe

    source = Source("a.yaml", f"convlint: 1\ninputs: {{image: [3, 64, 64]}}\nlayers:\n  - {text}\n")
    architecture = native.read(parse(source)[0][0]).architectures[0]
    assert describe(solve(architecture)[0].valid) == expected
