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
