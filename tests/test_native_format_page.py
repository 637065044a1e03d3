"""Every file on the page of the native format is one that convlint passes, and torch builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convlint

DOCS = Path(__file__).parent.parent / "docs"
FILES = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "native-format.md").read_text(encoding="utf-8"), flags=re.M | re.S)


def test_there_are_files() -> None:
    assert len(FILES) >= 8


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_file_of_the_page_is_clean_and_builds(number: int, tmp_path: Path) -> None:
    assert not [(item.rule.name, item.message) for item in convlint.check_text(FILES[number]).findings]
    pytest.importorskip("torch")
    path = tmp_path / "network.yaml"
    path.write_text(FILES[number], encoding="utf-8")
    assert convlint.build(path) is not None


UPSAMPLED = """\
convlint: 1
sizes: {H: {min: 32, max: 256}, W: {min: 32, max: 256}}
inputs: {image: [3, H, W], label: [1]}
blocks:
  Stage:
    params: {channels: [8, 16], bias: false, mode: nearest}
    inputs: [skip, deep]
    layers:
      - {name: up, op: Upsample, from: deep, size: ["${H}", "${W}"], mode: "${mode}"}
      - {name: cat, op: Concat, from: [skip, up]}
      - {op: Conv2d, out_channels: "${channels[0]}", kernel_size: 3, padding: 1, bias: "${bias}"}
      - {op: Conv2d, out_channels: "${channels[1]}", kernel_size: 3, padding: 1, repeat: 2}
layers:
  - {name: wide, op: Conv2d, from: image, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: small, op: Conv2d, out_channels: 16, kernel_size: 3, stride: 2, padding: 1}
  - {name: "3", op: Stage, from: [wide, small], channels: [16, 8]}
  - {name: code, op: Embedding, from: label, num_embeddings: 10, embedding_dim: 8}
  - {name: flat, op: Flatten, expect: [8]}
outputs: ["3", flat]
"""


def test_what_the_page_says_of_sizes_labels_parameters_and_repeat() -> None:
    found = convlint.check_text(UPSAMPLED).findings
    assert {item.rule.name for item in found} <= {"convolution-pair"}


@pytest.mark.parametrize(
    ("written", "instead", "rule"),
    [
        ('name: "3"', "name: 3", "wrong-type"),
        ("name: up,", "name: deep,", "duplicate-layer"),
        ('size: ["${H}", "${W}"]', "size: [H, W]", "wrong-type"),
        ("op: Upsample", 'op: "${mode}"', "unknown-operator"),
        ("channels: [16, 8]}", "channels: [[16], [8]]}", "wrong-type"),
    ],
)
def test_what_the_page_says_is_refused(written: str, instead: str, rule: str) -> None:
    assert UPSAMPLED.count(written) == 1
    assert rule in {item.rule.name for item in convlint.check_text(UPSAMPLED.replace(written, instead)).findings}


def test_the_page_names_every_key_of_a_layer() -> None:
    from convlint.dialects.native.keys import LAYER_KEYS

    page = (DOCS / "native-format.md").read_text(encoding="utf-8")
    assert all(f"`{key}" in page for key in LAYER_KEYS)
