"""What a settings file costs a clean run, in milliseconds: `python benchmarks/settings.py`.

Each figure is the median over interleaved runs, so that a noisy machine disturbs both sides alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUNDS = 41
MOST = 15.0
NETWORK = "convlint: 1\ninputs: {image: [3, 64, 64]}\nlayers:\n  - {op: Conv2d, out_channels: 8, kernel_size: 3}\n"
OTHERS = '[project]\nname = "x"\nversion = "1"\n' + "".join(f"[tool.other{i}]\nvalue = {i}\n" for i in range(40))
TABLE = '[tool.convlint]\nignore = ["unused-layer"]\nsizes = {H = 640}\n[tool.convlint.severity]\ncycle = "warning"\n'


def seconds(folder: Path) -> float:
    """How long a check of a folder's network takes, from start to end of the process."""
    command = [sys.executable, "-m", "convlint", "check", "network.yaml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
    return time.perf_counter() - begin


def main() -> int:
    """Measures three projects that differ in their pyproject.toml; 0 when the bound holds."""
    with tempfile.TemporaryDirectory() as root:
        folders = []
        for name, text in (("none", None), ("others", OTHERS), ("table", OTHERS + TABLE)):
            folder = Path(root) / name
            (folder / ".git").mkdir(parents=True)
            (folder / "network.yaml").write_text(NETWORK, encoding="utf-8")
            if text is not None:
                (folder / "pyproject.toml").write_text(text, encoding="utf-8")
            folders.append(folder)
            seconds(folder)
        rounds = [[seconds(folder) * 1e3 for folder in folders] for _ in range(ROUNDS)]
    none, others, table = (statistics.median(column) for column in zip(*rounds))
    cost = statistics.median(row[2] - row[0] for row in rounds)
    print(f"without a pyproject.toml          {none:7.1f} ms")
    print(f"with one that lacks our table     {others:7.1f} ms")
    print(f"with one that holds our table     {table:7.1f} ms")
    print(f"the table costs {cost:.1f} ms (at most {MOST} ms) {'ok' if cost <= MOST else 'TOO SLOW'}")
    return 0 if cost <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
