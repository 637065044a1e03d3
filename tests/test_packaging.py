"""The wheel works away from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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
    assert {f"convlint/catalogue/_compiled_{name}.py" for name in ("index", "operators_convolution", "rules")} <= names
    assert "convlint/py.typed" in names
    assert not any(name.startswith(("tests/", "convlint/catalogue/_compiled_stamp")) for name in names)


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
    report = run("check", "--output-format", "sarif", str(ROOT / "examples" / "unet_broken.yaml"))
    assert all(
        "## Example" in rule["help"]["markdown"]
        for rule in json.loads(report.stdout)["runs"][0]["tool"]["driver"]["rules"]
    )


def test_a_run_of_the_wheel_compiles_and_compares_nothing(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import sys; from convlint.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    command = [sys.executable, "-c", code, "check", str(ROOT / "examples" / "unet.yaml")]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert not {"hashlib", "convlint.catalogue.freshness", "convlint.catalogue.loading"} & set(run.stdout.split())
