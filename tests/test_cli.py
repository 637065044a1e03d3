"""The command line from outside: output, exit status, standard input, colours, pipes, folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BROKEN = """\
convlint: 1
inputs: {image: [3, 33, 33]}
layers:
  - {name: enc, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: pool, op: MaxPool2d, kernel_size: 2}
  - {name: up, op: Upsample, scale_factor: 2}
  - {name: cat, op: Concat, from: [up, enc]}
"""
CLEAN = BROKEN.replace("33", "32").replace(
    "Upsample, scale_factor: 2", "ConvTranspose2d, out_channels: 8, kernel_size: 2, stride: 2"
)


def convlint(
    *arguments: str, cwd: Path = ROOT, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    return subprocess.run(
        [sys.executable, "-m", "convlint", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a good and a broken network, and a file that is no network."""
    (tmp_path / "good.yaml").write_text(CLEAN)
    (tmp_path / "bad.yaml").write_text(BROKEN)
    (tmp_path / "compose.yml").write_text("services: {web: {image: nginx}}\n")
    return tmp_path


FULL = """\
error[non-integer-division] CL302: drops 1 of 33 pixels at the end of the height and width: (33 + 0 - 2) / 2 is no integer
 --> bad.yaml:5:12
  |
5 |   - {name: pool, op: MaxPool2d, kernel_size: 2}
  |            ^^^^
  = help: nothing is lost at height and width 32 or 34, and ceil_mode: true keeps the last window

error[skip-size-mismatch] CL401: up is 32 high, enc is 33 (and they differ in width): pool makes 33 into 16
 --> bad.yaml:7:35
  |
7 |   - {name: cat, op: Concat, from: [up, enc]}
  |                                   ^^^^^^^^^
 ::: bad.yaml:6:12
  |
6 |   - {name: up, op: Upsample, scale_factor: 2}
  |            -- up is 8x32x32
 ::: bad.yaml:4:12
  |
4 |   - {name: enc, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  |            --- enc is 8x33x33
 ::: bad.yaml:5:12
  |
5 |   - {name: pool, op: MaxPool2d, kernel_size: 2}
  |            ---- the height is lost here: 33 becomes 16
  = help: give pool a height that it divides exactly, or pad up to 33x33 or crop enc to 32x32; \
the whole network takes height and width 32 or 34 (multiples of 2)

"""


def test_full_output(files: Path) -> None:
    run = convlint("check", "bad.yaml", cwd=files)
    assert run.stdout == FULL
    assert run.stderr == "Found 2 errors in 1 file.\n"
    assert run.returncode == 1


def test_concise_output(files: Path) -> None:
    run = convlint("check", "--output-format", "concise", cwd=files)
    assert run.stdout.splitlines() == [
        "bad.yaml:5:12: error[non-integer-division] drops 1 of 33 pixels at the end of the height and width: "
        "(33 + 0 - 2) / 2 is no integer",
        "bad.yaml:7:35: error[skip-size-mismatch] up is 32 high, enc is 33 (and they differ in width): "
        "pool makes 33 into 16",
    ]


def test_json_output(files: Path) -> None:
    run = convlint("check", "--output-format", "json", ".", cwd=files)
    report = json.loads(run.stdout)
    assert set(report) == {"version", "diagnostics", "files", "skipped", "summary"}
    first, second = report["diagnostics"]
    assert first["rule"] == "non-integer-division"
    assert second == {
        "path": "bad.yaml",
        "rule": "skip-size-mismatch",
        "code": "CL401",
        "severity": "error",
        "message": second["message"],
        "help": second["help"],
        "layer": "cat",
        "variant": None,
        "start": {"line": 7, "column": 35},
        "end": {"line": 7, "column": 44},
        "related": second["related"],
        "fix": None,
    }
    assert [item["start"]["line"] for item in second["related"]] == [6, 4, 5]
    assert report["files"] == [
        {"path": "bad.yaml", "dialect": "native", "variants": [None]},
        {"path": "good.yaml", "dialect": "native", "variants": [None]},
    ]
    assert [item["path"] for item in report["skipped"]] == ["compose.yml"]
    assert report["summary"] == {"files": 2, "errors": 2, "warnings": 0, "infos": 0}


def test_clean_run(files: Path) -> None:
    run = convlint("check", "good.yaml", cwd=files)
    assert (run.stdout, run.stderr, run.returncode) == ("", "All checks passed: 1 file.\n", 0)


