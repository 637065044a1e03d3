"""`--output-file` and the step summary: what is written where, and that half a report is never seen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from convlint.cli import UsageError, main
from convlint.cli.output_file import write_file
from tests.cli.conftest import BROKEN, Convlint

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    return folder


def failing() -> object:
    yield "half a report"
    raise RuntimeError("the renderer failed")


def test_the_summary_still_goes_to_the_terminal(folder: Path, capsys: Capture) -> None:
    assert main(["check", "bad.yaml", "--output-format", "sarif", "--output-file", "convlint.sarif"]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "Found 1 error in 1 file.\n[*] 1 fixable with --fix.\n")
    assert (folder / "convlint.sarif").read_text().startswith('{"$schema"')


def test_a_report_that_fails_leaves_the_old_one(folder: Path) -> None:
    report = folder / "report.txt"
    report.write_text("of yesterday\n")
    before = sorted(os.listdir(folder))
    with pytest.raises(RuntimeError):
        write_file("report.txt", failing())  # type: ignore[arg-type]
    assert report.read_text() == "of yesterday\n"
    assert sorted(os.listdir(folder)) == before


def test_a_link_and_its_permissions_stay(folder: Path) -> None:
    (folder / "real.txt").write_text("old")
    (folder / "real.txt").chmod(0o640)
    (folder / "link.txt").symlink_to("real.txt")
    write_file("link.txt", ["new", "\n"])
    assert (folder / "link.txt").is_symlink()
    assert (folder / "real.txt").read_text() == "new\n"
    assert stat.S_IMODE((folder / "real.txt").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_stays(folder: Path) -> None:
    write_file(os.devnull, ["text"])
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_the_report_may_go_to_the_standard_output(shell: Convlint) -> None:
    run = shell("convlint check bad.yaml --output-format jsonl --output-file /dev/stdout | cat")
    assert run.stdout.startswith('{"path": "bad.yaml"')


def test_a_file_behind_the_standard_output_is_not_replaced(shell: Convlint, folder: Path) -> None:
    shell("(convlint check bad.yaml --output-format jsonl --output-file /dev/stdout; echo done >> out.txt) > out.txt")
    report, end = (folder / "out.txt").read_text().splitlines()
    assert report.startswith('{"path": "bad.yaml"')
    assert end == "done"


def test_a_folder_is_no_report(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^cannot write \.: Is a directory$"):
        write_file(".", ["text"])


def many(folder: Path, count: int) -> None:
    layer = BROKEN.splitlines()[-1].replace("name: conv, ", "")
    (folder / "many.yaml").write_text(
        BROKEN.replace("[3, 8, 8]", "[3, 99, 99]") + f"{layer.replace('in_channels: 4', 'bogus: 5')}\n" * (count - 1)
    )


def test_a_step_summary_lists_what_github_hides(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    summary = folder / "summary.md"
    summary.write_text("of the step before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    many(folder, 11)
    assert main(["check", "many.yaml", "--output-format", "github"]) == 1
    text = summary.read_text()
    assert text.startswith("of the step before\n### convlint\n")
    assert text.count("| many\\.yaml\\:") == 11
    assert "[channel-mismatch](https://github.com/convlint/convlint/blob/main/rules/parameters/" in text
    error = capsys.readouterr().err
    assert error.startswith("GitHub shows 10 annotations of a kind for a step; the summary of the job lists the")


def test_quiet_says_nothing_of_a_step_summary(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    many(folder, 11)
    main(["check", "many.yaml", "--output-format", "github", "--quiet"])
    assert (folder / "summary.md").exists()
    assert capsys.readouterr().err == ""


def test_no_step_summary_where_all_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    many(folder, 10)
    main(["check", "many.yaml", "--output-format", "github"])
    many(folder, 11)
    main(["check", "many.yaml", "--output-format", "concise"])
    assert not (folder / "summary.md").exists()


def test_a_step_summary_that_cannot_be_written_hides_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "gone" / "summary.md"))
    many(folder, 11)
    assert main(["check", "many.yaml", "--output-format", "github"]) == 1
    output = capsys.readouterr()
    assert output.out.count("::error ") == 11
    assert "cannot write the step summary" in output.err


@pytest.mark.parametrize("option", ["--output-file", "--write-baseline"])
def test_a_network_that_was_meant_to_be_checked_stays(option: str, folder: Path, capsys: Capture) -> None:
    assert main(["check", option, "bad.yaml"]) == 2
    assert "cannot write bad.yaml: a report would take the place of a YAML file" in capsys.readouterr().err
    assert (folder / "bad.yaml").read_text() == BROKEN


@pytest.mark.parametrize("option", ["--diff", "--write-baseline=known.json"])
def test_where_there_is_no_report_a_file_for_it_is_refused(option: str, capsys: Capture) -> None:
    assert main(["check", "bad.yaml", option, "--output-file", "report.txt"]) == 2
    assert "makes no report for --output-file" in capsys.readouterr().err
