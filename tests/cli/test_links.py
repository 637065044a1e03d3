"""`--fix` changes the file that it is told of, and nothing about it but its text."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from convlint.cli import main

LOOSE = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}\n"
FIXED = LOOSE.replace("in_channels: 4", "in_channels: 3")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a repository, which is the working folder."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_out_of_the_repository_is_not_followed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = repository.parent / "outside.yaml"
    outside.write_text(LOOSE)
    (repository / "link.yaml").symlink_to(outside)
    assert main(["check", "--fix", "."]) == 2
    assert outside.read_text() == LOOSE
    assert "link.yaml: not written: it is a link that leads out of" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_inside_the_repository_is_followed(repository: Path) -> None:
    (repository / "real").mkdir()
    (repository / "real" / "net.yaml").write_text(LOOSE)
    (repository / "link.yaml").symlink_to("real/net.yaml")
    assert main(["check", "--fix", "link.yaml"]) == 0
    assert (repository / "link.yaml").is_symlink()
    assert (repository / "real" / "net.yaml").read_text() == FIXED


def test_other_names_of_a_file_keep_its_text(repository: Path) -> None:
    (repository / "a.yaml").write_text(LOOSE)
    os.link(repository / "a.yaml", repository / "b.txt")
    assert main(["check", "--fix", "a.yaml"]) == 0
    assert (repository / "b.txt").read_text() == FIXED


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_stays(repository: Path) -> None:
    (repository / "a.yaml").write_text(LOOSE)
    os.chown(repository / "a.yaml", 1000, 1000)
    assert main(["check", "--fix", "a.yaml"]) == 0
    found = (repository / "a.yaml").stat()
    assert (found.st_uid, found.st_gid) == (1000, 1000)


def test_all_byte_order_marks_stay(repository: Path) -> None:
    marks = b"\xef\xbb\xbf" * 2
    (repository / "a.yaml").write_bytes(marks + LOOSE.encode())
    assert main(["check", "--fix", "a.yaml"]) == 0
    assert (repository / "a.yaml").read_bytes() == marks + FIXED.encode()
