"""Releases of Ultralytics, learned from their source alone: rows, shapes, parameters and tensors of the real build.

`CONVLINT_RELEASES` names the folders in which releases lie (`pip install --no-deps --target FOLDER ultralytics==...`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convlint.describing import describe_file
from convlint.options import Options
from convlint.tensors.state import state_of_file

FOLDERS = [Path(path) for path in os.environ.get("CONVLINT_RELEASES", "").split(os.pathsep) if path]
NAMES = ("v8/yolov8.yaml", "v8/yolov8-cls.yaml", "v5/yolov5-p6.yaml", "v3/yolov3-tiny.yaml", "11/yolo11-seg.yaml")
LEAST_KNOWN = 0.95

pytestmark = pytest.mark.skipif(not FOLDERS, reason="CONVLINT_RELEASES names no folder with a release")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_release_is_learned_from_its_source(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = folder / "ultralytics" / "cfg" / "models"
    files = [models / name for name in NAMES if (models / name).is_file()]
    assert len(files) > 2
    monkeypatch.chdir(folder)
    known = total = 0
    for path, rows in zip(files, real(folder, files, tmp_path), strict=True):
        learned = rows_of(path)
        assert len(learned) == len(rows)
        for number, (ours, theirs) in enumerate(zip(learned, rows)):
            for key, value in theirs.items():
                total += 1
                known += ours[key] is not None
                assert ours[key] in (value, None), (path.name, number, key)
    assert known >= LEAST_KNOWN * total


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows as convlint learns them; None where something is not known."""
    options = Options(sizes=(("imgsz", 128),), tables=(("ultralytics", (("vocabulary", "none"),)),))
    network = describe_file(str(path), options)[0][0]
    state = state_of_file(str(path), options)[0][0]
    tensors: dict[str, list[Any]] = {}
    for tensor in state.tensors:
        name = tensor.name.removeprefix(f"model.{tensor.layer}.")
        tensors.setdefault(tensor.layer, []).append([name, list(tensor.shape)])
    return [
        {
            "parameters": layer.parameters,
            "state": None if layer.name in state.unknown else tensors.get(layer.name, []),
            "shapes": [list(shape) for shape in layer.outputs if shape is not None] if layer.outputs else None,
        }
        for layer in network.layers
    ]


def real(folder: Path, files: list[Path], settings: Path) -> list[Any]:
    """The rows as the release builds and runs them."""
    script = Path(__file__).with_name("release.py")
    environment = {**os.environ, "YOLO_OFFLINE": "true", "YOLO_CONFIG_DIR": str(settings)}
    command = [sys.executable, str(script), str(folder), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("ROWS ")]