def test_a_file_named_alone_must_be_an_architecture(files: Path) -> None:
    assert convlint("check", "compose.yml", cwd=files).returncode == 1
    both = convlint("check", "compose.yml", "good.yaml", "--verbose", cwd=files)
    assert both.returncode == 0
    assert "skipped compose.yml: no key 'convlint' marks it as an architecture" in both.stderr


def test_nothing_found_is_said(tmp_path: Path) -> None:
    run = convlint("check", cwd=tmp_path)
    assert run.returncode == 0
    assert run.stderr == "No architecture file found.\n"


def test_standard_input() -> None:
    run = convlint("check", "-", "--stdin-filename", "net.yaml", "--output-format", "concise", stdin=BROKEN)
    assert run.returncode == 1
    assert run.stdout.startswith("net.yaml:5:12: ")


def test_colours() -> None:
    def output(*arguments: str, **environment: str) -> str:
        return convlint("check", "-", *arguments, stdin=BROKEN, **environment).stdout  # type: ignore[arg-type]

    assert "\x1b[" not in output()
    assert "\x1b[" in output("--color", "always")
    assert "\x1b[" in output(FORCE_COLOR="1")
    assert "\x1b[" not in output(FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" in output("--color", "always", NO_COLOR="1")


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (["--select", "CL4"], ["skip-size-mismatch"]),
        (["--select", "CL302"], ["non-integer-division"]),
        (["--ignore", "skip-size-mismatch"], ["non-integer-division"]),
        (["--select", "merges", "--extend-select", "x"], None),
        (["--extend-select", "ragged-padding"], ["non-integer-division", "skip-size-mismatch"]),
    ],
)
def test_selection(arguments: list[str], rules: list[str] | None) -> None:
    run = convlint("check", "-", "--output-format", "json", *arguments, stdin=BROKEN)
    if rules is None:
        assert run.returncode == 2
        return
    assert [item["rule"] for item in json.loads(run.stdout)["diagnostics"]] == rules


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--select", "skip-size-mismach"], "did you mean 'skip-size-mismatch'?"),
        (["check", "--output-format", "jsn"], "did you mean 'json'?"),
        (["check", "--fail-on", "eror"], "did you mean 'error'?"),
        (["check", "--size", "H"], "--size takes NAME=INT"),
        (["check", "--size", "H=0"], "--size"),
        (["chek"], "did you mean 'check'?"),
        (["rule", "channel-missmatch"], "did you mean 'channel-mismatch'?"),
        (["operator", "conv2d"], "did you mean 'Conv2d'?"),
        (["schema", "architektur"], "did you mean 'architecture'?"),
        (["check", "--no-such-option"], "--no-such-option"),
        ([], "check, show, state, sizes"),
    ],
)
def test_usage_errors(arguments: list[str], message: str) -> None:
    run = convlint(*arguments)
    assert run.returncode == 2
    assert run.stderr.startswith("convlint: error: ")
    assert message in run.stderr
    assert run.stdout == ""


def test_exit_status(files: Path) -> None:
    assert convlint("check", "bad.yaml", "--exit-zero", cwd=files).returncode == 0
    (files / "warn.yaml").write_text(CLEAN.replace("out_channels: 8", "out_channels: 010"))
    assert convlint("check", "warn.yaml", cwd=files).returncode == 0
    assert convlint("check", "warn.yaml", "--fail-on", "warning", cwd=files).returncode == 1


def test_output_file_and_statistics(files: Path) -> None:
    run = convlint("check", "--output-format", "json", "--output-file", "report.json", cwd=files)
    assert run.stdout == ""
    assert json.loads((files / "report.json").read_text())["summary"]["errors"] == 2
    statistics = convlint("check", "--statistics", cwd=files).stdout
    assert statistics.split() == ["1", "CL302", "non-integer-division", "1", "CL401", "skip-size-mismatch"]


def test_size_option() -> None:
    text = CLEAN.replace("[3, 32, 32]", "[3, H, 32]")
    assert convlint("check", "-", stdin=text).returncode == 0
    assert convlint("check", "-", "--size", "H=33", stdin=text).returncode == 1
    assert convlint("check", "-", "--size", "image.2=33", stdin=text).returncode == 1


def test_a_closed_pipe_is_quiet(files: Path) -> None:
    for number in range(200):
        (files / f"net{number}.yaml").write_text(BROKEN)
    command = f"{sys.executable} -m convlint check . --output-format concise | head -n 1"
    run = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert len(run.stdout.splitlines()) == 1
    assert "Traceback" not in run.stderr
    assert "BrokenPipe" not in run.stderr


