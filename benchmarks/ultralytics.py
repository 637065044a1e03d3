"""What checking Ultralytics model files costs beside building them: `python benchmarks/ultralytics.py`.

Needs the package ultralytics. Both sides read the package's own model files from disk, at every scale, and imports
count on neither; convlint also propagates shapes, which building alone does not. The cold starts count everything.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from speed import cpu_ratio
from speed import report as report_ratio

from convlint.checking import check_file, check_source
from convlint.source import Source

COLD = "from ultralytics.nn.tasks import DetectionModel; DetectionModel('yolov8n.yaml', verbose=False)"
HERE = Path(__file__).resolve().parent
WARM_ROUNDS = 3
COLD_ROUNDS = 5
WARM_SCALES = 201
MOST_EVENTS = 10.0
"""How many times as long as its YAML events a check of a file with five scales may take."""


def model_files(package: Path) -> list[Path]:
    """The model files that the package carries, but for those that need torchvision."""
    files = sorted((package / "cfg" / "models").glob("*/*.yaml"))
    return [file for file in files if "TorchVision" not in file.read_text(encoding="utf-8")]


def check_all(files: list[Path]) -> Callable[[], object]:
    """Checks every file at all of its scales."""
    return lambda: [check_file(str(file)) for file in files]


def build_all(files: list[Path], tasks: Any) -> Callable[[], object]:
    """Builds every file at all of its scales on the meta device, where no weight takes time."""
    import torch

    def build() -> None:
        with torch.device("meta"):
            for file in files:
                for scale in scales_of(file):
                    tasks.parse_model(configuration(file, scale), ch=3, verbose=False)

    return build


def configuration(file: Path, scale: str | None) -> dict[str, Any]:
    """The file as the package's parser takes it; the parser changes it."""
    config: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return config if scale is None else {**config, "scale": scale}


def scales_of(file: Path) -> list[str | None]:
    """The letters of the scales; one None where a file has none."""
    return list(configuration(file, None).get("scales") or [None])


def command(*arguments: str) -> Callable[[], object]:
    """A call of a command, with its bytecode cached as in an installed package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment)


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def report(name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int, least: float) -> bool:
    """Prints the medians over interleaved rounds; says whether convlint is as many times faster as claimed."""
    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    first, second = (statistics.median(side) for side in zip(*pairs))
    times: float = second / first
    verdict = "ok" if times >= least else "TOO SLOW"
    print(f"{name:58} {first * 1e3:8.1f} ms / {second * 1e3:8.1f} ms: {times:5.1f}x  (at least {least:g}x) {verdict}")
    return times >= least


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != HERE]  # here is a module of the same name
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(YOLO_OFFLINE="true", YOLO_CONFIG_DIR=folder)
        with contextlib.redirect_stdout(sys.stderr):
            tasks = importlib.import_module("ultralytics.nn.tasks")
        tasks.LOGGER.setLevel("ERROR")
        files = model_files(Path(str(tasks.__file__)).parents[1])
        variants = sum(len(scales_of(file)) for file in files)
        (detector,) = [file for file in files if file.name == "yolov8.yaml"]
        text = Source(str(detector), detector.read_text(encoding="utf-8"))
        held = [
            report_ratio(
                f"check of yolov8.yaml, {len(scales_of(detector))} scales / its YAML events",
                cpu_ratio(
                    lambda: check_source(text), lambda: list(yaml.parse(text.text, yaml.CSafeLoader)), WARM_SCALES
                ),
                MOST_EVENTS,
            ),
            report(
                f"check of {variants} variants in process / building them",
                check_all(files),
                build_all(files, tasks),
                WARM_ROUNDS,
                50,
            ),
            report(
                "cold check of yolov8.yaml / cold build of yolov8n.yaml",
                command(sys.executable, "-m", "convlint", "check", str(detector)),
                command(sys.executable, "-c", COLD),
                COLD_ROUNDS,
                20,
            ),
        ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
