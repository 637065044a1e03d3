"""What the start of a command costs, as ratios to `python -c "import yaml, argparse"`: `python benchmarks/cold.py`.

CPU time of whole processes, the least of many runs that take turns, so that what else the machine does counts little.
Run it with the Python of an environment into which convlint was installed as users do (`pip install .`): an editable
install starts slower.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from speed import network

ROUNDS = 25
CONVLINT = str(Path(sys.executable).with_name("convlint"))
ROWS = """\
nc: 3
scales: {n: [0.33, 0.25, 1024], s: [0.33, 0.5, 1024], m: [0.67, 0.75, 768], l: [1, 1, 512], x: [1, 1.25, 512]}
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 3, C2f, [128, True]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [-1, 6, C2f, [256, True]]
  - [-1, 1, SPPF, [256, 5]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 2], 1, Concat, [1]]
  - [-1, 3, C2f, [128]]
  - [[8, 5], 1, Detect, [nc]]
"""
ENDS = """\
  - {op: AdaptiveAvgPool2d, output_size: 1}
  - {op: Flatten}
  - {op: Linear, in_features: 99, out_features: 10}
"""
UNET = (Path(__file__).parent.parent / "examples" / "unet.yaml").read_text(encoding="utf-8")


def _faulty() -> Iterator[tuple[str, str, float]]:
    """(what is wrong, a network with it, how much its check may cost), for the mistakes that people make most.

    Where one layer refuses what several others decide, it takes longer to tell which of them is to blame.
    """
    text, layer = network(96), "in_channels: 11, out_channels: 8, kernel_size: 3, stride: 1, padding: 1"
    odd, halving = text.replace("64, 64]", "65, 65]"), "out_channels: 8, kernel_size: 2, stride: 2"
    yield "wrong channels", text.replace(layer, layer.replace("11", "13"), 1), 1.4
    yield "a lost pixel", odd.replace(layer, halving, 1), 1.4
    yield "a pixel lost deep in it", text.replace("64, 64]", "60, 60]").replace(layer, halving, 3), 1.6
    yield "a misspelt key", text.replace("kernel_size", "kernal_size", 1), 1.4
    yield "a misspelt operator", text.replace("Conv2d", "Conv2D", 1), 1.4
    yield "a wrong value", text.replace("padding: 1", "padding: smae", 1), 1.4
    yield "a name of nothing", text.replace("op: ReLU", "op: ReLU, from: cnv0", 1), 1.4
    yield "a misspelt key at its top", text.replace("inputs:", "input:", 1), 1.4
    yield "inputs without a name", text.replace("inputs:\n  image: ", "inputs: ", 1), 1.4
    yield "no layers", text.partition("layers:")[0], 1.4
    yield "another version", text.replace("convlint: 1", "convlint: 2", 1), 1.4
    yield "wrong features at its end", text + ENDS, 1.6


def _checked(folder: str, name: str, text: str) -> list[str]:
    """The command that checks a text."""
    path = Path(folder, name)
    path.write_text(text, encoding="utf-8")
    return [CONVLINT, "check", str(path)]


def cpu_seconds(arguments: list[str]) -> float:
    """The CPU time of one run of a command, whatever its exit status."""
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    _, _, usage = os.wait4(os.posix_spawn(arguments[0], arguments, _environment(), file_actions=nowhere), 0)
    return usage.ru_utime + usage.ru_stime


def _environment() -> dict[str, str]:
    """Ours, but for what keeps Python from caching bytecode as in an installed package."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def is_editable() -> bool:
    """Whether the convlint of this environment is a checkout."""
    origin = distribution("convlint").read_text("direct_url.json") or ""
    return '"editable": true' in origin


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import yaml, argparse": ([sys.executable, "-c", "import yaml, argparse"], 1.0),
            "check, 100 lines, clean": (_checked(folder, "clean.yaml", network(96)), 1.1),
            **{
                f"check, 100 lines, {name}": (_checked(folder, f"{name}.yaml", it), most)
                for name, it, most in _faulty()
            },
            "check, a U-Net with a wrong merge": (
                _checked(folder, "u.yaml", UNET.replace("up2, enc2", "up2, enc1")),
                2.4,
            ),
            "check, rows of an Ultralytics file, 5 scales": (_checked(folder, "rows.yaml", ROWS), 1.2),
            "check, such rows with a wrong merge": (
                _checked(folder, "wrong.yaml", ROWS.replace("2, near", "4, near")),
                1.75,
            ),
            "--version": ([CONVLINT, "--version"], 0.8),
            "rule channel-mismatch": ([CONVLINT, "rule", "channel-mismatch"], 1.1),
        }
        least = {name: cpu_seconds(arguments) for name, (arguments, _) in commands.items()}
        for _ in range(ROUNDS):
            least = {name: min(least[name], cpu_seconds(arguments)) for name, (arguments, _) in commands.items()}
    if is_editable():
        print("this is an editable install: what users install starts faster")
    anchor = least["import yaml, argparse"]
    for name, (_, most) in commands.items():
        ratio = least[name] / anchor
        verdict = "ok" if ratio <= most else "TOO SLOW"
        print(f"{name:46} {least[name] * 1e3:6.1f} ms  {ratio:4.2f}x  (at most {most}x) {verdict}")
    return 0 if all(least[name] <= most * anchor for name, (_, most) in commands.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