@pytest.mark.slow
def test_folders_honour_gitignore(files: Path) -> None:
    (files / ".git").mkdir()
    (files / ".gitignore").write_text("ignored/\n*.tmp.yaml\n!keep.tmp.yaml\n")
    inner = files / "sub"
    for folder in (files / "ignored", inner, files / "node_modules", inner / "deep"):
        folder.mkdir(exist_ok=True)
        (folder / "net.yaml").write_text(CLEAN)
    (files / "a.tmp.yaml").write_text(BROKEN)
    (files / "keep.tmp.yaml").write_text(CLEAN)
    (inner / ".gitignore").write_text("deep\n")
    (inner / "loop").symlink_to(files)

    def paths(*arguments: str, cwd: Path = files) -> list[str]:
        run = convlint("check", "--output-format", "json", *arguments, cwd=cwd)
        return [item["path"] for item in json.loads(run.stdout)["files"]]

    assert paths() == ["bad.yaml", "good.yaml", "keep.tmp.yaml", "sub/net.yaml"]
    assert paths(".", cwd=inner) == ["net.yaml"]
    assert paths("ignored/net.yaml", "good.yaml", "good.yaml") == ["ignored/net.yaml", "good.yaml"]
    assert paths("--exclude", "sub", "--exclude", "b*.yaml") == ["good.yaml", "keep.tmp.yaml"]
    assert paths("bad.yaml", "good.yaml", "--exclude", "bad.yaml") == ["bad.yaml", "good.yaml"]
    assert paths("bad.yaml", "good.yaml", "--exclude", "bad.yaml", "--force-exclude") == ["good.yaml"]


def test_show() -> None:
    report = json.loads(convlint("show", "examples/unet.yaml", "--output-format", "json").stdout)
    (model,) = report["models"]
    assert model["inputs"] == {"image": [1, 256, 256]}
    row = {
        "index": 1,
        "name": "pool1",
        "op": "MaxPool2d",
        "from": ["enc1"],
        "outputs": [[16, 128, 128]],
        "parameters": 0,
        "macs": 0,
        "receptive_field": [6, 6],
        "line": 19,
    }
    assert {key: model["layers"][1][key] for key in row} == row
    table = convlint("show", "examples/unet.yaml").stdout
    assert "pool1   MaxPool2d        enc1       16x128x128" in table
    assert table.splitlines()[-2].startswith("total: ")


def test_show_of_an_unknown_size(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(CLEAN.replace("[3, 32, 32]", "[3, H, 32]"))
    (model,) = json.loads(convlint("show", "net.yaml", "--output-format", "json", cwd=tmp_path).stdout)["models"]
    assert model["layers"][1]["outputs"] == [[8, None, 16]]
    assert "8 x ⌊H/2⌋ x 16" in convlint("show", "net.yaml", cwd=tmp_path).stdout


def test_sizes() -> None:
    report = json.loads(convlint("sizes", "examples/unet_broken.yaml", "--output-format", "json").stdout)
    multiples_of_8 = {"from": 8, "modulus": 8, "residues": [0], "below": []}
    axes = report["models"][0]["axes"]
    assert axes == {axis: {"valid": multiples_of_8, "lossless": multiples_of_8} for axis in ("image.1", "image.2")}
    text = convlint("sizes", "examples/unet_broken.yaml", "--size", "image.1=720").stdout
    assert "height (image.1): 8, 16, 24, ... (multiples of 8)" in text
    assert "720 works" in text
    assert "250 fails at cat2 (124 vs 125); nearest 248 and 256" in text


@pytest.mark.slow
def test_rule_operator_and_schema() -> None:
    assert "CL401  skip-size-mismatch" in convlint("rule").stdout
    assert convlint("rule", "CL401").stdout == convlint("rule", "skip-size-mismatch").stdout
    page = json.loads(convlint("rule", "CL302", "--output-format", "json").stdout)
    assert page["name"] == "non-integer-division"
    assert "## Use instead" in page["page"]
    assert "kernel_size" in convlint("operator", "Conv2d").stdout
    source = convlint("operator", "Conv2d", "--source").stdout
    compile(source, "source", "exec")
    assert "def shape(P, I):" in source and "channel-mismatch" in source
    assert "MaxPool2d" in convlint("operator").stdout
    assert "architecture" in convlint("schema").stdout
    assert json.loads(convlint("schema", "config").stdout)["$id"] == "urn:convlint:schema:config:1"


def test_version() -> None:
    assert convlint("--version").stdout == "convlint 0.1.0\n"
