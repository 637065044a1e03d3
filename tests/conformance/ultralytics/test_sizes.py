"""The sizes that a stock file takes, against the package: sizes in the set run, sizes outside it fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from convlint.domain.size_sets import SizeSet
from convlint.input_sizes import solve_file
from convlint.options import Options
from tests.conformance.ultralytics import oracle
from tests.conformance.ultralytics.judging import runs_without_text
from tests.conformance.ultralytics.requirements import needs_dialect, needs_package

pytestmark = [needs_package, needs_dialect]
LARGEST = 700


def samples(sizes: SizeSet, rng: random.Random, count: int) -> tuple[list[int], list[int]]:
    """(sizes inside, sizes outside), up to `count` of each."""
    every = rng.sample(range(1, LARGEST + 1), LARGEST)
    inside = [size for size in every if size in sizes]
    outside = [size for size in every if size not in sizes]
    return inside[:count], outside[:count]


@pytest.mark.parametrize(
    "path", [path for path in oracle.stock_files() if runs_without_text(path)], ids=lambda path: path.stem
)
def test_sizes_of_a_stock_file(path: Path, request: pytest.FixtureRequest, seed: int) -> None:
    count = max(2, int(request.config.getoption("--conformance-cases")) // 60)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    scale = oracle.scales_of(config)[0]
    layers = oracle.build(config, scale)
    assert isinstance(layers, list)
    (solution,), _ = solve_file(str(path), Options(scales=(scale,) if scale is not None else ()))
    rng = random.Random(f"{path.stem} {seed}")
    for number, axis in enumerate(solution.axes):
        assert axis.exact
        inside, outside = samples(axis.valid, rng, count)
        other = dict(axis.assumed).get(f"image.{2 - number}", 640)
        for size in (*inside, *outside):
            shape = (size, other) if number == 0 else (other, size)
            assert oracle.runs(layers, config, *shape) is (size in axis.valid), shape
