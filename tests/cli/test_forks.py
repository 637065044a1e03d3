"""What a command does with findings holds for rows that a repository's own builder makes; its code is never run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.cli import main
from tests.dialects.test_built import fork, written

__all__ = ["fork"]

GOOD = "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]"
BAD = "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Conv, [16, 3, 2, 1, 5]]\n[[1], 1, Detect, [nc]]"


def test_an_error_of_the_builder_can_be_silenced_where_it_stands(
    fork: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(written(fork, BAD))
    assert main(["check", str(path)]) == 1
    assert "Conv.__init__() takes from 3 to 5 positional arguments but 7 were given" in capsys.readouterr().out
    assert main(["check", "--add-ignore", str(path)]) == 0
    assert "# convlint: ignore[row-arguments]" in path.read_text()
    assert main(["check", str(path)]) == 0


def test_a_baseline_lets_a_known_error_pass(fork: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fork)
    path = written(fork, BAD)
    assert main(["check", "--write-baseline", "known.json", path]) == 0
    assert main(["check", "--baseline", "known.json", path]) == 0
    written(fork, BAD.replace("Squeeze", "Conv").replace("[16, 3, 2]]", "[16, 3, 2, 1, 5]]", 1))
    assert main(["check", "--baseline", "known.json", path]) == 1


def test_fixing_leaves_rows_alone_that_it_cannot_mend(fork: Path) -> None:
    path = Path(written(fork, BAD))
    before = path.read_text()
    assert main(["check", "--fix", str(path)]) == 1
    assert path.read_text() == before


def test_processes_say_the_same(fork: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(written(fork, BAD)).read_text()
    for number in range(4):
        (fork / "models" / f"net{number}.yaml").write_text(text)
    said = []
    for jobs in ("1", "2"):
        main(["check", "--jobs", jobs, "--output-format", "json", str(fork / "models")])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] and said[0].count("row-arguments") == 5


def test_nothing_of_a_repository_is_imported(fork: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trap = f"open({str(fork / 'ran')!r}, 'w').close()\n"
    for file in (fork / "ultralytics" / "nn").rglob("*.py"):
        file.write_text(trap + file.read_text())
    path = written(fork, GOOD)
    assert main(["check", "--verbose", "--torch", path]) == 0
    said = capsys.readouterr()
    assert not (fork / "ran").exists()
    assert "never imported" in said.out + said.err


def test_torch_judges_rows_by_what_is_inside_them(fork: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    path = written(fork, GOOD)
    assert main(["check", "--verbose", "--torch", "--output-format", "json", path]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["diagnostics"] == []
    rows = GOOD.count("[-1,") + 1
    assert f"{rows} of {rows} rows compared by what is inside them" in said.err


def test_rows_that_are_not_known_to_their_end_are_named(fork: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [32]]\n[-1, 1, Conv, [8]]\n[[2], 1, Detect, [nc]]")
    main(["check", "--torch", "--output-format", "json", path])
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    (only,) = [one for one in found if one["rule"] == "torch-shapes-only"]
    assert "1 (Odd)" in only["message"] and "0 (Conv)" not in only["message"]
