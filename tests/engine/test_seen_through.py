"""Own rules inside modules: each inner layer is met, and the finding stands at the row."""

from __future__ import annotations

from pathlib import Path

import convlint
from convlint.options import Options
from convlint.selection.configuration import load_config

RULE = """
[[rule]]
name = "no-large-kernel"
on = ["Conv2d"]
assert = "max(kernel_size) <= 5"
message = "a kernel of {kernel_size} is too large"
at = "kernel_size"
"""
ROWS = """
nc: 80
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, A2C2f, [64, True, 1]]
  - [-1, 1, Conv, [64, 7, 1]]
  - [-1, 1, nn.Conv2d, [64, 64, 9, 1, 4]]
head:
  - [[3], 1, Detect, [nc]]
"""


def found(text: str, folder: Path) -> list[tuple[str | None, str, int]]:
    (folder / "convlint.toml").write_text(RULE, encoding="utf-8")
    (folder / "yolo12.yaml").write_text(text, encoding="utf-8")
    extension = load_config(str(folder / "convlint.toml")).extension
    result = convlint.check_file(folder / "yolo12.yaml", Options(extension=extension))
    own = [finding for finding in result.findings if finding.rule.name == "no-large-kernel"]
    return [(item.layer, item.message, text[: item.place.start].count("\n")) for item in own]


def test_every_inner_layer_is_met_once(tmp_path: Path) -> None:
    findings = found(ROWS, tmp_path)
    assert [layer for layer, _, _ in findings if layer and layer.startswith("1/")] == [
        "1/m.0.0.attn.pe.conv",
        "1/m.0.1.attn.pe.conv",
    ]
    assert ("2/conv", "a kernel of 7 is too large (in row 2, Conv: conv)", 5) in findings
    assert findings[0][1:] == ("a kernel of 7 is too large (in row 1, A2C2f: m.0.0.attn.pe.conv)", 4)
    assert len(findings) == len(set(findings))


def pointed(text: str, folder: Path) -> list[str]:
    """What the findings point at, in the order of the rows."""
    (folder / "convlint.toml").write_text(RULE, encoding="utf-8")
    (folder / "yolo12.yaml").write_text(text, encoding="utf-8")
    extension = load_config(str(folder / "convlint.toml")).extension
    result = convlint.check_file(folder / "yolo12.yaml", Options(extension=extension))
    own = [finding.place for finding in result.findings if finding.rule.name == "no-large-kernel"]
    return [text[place.start : place.end] for place in own]


def test_a_finding_stands_at_the_arg_that_makes_the_parameter(tmp_path: Path) -> None:
    rows = """
nc: 80
backbone:
  - [-1, 1, Conv, [64, 7, 2]]
  - [-1, 1, GhostConv, [64, 9]]
  - [-1, 1, Bottleneck, [64, True, 1, [3, 11]]]
  - [-1, 1, A2C2f, [64, True, 1]]
  - [-1, 1, C2fCIB, [64, True, True]]
head:
  - [[4], 1, Detect, [nc]]
"""
    assert pointed(rows, tmp_path) == ["7", "9", "[3, 11]", "A2C2f", "A2C2f", "C2fCIB"]


def test_a_network_within_the_rule_is_clean(tmp_path: Path) -> None:
    rows = ROWS.replace("A2C2f, [64, True, 1]", "C2f, [64]").replace("[64, 7, 1]", "[64, 5, 1]")
    assert found(rows.replace("9, 1, 4", "5, 1, 2"), tmp_path) == []


def test_modules_are_opened_by_show(tmp_path: Path) -> None:
    from convlint.describing import describe_file

    (tmp_path / "yolo12.yaml").write_text(ROWS, encoding="utf-8")
    ((network,), _) = describe_file(str(tmp_path / "yolo12.yaml"), depth=9)
    module = network.layers[1]
    assert [layer.path for layer in module.layers] == ["1/cv1", "1/m.0.0", "1/m.0.1", "1/all", "1/cv2"]
    assert sum(layer.parameters or 0 for layer in module.layers) == module.parameters
    assert sum(layer.macs or 0 for layer in module.layers) == module.macs
    assert module.layers[1].layers[0].path == "1/m.0.0.attn"
    assert module.layers[1].layers[0].place == module.place


STAGE = """
Stage:
  rank: 3
  summary: A convolution, and a sum where the channels are the same.
  params: {out_channels: {type: count, required: true}}
  let: {same: C == out_channels}
  output: [out_channels, L]
  layers:
    - {name: c, op: Conv2d, out_channels: out_channels, kernel_size: 7, padding: 3}
    - {name: s, op: Add, when: same, from: [c, x]}
"""
SUMS = """
operators = ["stage.yaml"]
[[rule]]
name = "no-sums"
on = ["Add"]
assert = "1 == 0"
message = "a sum"
default = false
"""
COPIES = """
convlint: 1
inputs: {x: [8, 32, 32]}
blocks:
  Twice: {layers: [{name: a, op: Stage, out_channels: 16, repeat: 2}]}
layers:
  - {name: first, op: Stage, out_channels: 12, repeat: 3}
  - {name: second, op: Twice}
  - {name: third, op: Twice}
"""


