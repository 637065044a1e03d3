"""Every module, with random args: built and run by the package, and by convlint; same verdict, channels, sizes, parameters."""

from __future__ import annotations

import copy
import random
import warnings
from typing import Any

import pytest
import yaml

from convlint.checking import check_source
from convlint.describing import describe_source
from convlint.options import Options
from convlint.source.nodes import Source

torch = pytest.importorskip("torch")
tasks = pytest.importorskip("ultralytics.nn.tasks")

CHANNELS = (8, 16, 24, 32, 48, 64, 96, 128, 256)


def some(rng: random.Random, *choices: Any) -> Any:
    return rng.choice(choices)


def channels(rng: random.Random) -> int:
    return rng.choice(CHANNELS)


def stage(rng: random.Random) -> list[Any]:
    return [channels(rng), some(rng, True, False), some(rng, 1, 1, 2, 3), some(rng, 0.5, 0.25, 1.0)]


def conv(rng: random.Random) -> list[Any]:
    kernel = some(rng, 1, 3, 5, 2, [1, 3])
    padding = some(rng, None, None, 0, 1)
    return [channels(rng), kernel, some(rng, 1, 2, 3), padding, some(rng, 1, 1, 2, 4, 3), some(rng, 1, 1, 2)]


ARGS: dict[str, Any] = {
    "Conv": conv,
    "DWConv": lambda r: [channels(r), some(r, 1, 3, 5), some(r, 1, 2), some(r, 1, 2)],
    "ConvTranspose": lambda r: [channels(r), some(r, 2, 3, 4), some(r, 1, 2), some(r, 0, 1), some(r, True, False)],
    "DWConvTranspose2d": lambda r: [channels(r), some(r, 2, 3, 4), some(r, 1, 2), some(r, 0, 1), some(r, 0, 1, 2)],
    "Focus": lambda r: [channels(r), some(r, 1, 3), some(r, 1, 2)],
    "GhostConv": lambda r: [channels(r), some(r, 1, 3, 2), some(r, 1, 2), some(r, 1, 2, 4)],
    "GhostBottleneck": lambda r: [channels(r), some(r, 3, 5), some(r, 1, 2, 3)],
    "Bottleneck": lambda r: [channels(r), some(r, True, False), some(r, 1, 2, 3), [some(r, 1, 3), some(r, 3, 2)], 0.5],
    "BottleneckCSP": stage,
    "SPP": lambda r: [channels(r), some(r, [5, 9, 13], [3, 5], [5, 8])],
    "SPPF": lambda r: [channels(r), some(r, 3, 5, 4), some(r, 1, 2, 3), some(r, True, False)],
    "SPPELAN": lambda r: [channels(r), channels(r), some(r, 3, 5, 4)],
    "C1": lambda r: [channels(r)],
    "C2": stage,
    "C2f": stage,
    "C3": stage,
    "C3x": stage,
    "C3Ghost": stage,
    "C3TR": stage,
    "RepC3": lambda r: [channels(r), some(r, 0.5, 1.0)],
    "C3k2": lambda r: [
        channels(r),
        some(r, True, False),
        0.5,
        some(r, True, False),
        some(r, 1, 1, 2),
        some(r, True, False),
    ],
    "C2fCIB": lambda r: [channels(r), some(r, True, False), some(r, True, False), 1, 0.5],
    "PSA": lambda r: [channels(r)],
    "C2PSA": lambda r: [channels(r)],
    "C2fPSA": lambda r: [channels(r)],
    "A2C2f": lambda r: [channels(r), some(r, True, False), some(r, 1, 4)],
    "AConv": lambda r: [channels(r)],
    "ADown": lambda r: [channels(r)],
    "SCDown": lambda r: [channels(r), some(r, 3, 5), some(r, 1, 2)],
    "ELAN1": lambda r: [channels(r), channels(r), channels(r)],
    "RepNCSPELAN4": lambda r: [channels(r), channels(r), channels(r), some(r, 1, 2)],
    "RepConv": lambda r: [some(r, 32, 64), some(r, 32, 64), some(r, 3, 3, 1), some(r, 1, 2)],
    "Conv2": lambda r: [some(r, 32, 64), some(r, 32, 64), some(r, 3, 5), some(r, 1, 2)],
    "RepVGGDW": lambda r: [some(r, 32, 64)],
    "AIFI": lambda r: [some(r, 64, 128), some(r, 4, 8, 3)],
    "HGStem": lambda r: [channels(r), channels(r)],
    "HGBlock": lambda r: [channels(r), channels(r), some(r, 3, 5, 4), some(r, True, False), some(r, True, False)],
    "ResNetLayer": lambda r: [some(r, 32, 64), some(r, 16, 32), some(r, 1, 2), some(r, True, False), some(r, 1, 2)],
    "nn.ConvTranspose2d": lambda r: [channels(r), some(r, 2, 4), some(r, 1, 2), some(r, 0, 1)],
    "nn.BatchNorm2d": lambda r: some(r, [], [17]),
    "nn.Conv2d": lambda r: [some(r, 32, 64), some(r, 32, 64), some(r, 1, 3), some(r, 1, 2)],
    "nn.MaxPool2d": lambda r: [some(r, 2, 3), some(r, 1, 2), some(r, 0, 1)],
    "nn.Upsample": lambda r: ["None", some(r, 2, 4), some(r, "nearest", "bilinear", "cubic")],
    "nn.ZeroPad2d": lambda r: [some(r, 1, [0, 1, 0, 1])],
    "nn.Identity": lambda r: [],
    "nn.PixelShuffle": lambda r: [some(r, 2, 3)],
    "Concat": lambda r: [some(r, 1, 1, 2)],
}


