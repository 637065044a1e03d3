"""MACs and receptive fields of the package's modules: those of torch's counter, and those that gradients see."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

import convlint
from convlint.describing import describe_source
from convlint.facts import LayerFacts
from convlint.options import Options
from convlint.source.nodes import Source
from tests.conformance.ultralytics.oracle import TEXT_GUIDED, Failure, build, scales_of, stock_files
from tests.conformance.ultralytics.requirements import needs_package
from tests.conformance.ultralytics.test_modules import ARGS

torch = pytest.importorskip("torch")
pytestmark = needs_package
LONG = 100
"""Cases from which all scales are counted."""


def counted(layers: list[Any], image: Any) -> list[int | None]:
    """Multiply-accumulates of each row, in training; None where a row is not run."""
    from torch.utils.flop_counter import FlopCounterMode

    values: list[Any] = []
    found: list[int | None] = []
    for layer in layers:
        sources = layer.f if isinstance(layer.f, list) else [layer.f]
        given = [(values[-1] if values else image) if source == -1 else values[source] for source in sources]
        if layer.type.split(".")[-1] in TEXT_GUIDED or any(value is None for value in given):
            values.append(None)
            found.append(None)
            continue
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            values.append(layer.train()(given if isinstance(layer.f, list) else given[0]))
        found.append(counter.get_total_flops() // 2)
    return found


@pytest.mark.parametrize("path", stock_files(), ids=lambda path: str(path.stem))
def test_macs_are_those_of_torch(path: Path, cases: int) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    scales = scales_of(config)
    options = Options(sizes=(("imgsz", 256),))
    networks = {network.variant: network for network in convlint.describe(path, options)}
    for scale in scales if cases >= LONG else scales[:1]:
        layers = build(config, scale)
        assert not isinstance(layers, Failure)
        channels = config.get("channels", 3) if "cls" in path.stem else 3
        truth = counted(layers, torch.zeros(1, channels, 256, 256, device="meta"))
        for row, macs in zip(networks[scale].layers, truth):
            if row.operator in TEXT_GUIDED:
                assert row.macs is None
            elif macs is not None:
                assert row.macs == macs, f"{row.index} {row.operator} {row.arguments}"


def test_the_total_that_users_compare() -> None:
    """Two operations for each MAC, at 640: YOLOv8n is published with 8.7 GFLOPs."""
    (path,) = [path for path in stock_files() if path.stem == "yolov8"]
    network = convlint.describe(path)[0]
    assert network.macs is not None
    assert round(network.macs * 2 / 1e9, 1) == 8.7


WIDE = 48
"""Pixels on a side of the map that a module is given."""
MAY_BE_UNKNOWN = {"A2C2f"}
"""Modules that attend to strips of the map."""

NEVER_CLEAN = {"nn.PixelShuffle"}
"""Modules whose channels are never those that later rows are told, so that no file with them is right."""


def alone(module: str, rng: random.Random) -> dict[str, Any]:
    """A pointwise convolution that makes the channels, and the module."""
    rows = [
        [-1, 1, "Conv", [rng.choice((32, 64)), 1]],
        [[-1] if module == "Concat" else -1, 1, module, ARGS[module](rng)],
    ]
    rows[1][1] = rng.choice((1, 2)) if module not in ("Conv", "Concat") else 1
    return {"nc": 3, "scales": {"n": [1.0, 1.0, 512]}, "backbone": rows[:1], "head": rows[1:]}


def described(config: dict[str, Any]) -> LayerFacts | None:
    """The facts of the last row; None where the file has errors."""
    text = yaml.safe_dump(config, sort_keys=False)
    (network,), result = describe_source(Source("yolov8.yaml", text), Options(sizes=(("imgsz", WIDE),)))
    return None if any(finding.severity == "error" for finding in result.findings) else network.layers[-1]


def averaging(layer: Any) -> Any:
    """A layer in which average pools stand for max pools, so that its gradient sees whole windows."""
    for name, inner in layer.named_children():
        if isinstance(inner, torch.nn.MaxPool2d):
            pool = torch.nn.AvgPool2d(inner.kernel_size, inner.stride, inner.padding, inner.ceil_mode)
            setattr(layer, name, pool)
        averaging(inner)
    return layer


def extents(layer: Any, given: Any, image: Any) -> tuple[int, ...]:
    """The largest extent of pixels of the image, on each axis, that an output in the middle depends on."""
    output = layer(given)
    centre = [size // 2 for size in output.shape[-2:]]
    weights = torch.rand(output.shape[1], dtype=output.dtype)  # the plain sum of what is normalised is constant
    found = [0, 0]
    for row, column in [(centre[0] + step, centre[1] + step) for step in range(min(4, min(centre)))]:
        (gradient,) = torch.autograd.grad(output[0, :, row, column] @ weights, image, retain_graph=True)
        seen = gradient[0].abs().sum(0).nonzero()
        found = [max(old, int(span)) for old, span in zip(found, seen.max(0).values - seen.min(0).values + 1)]
    return tuple(found)


@pytest.mark.parametrize("module", sorted(ARGS.keys() - NEVER_CLEAN))
def test_costs_of_a_module(module: str, cases: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    average = torch.nn.functional.avg_pool2d
    monkeypatch.setattr(torch.nn.functional, "max_pool2d", lambda x, *given, **_: average(x, *given[:3]))
    compared = 0
    for number in range(10 * cases):
        if compared == max(2, cases // 30):
            break
        config = alone(module, random.Random(f"{module} {number} {seed}"))
        row = described(config)
        if row is None:
            continue
        layers = build(config, "n", "cpu")
        assert not isinstance(layers, Failure), config
        image = torch.rand(1, layers[0].conv.out_channels, WIDE, WIDE, dtype=torch.double, requires_grad=True)
        layer = averaging(layers[1].double())
        assert row.macs == counted([layer], image)[0], config
        compared += 1
        if row.receptive_field is None:
            assert module in MAY_BE_UNKNOWN
            continue
        field = extents(layer.eval(), [image] if module == "Concat" else image, image)
        if row.repeat > 1 and module == "nn.Upsample":
            assert row.receptive_field >= field, config  # of several in sequence it is a bound
        elif max(row.receptive_field) <= WIDE // 2:  # a larger one meets the border
            assert row.receptive_field == field, config
        else:
            assert min(field) > WIDE // 2, config
    assert compared
