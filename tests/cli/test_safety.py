"""Whatever files are called and wherever a command runs: names are no options, and nothing of the folder is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from convlint.cli import main
from convlint.render import FORMATS

ROOT = Path(__file__).parent.parent.parent
BROKEN = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {name: '=1+1', op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network in which there is an error."""
    (tmp_path / "net.yaml").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_dashes_end_the_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "--exit-zero").write_text("")
    assert main(["check", "--force-exclude", "--", "--exit-zero", "net.yaml"]) == 1
    (folder / "--nope.yaml").write_text(BROKEN)
    capsys.readouterr()
    assert main(["check", "--output-format", "concise", "--", "--nope.yaml"]) == 1
    assert capsys.readouterr().out.startswith("./--nope.yaml:4:")


def test_a_file_chosen_by_a_machine_is_no_option(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "--exit-zero").write_text("")
    assert main(["check", "--force-exclude", "--exit-zero", "net.yaml"]) == 2
    assert "put '--' before the paths" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check"], ["show"], ["server"]])
def test_nothing_is_imported_from_the_working_folder(command: list[str], folder: Path) -> None:
    for name in ("yaml", "json", "ast", "gc", "pygls", "argparse", "sitecustomize"):
        (folder / f"{name}.py").write_text("open('was-run', 'w').close()\n")
    run = subprocess.run(
        [sys.executable, "-m", "convlint", *command, *([] if command == ["server"] else ["net.yaml"])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert b"internal error" not in run.stderr
    assert not (folder / "was-run").exists()


def test_lines_are_no_commands_of_a_runner(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.yaml").unlink()
    (folder / "::stop-commands::token.yaml").write_text(BROKEN.replace("=1+1", "##vso[task.x] ##[add-mask]"))
    for name in ("concise", "full"):
        main(["check", "--output-format", name, "."])
        text = capsys.readouterr().out
        assert "channel-mismatch" in text
        assert not any(line.strip().startswith("::") for line in text.splitlines())
        assert "##vso[" not in text
        assert "##[" not in text


def test_cells_are_no_formulas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", "--output-format", "csv", "net.yaml"])
    assert ",'=1+1," in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_control_characters_of_names_are_escaped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m.yaml"
    (folder / "net.yaml").rename(folder / name)
    for arguments in (
        ["config", name],
        *(["check", "--output-format", kind, name] for kind in FORMATS),
    ):
        main(arguments)
        said = capsys.readouterr()
        assert "\x1b" not in said.out + said.err
