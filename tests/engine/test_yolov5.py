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


FORK = """
nc: 3
depth_multiple: 1.0
width_multiple: 1.0
anchors: 3
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 2, MODULE]
head:
  - [[0, 1], 1, HEAD]
"""
PER_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def registered(
    tmp_path: Path, module: str, head: str = "IDetect, [nc, anchors]"
) -> list[tuple[str, tuple[int | None, ...]]]:
    """(name, shape) of the tensors of a module of 64 channels, or of a head on two maps of 64, without those of norms."""
    (tmp_path / "model.yaml").write_text(FORK.replace("MODULE", module).replace("HEAD", head), encoding="utf-8")
    (state,) = convlint.state(tmp_path / "model.yaml")
    assert not state.unknown
    row = "2" if "IDetect" not in head else "1"
    own = [tensor for tensor in state.tensors if tensor.layer == row]
    found = [(tensor.name.removeprefix(f"model.{row}."), tensor.shape) for tensor in own]
    return [(name, shape) for name, shape in found if not name.endswith(("bn." + PER_NORM[0], *PER_NORM[1:]))]


def test_stages_of_yolov7_register_their_blocks_last(tmp_path: Path) -> None:
    assert registered(tmp_path, "ResXCSPC, [64]") == [
        ("cv1.conv.weight", (32, 64, 1, 1)),
        ("cv2.conv.weight", (32, 64, 1, 1)),
        ("cv3.conv.weight", (32, 32, 1, 1)),
        ("cv4.conv.weight", (64, 64, 1, 1)),
        ("m.0.cv1.conv.weight", (32, 32, 1, 1)),
        ("m.0.cv2.conv.weight", (32, 1, 3, 3)),
        ("m.0.cv3.conv.weight", (32, 32, 1, 1)),
        ("m.1.cv1.conv.weight", (32, 32, 1, 1)),
        ("m.1.cv2.conv.weight", (32, 1, 3, 3)),
        ("m.1.cv3.conv.weight", (32, 32, 1, 1)),
    ]


def test_attention_in_windows_has_a_table_of_relative_places(tmp_path: Path) -> None:
    found = dict(registered(tmp_path, "STCSPB, [64]"))
    assert found["m.blocks.1.attn.relative_position_bias_table"] == (225, 2)
    assert found["m.blocks.1.attn.relative_position_index"] == (64, 64)
    assert found["m.blocks.0.mlp.fc1.weight"] == (256, 64)


def test_the_second_set_of_levels_stands_behind_the_first(tmp_path: Path) -> None:
    head = "DualDDetect, [nc]"
    names = [name for name, _ in registered(tmp_path, "ADown, [64]", head)]
    branches = [name.split(".")[0] for name in names if name.endswith(".weight")]
    assert list(dict.fromkeys(branches)) == ["cv2", "cv3", "cv4", "cv5", "dfl", "dfl2"]
    assert dict(registered(tmp_path, "ADown, [64]", head))["cv2.0.1.conv.weight"] == (64, 16, 3, 3)


def test_a_class_that_cannot_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(
        FORK.replace("MODULE", "RepBottleneckCSPA, [64]").replace("HEAD", "IDetect, [nc, anchors]"), encoding="utf-8"
    )
    (finding,) = convlint.check_file(tmp_path / "model.yaml").findings
    assert finding.rule.name == "channel-mismatch"
    assert "built for 32 channels, but the first gives 16" in finding.message
