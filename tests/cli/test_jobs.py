"""`check --jobs`: processes change nothing but the time, and what dies in one hides nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlint.cli import linting, main
from convlint.findings import FileResult
from convlint.found import check_found
from tests.cli.conftest import BROKEN, CLEAN, ROOT

Capture = pytest.CaptureFixture[str]
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="a patch reaches other processes only by a fork")


@pytest.fixture(autouse=True)
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ninety files in three folders; one folder has settings of its own."""
    for number in range(90):
        folder = tmp_path / f"part{number % 3}"
        folder.mkdir(exist_ok=True)
        (folder / f"net{number}.yaml").write_text(BROKEN if number % 4 == 0 else CLEAN)
    (tmp_path / "part1" / "convlint.toml").write_text('ignore = ["channel-mismatch"]\n')
    (tmp_path / "part2" / "data.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["--output-format", "concise"],
        ["--output-format", "json"],
        ["--output-format", "github"],
        ["--output-format", "sarif"],
        ["--statistics"],
        ["--verbose"],
        ["--fail-on", "info", "--quiet"],
        ["--write-baseline", "baseline.json"],
        ["part1"],
        ["--ignore", "ALL"],
    ],
)
def test_processes_change_nothing(arguments: list[str], capsys: Capture) -> None:
    def run(jobs: str) -> tuple[int, str, str]:
        return main(["check", "--jobs", jobs, *arguments]), *capsys.readouterr()

    alone = run("1")
    assert run("2") == alone
    assert run("3") == alone


def test_without_a_count_many_files_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    assert jobs() == 3
    assert jobs("part0") == 1
    assert jobs("--jobs", "2", "part0") == 2
    assert jobs("--torch") == 1
    assert jobs("--fix") == 1


def jobs(*arguments: str) -> int:
    """How many processes a run takes."""
    asked: list[int] = []

    def shared(arguments: Any, files: list[linting.FileToLint], jobs: int) -> Any:
        asked.append(jobs)
        return iter(())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linting, "_shared", shared)
        main(["check", "--quiet", *arguments])
    return asked[0] if asked else 1


@pytest.mark.parametrize("count", ["0", "-1", "two", "1.5", ""])
def test_a_count_is_a_positive_integer(count: str, capsys: Capture) -> None:
    assert main(["check", f"--jobs={count}"]) == 2
    assert "--jobs takes an integer of at least 1" in capsys.readouterr().err


def on_one_file(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Something happens in the process that checks net10.yaml."""

    def checked(path: str, *arguments: Any, **options: Any) -> FileResult:
        if path.endswith("net10.yaml"):
            act()
        return check_found(path, *arguments, **options)

    monkeypatch.setattr(linting, "check_found", checked)


@FORKS
def test_a_process_that_dies_hides_nothing(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert main(["check", "--output-format", "concise"]) == 1
    expected = capsys.readouterr().out
    on_one_file(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert main(["check", "--jobs", "2", "--output-format", "concise"]) == 2
    output = capsys.readouterr()
    assert output.out == expected
    said = output.err.splitlines()
    assert said[0].startswith("convlint: internal error in part1/net10.yaml: its process died")
    assert said[-1] == "1 file could not be checked."


@FORKS
def test_an_exception_in_a_process_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail() -> None:
        raise RuntimeError("oh\nno")

    on_one_file(monkeypatch, fail)
    assert main(["check", "--jobs", "2", "--verbose", "--output-format", "concise"]) == 2
    error = capsys.readouterr().err
    assert "convlint: internal error in part1/net10.yaml: RuntimeError: oh no\nTraceback" in error
    assert 'raise RuntimeError("oh\\nno")' in error


def test_wrong_settings_are_a_usage_error(many: Path, capsys: Capture) -> None:
    (many / "part2" / "convlint.toml").write_text('ignroe = ["channel-mismatch"]\n')
    assert main(["check", "--jobs", "2"]) == 2
    assert "ignroe" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="there, Ctrl-C goes other ways")
def test_an_interrupt_ends_all_processes(many: Path) -> None:
    for number in range(4000):
        (many / "part0" / f"more{number}.yaml").write_text(BROKEN)
    command = [sys.executable, "-m", "convlint", "check", "--jobs", "2", "--output-format", "concise"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    ) as run:
        assert run.stdout is not None
        run.stdout.readline()
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does
        _, error = run.communicate(timeout=60)
    assert (run.returncode, error) == (130, "")
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)
