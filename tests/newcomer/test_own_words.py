"""A repository brings the words of its own people, for our operators and for its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from convlint.cli import main

WORDS = """\
words_of: our framework
operators:
  Convolver: Conv2d
  Squeezer: SqueezeExcitation
  Dense: Bilinear
keys:
  planes: out_channels
  squeeze: reduction
"""
OPERATOR = """\
SqueezeExcitation:
  rank: 3
  params:
    reduction: {type: count, default: 16}
  output: x
"""
NETWORK = """\
convlint: 1
inputs: {image: [3, 32, 32]}
layers:
  - {op: Convolver, planes: 8, kernel_size: 3}
  - {op: Squeezer, squeeze: 4}
"""
MEANT = """\
convlint: 1
inputs: {image: [3, 32, 32]}
layers:
  - {op: Conv2d, out_channels: 8, kernel_size: 3}
  - {op: SqueezeExcitation, reduction: 4}
"""


def test_own_words_are_understood_and_rewritten(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text(WORDS, encoding="utf-8")
    (tmp_path / "operators.yaml").write_text(OPERATOR, encoding="utf-8")
    settings = 'operators = ["operators.yaml", "words.yaml"]\n'
    (tmp_path / "convlint.toml").write_text(settings, encoding="utf-8")
    network = tmp_path / "net.yaml"
    network.write_text(NETWORK, encoding="utf-8")
    assert main(["check", "--fix", str(network)]) == 0
    assert network.read_text(encoding="utf-8") == MEANT


def test_the_page_of_an_operator_is_found_by_the_word_of_another_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["operator", "Dense"]) == 0
    assert "Linear" in capsys.readouterr().out.partition("\n")[0]
