"""Many files: speed beside two other linters, memory, and from how many files on processes pay.

`pip install -e ".[benchmarks]" && python benchmarks/many_files.py`; about eight minutes. All commands run on the same
processors and the same files, one after the other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from speed import network

FILES = 1000
LEAST = 8.0
"""How many times faster than each of the other linters at least."""
MOST_GROWTH = 1.25
"""How much more memory ten times as many files may take."""
BIN = Path(sys.executable).parent
SMALL_SCHEMA = {
    "type": "object",
    "required": ["convlint", "layers"],
    "properties": {"layers": {"type": "array", "items": {"type": "object", "required": ["op"]}}},
}


class Run(NamedTuple):
    """What one command took: seconds, and the largest of its processes in MiB."""

    seconds: float
    memory: float


def run(*command: str, folder: Path) -> Run:
    """Runs a command to its end; the exit status is that of its findings."""
    code = (
        "import resource, subprocess, sys; status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL).returncode; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); "
        "sys.exit(status > 1)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, cwd=folder, env=environment
    )
    return Run(time.perf_counter() - begin, int(done.stdout) / (1024 if sys.platform == "linux" else 1024**2))


def write_files(folder: Path, count: int, text: str) -> None:
    """So many files of 100 lines, no two alike, a hundred a folder."""
    for number in range(count):
        inside = folder / f"part{number // 100}"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"net{number}.yaml").write_text(text.replace("64, 64]", f"64, {64 + number}]"), encoding="utf-8")


def compare(folder: Path) -> bool:
    """Prints the times of all linters on the same files; says whether the bounds hold."""
    schema = folder / "small.schema.json"
    schema.write_text(json.dumps(SMALL_SCHEMA), encoding="utf-8")
    nets = folder / "nets"
    write_files(nets, FILES, network(96))
    files = sorted(str(path) for path in nets.rglob("*.yaml"))
    convlint = str(BIN / "convlint")
    run(convlint, "check", "nets", folder=folder)
    alone = run(convlint, "check", "--jobs", "1", "nets", folder=folder)
    shared = run(convlint, "check", "nets", folder=folder)
    print(f"convlint, {FILES} files, one process      {alone.seconds:7.1f} s")
    print(f"convlint, {FILES} files, shared           {shared.seconds:7.1f} s")
    holds = True
    for name, command in (
        ("yamllint (relaxed)", [str(BIN / "yamllint"), "-d", "relaxed", "nets"]),
        ("check-jsonschema", [str(BIN / "check-jsonschema"), "--schemafile", schema.name, *files]),
    ):
        other = run(*command, folder=folder)
        ratios = [other.seconds / ours.seconds for ours in (alone, shared)]
        verdict = "ok" if min(ratios) >= LEAST else "TOO SLOW"
        holds = holds and min(ratios) >= LEAST
        print(
            f"{name:35} {other.seconds:7.1f} s = {ratios[0]:.1f}x one process, {ratios[1]:.1f}x shared "
            f"(at least {LEAST:g}x) {verdict}"
        )
    return holds


def measure_memory(folder: Path) -> bool:
    """Prints the memory that files and ten times as many take, clean and with findings in each."""
    holds = True
    for name, text in (
        ("clean", network(96)),
        ("with findings", network(96).replace("in_channels: 8", "in_channels: 7")),
    ):
        inside = folder / name.replace(" ", "-")
        write_files(inside, 10 * FILES, text)
        for jobs in ("1", "2"):
            command = [str(BIN / "convlint"), "check", "--jobs", jobs, "--output-format", "concise"]
            few = run(*command, *(f"part{number}" for number in range(10)), folder=inside)
            many = run(*command, ".", folder=inside)
            growth = many.memory / few.memory
            verdict = "ok" if growth <= MOST_GROWTH else "TOO MUCH"
            holds = holds and growth <= MOST_GROWTH
            print(
                f"{name}, --jobs {jobs}: {FILES} files {few.memory:.0f} MiB, {10 * FILES} files {many.memory:.0f} MiB "
                f"in {many.seconds:.0f} s = {growth:.2f}x (at most {MOST_GROWTH}x) {verdict}"
            )
    return holds


def find_threshold(folder: Path) -> None:
    """Prints from how many files on two processes are faster than one (`convlint.cli.linting.MANY`)."""
    write_files(folder / "some", 200, network(96))
    files = sorted(str(path) for path in (folder / "some").rglob("*.yaml"))
    for count in (10, 20, 40, 64, 100, 200):
        times = [[timed(jobs, files[:count], folder) for _ in range(7)] for jobs in ("1", "2")]
        one, two = (sorted(row)[3] for row in times)
        print(f"{count:4} files: one process {one * 1e3:5.0f} ms, two {two * 1e3:5.0f} ms")


def timed(jobs: str, files: list[str], folder: Path) -> float:
    """How long a check with so many processes takes."""
    return run(str(BIN / "convlint"), "check", "--jobs", jobs, *files, folder=folder).seconds


def main() -> int:
    """Measures everything; 0 when all bounds hold."""
    print(f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        find_threshold(folder)
        fits = measure_memory(folder)
        is_fast = compare(folder)
    return 0 if fits and is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
