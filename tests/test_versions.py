"""A text that is checked at each version: the findings of a check of that version alone, for less work."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from convlint.checking import check_source
from convlint.dialects.native.layers import LayerReader
from convlint.engine import propagation
from convlint.options import Options
from convlint.source import Source
from convlint.template import Template
from convlint.versions import Versions
from tests.keystrokes import typed_over

ROOT = Path(__file__).parents[1]
TEXTS = sorted([*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "cases").glob("*/*.yaml")])
WITHOUT_ADVICE = Options(advice="none")
LAYERS = 500


def chain(layers: int = LAYERS) -> list[str]:
    """The lines of a chain of convolutions of different widths."""
    head = ["convlint: 1\n", "inputs: {image: [3, 64, 64]}\n", "layers:\n"]
    rows = [
        f"  - {{name: c{number}, op: Conv2d, out_channels: {8 + number}, kernel_size: 3, padding: 1}}\n"
        for number in range(layers)
    ]
    return head + rows


def source(lines: list[str]) -> Source:
    return Source("net.yaml", "".join(lines))


@pytest.mark.parametrize("seed", range(120))
def test_every_version_has_the_findings_of_a_fresh_check(seed: int) -> None:
    choose = random.Random(seed)
    path = choose.choice(TEXTS)
    versions = Versions(WITHOUT_ADVICE)
    for text in typed_over(path.read_text(encoding="utf-8"), choose, 20):
        version = Source(path.name, text)
        assert versions.check(version) == check_source(version, WITHOUT_ADVICE), text


class Work:
    """What is done: operators that are computed, and layers whose parameters are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.computed = self.read = 0
        compute, read = propagation.run_operator, LayerReader._parameters

        def counted(*arguments: Any) -> Any:
            self.computed += 1
            return compute(*arguments)

        def counted_reading(*arguments: Any) -> Any:
            self.read += 1
            return read(*arguments)

        monkeypatch.setattr(propagation, "run_operator", counted)
        monkeypatch.setattr(LayerReader, "_parameters", counted_reading)


@pytest.mark.parametrize(
    ("words", "typed", "computed"),
    [
        ("name: c250,", "name: conv250,", 0),
        ("padding: 1}\n", "padding: 1}  # as in the paper\n", 0),
        ("out_channels: 258", "out_channels: 260", 2),
        ("kernel_size: 3, padding: 1", "kernel_size: 5, padding: 2", 1),
    ],
)
def test_a_keystroke_costs_the_layers_that_it_changes(
    words: str, typed: str, computed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = chain()
    versions = Versions(WITHOUT_ADVICE)
    versions.check(source(lines))
    work = Work(monkeypatch)
    lines[3 + 250] = lines[3 + 250].replace(words, typed)
    assert versions.check(source(lines)).findings == ()
    assert (work.computed, work.read) == (computed, 1)


def test_what_stands_behind_a_change_of_size_is_computed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = chain()
    versions = Versions(WITHOUT_ADVICE)
    versions.check(source(lines))
    work = Work(monkeypatch)
    lines[3 + 250] = lines[3 + 250].replace("padding: 1", "stride: 2, padding: 1")
    versions.check(source(lines))
    assert (work.computed, work.read) == (LAYERS - 250, 1)


def test_a_text_that_is_broken_for_a_while_is_not_read_anew_when_it_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = chain()
    versions = Versions(WITHOUT_ADVICE)
    versions.check(source(lines))
    work = Work(monkeypatch)
    for typed in ("  - {", "  - {op: Re", "  - {op: ReLU", "  - {op: ReLU}"):
        result = versions.check(source([*lines[:100], f"{typed}\n", *lines[100:]]))
        assert bool(result.findings) == (not typed.endswith("}"))
    assert (work.computed, work.read) == (1, 2)  # the new layer, and the one above it


def test_what_is_kept_does_not_grow_with_the_versions() -> None:
    lines = chain(20)
    versions = Versions(WITHOUT_ADVICE)
    kept = []
    for wide in range(100, 3000):
        lines[10] = f"  - {{op: Conv2d, out_channels: {wide}, kernel_size: 3, padding: 1}}\n"
        versions.check(source(lines))
        kept.append(len(versions._past.computed.steps))
    assert max(kept) < 1_010
    assert min(kept) <= 25


def test_a_template_reads_and_computes_only_what_a_constant_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join("  - {op: BatchNorm2d}\n" for _ in range(50))
    wide = '  - {op: Conv2d, out_channels: "${wide}", kernel_size: 3, in_channels: 3}\n'
    text = "convlint: 1\nconstants: {wide: 4}\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Identity}\n"
    template = Template(f"{text}{wide}{rows}{wide}", advice=False)
    first = template.check(wide=3)
    work = Work(monkeypatch)
    assert template.check(wide=3) == first
    assert (work.computed, work.read) == (0, 2)
    assert [finding.rule.name for finding in template.check(wide=8).findings] == ["channel-mismatch"]
    assert template.check(wide=3).findings == ()
