"""Nothing passes in silence: what was not checked is found, counted or said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.cli import main

YOLO = "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n\t- [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - [[-1], 1, Detect, [nc]]\n"
UNMARKED = "inputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 8, kernel_size: 3}\n  - {op: ReLU}\n"
MARKED = "convlint: 1\n" + UNMARKED
LATIN = b"name: caf\xe9\n"
STRANGERS = {
    "docker-compose.yml": b"services:\n  web: {image: nginx}\n",
    "chart/templates/deployment.yaml": b"kind: Deployment\nspec: {{ .Values.spec }}\n a: b: c\n",
    "chart/templates/convlint.yaml": b"convlint: 1\nlayers: {{ .Values.layers }}\n a: b: c\n",
    "broken.yaml": b"a: [1, 2\nb: 3\n",
    "latin.yaml": LATIN,
    "utf16.yaml": "name: x\n".encode("utf-16"),
    ".github/workflows/ci.yml": b"on: push\njobs:\n  a:\n    steps:\n      - {run: make}\n",
    "openapi.yaml": b"openapi: 3.0.0\ninfo: {title: x}\npaths:\n  /a: {get: {responses: {}}}\n",
    "mmdet.yaml": b"model:\n  backbone: {type: ResNet}\n  head: {type: FCN}\n",
    "jinja.yaml": b"{% for a in b %}\nbackbone: {{ a }}\nhead: [\n{% endfor %}\n",
    "tagged.yaml": b"a: !Ref b\nc: !!python/object:os.system {}\n",
    "trainer.yaml": b"layers: 3\nop: x\n",
    "hydra.yaml": b"model:\n  _target_: my.Net\n  layers: [1, 2]\n",
    "data.json": b'{"layers": [1, 2], "a": }',
    "big.yaml": b"a: 1\n" * 4_000_000,
}
BROKEN = {
    "models/yolo.yaml": (YOLO.encode(), "yaml-syntax"),
    "models/unmarked.yaml": (UNMARKED.encode(), "missing-version"),
    "models/latin.yaml": (MARKED.encode() + b"# caf\xe9\n", "unreadable-file"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of strangers' files with three broken networks in it."""
    for name, data in {**STRANGERS, **{name: data for name, (data, _) in BROKEN.items()}}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reported(capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str]]:
    return {(item["path"], item["rule"]) for item in json.loads(capsys.readouterr().out)["diagnostics"]}


WRONG = {(name, rule) for name, (_, rule) in BROKEN.items()}
JSON = ["check", "--output-format", "json"]


def test_the_broken_networks_of_a_folder_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*JSON, "."]) == 1
    assert reported(capsys) == WRONG


def test_the_hook_reports_the_broken_networks_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [*STRANGERS, *BROKEN]
    assert main([*JSON, "--force-exclude", "--", *names]) == 1
    assert reported(capsys) == WRONG


@pytest.mark.parametrize("name", STRANGERS)
def test_the_hook_never_blocks_a_commit_of_one_other_file(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*JSON, "--force-exclude", "--", name]) == 0
    assert reported(capsys) == set()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_network_is_found_beside_others(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good.yaml").write_text(MARKED)
    assert main([*JSON, name, "good.yaml"]) == 1
    assert reported(capsys) == {(name, BROKEN[name][1])}


def test_the_line_that_is_missing_is_written(folder: Path) -> None:
    for text, expected in (
        (UNMARKED, MARKED),
        (UNMARKED.replace("\n", "\r\n"), MARKED.replace("\n", "\r\n")),
        ("# a U-Net\n---\n" + UNMARKED, "# a U-Net\n---\n" + MARKED),
    ):
        (folder / "net.yaml").write_bytes(text.encode())
        assert main(["check", "--fix", "net.yaml"]) == 0
        assert (folder / "net.yaml").read_bytes() == expected.encode()


def test_skipped_files_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in BROKEN:
        (folder / name).unlink()
    (folder / "models" / "good.yaml").write_text(MARKED)
    assert main(["check"]) == 0
    assert capsys.readouterr().err == f"All checks passed: 1 file ({len(STRANGERS)} skipped; --verbose says why).\n"


def test_a_folder_without_networks_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "models" / "good.yaml").write_text(MARKED)
    (folder / "empty").mkdir()
    assert main([*JSON, "chart", "empty", "models/good.yaml"]) == 0
    assert reported(capsys) == {("chart", "nothing-checked"), ("empty", "nothing-checked")}
    assert main(["check", "--fail-on", "warning", "chart"]) == 1
    capsys.readouterr()
    assert main(["check", "-q", "--ignore", "nothing-checked", "chart"]) == 0
    assert capsys.readouterr().out == ""


def test_a_baseline_says_how_many_it_hides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--write-baseline", "known.json", "models"])
    capsys.readouterr()
    assert main(["check", "--baseline", "known.json", "models"]) == 0
    assert capsys.readouterr().err == "All checks passed: 3 files (3 findings in the baseline).\n"


def test_files_without_a_network_are_told_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one.yaml", "two.yaml"):
        (folder / name).write_text("services: {}\n")
    assert main(["check", "one.yaml", "two.yaml"]) == 0
    assert "nothing-checked" in (said := capsys.readouterr().out)
    assert "no architecture was found in the 2 files that were named" in said
    main(["check", "--force-exclude", "one.yaml", "two.yaml"])
    assert "nothing-checked" not in capsys.readouterr().out
    main(["check", "--ignore", "nothing-checked", "one.yaml", "two.yaml"])
    assert "nothing-checked" not in capsys.readouterr().out
