"""pre-commit itself installs the hook of this checkout and runs it on what is staged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "tests" / "repository" / "configs"

pytestmark = [
    pytest.mark.skipif("CONVLINT_CI" not in os.environ, reason="installs from a package index: run by .ci/run"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="pre-commit installs from a git repository"),
]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        command.split(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"},
    )


def test_the_hook_sees_the_staged_networks(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / "configs").mkdir(parents=True)
    run("git init -q", folder)
    shutil.copy(CONFIGS / "classifier.yaml", folder / "configs")
    (folder / "configs" / "trainer.yaml").write_text("optimizer: sgd\n")
    run("git add .", folder)
    shutil.copy(CONFIGS / "legacy" / "old.yaml", folder / "configs")  # broken, and not staged
    done = run(f"{sys.executable} -m pre_commit try-repo {ROOT} convlint", folder)
    assert done.returncode == 1, done.stderr
    assert "configs/classifier.yaml:5:43" in done.stdout
    assert "old.yaml" not in done.stdout
    assert "trainer.yaml" not in done.stdout
    assert "Found 2 errors, 1 warning in 1 file (1 skipped; --verbose says why)." in done.stdout

    shutil.copy(ROOT / "examples" / "resnet18.yaml", folder / "configs" / "classifier.yaml")
    run("git add configs/classifier.yaml", folder)
    done = run(f"{sys.executable} -m pre_commit try-repo {ROOT} convlint", folder)
    assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout
