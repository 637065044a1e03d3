"""What changed is named by structure: edits of rows are found, and what only looks different is none."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from convlint.comparing.changes import Change, changes_between
from convlint.dialects.reading import load_source
from convlint.model import Architecture
from convlint.source.nodes import Source
from tests.comparing import edits, native_edits

NETWORK = """\
convlint: 1
constants: {width: 16}
inputs: {image: [3, 64, 64]}
blocks:
  Double:
    params: {channels: null}
    layers:
      - {op: Conv2d, out_channels: "${channels}", kernel_size: 3, padding: 1}
      - {op: ReLU}
layers:
  - {name: enc1, op: Double, channels: "${width}"}
  - {name: pool, op: MaxPool2d, kernel_size: 2}
  - {name: mid, op: Double, channels: 32}
  - {name: up, op: Upsample, scale_factor: 2}
  - {name: side, op: Conv2d, from: enc1, out_channels: 8, kernel_size: 1}
  - {name: cat, op: Concat, from: [up, enc1]}
  - {name: head, op: Conv2d, out_channels: 2, kernel_size: 1}
outputs: {mask: head, edge: side}
"""
Named = set[tuple[str, str | None, str | None]]


def loaded(text: str) -> Architecture:
    (architecture,) = load_source(Source("a.yaml", text))
    return architecture


def changes(old: str, new: str) -> tuple[Change, ...]:
    return changes_between(loaded(old), loaded(new))[0]


def named(found: tuple[Change, ...]) -> Named:
    return {(one.change, one.old and one.old.layer, one.new and one.new.layer) for one in found}


def replaced(*pairs: tuple[str, str]) -> str:
    text = NETWORK
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    "text",
    [
        NETWORK,
        yaml.safe_dump(yaml.safe_load(NETWORK), sort_keys=False),
        replaced(("width: 16", "base: 16"), ("${width}", "${base}")),
        replaced(("width: 16", "width: 4"), ("${width}", "${width * 4}")),
        replaced(
            ("  - {name: side, op: Conv2d, from: enc1, out_channels: 8, kernel_size: 1}\n", ""),
            (
                "  - {name: cat",
                "  - {name: side, op: Conv2d, from: enc1, out_channels: 8, kernel_size: [1, 1]}\n  - {name: cat",
            ),
        ).replace("[1, 1]", "1"),
        replaced(
            ("  - {name: side, op: Conv2d, from: enc1, out_channels: 8, kernel_size: 1}\n", ""),
            (
                "  - {name: pool, op: MaxPool2d,",
                "  - {name: side, op: Conv2d, out_channels: 8, kernel_size: 1}\n  - {name: pool, op: MaxPool2d, from: enc1,",
            ),
        ),
        replaced(("op: Conv2d, from: enc1, out", "op: Conv2d, in_channels: 16, from: enc1, out")),
    ],
)
def test_what_only_looks_different_is_no_change(text: str) -> None:
    assert changes(NETWORK, text) == changes(text, NETWORK) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kernel_size: 2}", "kernel_size: 4, stride: 2}", {("changed", "pool", "pool")}),
        (
            "name: up, op: Upsample, scale_factor: 2",
            "name: up, op: ConvTranspose2d, out_channels: 32, kernel_size: 2, stride: 2",
            {("replaced", "up", "up")},
        ),
        ("from: [up, enc1]", "from: [up, side]", {("rewired", "cat", "cat")}),
        ("op: ReLU", "op: SiLU", {("replaced", "enc1/1", "enc1/1")}),
        ("channels: 32", "channels: 24", {("changed", "mid", "mid")}),
        ("width: 16", "width: 24", {("changed", "enc1", "enc1")}),
        ("[3, 64, 64]", "[1, 64, 64]", {("changed", "image", "image")}),
        ("edge: side", "edge: cat", {("rewired", "edge", "edge")}),
        ("  - {name: mid,", "  - {name: drop, op: Dropout2d}\n  - {name: mid,", {("added", None, "drop")}),
    ],
)
def test_an_edit_is_named(old: str, new: str, expected: Named) -> None:
    assert named(changes(NETWORK, replaced((old, new)))) == expected


NESTED = """\
convlint: 1
inputs: {image: [3, 64, 64]}
blocks:
  Unit:
    layers:
      - {op: Conv2d, out_channels: 3, kernel_size: 1}
      - {op: ReLU}
  Residual:
    layers:
      - {name: first, op: Unit}
      - {name: second, op: Unit}
      - {name: add, op: Add, from: [second, input]}
layers:
  - {name: body, op: Residual, repeat: 2}
  - {name: more, op: Residual}
