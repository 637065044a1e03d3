"""`convlint show` where there is nothing to show, or something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    return folder


def test_a_network_with_errors_is_shown(capsys: Capture) -> None:
    assert main(["show", "bad.yaml"]) == 1
    output = capsys.readouterr()
    assert "Conv2d  image  8x6x6" in output.out
    assert output.err == "bad.yaml has 1 error; convlint check bad.yaml says which\n"


@pytest.mark.parametrize("command", ["show", "sizes"])
def test_a_file_that_cannot_be_shown(command: str, capsys: Capture) -> None:
    assert main([command, "gone.yaml"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error[unreadable-file] CL001: no such file or directory\n --> gone.yaml:1:1\n\n"


def test_json_of_a_file_that_cannot_be_shown(capsys: Capture) -> None:
    assert main(["show", "compose.yml", "--output-format", "json"]) == 1
    output = capsys.readouterr()
    assert json.loads(output.out) == {"version": 1, "path": "compose.yml", "dialect": None, "models": []}
    assert "error[not-an-architecture]" in output.err
