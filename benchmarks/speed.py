"""The speed claims of the README, as ratios measured in one run: `python benchmarks/speed.py`.

Each figure is the least CPU time of runs that take turns; `cold.py` measures what the start of a command costs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import yaml

from convlint.checking import check_source
from convlint.options import Options
from convlint.source import Source


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


def report(name: str, figures: tuple[float, float, float], most: float) -> bool:
    """Prints one line; says whether the ratio is within its bound."""
    first, second, quotient = figures
    verdict = "ok" if quotient <= most else "TOO SLOW"
    print(f"{name:58} {first * 1e3:8.1f} ms / {second * 1e3:8.1f} ms = {quotient:5.2f}x  (at most {most}x) {verdict}")
    return quotient <= most


def cpu_ratio(action: Callable[[], object], against: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """(least CPU time of the action, that of what it is held against, their ratio), for what runs in this thread."""
    action()
    against()
    least = [float("inf"), float("inf")]
    for _ in range(rounds):
        for side, call in enumerate((action, against)):
            begin = time.thread_time()
            call()
            least[side] = min(least[side], time.thread_time() - begin)
    return least[0], least[1], least[0] / least[1]


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    small, half, large = (Source("network.yaml", network(layers)) for layers in (96, 496, 4996))
    broken = Source("network.yaml", small.text.replace("in_channels: 11", "in_channels: 13", 1))
    unread = Options(advice="none")
    held = [
        report(
            "check of 100 lines / its YAML events",
            cpu_ratio(lambda: check_source(small), lambda: list(yaml.parse(small.text, yaml.CSafeLoader)), 101),
            3.3,
        ),
        report(
            "one mistake, advice not read / no mistake",
            cpu_ratio(lambda: check_source(broken, unread), lambda: check_source(small), 61),
            1.8,
        ),
        report(
            "one mistake, with help and a proved fix / no mistake",
            cpu_ratio(lambda: check_source(broken), lambda: check_source(small), 31),
            6,
        ),
        report(
            "check of 5,000 layers / of 500 layers",
            cpu_ratio(lambda: check_source(large), lambda: check_source(half), 9),
            12,
        ),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
