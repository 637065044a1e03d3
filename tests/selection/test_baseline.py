"""Baselines: what is known stays known when lines move, what is new is found, and what is gone is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convlint.checking import check_source
from convlint.findings import FileResult
from convlint.selection.baseline import BaselineError, baseline_text, read_baseline
from convlint.source import Source

TEXT = """\
convlint: 1
inputs: {image: [3, 32, 32]}
layers:
  - {name: one, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}
  - {name: two, op: ReLU, inplce: true}
"""


def result(folder: Path, text: str, name: str = "net.yaml") -> FileResult:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return check_source(Source(str(folder / name), text))


def written(folder: Path, *results: FileResult) -> str:
    path = folder / "known.json"
    path.write_text(baseline_text(results, str(path)))
    return str(path)


def test_what_is_known_is_let_pass_on_any_line(tmp_path: Path) -> None:
    path = written(tmp_path, result(tmp_path, TEXT))
    moved = TEXT.replace("layers:\n", "# a\n\nlayers:\n  - {name: zero, op: Conv2d, out_channels: 9, kernel_size: 3}\n")
    baseline = read_baseline(path)
    assert baseline.filter(result(tmp_path, moved)).findings == ()
    assert baseline.stale() == []


def test_what_is_new_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, result(tmp_path, TEXT))
    more = TEXT + "  - {name: three, op: ReLU, inplce: true}\n"
    (finding,) = read_baseline(path).filter(result(tmp_path, more)).findings
    assert finding.layer == "three"
    other = read_baseline(path).filter(result(tmp_path, TEXT, "other.yaml"))
    assert [finding.rule.name for finding in other.findings] == ["channel-mismatch", "unknown-key"]


def test_what_is_known_twice_passes_twice(tmp_path: Path) -> None:
    doubled = TEXT.replace("image: [3, 32, 32]", "image: [3, 32, 032], other: [032]")
    once = result(tmp_path, doubled.replace(", other: [032]", ""))
    baseline = read_baseline(written(tmp_path, once))
    left = [finding.rule.name for finding in baseline.filter(result(tmp_path, doubled)).findings]
    assert left.count("ambiguous-scalar") == 1


def test_what_is_gone_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, result(tmp_path, TEXT), result(tmp_path, TEXT, "b.yaml"))
    baseline = read_baseline(path)
    baseline.filter(result(tmp_path, TEXT.replace("inplce", "inplace")))
    assert [(known.path, known.rule, known.layer, count) for known, count in baseline.stale()] == [
        ("net.yaml", "unknown-key", "two", 1)
    ]
    (tmp_path / "b.yaml").unlink()
    assert {known.path for known, _ in baseline.stale()} == {"net.yaml", "b.yaml"}


def test_the_file_is_stable_and_counts_paths_from_its_folder(tmp_path: Path) -> None:
    results = [result(tmp_path, TEXT, "sub/b.yaml"), result(tmp_path, TEXT, "a.yaml")]
    path = str(tmp_path / "known.json")
    assert baseline_text(results, path) == baseline_text(results[::-1], path)
    data = json.loads(baseline_text(results, path))
    assert list(data["files"]) == ["a.yaml", "sub/b.yaml"]
    assert data["files"]["a.yaml"][0] == {"rule": "channel-mismatch", "layer": "one", "content": "4", "count": 1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"version": 2}',
        '{"version": 1}',
        '{"version": 1, "files": {"a": [{"rule": 1}]}}',
        "[" * 100_000,
        "1" * 5000,
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)
    with pytest.raises(BaselineError, match=r"known\.json is no(t JSON: | baseline)(?!.*(recursion|sys\.))"):
        read_baseline(str(tmp_path / "known.json"))
    with pytest.raises(BaselineError):
        read_baseline(str(tmp_path / "gone.json"))
