"""The wheel works away from the checkout, and the pre-commit hook takes the files that it should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_rules_schemas_and_compiled_operators(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "convlint/_data/rules/operators/convolution.yaml" in names
    assert "convlint/_data/schemas/architecture.schema.json" in names
    assert {"convlint/engine/_compiled_operators.py", "convlint/engine/_compiled_catalogue.py"} <= names
    assert "convlint/py.typed" in names
    assert not any(name.startswith(("tests/", "convlint/engine/_compiled_stamp")) for name in names)


def test_the_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "convlint", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    broken = run("check", str(ROOT / "examples" / "unet_broken.yaml"))
    assert broken.returncode == 1
    assert "skip-size-mismatch" in broken.stdout
    assert run("check", str(ROOT / "examples" / "unet.yaml")).returncode == 0
    for arguments in (["rule", "CL401"], ["operator", "Conv2d"], ["schema", "architecture"], ["rule"]):
        assert run(*arguments).returncode == 0
    found = run("check", "--output-format", "concise", str(ROOT / "tests" / "cases" / "bugs" / "A04.yaml"))
    assert "flatten-mismatch" in found.stdout


HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
TAKEN = [
    "models/unet.yaml",
    "configs/model/a.yml",
    "unet.arch.yaml",
    "model.yaml",
    "nets/deep/x.yaml",
    "architecture.yml",
]
LEFT = ["docker-compose.yml", ".github/workflows/ci.yml", "mkdocs.yml", ".pre-commit-config.yaml", "models/readme.md"]


@pytest.mark.parametrize("path", TAKEN)
def test_the_hook_takes_architecture_files(path: str) -> None:
    assert re.search(HOOK["files"], path)


@pytest.mark.parametrize("path", LEFT)
def test_the_hook_leaves_other_files(path: str) -> None:
    assert not re.search(HOOK["files"], path) or not path.endswith((".yaml", ".yml"))


def test_the_hook_is_whole() -> None:
    assert HOOK["id"] == "convlint"
    assert HOOK["require_serial"] is True
    assert "--force-exclude" in HOOK["entry"]
    assert HOOK["types"] == ["yaml"]
