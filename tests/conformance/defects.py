"""Random networks that work, every number written out, and defects to plant into them."""

from __future__ import annotations

import random
from typing import Any

Layer = dict[str, Any]
Network = tuple[tuple[int, ...], list[Layer]]


class _Builder:
    """Puts layers behind one another; `at` is the name and the channels of the last one."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.layers: list[Layer] = []
        self.at = ("image", 3)

    def add(self, op: str, channels: int | None = None, **keys: Any) -> None:
        start = self.at
        name = f"{op.lower()}{len(self.layers)}"
        self.layers.append({"name": name, "op": op, "from": [start[0]], **keys})
        self.at = (name, start[1] if channels is None else channels)

    def merge(self, op: str, branches: list[tuple[str, int]]) -> None:
        name = f"{op.lower()}{len(self.layers)}"
        self.layers.append({"name": name, "op": op, "from": [branch for branch, _ in branches]})
        counts = [count for _, count in branches]
        self.at = (name, sum(counts) if op == "Concat" else max(counts))

    def conv(self, out: int, kernel: int = 3, stride: int = 1, groups: int = 1, dilation: int = 1) -> None:
        keys = {"in_channels": self.at[1], "out_channels": out, "kernel_size": kernel, "stride": stride}
        padding = dilation * (kernel // 2)
        self.add("Conv2d", out, **keys, padding=padding, groups=groups, dilation=dilation)

    def norm(self) -> None:
        if self.rng.random() < 0.7:
            self.add("BatchNorm2d", num_features=self.at[1])
        elif self.at[1] % 4 == 0:
            self.add("GroupNorm", num_groups=4, num_channels=self.at[1])

    def block(self, out: int, stride: int = 1) -> None:
        self.conv(out, self.rng.choice((1, 3, 3, 5)), stride)
        self.norm()
        self.add(self.rng.choice(("ReLU", "SiLU", "GELU")))


def _residual(build: _Builder, out: int) -> None:
    start, count = build.at, build.at[1]
    build.block(out)
    build.conv(count)
    build.norm()
    build.merge("Add", [build.at, start])


def _inception(build: _Builder, out: int) -> None:
    start = build.at
    branches: list[tuple[str, int]] = []
    for kernel in build.rng.sample((1, 3, 5), build.rng.randint(2, 3)):
        build.at = start
        build.conv(out, 1)
        build.conv(out, kernel)
        build.norm()
        branches.append(build.at)
    if build.rng.random() < 0.5:
        build.at = start
        build.add("MaxPool2d", kernel_size=3, stride=1, padding=1)
        build.conv(out, 1)
        branches.append(build.at)
    build.merge("Concat", branches)
    build.conv(out, 1)


def _gate(build: _Builder, out: int) -> None:
    start, count = build.at, build.at[1]
    build.add("AdaptiveAvgPool2d", output_size=1)
    build.conv(max(2, count // 2), 1)
    build.add("ReLU")
    build.conv(count, 1)
    build.add("Sigmoid")
    build.merge("Mul", [start, build.at])


def _separable(build: _Builder, out: int) -> None:
    build.conv(build.at[1], 3, groups=build.at[1], dilation=build.rng.choice((1, 2)))
    build.norm()
    build.conv(out, 1, groups=build.rng.choice((1, 2)))


def _body(build: _Builder, out: int) -> None:
    for _ in range(build.rng.randint(1, 2)):
        build.rng.choice((_residual, _inception, _gate, _separable))(build, out)


def _down(build: _Builder, out: int) -> None:
    kind = build.rng.random()
    if kind < 0.4:
        build.add("MaxPool2d", kernel_size=2, stride=2)
        build.block(out)
    elif kind < 0.6:
        build.add("MaxPool2d", kernel_size=3, stride=2, padding=1)
        build.block(out)
    elif kind < 0.7:
        build.add("ZeroPad2d", padding=1)
        build.add("AvgPool2d", kernel_size=4, stride=2)
        build.conv(out, 1)
    else:
        build.block(out, 2)


def _up(build: _Builder, out: int) -> None:
    kind = build.rng.random()
    if kind < 0.4:
        build.add("Upsample", scale_factor=2)
        build.conv(out)
    elif kind < 0.7:
        keys = {"in_channels": build.at[1], "out_channels": out, "stride": 2}
        build.add("ConvTranspose2d", out, **keys, kernel_size=2)
    elif kind < 0.9:
        keys = {"in_channels": build.at[1], "out_channels": out, "stride": 2}
        build.add("ConvTranspose2d", out, **keys, kernel_size=3, padding=1, output_padding=1)
    else:
        build.conv(out * 4, 1)
        build.add("PixelShuffle", out, upscale_factor=2)


def _head(build: _Builder) -> None:
    build.add("AdaptiveAvgPool2d", output_size=2)
    build.add("Flatten")
    build.add("Linear", in_features=build.at[1] * 4, out_features=12)
    build.add("BatchNorm1d", num_features=12)
    build.add("ReLU")
    build.add("Linear", in_features=12, out_features=3)


def working_network(rng: random.Random) -> Network:
    """An input shape and layers: an encoder of various blocks, then a decoder with skips, a pyramid or a head."""
    build = _Builder(rng)
    depth = rng.randint(2, 3)
    shape = (3, 32, rng.choice((32, 48, 64)))
    build.block(8)
    levels: list[tuple[str, int]] = []
    for _ in range(depth):
        _body(build, 8)
        levels.append(build.at)
        _down(build, rng.choice((8, 12, 16)))
    _body(build, 8)
    kind = rng.random()
    if kind < 0.5:
        for level in reversed(levels):
            _up(build, rng.choice((8, level[1])))
            if build.at[1] == level[1] and rng.random() < 0.4:
                build.merge("Add", [build.at, level])
            else:
                build.merge("Concat", [build.at, level])
            build.block(8)
        build.conv(2, 1)
    elif kind < 0.75:
        top = build.at
        outputs: list[tuple[str, int]] = []
        for level in levels:
            build.at = level
            build.conv(8, 1)
            outputs.append(build.at)
        build.at = top
        build.conv(8, 1)
        for output in reversed(outputs):
            build.add("Upsample", scale_factor=2)
            build.merge("Add", [build.at, output])
            build.conv(8)
    else:
        _head(build)
    return shape, build.layers


def planted(layers: list[Layer], rng: random.Random) -> list[Layer]:
    """The layers with one number, one word or one source of one of them changed."""
    changed = [dict(layer) for layer in layers]
    while True:
        index = rng.randrange(len(changed))
        layer = changed[index]
        names = [key for key, value in layer.items() if type(value) is int]
        kind = rng.random()
        if kind < 0.15 and index > 2:
            sources = list(layer["from"])
            sources[rng.randrange(len(sources))] = changed[rng.randrange(index)]["name"]
            layer["from"] = sources
        elif kind < 0.25 and layer["op"] == "Conv2d":
            layer |= rng.choice(({"padding": "same"}, {"padding": "same", "stride": 2}, {"padding": "valid"}))
        elif kind < 0.35 and "kernel_size" in layer:
            layer["kernel_size"] = rng.choice(([3, 70], [70, 3], [2, 3], 40, 100))
        elif names:
            name = rng.choice(names)
            value = layer[name]
            layer[name] = rng.choice(
                (value + 1, max(1, value - 1), value * 2, max(1, value // 2), value + 3, value * 5)
            )
        if changed != layers:
            return changed
