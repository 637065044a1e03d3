"""Without torch only what needs it fails, and says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """An environment in which torch and NumPy cannot be imported."""
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in ("torch", "numpy"):
        (blocked / f"{name}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{name}'\")\n")
    return {**os.environ, "PYTHONPATH": f"{blocked}{os.pathsep}{ROOT}"}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convlint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


@pytest.mark.parametrize(
    "line",
    [
        "check examples/resnet18.yaml",
        "show examples/unet.yaml --depth 2",
        "show examples/unet.yaml --output-format csv --sort macs",
        "sizes examples/unet.yaml",
        "rule",
        "rule torch-missing",
        "operator",
        "operator Conv2d",
        "schema architecture",
        "--version",
    ],
)
def test_every_other_command_works(line: str, without_torch: dict[str, str]) -> None:
    result = run(without_torch, *line.split())
    assert result.returncode == 0, result.stderr


def test_check_with_torch_says_what_is_missing(without_torch: dict[str, str]) -> None:
    result = run(without_torch, "check", "--torch", "--output-format", "json", "examples")
    report = json.loads(result.stdout)
    missing = [item for item in report["diagnostics"] if item["rule"] == "torch-missing"]
    files = {
        item["path"] for item in report["files"] if item["dialect"] in ("native", "ultralytics", "targets", "nnunet")
    }
    clean = files - {item["path"] for item in report["diagnostics"] if item["rule"] != "torch-missing"}
    assert {item["path"] for item in missing} == clean
    assert {item["message"] for item in missing} == {
        "cannot be compared with torch: ModuleNotFoundError: No module named 'torch'"
    }
    assert all("pip install torch" in item["help"] for item in missing)
    assert result.returncode == 1


def test_build_raises_an_import_error(without_torch: dict[str, str]) -> None:
    code = "import convlint; convlint.build('examples/unet.yaml')"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, env=without_torch
    )
    assert result.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'torch'"
