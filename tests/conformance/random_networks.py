"""Random networks of the native format: an encoder and a decoder with skips, merges and a head."""

from __future__ import annotations

import random
from typing import Any

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
