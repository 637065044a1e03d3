"""`convlint check`: exit status, the line at the end, what is left out, and what happens when convlint itself fails."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from convlint import fixes
from convlint.cli import check, linting, main
from convlint.findings import FileResult
from convlint.found import check_found
from convlint.source import Source
from tests.cli.conftest import BROKEN, CLEAN

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    return folder


@pytest.mark.parametrize(
    ("arguments", "status", "summary"),
    [
        (["good.yaml"], 0, "All checks passed: 1 file."),
        (["good.yaml", "good.yaml", "./good.yaml"], 0, "All checks passed: 1 file."),
        (["bad.yaml"], 1, "Found 1 error in 1 file."),
        (["."], 1, "Found 1 error in 1 of 2 files (1 skipped; --verbose says why)."),
        ([], 1, "Found 1 error in 1 of 2 files (1 skipped; --verbose says why)."),
        (["gone.yaml", "bad.yaml"], 1, "Found 2 errors in 2 files."),
        (["compose.yml"], 1, "Found 1 error in 1 file."),
        (["compose.yml", "."], 1, "Found 1 error in 1 of 2 files (1 skipped; --verbose says why)."),
        (["compose.yml", "--force-exclude"], 0, "No architecture file found (1 skipped; --verbose says why)."),
        (["bad.yaml", "--exit-zero"], 0, "Found 1 error in 1 file."),
        (["bad.yaml", "--ignore", "ALL"], 0, "All checks passed: 1 file."),
    ],
)
def test_status_and_summary(arguments: list[str], status: int, summary: str, capsys: Capture) -> None:
    assert main(["check", *arguments]) == status
    assert capsys.readouterr().err.splitlines()[0] == summary


@pytest.mark.parametrize(("fail_on", "status"), [("error", 0), ("warning", 1), ("info", 1)])
def test_fail_on(folder: Path, fail_on: str, status: int, capsys: Capture) -> None:
    (folder / "warn.yaml").write_text(CLEAN.replace("[3, 8, 8]", "[3, 010, 8]"))
    assert main(["check", "warn.yaml", "--fail-on", fail_on]) == status
    assert capsys.readouterr().err == "Found 1 warning in 1 file.\n[*] 1 fixable with --fix.\n"


def test_quiet_and_verbose(capsys: Capture) -> None:
    main(["check", "--quiet", "--output-format", "concise"])
    output = capsys.readouterr()
    assert (output.out.count("\n"), output.err) == (1, "")
    main(["check", "--verbose", "--output-format", "concise"])
    assert capsys.readouterr().err == (
        "skipped compose.yml: no key 'convlint' marks it as an architecture\nFound 1 error in 1 of 2 files (1 skipped).\n"
    )


def test_options_may_stand_between_paths(capsys: Capture) -> None:
    assert main(["check", "good.yaml", "--quiet", "bad.yaml", "--output-format=concise"]) == 1
    assert capsys.readouterr().out.startswith("bad.yaml:4:43: error[channel-mismatch] ")


def test_an_output_file_is_written_even_if_it_is_empty(folder: Path, capsys: Capture) -> None:
    report = folder / "report.txt"
    report.write_text("of yesterday\n")
    main(["check", "good.yaml", "--output-file", "report.txt"])
    assert report.read_text() == ""
    main(["check", "bad.yaml", "--output-file", "report.txt", "--statistics"])
    assert report.read_text() == "     1  CL201  channel-mismatch\n"
    main(["check", "bad.yaml", "--output-file", "report.txt", "--color", "always"])
    assert "\x1b" not in report.read_text()
    assert capsys.readouterr().out == ""


def test_an_output_file_that_cannot_be_written(capsys: Capture) -> None:
    assert main(["check", "bad.yaml", "--output-file", "no/such/folder.txt"]) == 2
    assert capsys.readouterr().err == "convlint: error: cannot write no/such/folder.txt: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["check", "--outptu-format", "json"],
            "unrecognized arguments: --outptu-format; did you mean '--output-format'?",
        ),
        (["check", "--color", "alwyas"], "no colour setting is called 'alwyas'; did you mean 'always'?"),
        (["check", "--dialect", "ultra"], "no dialect is called 'ultra'; did you mean 'ultralytics'?"),
        (["check", "--select", "CL999"], "no rule is called 'CL999'; 'convlint rule' lists all"),
        (
            ["check", "--statistics", "--output-format", "json"],
            "--statistics counts for people; it cannot be had as json",
        ),
        (["check", "--size", "H=" + "9" * 5000], "--size H must be an integer from 1 to 1099511627776"),
        (["check", "--output-format"], "argument --output-format: expected one argument"),
        (["check", "--output", "x"], "unrecognized arguments: --output; did you mean '--output-file'?"),
        (
            ["-q", "check"],
            "the command comes before '-q'; it is one of check, show, ",
        ),
        (["bad.yaml"], "no command is called 'bad.yaml'; did you mean 'convlint check bad.yaml'?"),
        (["show", "a.yaml", "b.yaml"], "unrecognized arguments: b.yaml"),
        (["rule", "CL999"], "no rule is called 'CL999'; 'convlint rule' lists all"),
        (
            ["schema", "x"],
            "no schema is called 'x'; choose one of architecture, config, monai, nnunet, operators, rules",
        ),
    ],
)
def test_usage_errors_say_what_would_work(arguments: list[str], message: str, capsys: Capture) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"convlint: error: {message}")
    assert output.err.count("\n") == 1


def test_help_names_every_format(capsys: Capture) -> None:
    assert main(["check", "--help"]) == 0
    assert "one of full, concise, json" in " ".join(capsys.readouterr().out.split())


def test_a_file_on_which_convlint_fails_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def failing(path: str, *arguments: object, **options: object) -> FileResult:
        if path == "good.yaml":
            raise RecursionError("too deep")
        return check_found(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(linting, "check_found", failing)
    assert main(["check", "good.yaml", "bad.yaml", "--output-format", "concise", "--exit-zero"]) == 2
    output = capsys.readouterr()
    assert output.out.startswith("bad.yaml:4:43: error[channel-mismatch]")
    assert output.err == (
        "convlint: internal error in good.yaml: RecursionError: too deep\n"
        "Found 1 error in 1 file.\n"
        "1 file could not be checked.\n"
    )
    main(["check", "good.yaml", "bad.yaml", "--verbose"])
    error = capsys.readouterr().err
    assert "Traceback (most recent call last):\n" in error
    assert error.endswith("\n1 file could not be checked.\n")
    assert "No architecture file found" not in error


def test_a_failure_elsewhere_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def failing(name: str) -> None:
        raise ValueError("no\nrenderer")

    monkeypatch.setattr(check, "renderer", failing)
    assert main(["check", "bad.yaml"]) == 2
    assert capsys.readouterr().err == "convlint: internal error: ValueError: no renderer\n"


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(path: str, *arguments: object, **options: object) -> FileResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(linting, "check_found", interrupted)
    assert main(["check", "good.yaml", "bad.yaml"]) == 130
    assert capsys.readouterr() == ("", "")


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    standard_input(monkeypatch, BROKEN.encode())
    assert main(["check", "-", "good.yaml", "--output-format", "concise"]) == 1
    output = capsys.readouterr()
    assert output.out.startswith("<stdin>:4:43: error[channel-mismatch]")
    assert output.err == "Found 1 error in 1 of 2 files.\n"


@pytest.mark.parametrize(
    ("data", "rule"),
    [(b"\xff\xfe", "unreadable-file"), (b"a: [", "yaml-syntax"), (b"a: 1", "not-an-architecture")],
)
def test_standard_input_that_is_no_network(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, data: bytes, rule: str
) -> None:
    standard_input(monkeypatch, data)
    assert main(["check", "-", "--stdin-filename", "dir/net.yaml", "--output-format", "concise"]) == 1
    line = capsys.readouterr().out
    assert line.startswith("dir/net.yaml:1:")
    assert f": error[{rule}] " in line


def test_standard_input_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            buffer[:] = b"#" * len(buffer)
            return len(buffer)

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    assert main(["check", "-", "--output-format", "concise"]) == 1
    assert "error[unreadable-file] is larger than 16384 KiB" in capsys.readouterr().out


def test_excluded_standard_input_is_left_out(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    standard_input(monkeypatch, BROKEN.encode())
    arguments = ["check", "-", "--stdin-filename", "vendor/net.yaml", "--exclude", "vendor"]
    assert main([*arguments, "--force-exclude"]) == 0
    assert capsys.readouterr().err == "No architecture file found.\n"
    assert main(arguments) == 1


@pytest.mark.parametrize(("shown", "count"), [("full", 1), ("json", 1), ("github", 0), ("concise", 0)])
def test_ways_out_are_found_for_those_who_read_them(
    shown: str, count: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    proofs = Counter[str]()
    proved = fixes.proved

    def counted(source: Source, *given: Any) -> FileResult:
        proofs[source.path] += 1
        return proved(source, *given)

    monkeypatch.setattr("convlint.advice.proved", counted)
    assert main(["check", "bad.yaml", "--output-format", shown]) == 1
    assert proofs["bad.yaml"] == count
    assert main(["check", "bad.yaml", "--output-format", shown, "--diff"]) == 1
    assert proofs


def test_an_unknown_variant_is_no_check_that_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "nc: 2\nscales: {n: [1, 1, 64], s: [1, 1, 64]}\n"
        "backbone: [[-1, 1, Conv, [8, 3, 2]]]\nhead: [[[0], 1, Detect, [nc]]]\n"
    )
    assert main(["check", "--variant", "q", str(path)]) == 2
    said = capsys.readouterr().err
    assert "no file has a variant 'q'" in said
    assert "passed" not in said


def test_a_file_in_utf_16_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("convlint: 1\n".encode("utf-16"))
    assert main(["check", "--output-format", "concise", str(path)]) == 1
    assert "is UTF-16; save it as UTF-8" in capsys.readouterr().out
