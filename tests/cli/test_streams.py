"""Standard streams that are closed, full, broken, or of another encoding."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import pytest

from convlint.cli import main
from tests.cli.conftest import BROKEN, Convlint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are the streams of a POSIX shell")


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("convlint check bad.yaml", 1),
        ("convlint check good.yaml --output-format json", 0),
        ("convlint check bad.yaml --exit-zero", 0),
        ("convlint rule", 0),
        ("convlint --help", 0),
        ("installed check bad.yaml", 1),
        ("installed check good.yaml --output-format json", 0),
    ],
)
def test_a_reader_that_went_away_changes_nothing(shell: Convlint, line: str, status: int, unbuffered: str) -> None:
    run = shell(f"{line} | true; exit ${{PIPESTATUS[0]}}", PYTHONUNBUFFERED=unbuffered)
    assert run.returncode == status
    assert "Error" not in run.stderr
    assert "ignored" not in run.stderr


@pytest.mark.parametrize(("platform", "status"), [("win32", 1), ("linux", 2)])
def test_windows_calls_a_reader_that_went_away_an_invalid_argument(
    platform: str, status: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(folder / "out.txt", "w") as file:

        class Abandoned(io.StringIO):
            def write(self, text: str) -> int:
                raise OSError(errno.EINVAL, "Invalid argument")

            def fileno(self) -> int:
                return file.fileno()

        monkeypatch.setattr("sys.stdout", Abandoned())
        monkeypatch.setattr("sys.platform", platform)
        assert main(["check", "bad.yaml"]) == status


def test_a_reader_of_both_streams_that_went_away(shell: Convlint) -> None:
    assert shell("convlint check bad.yaml 2>&1 | true; exit ${PIPESTATUS[0]}").returncode == 1


@pytest.mark.parametrize("command", ["convlint", "installed"])
def test_closed_streams(shell: Convlint, command: str) -> None:
    assert shell(f"{command} check bad.yaml >&-").returncode == 1
    assert shell(f"{command} check bad.yaml 2>&-").returncode == 1


def test_the_script_says_all_that_the_module_says(shell: Convlint) -> None:
    for line in ("check bad.yaml", "check bad.yaml missing.yaml", "rule", "--version", "chek", "check --help"):
        script, module = shell(f"installed {line}"), shell(f"convlint {line}")
        assert (script.returncode, script.stdout, script.stderr) == (module.returncode, module.stdout, module.stderr)


def test_the_script_lets_those_speak_who_wait_for_its_end(shell: Convlint) -> None:
    waiting = "import atexit, sys; atexit.register(print, 'the end'); from convlint.cli import run; run()"
    run = shell(f"'{sys.executable}' -c \"{waiting}\" check bad.yaml")
    assert run.returncode == 1
    assert run.stdout.endswith("the end\n")
    profiled = "import cProfile; cProfile.run('from convlint.cli import run; run()')"
    assert "function calls" in shell(f"'{sys.executable}' -c \"{profiled}\" check good.yaml").stdout
    closed = shell("convlint check - --output-format concise <&-")
    assert closed.stdout == "<stdin>:1:1: error[unreadable-file] standard input is closed\n"
    assert closed.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "line",
    [
        "convlint check bad.yaml",
        "installed check bad.yaml",
        "convlint check --fix - < bad.yaml",
        "convlint schema architecture",
        "convlint --version",
    ],
)
def test_a_full_disk_is_an_error(shell: Convlint, line: str) -> None:
    run = shell(f"{line} >/dev/full")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == "convlint: error: cannot write to standard output: No space left on device"


def test_an_encoding_that_lacks_characters(shell: Convlint, folder: Path) -> None:
    (folder / "wide.yaml").write_text(BROKEN.replace("conv,", "編碼,"), encoding="utf-8")
    run = shell("convlint check wide.yaml", PYTHONIOENCODING="ascii")
    assert run.returncode == 1
    assert "\\u7de8\\u78bc" in run.stdout


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_text_of_a_file_comes_out_in_its_own_encoding(shell: Convlint, folder: Path, line_end: str) -> None:
    fixed = BROKEN.replace("conv,", "編碼,").replace("in_channels: 4", "in_channels: 3")
    for name, text in (("wide.yaml", fixed.replace("in_channels: 3", "in_channels: 4")), ("fixed.yaml", fixed)):
        (folder / name).write_bytes(("\ufeff" + text.replace("\n", line_end)).encode())
    shell("convlint check --fix - < wide.yaml > out.yaml", PYTHONIOENCODING="ascii")
    assert (folder / "out.yaml").read_bytes() == (folder / "fixed.yaml").read_bytes()
    shell("convlint check --diff wide.yaml > out.diff", PYTHONIOENCODING="ascii")
    assert "編碼" in (folder / "out.diff").read_text(encoding="utf-8")


def test_a_name_in_a_diff_does_not_write_to_the_terminal(shell: Convlint, folder: Path) -> None:
    (folder / "a\x1b[31m\nb.yaml").write_text(BROKEN)
    assert shell("convlint check --diff *b.yaml").stdout.startswith("--- a\\x1b[31m b.yaml\n+++ a\\x1b[31m b.yaml\n")


def test_a_report_in_a_file_is_utf_8(shell: Convlint, folder: Path) -> None:
    (folder / "wide.yaml").write_text(BROKEN.replace("conv,", "編碼,"), encoding="utf-8")
    shell("convlint check wide.yaml --output-file report.txt", PYTHONIOENCODING="ascii")
    assert "編碼" in (folder / "report.txt").read_text(encoding="utf-8")


def test_a_terminal_gets_colours(shell: Convlint) -> None:
    """A pseudo-terminal: `script` would do, but is not everywhere."""
    spawn = (
        "import os, pty, sys; chunks = []; "
        "status = pty.spawn(sys.argv[1:], lambda fd: chunks.append(os.read(fd, 4096)) or chunks[-1]); "
        "sys.exit(os.waitstatus_to_exitcode(status))"
    )
    line = f"'{sys.executable}' -c '{spawn}' '{sys.executable}' -m convlint check bad.yaml"
    coloured = shell(line, TERM="xterm")
    assert "\x1b[1;31merror[channel-mismatch]\x1b[0m" in coloured.stdout
    assert coloured.returncode == 1
    assert "\x1b[" not in shell(line, TERM="dumb").stdout
    assert "\x1b[" not in shell(line, TERM="xterm", NO_COLOR="1").stdout
