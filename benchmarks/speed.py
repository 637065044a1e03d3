"""The speed claims of the README, as ratios measured in one run: `python benchmarks/speed.py`.

Each figure is a median over interleaved runs, so that a noisy machine disturbs both sides alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from convlint.checking import check_source
from convlint.source import Source

ROUNDS = 15
CONVLINT = Path(sys.executable).with_name("convlint")


def network(layers: int) -> str:
    """A chain of convolutions and activations, one line a layer."""
    rows = ["convlint: 1", "inputs:", "  image: [3, 64, 64]", "layers:"]
    channels = 3
    for number in range(layers):
        if number % 2:
            rows.append(f"  - {{name: act{number}, op: ReLU}}")
            continue
        wanted = 8 + number % 5
        sizes = "kernel_size: 3, stride: 1, padding: 1"
        layer = f"name: conv{number}, op: Conv2d, in_channels: {channels}, out_channels: {wanted}, {sizes}"
        rows.append(f"  - {{{layer}}}")
        channels = wanted
    return "\n".join(rows) + "\n"


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def ratio(
    action: Callable[[], object], against: Callable[[], object], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """(median of the action, median of what it is held against, their ratio); both in seconds."""
    action()
    against()
    pairs = [(seconds(action), seconds(against)) for _ in range(rounds)]
    first, second = (statistics.median(side) for side in zip(*pairs))
    return first, second, first / second


def command(*arguments: str) -> Callable[[], object]:
    """A call of a command, with its bytecode cached as in an installed package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment)


def report(name: str, figures: tuple[float, float, float], most: float) -> bool:
    """Prints one line; says whether the ratio is within its bound."""
    first, second, quotient = figures
    verdict = "ok" if quotient <= most else "TOO SLOW"
    print(f"{name:58} {first * 1e3:8.1f} ms / {second * 1e3:8.1f} ms = {quotient:5.2f}x  (at most {most}x) {verdict}")
    return quotient <= most


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    small, large = network(96), network(4996)
    half = network(496)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.yaml"
        file.write_text(small, encoding="utf-8")
        held = [
            report(
                "cold check of a 100-line file / import yaml, argparse",
                ratio(
                    command(str(CONVLINT), "check", str(file)),
                    command(sys.executable, "-c", "import yaml, argparse"),
                    31,
                ),
                1.6,
            )
        ]
    source = Source("network.yaml", small)
    held.append(
        report(
            "lint of a 100-line file in process / its YAML events",
            ratio(lambda: check_source(source), lambda: list(yaml.parse(small, yaml.CSafeLoader)), 101),
            8,
        )
    )
    held.append(
        report(
            "lint of 5,000 layers / lint of 500 layers",
            ratio(lambda: check_source(Source("a", large)), lambda: check_source(Source("b", half)), 9),
            12,
        )
    )
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