"""


def test_a_change_in_a_block_within_a_block_is_named_once_with_all_its_layers() -> None:
    (change,) = changes(NESTED, NESTED.replace("op: ReLU", "op: SiLU"))
    assert named((change,)) == {("replaced", "body/first/1", "body/first/1")}
    assert change.also == ("body/second/1", "more/first/1", "more/second/1")
    (rewired,) = changes(NESTED, NESTED.replace("[second, input]", "[second, first]"))
    assert named((rewired,)) == {("rewired", "body/add", "body/add")} and rewired.also == ("more/add",)


def test_a_change_says_what_is_given_before_and_after() -> None:
    (change,) = changes(NETWORK, replaced(("channels: 32", "channels: 24")))
    assert [tuple(one) for one in change.parameters] == [("channels", 32, 24)]
    (rewired,) = changes(NETWORK, replaced(("from: [up, enc1]", "from: [up, side]")))
    assert [tuple(one) for one in rewired.parameters] == [("from", ["up", "enc1"], ["up", "side"])]


def test_a_layer_that_moved_in_a_chain_is_moved() -> None:
    rows = [f"  - {{name: l{n}, op: Conv2d, out_channels: {n}, kernel_size: 1}}\n" for n in range(1, 7)]
    head = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n"
    old = head + "".join(rows)
    new = head + "".join([rows[0], *rows[2:5], rows[1], rows[5]])
    assert named(changes(old, new)) == {("moved", "l2", "l2")}


def written(lines: list[edits.Line]) -> str:
    rows = edits.rows_of(lines)
    data = {"nc": 80, "scales": {"n": [1, 1, 1024]}, "backbone": rows[:-1], "head": rows[-1:]}
    return yaml.safe_dump(data, default_flow_style=None, width=10**6)


def _stock() -> list[list[edits.Line]]:
    package = pytest.importorskip("ultralytics")
    folder = Path(package.__file__).parent / "cfg" / "models"
    names = ("v8/yolov8", "11/yolo11", "12/yolo12", "v8/yolov8-seg", "v5/yolov5")
    return [edits.lines_of(yaml.safe_load((folder / f"{name}.yaml").read_text())) for name in names]


def test_random_edits_are_named_exactly_and_alike_from_both_sides() -> None:
    stock = _stock()
    exact = 0
    for seed in range(60):
        rng = random.Random(seed)
        lines = rng.choice(stock)
        after, truth = edits.edited(rng, lines, rng.randint(1, 4))
        old, new = written(lines), written(after)
        found = named(changes(old, new))
        exact += found == truth
        flipped = {"added": "removed", "removed": "added"}
        assert named(changes(new, old)) == {(flipped.get(kind, kind), b, a) for kind, a, b in found}
        assert changes(new, new) == ()
    assert exact >= 0.95 * 60


@pytest.mark.slow
def test_random_edits_of_native_networks_are_named_exactly_and_alike_from_both_sides() -> None:
    exact, seen = 0, 0
    for seed in range(120):
        rng = random.Random(f"native {seed}")
        lines = native_edits.lines_of(rng)
        after, truth = edits.edited(rng, lines, rng.randint(1, max(1, min(4, len(lines) // 4))), native_edits.WORDS)
        before_data, after_data = native_edits.data_of(lines), native_edits.data_of(after)
        if before_data is None or after_data is None:
            continue
        old, new = yaml.safe_dump(before_data, sort_keys=False), yaml.safe_dump(after_data, sort_keys=False)
        restyled = yaml.safe_dump(after_data, default_flow_style=True)
        found = named(changes(old, new))
        exact += found == truth
        seen += 1
        flipped = {"added": "removed", "removed": "added"}
        assert named(changes(new, old)) == {(flipped.get(kind, kind), b, a) for kind, a, b in found}
        assert changes(new, restyled) == ()
    assert seen >= 50
    assert exact >= 0.95 * seen


def test_independent_layers_of_native_networks_in_another_order_are_no_change() -> None:
    for seed in range(40):
        rng = random.Random(f"native {seed}")
        lines = [line._replace(name=f"layer{line.identity}") for line in native_edits.lines_of(rng)]
        old, new = native_edits.data_of(lines), native_edits.data_of(_reordered(rng, lines))
        assert old is not None and new is not None
        assert changes(yaml.safe_dump(old), yaml.safe_dump(new)) == ()


def test_independent_rows_in_another_order_are_no_change() -> None:
    for lines in _stock():
        for seed in range(10):
            assert changes(written(lines), written(_reordered(random.Random(seed), lines))) == ()


def _reordered(rng: random.Random, lines: list[edits.Line]) -> list[edits.Line]:
    """The rows in another order in which each stands below what it reads; the first and the last stay."""
    waiting, done = copy.copy(lines[1:-1]), [lines[0]]
    while waiting:
        known: set[Any] = {line.identity for line in done}
        ready = [line for line in waiting if set(line.sources) <= known]
        chosen = rng.choice(ready)
        waiting.remove(chosen)
        done.append(chosen)
    return [*done, lines[-1]]


def test_large_networks_and_cycles_come_to_an_end() -> None:
    rows = "".join(f"  - {{op: Conv2d, out_channels: {8 + n % 3}, kernel_size: 1}}\n" for n in range(1500))
    head = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n"
    more = head + rows + "  - {op: ReLU}\n"
    assert named(changes(head + rows, more)) == {("added", None, "1500")}
    cycle = head + "  - {name: a, op: ReLU, from: b}\n  - {name: b, op: ReLU, from: a}\n"
    assert named(changes(cycle, cycle.replace("a, op: ReLU", "a, op: SiLU"))) == {("replaced", "a", "a")}
