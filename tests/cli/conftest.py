"""A folder with networks, and the command run as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BROKEN = """\
convlint: 1
inputs: {image: [3, 8, 8]}
layers:
  - {name: conv, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}
"""
CLEAN = BROKEN.replace("in_channels: 4", "in_channels: 3")

Convlint = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a good and a broken network and a file that is none."""
    (tmp_path / "good.yaml").write_text(CLEAN)
    (tmp_path / "bad.yaml").write_text(BROKEN)
    (tmp_path / "compose.yml").write_text("services: {}\n")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(folder: Path) -> Convlint:
    """Runs a line of shell in the working folder; `convlint` in it is this checkout's, `installed` its script."""

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = "import sys; del sys.path[0]; from convlint.cli import run; run()"
        functions = {"convlint": "-m convlint", "installed": f"-c '{script}'"}
        made = "; ".join(f"{name}() {{ '{sys.executable}' {how} \"$@\"; }}" for name, how in functions.items())
        command = f"{made}; {line}"
        return subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )

    return run
