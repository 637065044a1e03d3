"""`convlint diff`: what is printed, what fails, and files at a revision."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from convlint.cli import main

Capture = pytest.CaptureFixture[str]

OLD = """\
convlint: 1
inputs: {image: [3, H, W]}
layers:
  - {name: c1, op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  - {name: p1, op: MaxPool2d, kernel_size: 2}
  - {name: up, op: Upsample, scale_factor: 2}
  - {name: cat, op: Concat, from: [up, c1]}
  - {name: head, op: Conv2d, out_channels: 2, kernel_size: 1}
"""
NEW = (
    OLD.replace("kernel_size: 2}", "kernel_size: 4}")
    .replace("factor: 2", "factor: 4")
    .replace(
        "  - {name: head, op: Conv2d, out_channels: 2",
        "  - {name: drop, op: Dropout2d}\n  - {name: head, op: Conv2d, out_channels: 5",
    )
)


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> Path:
    (folder / "old.yaml").write_text(OLD)
    (folder / "new.yaml").write_text(NEW)
    return folder


def test_the_text_puts_both_beside_each_other(capsys: Capture) -> None:
    assert main(["diff", "old.yaml", "new.yaml"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[:5] == [
        "old.yaml -> new.yaml",
        "~ p1 MaxPool2d | p1 MaxPool2d   | changed  kernel_size: 2 -> 4  line 5",
        "~ up Upsample  | up Upsample    | changed  scale_factor: 2 -> 4  line 6",
        "+              | drop Dropout2d | added  line 8",
        "~ head Conv2d  | head Conv2d    | changed  out_channels: 2 -> 5  line 9",
    ]
    assert "  valid sizes of image.1 and image.2: multiples of 2 -> multiples of 4" in printed


def test_the_same_file_has_no_change(capsys: Capture) -> None:
    assert main(["diff", "old.yaml", "old.yaml", "--fail-on", "any,sizes,output,parameters+0%"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "no change"


def test_json_is_as_promised(capsys: Capture) -> None:
    assert main(["diff", "old.yaml", "new.yaml", "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["old"] == {"path": "old.yaml", "variant": None}
    assert found["changes"][0] == {
        "change": "changed",
        "old": {"layer": "p1", "op": "MaxPool2d", "line": 5},
        "new": {"layer": "p1", "op": "MaxPool2d", "line": 5},
        "parameters": [{"name": "kernel_size", "old": 2, "new": 4}],
    }
    assert found["changes"][2]["old"] is None
    assert found["totals"]["parameters"] == [448 + 66, 448 + 165]
    assert found["sizes"]["changed"] is True


def test_markdown_is_a_comment_that_can_be_found_again(capsys: Capture) -> None:
    assert main(["diff", "old.yaml", "new.yaml", "--output-format", "markdown"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("<!-- convlint diff -->\n### `old.yaml` → `new.yaml`\n")
    assert "| **added** | drop Dropout2d |  | line 8 |" in printed
    assert "* valid sizes of image.1 and image.2: multiples of 2 → multiples of 4\n" in printed


def test_the_picture_marks_both_sides(capsys: Capture) -> None:
    assert main(["diff", "old.yaml", "new.yaml", "--output-format", "svg"]) == 0
    root = ElementTree.fromstring(capsys.readouterr().out)
    marked = {
        (node.get("data-layer"), kind)
        for node in root.iter("{http://www.w3.org/2000/svg}g")
        for kind in ("added", "removed", "altered")
        if kind in (node.get("class") or "").split()
    }
    assert marked == {("p1", "altered"), ("up", "altered"), ("head", "altered"), ("drop", "added")}


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ("any", 1),
        ("sizes", 1),
        ("output", 1),
        ("parameters+5%", 1),
        ("parameters+50%", 0),
        ("parameters+50%,sizes", 1),
        ("macs+5%", 2),
        ("nothing", 2),
        ("parameters", 2),
    ],
)
def test_fail_on(kinds: str, status: int) -> None:
    assert main(["diff", "old.yaml", "new.yaml", "--fail-on", kinds]) == status


def test_a_file_with_errors_still_gets_its_answer(capsys: Capture) -> None:
    assert main(["diff", "good.yaml", "bad.yaml", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []
    assert main(["diff", "good.yaml", "bad.yaml"]) == 0
    assert "  the new network has 1 error (convlint check)\n" in capsys.readouterr().out


def test_what_is_no_network_is_said(capsys: Capture) -> None:
    assert main(["diff", "good.yaml", "compose.yml"]) == 2
    assert "compose.yml holds no network; 'convlint check' says why" in capsys.readouterr().err
    assert main(["diff", "gone.yaml", "good.yaml"]) == 2
    assert capsys.readouterr().err == "convlint: error: gone.yaml: no such file or directory\n"
    assert main(["diff", "good.yaml", "good.yaml", "--variant", "n"]) == 2


@pytest.fixture
def repository(folder: Path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True, capture_output=True
        )

    git("init", "-q")
    (folder / "net.yaml").write_text(OLD)
    (folder / ".gitattributes").write_text("net.yaml filter=evil diff=evil\n")
    git("add", ".")
    git("commit", "-qm", "first")
    for key in ("filter.evil.smudge", "diff.evil.textconv", "core.pager", "core.fsmonitor"):
        git("config", key, "touch ran; cat")
    (folder / "net.yaml").write_text(NEW)
    return folder


def test_a_revision_is_read_as_it_is_stored(repository: Path, capsys: Capture) -> None:
    assert main(["diff", "HEAD:net.yaml", "net.yaml", "--output-format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["changes"]) == 4
    assert not (repository / "ran").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("HEAD:gone.yaml", "gone.yaml"),
        ("none:net.yaml", "none"),
        ("--output=x:net.yaml", "'--output=x' is no revision: it begins with '-'"),
        ("C:net.yaml", "C:net.yaml: no such file or directory"),
    ],
)
def test_a_revision_that_is_none(name: str, said: str, repository: Path, capsys: Capture) -> None:
    assert main(["diff", "--", name, "net.yaml"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("convlint: error: ")
    assert said in error
    assert not (repository / "x").exists()


def test_a_path_that_exists_is_a_path(repository: Path) -> None:
    (repository / "HEAD:net.yaml").write_text(NEW)
    assert main(["diff", "HEAD:net.yaml", "net.yaml", "--fail-on", "any"]) == 0
