"""`check --fix`, `--diff`, `--add-ignore` and baselines: what is written, what is said, and the exit status."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from convlint.checking import check_file
from convlint.cli import main, rewriting
from convlint.findings import FileResult
from convlint.options import Options
from tests.cli.conftest import BROKEN, CLEAN

Capture = pytest.CaptureFixture[str]
UNSAFE = CLEAN.replace("[3, 8, 8]", "[3, 9, 9]") + "  - {op: MaxPool2d, kernel_size: 2}\n"
UNFIXABLE = CLEAN.replace("kernel_size: 3", "kernel_size: 30")


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    return folder


def give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_fix_writes_the_file(folder: Path, capsys: Capture) -> None:
    assert main(["check", "--fix"]) == 0
    assert (folder / "bad.yaml").read_text() == CLEAN
    output = capsys.readouterr()
    assert (output.out, output.err) == (
        "",
        "Fixed 1 finding in 1 file.\nAll checks passed: 2 files (1 skipped; --verbose says why).\n",
    )
    assert sorted(os.listdir(folder)) == ["bad.yaml", "compose.yml", "good.yaml"]


def test_fix_reports_what_is_left(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(BROKEN.replace("kernel_size: 3", "kernel_size: 30"))
    assert main(["check", "--fix", "--output-format", "concise", "bad.yaml"]) == 1
    assert (folder / "bad.yaml").read_text() == UNFIXABLE
    output = capsys.readouterr()
    assert output.out.startswith("bad.yaml:4:76: error[non-positive-size] ")
    assert output.err == "Fixed 1 finding in 1 file.\nFound 1 error in 1 file.\n"


def test_unsafe_fixes_are_asked_for(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(UNSAFE)
    assert main(["check", "--fix", "bad.yaml", "--quiet"]) == 1
    assert (folder / "bad.yaml").read_text() == UNSAFE
    assert main(["check", "bad.yaml"]) == 1
    assert capsys.readouterr().err.endswith("[*] 1 fixable with --fix --unsafe-fixes.\n")
    assert main(["check", "--fix", "--unsafe-fixes", "bad.yaml"]) == 0
    assert (folder / "bad.yaml").read_text() == UNSAFE.replace("2}", "2, ceil_mode: true}")


def test_both_kinds_are_counted(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(UNSAFE.replace("in_channels: 3", "in_channels: 4"))
    main(["check", "bad.yaml"])
    output = capsys.readouterr()
    assert output.err.endswith("[*] 1 fixable with --fix, 1 more with --fix --unsafe-fixes.\n")
    assert "error[channel-mismatch] CL201 [*]: in_channels is 4" in output.out
    assert "= fix: set in_channels to 3\n" in output.out
    assert "= fix: set ceil_mode to true (unsafe)\n" in output.out
    main(["check", "bad.yaml", "--unsafe-fixes"])
    assert capsys.readouterr().err.endswith("[*] 2 fixable with --fix --unsafe-fixes.\n")


def test_diff_writes_nothing(folder: Path, capsys: Capture) -> None:
    assert main(["check", "--diff"]) == 1
    assert (folder / "bad.yaml").read_text() == BROKEN
    output = capsys.readouterr()
    assert output.err == "Would fix 1 finding in 1 file.\n"
    assert output.out == (
        "--- bad.yaml\n+++ bad.yaml\n@@ -1,4 +1,4 @@\n convlint: 1\n inputs: {image: [3, 8, 8]}\n layers:\n"
        "-  - {name: conv, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"
        "+  - {name: conv, op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3}\n"
    )


def test_diff_of_nothing(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(UNFIXABLE)
    assert main(["check", "--diff"]) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "Nothing to change.\n")


def test_a_diff_shows_a_missing_line_end(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(BROKEN.rstrip("\n"))
    main(["check", "--diff", "bad.yaml"])
    assert capsys.readouterr().out.count("\\ No newline at end of file\n") == 2


def test_bytes_that_no_fix_touches_stay(folder: Path) -> None:
    data = b"\xef\xbb\xbf" + BROKEN.replace("\n", "\r\n").replace("layers", "# \u00e9\u4e16\r\nlayers").encode()
    (folder / "bad.yaml").write_bytes(data)
    assert main(["check", "--fix", "bad.yaml"]) == 0
    assert (folder / "bad.yaml").read_bytes() == data.replace(b"in_channels: 4", b"in_channels: 3")


def test_mode_and_link_stay(folder: Path) -> None:
    (folder / "bad.yaml").chmod(0o640)
    (folder / "link.yaml").symlink_to("bad.yaml")
    assert main(["check", "--fix", "link.yaml"]) == 0
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "bad.yaml").read_text() == CLEAN
    assert stat.S_IMODE((folder / "bad.yaml").stat().st_mode) == 0o640


def test_a_file_that_changed_meanwhile_is_left_alone(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite = rewriting.rewrite

    def slow(*arguments: object) -> object:
        done = rewrite(*arguments)  # type: ignore[arg-type]
        (folder / "bad.yaml").write_text(BROKEN + "# mine\n")
        return done

    monkeypatch.setattr(rewriting, "rewrite", slow)
    assert main(["check", "--fix", "bad.yaml"]) == 2
    assert (folder / "bad.yaml").read_text() == BROKEN + "# mine\n"
    assert "bad.yaml: not written: it changed meanwhile\n" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_reported(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, data: bytes) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(rewriting, "replace_file", refuse)
    (folder / "more.yaml").write_text(BROKEN)
    assert main(["check", "--fix", "--output-format", "concise", "bad.yaml", "more.yaml"]) == 2
    output = capsys.readouterr()
    assert output.out.count("error[channel-mismatch]") == 2
    assert "bad.yaml: not written: permission denied\nmore.yaml: not written: permission denied\n" in output.err
    assert output.err.endswith("\n2 files could not be written.\n")
    assert (folder / "bad.yaml").read_text() == BROKEN


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    give(monkeypatch, BROKEN.replace("kernel_size: 3", "kernel_size: 30"))
    assert main(["check", "--fix", "--output-format", "concise", "--stdin-filename", "net.yaml", "-"]) == 1
    output = capsys.readouterr()
    assert output.out == UNFIXABLE
    assert output.err.startswith("net.yaml:4:76: error[non-positive-size]")


@pytest.mark.parametrize("text", [CLEAN, "services: {}\n", "a: [\n", ""])
def test_standard_input_without_fixes_comes_out_as_it_went_in(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    give(monkeypatch, text)
    main(["check", "--fix", "-"])
    assert capsys.readouterr().out == text


def test_a_file_that_goes_away_once_it_is_read_is_no_internal_error(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_and_remove(path: Any, *rest: Any, **more: Any) -> Any:
        file = io.open(path, *rest, **more)  # noqa: SIM115, UP020
        if path == "bad.yaml":
            os.remove(path)
        return file

    monkeypatch.setattr("builtins.open", open_and_remove)
    assert main(["check", "--fix", "bad.yaml"]) == 2
    assert "bad.yaml: not written: no such file or directory\n" in capsys.readouterr().err


def test_a_file_whose_name_is_as_long_as_can_be_is_written(folder: Path) -> None:
    path = folder / ("x" * 250 + ".yaml")
    path.write_text(BROKEN)
    assert main(["check", "--fix", path.name]) == 0
    assert path.read_text() == CLEAN


def test_nothing_is_written_through_a_link_where_the_new_text_is_put_together(folder: Path) -> None:
    (folder / f".convlint-{os.getpid()}.tmp").symlink_to("good.yaml")
    (folder / "good.yaml").write_text("mine")
    assert main(["check", "--fix", "bad.yaml"]) == 0
    assert (folder / "good.yaml").read_text() == "mine"
    assert sorted(os.listdir(folder)) == ["bad.yaml", "compose.yml", "good.yaml"]


def test_diff_of_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    give(monkeypatch, BROKEN)
    assert main(["check", "--diff", "-", "--stdin-filename", "net.yaml"]) == 1
    assert capsys.readouterr().out.startswith("--- net.yaml\n+++ net.yaml\n")


def test_what_cannot_be_read_stays_a_finding(folder: Path, capsys: Capture) -> None:
    (folder / "latin.yaml").write_bytes(b"convlint: 1 # \xe9\n")
    assert main(["check", "--fix", "--output-format", "concise", "gone.yaml", "latin.yaml", "bad.yaml"]) == 1
    output = capsys.readouterr()
    assert output.out.count("error[unreadable-file]") == 2
    assert (folder / "bad.yaml").read_text() == CLEAN
    assert (folder / "latin.yaml").read_bytes() == b"convlint: 1 # \xe9\n"


def test_json_holds_the_fix(capsys: Capture) -> None:
    main(["check", "bad.yaml", "--output-format", "json"])
    (diagnostic,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert diagnostic["fix"] == {
        "title": "set in_channels to 3",
        "safe": True,
        "edits": [{"start": {"line": 4, "column": 43}, "end": {"line": 4, "column": 44}, "text": "3"}],
    }


def test_rule_says_what_can_be_fixed(capsys: Capture) -> None:
    main(["rule", "channel-mismatch"])
    assert " Fix: safe." in capsys.readouterr().out
    main(["rule", "cycle", "--output-format", "json"])
    assert json.loads(capsys.readouterr().out)["fixable"] is None


# --- comments


def test_add_ignore(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(UNFIXABLE)
    assert main(["check", "--add-ignore", "bad.yaml"]) == 0
    assert (folder / "bad.yaml").read_text() == (UNFIXABLE.rstrip("\n") + "  # convlint: ignore[non-positive-size]\n")
    assert capsys.readouterr().err == "Silenced 1 finding in 1 file.\nAll checks passed: 1 file.\n"


def test_add_ignore_after_fixes(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(BROKEN.replace("kernel_size: 3", "kernel_size: 30"))
    assert main(["check", "--fix", "--add-ignore", "bad.yaml"]) == 0
    assert (folder / "bad.yaml").read_text() == UNFIXABLE.rstrip("\n") + "  # convlint: ignore[non-positive-size]\n"
    assert capsys.readouterr().err.startswith("Fixed 1 and silenced 1 findings in 1 file.\n")


def test_what_gets_no_comment_is_named(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text(BROKEN + "  - {op: ReLU} # convlint: ignore[cycle]\n")
    assert main(["check", "--add-ignore", "bad.yaml"]) == 0
    assert "bad.yaml:5: no comment can be put here for unused-suppression\n" in capsys.readouterr().err
    assert main(["check", "bad.yaml", "--quiet"]) == 0


def test_a_file_that_is_no_yaml_gets_no_comment(folder: Path, capsys: Capture) -> None:
    (folder / "bad.yaml").write_text("convlint: 1\nlayers: [\n")
    assert main(["check", "--add-ignore", "bad.yaml"]) == 1
    assert (folder / "bad.yaml").read_text() == "convlint: 1\nlayers: [\n"


# --- baselines


def test_a_baseline_lets_pass_what_it_lists(folder: Path, capsys: Capture) -> None:
    (folder / "known").mkdir()
    assert main(["check", "--write-baseline", "known/list.json"]) == 0
    assert capsys.readouterr().err == "Wrote 1 finding to known/list.json.\n"
    assert main(["check", "--baseline", "known/list.json"]) == 0
    (folder / "bad.yaml").write_text("# moved\n" + BROKEN + "  - {name: act, op: ReLU, inplce: true}\n")
    assert main(["check", "--baseline", "known/list.json", "--output-format", "concise"]) == 1
    output = capsys.readouterr()
    assert [line.split(" ")[1] for line in output.out.splitlines()] == ["error[unknown-key]"]


def test_what_a_baseline_lists_in_vain_is_named_to_those_who_ask(folder: Path, capsys: Capture) -> None:
    main(["check", "--write-baseline", "list.json", "--quiet"])
    (folder / "bad.yaml").write_text(CLEAN)
    assert main(["check", "--baseline", "list.json", "bad.yaml"]) == 0
    assert capsys.readouterr().err == "All checks passed: 1 file.\n"
    assert main(["check", "--baseline", "list.json", "bad.yaml", "--verbose"]) == 0
    said = "list.json: not found any more: channel-mismatch in bad.yaml at conv\n"
    assert capsys.readouterr().err == said + "All checks passed: 1 file.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", "gone.json"], "gone.json cannot be read: no such file or directory"),
        (["--baseline", "good.yaml"], "good.yaml is not JSON"),
        (["--baseline", "a.json", "--write-baseline", "a.json"], "exclude each other"),
        (["--write-baseline", "gone/a.json"], "cannot write gone/a.json"),
    ],
)
def test_usage_errors(arguments: list[str], said: str, capsys: Capture) -> None:
    assert main(["check", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_what_was_fixed_is_what_a_check_finds(folder: Path) -> None:
    (folder / "bad.yaml").write_text(UNSAFE.replace("in_channels: 3", "in_chanels: 4"))
    request = rewriting.Rewriting(safe=True, unsafe=True, ignores=True)
    done = rewriting.rewrite("bad.yaml", (folder / "bad.yaml").read_bytes(), Options(), request)
    assert done is not None
    (folder / "bad.yaml").write_bytes(done.after)
    again: FileResult = check_file("bad.yaml")
    assert again.findings == done.result.findings == ()
