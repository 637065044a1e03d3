"""The tensors of yolov5 and yolov7 files: their counts are those that are published for the stock networks."""

from __future__ import annotations

from pathlib import Path

import convlint

YOLOV5S = """
nc: 80
depth_multiple: 0.33
width_multiple: 0.50
anchors: [[10,13, 16,30, 33,23], [30,61, 62,45, 59,119], [116,90, 156,198, 373,326]]
backbone:
  - [-1, 1, Conv, [64, 6, 2, 2]]
  - [-1, 1, Conv, [128, 3, 2]]
  - [-1, 3, C3, [128]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [-1, 6, C3, [256]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [-1, 9, C3, [512]]
  - [-1, 1, Conv, [1024, 3, 2]]
  - [-1, 3, C3, [1024]]
  - [-1, 1, SPPF, [1024, 5]]
head:
  - [-1, 1, Conv, [512, 1, 1]]
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 6], 1, Concat, [1]]
  - [-1, 3, C3, [512, False]]
  - [-1, 1, Conv, [256, 1, 1]]
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 4], 1, Concat, [1]]
  - [-1, 3, C3, [256, False]]
  - [-1, 1, Conv, [256, 3, 2]]
  - [[-1, 14], 1, Concat, [1]]
  - [-1, 3, C3, [512, False]]
  - [-1, 1, Conv, [512, 3, 2]]
  - [[-1, 10], 1, Concat, [1]]
  - [-1, 3, C3, [1024, False]]
  - [[17, 20, 23], 1, Detect, [nc, anchors]]
"""


def test_yolov5s_has_the_tensors_that_its_weights_have(tmp_path: Path) -> None:
    (tmp_path / "yolov5s.yaml").write_text(YOLOV5S, encoding="utf-8")
    (state,) = convlint.state(tmp_path / "yolov5s.yaml")
    (network,) = convlint.describe(tmp_path / "yolov5s.yaml")
    assert (len(state.tensors), network.parameters, state.unknown) == (349, 7_235_389, ())
    assert [tensor.name for tensor in state.tensors if ".24." in tensor.name] == [
        "model.24.anchors",
        *[f"model.24.m.{level}.{name}" for level in range(3) for name in ("weight", "bias")],
    ]


def test_heads_of_yolov7_register_their_grid_and_what_is_implicit(tmp_path: Path) -> None:
    text = YOLOV5S.replace("Detect", "IDetect").replace("C3, [", "SPPCSPC, [").replace(", False]", "]")
    (tmp_path / "yolov7.yaml").write_text(text, encoding="utf-8")
    (state,) = convlint.state(tmp_path / "yolov7.yaml")
    head = [tensor.name.removeprefix("model.24.") for tensor in state.tensors if ".24." in tensor.name]
    assert head[:4] == ["anchors", "anchor_grid", "m.0.weight", "m.0.bias"]
    assert head[8:] == [f"{name}.{level}.implicit" for name in ("ia", "im") for level in range(3)]
