"""Sizes that are held while others are solved, where axes meet: against every size tried with a CPU forward of torch."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any

import pytest

from convlint.input_sizes import solve_file
from convlint.options import Options

torch = pytest.importorskip("torch", reason="torch is not installed")
LARGEST = 40


def random_network(rng: random.Random) -> tuple[list[str], Any]:
    """Rows of a network in which height and width of one input meet, and the same in torch."""
    kernel, stride = rng.choice((1, 2, 3, 4)), rng.choice((1, 2, 2, 3))
    padding = rng.randint(0, kernel // 2)
    rows = [f"{{name: pool, op: MaxPool2d, kernel_size: {kernel}, stride: {stride}, padding: {padding}}}"]
    pool = torch.nn.MaxPool2d(kernel, stride, padding)
    kind = rng.choice(("linear", "linear", "swap", "skew"))
    if kind == "linear":
        features = 2 * rng.randint(2, 10) * rng.randint(1, 8)
        rows += ["{op: Flatten}", f"{{op: Linear, in_features: {features}, out_features: 3}}"]
        head = torch.nn.Linear(features, 3)
        return rows, lambda x: head(pool(x).flatten(1))
    if kind == "swap":
        rows += ["{name: swapped, op: Transpose, dim0: 2, dim1: 3}", "{op: Concat, from: [pool, swapped]}"]
        return rows, lambda x: torch.cat([pool(x), pool(x).transpose(2, 3)], 1)
    rows += [
        "{name: halved, op: AvgPool2d, kernel_size: [2, 1], stride: [2, 1]}",
        "{name: swapped, op: Transpose, dim0: 2, dim1: 3, from: pool}",
        "{op: Concat, from: [halved, swapped]}",
    ]
    return rows, lambda x: torch.cat(
        [torch.nn.functional.avg_pool2d(pool(x), (2, 1), (2, 1)), pool(x).transpose(2, 3)], 1
    )


def runs(network: Any, height: int, width: int) -> bool:
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return 0 not in network(torch.zeros(1, 2, height, width)).shape
    except RuntimeError:
        return False


def test_sizes_that_are_given_are_held(cases: int, seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"held/{seed}")
    path = tmp_path / "net.yaml"
    outcomes = set()
    for _ in range(cases):
        rows, network = random_network(rng)
        text = "convlint: 1\ninputs: {image: [2, H, W]}\nlayers:\n" + "".join(f"  - {row}\n" for row in rows)
        path.write_text(text, encoding="utf-8")
        height, width = rng.randint(4, LARGEST), rng.randint(4, LARGEST)
        names = rng.choice((("H", "W"), ("image.1", "image.2")))
        (one,), _ = solve_file(str(path), Options(sizes=((names[0], height),)))
        (both,), _ = solve_file(str(path), Options(sizes=((names[0], height), (names[1], width))))
        wide = {size for size in range(1, LARGEST) if runs(network, height, size)}
        high = {size for size in range(1, LARGEST) if runs(network, size, width)}
        assert {size for size in range(1, LARGEST) if size in one.axes[1].valid} == wide, (text, height)
        assert {size for size in range(1, LARGEST) if size in both.axes[1].valid} == wide, (text, height)
        assert {size for size in range(1, LARGEST) if size in both.axes[0].valid} == high, (text, width)
        outcomes.add(bool(wide))
    assert outcomes == {True, False}
