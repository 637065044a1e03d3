"""Settings files in whole runs: each file is linted by the closest one, and `convlint config` says what holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.cli import main
from tests.cli.conftest import BROKEN

Capture = pytest.CaptureFixture[str]
UNUSED = """\
convlint: 1
inputs: {image: [3, H, W]}
layers:
  - {name: side, op: ReLU}
  - {name: pool, op: MaxPool2d, kernel_size: 9, from: image}
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def nested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with settings at its root, in a folder of it, and in a pyproject.toml of another."""
    write(tmp_path / ".git" / "HEAD", "")
    write(
        tmp_path / "convlint.toml",
        'ignore = ["unused-layer"]\nexclude = ["generated"]\nsizes = {H = 8}\n[per-file."old/*"]\nignore = ["CL3"]\n',
    )
    write(
        tmp_path / "strict" / "convlint.toml",
        'extend = "../convlint.toml"\nextend-select = ["unused-layer"]\nfail-on = "warning"\n',
    )
    write(tmp_path / "own" / "pyproject.toml", '[tool.convlint]\nseverity = {unused-layer = "info"}\n')
    for folder in ("", "strict", "own", "old", "generated"):
        write(tmp_path / folder / "net.yaml", UNUSED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(capsys: Capture) -> set[tuple[str, str, str]]:
    data = json.loads(capsys.readouterr().out)
    return {(item["path"], item["rule"], item["severity"]) for item in data["diagnostics"]}


def test_each_file_is_linted_by_the_closest_settings(nested: Path, capsys: Capture) -> None:
    assert main(["check", "--output-format", "json"]) == 1
    assert found(capsys) == {
        ("net.yaml", "non-positive-size", "error"),
        ("strict/net.yaml", "non-positive-size", "error"),
        ("strict/net.yaml", "unused-layer", "warning"),
        ("own/net.yaml", "unused-layer", "info"),
    }


def test_isolated_and_a_named_file_take_the_place_of_what_is_found(nested: Path, capsys: Capture) -> None:
    main(["check", "own", "generated", "--isolated", "--output-format", "json"])
    assert found(capsys) == {
        ("own/net.yaml", "unused-layer", "warning"),
        ("generated/net.yaml", "unused-layer", "warning"),
    }
    main(["check", "own", "--config", "strict/convlint.toml", "--output-format", "json"])
    assert found(capsys) == {
        ("own/net.yaml", "unused-layer", "warning"),
        ("own/net.yaml", "non-positive-size", "error"),
    }


def test_the_least_severity_that_fails_is_that_of_each_file(nested: Path, capsys: Capture) -> None:
    assert main(["check", "own"]) == 0
    assert main(["check", "strict", "--ignore", "non-positive-size"]) == 1
    assert main(["check", "strict", "--ignore", "non-positive-size", "--fail-on", "error"]) == 0


def test_what_is_named_is_linted_though_settings_leave_it_out(nested: Path, capsys: Capture) -> None:
    assert main(["check", "generated/net.yaml"]) == 1
    assert main(["check", "generated/net.yaml", "--force-exclude"]) == 0
    assert "No architecture file found" in capsys.readouterr().err


def test_include_narrows_what_a_search_finds(nested: Path, capsys: Capture) -> None:
    write(nested / "convlint.toml", 'include = ["strict/*.yaml", "own"]\n')
    main(["check", "--output-format", "json", "--select", "ALL"])
    assert {path for path, _, _ in found(capsys)} == {"strict/net.yaml", "own/net.yaml"}


def test_default_sizes_give_way_to_the_file_and_to_the_command_line(nested: Path, capsys: Capture) -> None:
    assert main(["check", "net.yaml"]) == 1
    assert main(["check", "net.yaml", "--size", "H=27"]) == 0
    write(nested / "net.yaml", UNUSED.replace("inputs", "sizes: {H: 18}\ninputs"))
    assert main(["check", "net.yaml"]) == 0


def test_show_and_sizes_take_the_settings_too(nested: Path, capsys: Capture) -> None:
    main(["show", "net.yaml", "--output-format", "json"])
    assert json.loads(capsys.readouterr().out)["models"][0]["inputs"]["image"][1] == 8
    write(nested / "convlint.toml", "sizes = 3\n")
    for command in ("show", "sizes", "check"):
        assert main([command, "net.yaml"]) == 2
        assert "convlint.toml: sizes: expected a table, found 3" in capsys.readouterr().err


def test_standard_input_is_linted_by_its_name(nested: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UNUSED.encode())))
    assert main(["check", "-", "--stdin-filename", "own/x.yaml", "--output-format", "json"]) == 0
    assert found(capsys) == {("own/x.yaml", "unused-layer", "info")}


def test_a_wrong_setting_is_a_usage_error_even_where_no_file_is_found(nested: Path, capsys: Capture) -> None:
    write(nested / "empty" / "convlint.toml", 'ignore = ["cycl"]\n')
    assert main(["check", "--config", "empty/convlint.toml", "empty"]) == 2
    assert "empty/convlint.toml: ignore: no rule is called 'cycl'; did you mean 'cycle'?" in capsys.readouterr().err
    assert main(["check", "--config", "nowhere.toml"]) == 2
    assert "--config: there is no file nowhere.toml" in capsys.readouterr().err
    assert main(["check", "--config", "convlint.toml", "--isolated"]) == 2


def test_config_says_what_holds_and_where_it_comes_from(nested: Path, capsys: Capture) -> None:
    assert main(["config", "old/net.yaml", "--ignore", "cycle", "--output-format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["path"], data["files"], data["left_out"]) == ("old/net.yaml", ["convlint.toml"], False)
    given = {item["key"]: (item["value"], item["from"]) for item in data["settings"]}
    assert given["sizes.H"] == (8, "convlint.toml")
    assert given["fail-on"] == ("error", "default")
    assert given["rules.non-positive-size"] == ("off", 'convlint.toml, per-file "old/*"')
    assert given["rules.cycle"] == ("off", "command line")
    assert main(["config", "strict"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "strict: strict/convlint.toml, convlint.toml"
    assert [line.split() for line in lines if line.startswith("fail-on")] == [
        ["fail-on", "warning", "strict/convlint.toml"]
    ]
    main(["config", "generated/net.yaml"])
    assert "(searches leave it out)" in capsys.readouterr().out


def test_settings_of_a_broken_network_do_not_hide_it(nested: Path, capsys: Capture) -> None:
    write(nested / "bad.yaml", BROKEN)
    assert main(["check", "bad.yaml"]) == 1
    assert "channel-mismatch" in capsys.readouterr().out