def network(module: str, rng: random.Random) -> dict[str, Any]:
    """A stem of two convolutions, the module, and a convolution that takes what it gives."""
    width = rng.choice((32, 64, 128, 104))
    source: Any = [-1, rng.choice((-1, 1))] if module == "Concat" else -1
    repeats = rng.choice((1, 1, 2, 3))
    rows = [
        [-1, 1, "Conv", [16, 3, 2]],
        [-1, 1, "Conv", [width, 3, 2]],
        [source, repeats, module, ARGS[module](rng)],
        [-1, 1, "Conv", [32, 1]],
    ]
    return {
        "nc": 3,
        "scales": {rng.choice("nl"): [1.0, 1.0, 512]},
        "backbone": rows,
        "head": [[[-1], 1, "Detect", ["nc"]]],
    }


def truth(data: dict[str, Any], side: int) -> list[tuple[int, tuple[int, ...] | None]] | int:
    """(parameters, output shape) of each row; or the number of the row at which the package fails."""
    data = copy.deepcopy(data)
    data["scale"] = next(iter(data["scales"]))
    try:
        model, _ = tasks.parse_model(data, ch=3, verbose=False)
    except Exception:
        return 2
    found = []
    x = torch.zeros(2, 3, side, side)
    outputs: list[Any] = []
    for layer in model.train():
        try:
            x = layer(x if layer.f == -1 else [x if index == -1 else outputs[index] for index in layer.f])
        except Exception:
            return int(layer.i)
        outputs.append(x)
        found.append((layer.np, tuple(x.shape[1:]) if torch.is_tensor(x) else None))
    return found


@pytest.mark.parametrize("module", sorted(ARGS))
def test_module(module: str, cases: int, seed: int) -> None:
    for number in range(max(6, cases // 10)):
        rng = random.Random(f"{module} {number} {seed}")
        data, side = network(module, rng), rng.choice((64, 96, 100, 50))
        text = yaml.safe_dump(data, sort_keys=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = truth(data, side)
        options = Options(sizes=(("imgsz", side),))
        result = check_source(Source("yolov8.yaml", text), options)
        errors = [finding for finding in result.findings if finding.severity == "error"]
        if isinstance(expected, int):
            assert errors, text
            assert {finding.layer for finding in errors} & {str(expected), str(expected - 1)}, text
            continue
        assert not errors, f"{text}\n{[finding.message for finding in errors]}"
        (network_facts,), _ = describe_source(Source("yolov8.yaml", text), options)
        for row, (parameters, shape) in zip(network_facts.layers, expected):
            assert row.parameters == parameters, f"row {row.number}\n{text}"
            assert shape is None or row.outputs == (shape,), f"row {row.number}\n{text}"
