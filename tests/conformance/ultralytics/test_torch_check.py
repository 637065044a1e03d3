"""The package's own model files through `check --torch`: built and run by the package, row by row, as convlint says."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import yaml

from convlint.checking import check_source
from convlint.cli import main
from convlint.dialects import registry
from convlint.dialects.reading import load_source
from convlint.options import Options, TorchLimits
from convlint.source.nodes import Source
from tests.conformance.ultralytics.oracle import stock_files
from tests.conformance.ultralytics.requirements import needs_package
from tests.conformance.ultralytics.test_modules import ARGS, network

comparison = pytest.importorskip("convlint.torch_check.comparison", reason="torch is not installed")
pytestmark = needs_package
LONG = 100
"""Cases from which all files are built at all scales."""
WITH_WEIGHTS = {"yolo11-cls-resnet18.yaml"}
"""Files with a network of torchvision, which would be downloaded."""


def test_stock_files_agree_through_the_command(
    cases: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = stock_files()
    if cases < LONG:
        files = random.Random(seed).sample(files, min(len(files), cases // 2))
    for file in files:
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    chosen = ["--size", "imgsz=128", "--scale", "n"] if cases < LONG else ["--size", "imgsz=320"]
    arguments = ["check", "--isolated", "--torch", "--torch-timeout", "300", "--verbose", *chosen, "."]
    assert main(arguments) == 0
    output = capsys.readouterr()
    assert output.out == ""
    built = {line.split(":")[0] for line in output.err.splitlines() if ": built by ultralytics" in line}
    assert built == {file.name for file in files} - WITH_WEIGHTS


@pytest.mark.parametrize("module", sorted(ARGS))
def test_random_args_arrive_at_the_package(module: str, cases: int, seed: int) -> None:
    """What the reader has understood of a row builds what the row itself would."""
    for number in range(max(2, cases // 30)):
        rng = random.Random(f"command {module} {number} {seed}")
        source = Source("yolov8.yaml", yaml.safe_dump(network(module, rng), sort_keys=False))
        options = Options(sizes=(("imgsz", rng.choice((64, 96, 100))),))
        findings = check_source(source, options).findings
        if any(finding.severity == "error" for finding in findings):
            continue
        (architecture,) = load_source(source, options)
        verdict = comparison.compare(architecture, registry.named("ultralytics"), TorchLimits())
        remarks = [remark for remark in verdict.remarks if remark.rule != "torch-shapes-only"]  # three Upsample by 4
        assert remarks == [], source.text
        assert verdict.notes[-1].startswith("built by"), source.text
