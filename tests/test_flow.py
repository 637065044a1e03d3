"""The way from the command line to the engine is short, and what is no architecture goes none of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from convlint.cli import main
from convlint.engine import propagation
from convlint.findings import FileResult
from convlint.found import check_found
from convlint.source import reader

MOST_FRAMES = 14


def test_few_functions_lie_between_the_command_and_the_first_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    depths: list[int] = []
    once = propagation.run_operator

    def counted(*arguments: Any) -> Any:
        frame, depth = sys._getframe(1), 0
        while frame is not None and frame.f_code.co_name != test.__name__:
            depth += "/convlint/" in frame.f_code.co_filename.replace("\\", "/")
            frame = frame.f_back  # type: ignore[assignment]
        depths.append(depth)
        return once(*arguments)

    test = test_few_functions_lie_between_the_command_and_the_first_operator
    monkeypatch.setattr(propagation, "run_operator", counted)
    assert main(["check", str(Path(__file__).parent.parent / "examples" / "resnet18.yaml"), "--quiet"]) == 0
    assert 0 < depths[0] <= MOST_FRAMES


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yml", "services: {web: {image: nginx}}\n"),
        ("broken.yml", "a: [\n"),
        ("latin.yml", "name: \xe9\n"),
        ("keypoints.json", '{"head": [1, 2]}' + " " * (reader.Limits().bytes + 1)),
        ("annotations.json", "[" + "0, " * 2_000_000 + "0]"),
    ],
)
def test_nothing_is_said_of_a_found_file_that_is_no_architecture(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    result = check_found(str(tmp_path / name))
    assert result.skipped
    assert result.findings == ()


def test_a_file_without_a_mark_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> FileResult:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("convlint.checking.parse", refuse)
    (tmp_path / "compose.yml").write_text("services: {}\n")
    assert check_found(str(tmp_path / "compose.yml")).skipped


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"convlint: 1\ninputs: [\n", "yaml-syntax"),
        ("convlint: 1\n".encode("utf-16"), "unreadable-file"),
        (b"convlint: 1\nname: \xe9\n", "unreadable-file"),
        (b"convlint: 1\n" + b"#" * (reader.Limits().bytes + 1), "unreadable-file"),
    ],
)
def test_a_found_file_that_is_meant_as_an_architecture_says_what_is_wrong(
    data: bytes, rule: str, tmp_path: Path
) -> None:
    (tmp_path / "net.yaml").write_bytes(data)
    assert [finding.rule.name for finding in check_found(str(tmp_path / "net.yaml")).findings] == [rule]
