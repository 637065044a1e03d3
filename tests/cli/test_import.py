"""`convlint import torch`: code of a user, run in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

CODE = """
from torch import nn
print("made")
def small():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
def ends():
    raise SystemExit(3)
number = 4
"""


def imported(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "mine.py").write_text(CODE, encoding="utf-8")
    command = [sys.executable, "-m", "convlint", "import", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_factory_becomes_a_file(tmp_path: Path) -> None:
    done = imported(tmp_path, "torch", "mine:small", "--input", "1x3x8x8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("convlint: 1\nname: small\n")
    assert "- {name: '0', op: Conv2d, out_channels: 8, kernel_size: 3}" in done.stdout
    assert "running mine:small in a process of its own" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("torch", "mine:small"), "--input SHAPE is missing"),
        (("torch", "mine", "--input", "1x3"), "package.module:factory"),
        (("torch", "mine:small", "--input", "1,3"), "takes a shape such as 1x3x224x224"),
        (("keras", "mine:small", "--input", "1x3"), "no framework is called 'keras'"),
        (("torch", "mine:none", "--input", "1x3"), "has no attribute 'none'"),
        (("torch", "mine:small", "--input", "1x4x8x8"), "does not run on these inputs"),
        (("torch", "mine:ends", "--input", "1x3"), "SystemExit: 3"),
        (("torch", "mine:number", "--input", "1x3"), "not callable"),
    ],
)
def test_what_cannot_be_imported_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = imported(tmp_path, *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
