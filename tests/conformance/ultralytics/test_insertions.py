"""A row is added and no index below it is changed: the package builds and runs it in silence, convlint does not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import convlint
from convlint.fixes import apply_edits
from tests.conformance.ultralytics.mutations import applied, inserted, rows_of
from tests.conformance.ultralytics.oracle import stock_files, truth_of
from tests.conformance.ultralytics.requirements import needs_dialect, needs_package

pytestmark = [needs_package, needs_dialect]
FULL_WIDTH = "l"
"""The scale at which the channels of a row are those that it gives."""

edited_files = pytest.mark.parametrize(
    "path",
    [path for path in stock_files() if path.stem in ("yolov8", "yolo11", "yolo26", "yolo12")],
    ids=lambda path: str(path.stem),
)


def rules_found(path: Path, text: str) -> set[str]:
    """The rules that fire, but for the one that needs comments with numbers of rows."""
    findings = convlint.check_text(text, path.name, convlint.Options(scales=(FULL_WIDTH,))).findings
    return {finding.rule.name for finding in findings} - {"index-comment-mismatch"}


@edited_files
def test_nothing_is_found_before_the_insertion(path: Path) -> None:
    assert rules_found(path, path.read_text(encoding="utf-8")) == set()


@edited_files
def test_an_identity_is_found_at_every_position(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    rows = rows_of(text)
    texts = [applied(text, [inserted(text, row, "[-1, 1, nn.Identity, []]")]) for row in rows]
    assert [at for at, edited in enumerate(texts) if not rules_found(path, edited)] == []


@edited_files
def test_a_convolution_that_keeps_the_channels_is_found_at_every_position(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    rows = rows_of(text)
    truth = truth_of(text, FULL_WIDTH)
    channels = [shapes[0][0] for shapes in (layer.shapes for layer in truth.layers[:-1]) if shapes is not None]
    assert len(channels) == len(rows) - 1
    texts = [
        applied(text, [inserted(text, row, f"[-1, 1, Conv, [{above}, 3, 1]]")])
        for above, row in zip(channels, rows[1:])
    ]
    assert [at for at, edited in enumerate(texts, 1) if not rules_found(path, edited)] == []


@edited_files
def test_rows_that_moved_are_renumbered_where_comments_number_some(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    rows = rows_of(text)
    for at in range(1, len(rows) - 1):
        edited = applied(text, [inserted(text, rows[at], "[-1, 1, nn.Identity, []]")])
        findings = convlint.check_text(edited, path.name, convlint.Options(scales=(FULL_WIDTH,))).findings
        found = [finding for finding in findings if finding.severity != "info"]
        before = sources_of(text)
        wanted = [[value + (value >= at) if value >= 0 else value for value in row] for row in before]
        if sources_of(edited) == [*wanted[:at], [-1], *wanted[at:]]:
            continue  # everything counts back from where it stands
        assert [finding.rule.name for finding in found] == ["shifted-rows"], at
        assert found[0].fix is not None
        assert sources_of(apply_edits(edited, found[0].fix.edits)) == [*wanted[:at], [-1], *wanted[at:]], at


def sources_of(text: str) -> list[list[int]]:
    """What each row reads."""
    data = yaml.safe_load(text)
    return [row[0] if isinstance(row[0], list) else [row[0]] for row in data["backbone"] + data["head"]]


@edited_files
def test_the_package_is_silent(path: Path) -> None:
    """Otherwise the other tests would show nothing that the package does not say."""
    text = path.read_text(encoding="utf-8")
    rows = rows_of(text)
    edited = applied(text, [inserted(text, rows[len(rows) // 2], "[-1, 1, nn.Identity, []]")])
    assert truth_of(edited, FULL_WIDTH).failure is None
