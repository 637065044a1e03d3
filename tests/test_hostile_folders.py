"""Files that never end, in every place where a repository can put or name one: a word about it, and no hang."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NETWORK = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 8, kernel_size: 3}\n"
ENDLESS = Path("/dev/zero")
Make = Callable[[Path], None]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to(ENDLESS)


def long_line(path: Path) -> None:
    path.write_text("a" * 30_000_000)


pytestmark = pytest.mark.skipif(not ENDLESS.exists(), reason="there is no endless device")


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`convlint check` in a folder with a network, ended when it takes too long."""
    (folder / "net.yaml").write_text(NETWORK, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "convlint", "check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )


@pytest.mark.parametrize("make", [pipe, device, long_line])
@pytest.mark.parametrize("name", ["pyproject.toml", ".gitignore"])
def test_what_is_only_looked_for_counts_as_missing(name: str, make: Make, tmp_path: Path) -> None:
    make(tmp_path / name)
    run = check(tmp_path, ".")
    assert (run.returncode, run.stdout) == (0, "")
    assert "All checks passed: 1 file." in run.stderr


@pytest.mark.parametrize("pattern", ["*a" * 12 + "b", "**/a/" * 12 + "b", "*.a\n" * 60_000])
def test_patterns_that_take_for_ever(pattern: str, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["a"] * 60)
    folder.mkdir(parents=True)
    (folder / ("a" * 60 + ".yaml")).write_text(NETWORK)
    (tmp_path / ".gitignore").write_text(f"{pattern}\nnet.*\n")
    run = check(tmp_path, ".")
    assert (run.returncode, run.stdout) == (0, "")
    assert "All checks passed: 1 file." in run.stderr


@pytest.mark.parametrize("make", [pipe, device])
def test_a_settings_file_that_is_named(make: Make, tmp_path: Path) -> None:
    make(tmp_path / "named.toml")
    run = check(tmp_path, "--config", "named.toml", "net.yaml")
    assert run.returncode == 2
    assert "named.toml" in run.stderr


@pytest.mark.parametrize("make", [pipe, device, long_line])
@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("extend", "named.toml"),
        ("baseline", "named.json"),
        ("operators", "named.yaml"),
        ("rules", "named.md"),
    ],
)
def test_what_settings_name(key: str, name: str, make: Make, tmp_path: Path) -> None:
    make(tmp_path / name)
    value = f'["{name}"]' if key in ("operators", "rules") else f'"{name}"'
    (tmp_path / "convlint.toml").write_text(f"{key} = {value}\n")
    run = check(tmp_path, "net.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert name in run.stderr
    assert "internal error" not in run.stderr


@pytest.mark.parametrize("make", [pipe, device])
def test_a_network(make: Make, tmp_path: Path) -> None:
    make(tmp_path / "endless.yaml")
    run = check(tmp_path, "--output-format", "concise", ".")
    assert (run.returncode, run.stdout) == (1, "endless.yaml:1:1: error[unreadable-file] is no regular file\n")
