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
    assert main(["show", "bad.yaml"]) == 0
    output = capsys.readouterr()
    assert "Conv2d  image  8x6x6" in output.out
    assert output.err == "bad.yaml has 1 error; convlint check bad.yaml says which\n"


@pytest.mark.parametrize("command", ["show", "sizes"])
def test_a_file_that_cannot_be_shown(command: str, capsys: Capture) -> None:
    assert main([command, "gone.yaml"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error[unreadable-file] CL001: no such file or directory\n --> gone.yaml:1:1\n\n"


def test_json_of_a_file_that_cannot_be_shown(capsys: Capture) -> None:
    assert main(["show", "compose.yml", "--output-format", "json"]) == 2
    output = capsys.readouterr()
    assert json.loads(output.out) == {"version": 1, "path": "compose.yml", "dialect": None, "models": []}
    assert "error[not-an-architecture]" in output.err


BLOCKS = """\
convlint: 1
inputs: {image: [3, 8, 8]}
blocks:
  Unit:
    layers:
      - {name: conv, op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      - {name: a|b, op: ReLU}
layers:
  - {name: small, op: Conv2d, out_channels: 1, kernel_size: 1}
  - {name: unit, op: Unit}
"""


def show(folder: Path, capsys: Capture, *arguments: str) -> str:
    (folder / "net.yaml").write_text(BLOCKS, encoding="utf-8")
    assert main(["show", "net.yaml", *arguments]) == 0
    return capsys.readouterr().out


def test_csv(folder: Path, capsys: Capture) -> None:
    assert show(folder, capsys, "--output-format", "csv", "--depth", "1", "--sort", "parameters") == (
        "variant,index,name,op,from,output,parameters,macs,activation_bytes,receptive_field,jump\n"
        ",1,unit,Unit,small,4x8x8,40,2304,2048,3x3,1x1\n"
        ",1.0,unit/conv,Conv2d,input,4x8x8,40,2304,1024,3x3,1x1\n"
        ",1.1,unit/a|b,ReLU,conv,4x8x8,0,0,1024,3x3,1x1\n"
        ",0,small,Conv2d,image,1x8x8,4,192,256,1x1,1x1\n"
    )


def test_markdown(folder: Path, capsys: Capture) -> None:
    lines = show(folder, capsys, "--output-format", "markdown", "--depth", "1").splitlines()
    assert lines[0] == "net.yaml: image 3x8x8"
    assert lines[3] == "| ---: | --- | --- | --- | --- | ---: | ---: | ---: | --- | --- |"
    assert lines[4] == "| 0 | small | Conv2d | image | 1x8x8 | 4 | 192 | 256 | 1x1 | 1x1 |"
    assert lines[7] == "| 1.1 | unit/a\\|b | ReLU | conv | 4x8x8 | 0 | 0 | 1,024 | 3x3 | 1x1 |"
    assert lines[-2] == "total: 44 parameters, 2,496 MACs, 2,304 activation bytes; receptive field 3x3, jump 1x1" + (
        "; training keeps at least 1,280 bytes a sample"
    )


def test_json_holds_the_rows_inside_blocks_only_where_asked(folder: Path, capsys: Capture) -> None:
    (plain,) = json.loads(show(folder, capsys, "--output-format", "json"))["models"]
    assert not any("layers" in row for row in plain["layers"])
    (deep,) = json.loads(show(folder, capsys, "--output-format", "json", "--depth", "1"))["models"]
    inside = deep["layers"][1]["layers"]
    assert [(row["path"], row["parameters"], row["line"]) for row in inside] == [
        ("unit/conv", 40, 6),
        ("unit/a|b", 0, 7),
    ]
    assert (deep["activation_bytes"], deep["receptive_field"], deep["jump"]) == (2304, [3, 3], [1, 1])


@pytest.mark.parametrize("line", ["--sort params", "--depth -1", "--depth x", "--output-format xml"])
def test_show_refuses_what_it_does_not_know(line: str, capsys: Capture) -> None:
    assert main(["show", "good.yaml", *line.split()]) == 2
    assert "convlint: error: " in capsys.readouterr().err


@pytest.mark.parametrize(("name", "start"), [("svg", "<svg "), ("mermaid", "---\ntitle: "), ("dot", "digraph ")])
def test_pictures(name: str, start: str, folder: Path, capsys: Capture) -> None:
    plain = show(folder, capsys, "--output-format", name)
    assert plain.startswith(start)
    assert "Unit" in plain
    assert "unit/conv" not in plain
    assert show(folder, capsys, "--output-format", name, "--sort", "parameters") == plain
    assert "Unit, as in unit" in show(folder, capsys, "--output-format", name, "--depth", "1")


@pytest.mark.parametrize("name", ["svg", "mermaid", "dot"])
def test_a_picture_of_a_network_with_errors_marks_them(name: str, capsys: Capture) -> None:
    assert main(["show", "bad.yaml", "--output-format", name]) == 0
    assert "error" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["svg", "mermaid", "dot"])
def test_there_is_no_picture_of_what_cannot_be_shown(name: str, capsys: Capture) -> None:
    assert main(["show", "compose.yml", "--output-format", name]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "error[not-an-architecture]" in output.err