def test_a_copy_that_differs_is_met_and_what_is_said_once_is_not_said_again(tmp_path: Path) -> None:
    for name, text in (("convlint.toml", f"{SUMS}{RULE}"), ("stage.yaml", STAGE), ("net.yaml", COPIES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = load_config(str(tmp_path / "convlint.toml"))
    chosen = frozenset(("no-sums", "no-large-kernel"))
    options = Options(extension=config.extension, rules=chosen)
    result = convlint.check_file(tmp_path / "net.yaml", options)
    found = {(item.rule.name, item.layer, item.message, len(item.related)) for item in result.findings}
    assert found == {
        ("no-sums", "first[1]/s", "a sum (in first: s)", 0),
        ("no-large-kernel", "first[0]/c", "a kernel of 7 is too large (in first: c)", 0),
        ("no-sums", "second/a[1]/s", "a sum (in a: s)", 1),
        ("no-large-kernel", "second/a[0]/c", "a kernel of 7 is too large (in a: c)", 1),
    }


def test_a_network_of_another_package_is_no_row(tmp_path: Path) -> None:
    text = "_target_: monai.networks.nets.UNet\nspatial_dims: 2\nin_channels: 1\nout_channels: 2\n"
    (tmp_path / "convlint.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(f"{text}channels: [8, 16]\nstrides: [2]\nkernel_size: 7\n", encoding="utf-8")
    extension = load_config(str(tmp_path / "convlint.toml")).extension
    result = convlint.check_file(tmp_path / "net.yaml", Options(extension=extension))
    assert "a kernel of 7 is too large (in monai.networks.nets.UNet: model.0.conv)" in {
        finding.message for finding in result.findings
    }


SIDE_BY_SIDE = """
[[rule]]
name = "norm-then-silu"
message = "{above} ({above_op}) goes into {layer} ({op})"
[[rule.neighbours]]
below = ["SiLU"]
above = ["BatchNorm2d"]
[[rule]]
name = "no-pointwise-after-silu"
message = "{above} ({above_op}) goes into {layer} ({op})"
[[rule.neighbours]]
below = ["Conv2d"]
above = ["SiLU"]
let = {k = "max(kernel_size)"}
that = "k > 1"
"""
SIDES = """
nc: 4
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 2, Conv, [8, 1, 1]]
  - [-1, 1, nn.Conv2d, [8, 8, 1]]
head:
  - [-1, 1, nn.Identity, []]
"""


def test_layers_stand_side_by_side_inside_modules_and_across_their_ends(tmp_path: Path) -> None:
    (tmp_path / "convlint.toml").write_text(SIDE_BY_SIDE, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(SIDES, encoding="utf-8")
    extension = load_config(str(tmp_path / "convlint.toml")).extension
    result = convlint.check_file(tmp_path / "model.yaml", Options(extension=extension))
    found = {(item.layer, SIDES[: item.place.start].count("\n"), item.message) for item in result.findings}
    assert found == {
        ("0/act", 3, "bn (BatchNorm2d) goes into act (SiLU) (in row 0, Conv: act)"),
        ("1[0]/act", 4, "bn (BatchNorm2d) goes into act (SiLU) (in row 1, Conv: act)"),
        ("1[0]/conv", 4, "act (SiLU) goes into conv (Conv2d) (in row 1, Conv: conv)"),
        ("2", 5, "act (SiLU) goes into 2 (nn.Conv2d) (nn.Conv2d)"),
    }


def test_a_list_of_lists_is_an_argument_that_governs(tmp_path: Path) -> None:
    text = "_target_: DynUNet\nspatial_dims: 2\nin_channels: 1\nout_channels: 2\nkernel_size: [[7, 7], [3, 3], 3]\n"
    text += "strides: [1, 2, 2]\nupsample_kernel_size: [2, 2]\n"
    assert pointed(text, tmp_path) == ["[[7, 7], [3, 3], 3]"] * 2


def test_a_module_whose_inside_is_not_known_is_said_once(tmp_path: Path) -> None:
    row = "  - [0, 1, TorchVision, [576, mobilenet_v3_small, DEFAULT, true, 2, false]]\n"
    text = f"nc: 4\nbackbone:\n  - [-1, 1, Conv, [3, 3, 2]]\n{row}{row}head:\n  - [-1, 1, Classify, [nc]]\n"
    (tmp_path / "convlint.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    extension = load_config(str(tmp_path / "convlint.toml")).extension
    result = convlint.check_file(tmp_path / "model.yaml", Options(extension=extension))
    found = [(item.layer, item.message) for item in result.findings if item.rule.name == "rule-not-computed"]
    said = "row 1, TorchVision: what is inside is not known, so rules of your own were not asked there"
    assert found == [("1", said)]
    assert convlint.check_file(tmp_path / "model.yaml").findings == tuple(
        item for item in result.findings if item.rule.name != "rule-not-computed"
    )
