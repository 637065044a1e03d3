"""`check --watch`: checks again with every change, between lines that an editor's background matcher reads."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from convlint.cli import main
from tests.cli.conftest import BROKEN, CLEAN, ROOT

Capture = pytest.CaptureFixture[str]
TASKS = json.loads((ROOT / "editors" / "vscode-tasks.json").read_text(encoding="utf-8"))["tasks"]
MATCHER = TASKS[1]["problemMatcher"]


class Watch:
    """A running `convlint check --watch`, read check by check."""

    def __init__(self, *arguments: str) -> None:
        self._run = subprocess.Popen(
            [sys.executable, *TASKS[1]["args"], *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        )
        self._limit = Timer(60, self._run.kill)
        self._limit.start()

    def check(self) -> list[str]:
        """What is said from the line that begins the next check to the one that ends it, both included."""
        assert self._run.stdout is not None
        lines: list[str] = []
        for line in self._run.stdout:
            lines.append(line.rstrip("\n"))
            if re.search(MATCHER["background"]["endsPattern"], line):
                assert re.search(MATCHER["background"]["beginsPattern"], lines[0])
                return lines
        raise AssertionError("\n".join(lines))

    def interrupt(self) -> int:
        """Ends it as Ctrl-C does; the exit status."""
        self._run.send_signal(signal.SIGINT)
        return self._run.wait(30)

    def close(self) -> None:
        self._limit.cancel()
        self._run.kill()
        self._run.communicate()


@pytest.fixture
def watch(folder: Path) -> Iterator[Watch]:
    running = Watch(".")
    yield running
    running.close()


def findings(lines: list[str]) -> list[str]:
    """The file and the rule of each finding, as an editor reads them."""
    found = [re.search(MATCHER["pattern"]["regexp"], line) for line in lines]
    return [f"{one[1]} {one[5]}" for one in found if one]


def test_a_change_is_checked_between_two_lines(watch: Watch, folder: Path) -> None:
    assert findings(watch.check()) == ["bad.yaml channel-mismatch"]
    (folder / "good.yaml").write_text(BROKEN)
    lines = watch.check()
    assert re.fullmatch(r"convlint: check begins at \d\d:\d\d:\d\d \(good\.yaml\)", lines[0])
    assert findings(lines) == ["bad.yaml channel-mismatch", "good.yaml channel-mismatch"]
    (folder / "bad.yaml").unlink()
    assert findings(watch.check()) == ["good.yaml channel-mismatch"]
    temporary = folder / "good.yaml.tmp"
    temporary.write_text(CLEAN)
    temporary.replace(folder / "good.yaml")  # as editors save
    lines = watch.check()
    assert findings(lines) == []
    assert "All checks passed: 1 file (1 skipped; --verbose says why)." in lines


def test_settings_are_watched_even_where_they_are_wrong(watch: Watch, folder: Path) -> None:
    watch.check()
    (folder / "convlint.toml").write_text('ignore = ["chanel-mismatch"]\n')
    assert any("chanel-mismatch" in line for line in watch.check())
    (folder / "convlint.toml").write_text('ignore = ["channel-mismatch"]\n')
    assert findings(watch.check()) == []


def test_what_is_no_network_starts_nothing(watch: Watch, folder: Path) -> None:
    watch.check()
    (folder / "model.pt").write_bytes(b"weights")
    (folder / "good.yaml").write_text(CLEAN + "\n")
    assert "(good.yaml)" in watch.check()[0]


def test_an_interrupt_ends_it(watch: Watch) -> None:
    watch.check()
    assert watch.interrupt() == 130


def test_settings_above_what_is_watched_are_watched(folder: Path) -> None:
    (folder / "nets").mkdir()
    (folder / "nets" / "net.yaml").write_text(BROKEN)
    (folder / "convlint.toml").write_text("")
    running = Watch("nets")
    try:
        assert findings(running.check()) == ["nets/net.yaml channel-mismatch"]
        for rules, found in ((["channel-mismatch"], []), ([], ["nets/net.yaml channel-mismatch"])) * 2:
            (folder / "new.toml").write_text(f"ignore = {rules}\n")
            (folder / "new.toml").replace(folder / "convlint.toml")
            while findings(running.check()) != found:
                pass  # a watching that begins anew checks once more; the time limit ends what never comes
    finally:
        running.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fix"], "--watch only reports; it cannot be had with --fix"),
        (["--add-ignore"], "--watch only reports; it cannot be had with --add-ignore"),
        (["--write-baseline", "b.json"], "--watch only reports; it cannot be had with --write-baseline"),
        (["-"], "--watch looks at files; it cannot watch standard input"),
        (["--output-format", "json"], "as json it needs --output-file"),
        (["gone/net.yaml"], "--watch: there is no folder gone"),
        (["--config", "gone.toml"], "--config: there is no file gone.toml"),
    ],
)
def test_what_cannot_be_watched(folder: Path, arguments: list[str], said: str, capsys: Capture) -> None:
    assert main(["check", "--watch", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_without_the_package_it_says_how_to_get_it(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["check", "--watch"]) == 2
    assert capsys.readouterr().err == (
        "convlint: error: --watch needs the package watchfiles: pip install 'convlint[watch]'\n"
    )
