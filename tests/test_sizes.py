"""Period tables: their laws by hypothesis, and the published networks whose valid sizes are known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlint.dialects import native
from convlint.domain import values
from convlint.domain.formulas import formula
from convlint.domain.size_sets import SizeSet, describe, size_set
from convlint.domain.tables import SizeTable, at, unknown_size
from convlint.solving.solving import AxisSizes, solve
from convlint.source import Source, parse

FAR = range(1, 400)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["+", "-"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["*", "//", "%"]), st.integers(1, 6)),
        st.tuples(st.sampled_from(["max", "min"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["choose"]), st.integers(1, 5)),
    ),
    max_size=6,
)


def applied(value: Any, step: tuple[str, int]) -> Any:
    """One step of a chain, for a number and for a table alike."""
    name, number = step
    if name == "+":
        return value + number
    if name == "-":
        return value - number
    if name == "*":
        return values.multiply(value, number)
    if name == "//":
        return value // number
    if name == "%":
        return value % number
    if name == "max":
        return values.greatest(value, number)
    if name == "min":
        return values.least(value, number)
    return values.choose(values.equal(value % 2, 0), lambda: value + number, lambda: value - number)


def chain(value: Any, steps: list[tuple[str, int]]) -> Any:
    for step in steps:
        value = applied(value, step)
    return value


@settings(deadline=None)
@given(STEPS)
def test_a_table_says_what_the_numbers_say(steps: list[tuple[str, int]]) -> None:
    table = chain(unknown_size("h"), steps)
    for size in FAR:
        assert at(table, size) == chain(size, steps)


@settings(deadline=None)
@given(STEPS, STEPS)
def test_tables_together_say_what_the_numbers_say(first: list[tuple[str, int]], second: list[tuple[str, int]]) -> None:
    a, b = (chain(unknown_size("h"), steps) for steps in (first, second))
    for combine in (values.equal, values.less, values.at_most, lambda x, y: x + y, lambda x, y: x - y):
        table = combine(a, b)
        if table is values.UNKNOWN:
            continue
        for size in FAR:
            assert at(table, size) == combine(chain(size, first), chain(size, second))


@settings(deadline=None)
@given(STEPS)
def test_a_table_is_reduced(steps: list[tuple[str, int]]) -> None:
    table = chain(unknown_size("h"), steps)
    if isinstance(table, SizeTable):
        smaller = [divisor for divisor in range(1, table.period) if table.period % divisor == 0]
        for period in smaller:
            law = [table(size + period) - table(size) for size in range(table.start, table.start + 2 * table.period)]
            assert len(set(law)) > 1
        if table.start > 1:
            before = table.start - 1
            assert table(before) != table(before + table.period) - table.growth


@settings(deadline=None)
@given(STEPS, st.integers(1, 7))
def test_a_set_holds_what_its_condition_holds(steps: list[tuple[str, int]], number: int) -> None:
    condition = values.equal(chain(unknown_size("h"), steps) % number, 0)
    sizes = size_set(condition)
    assert [size in sizes for size in FAR] == [bool(at(condition, size)) for size in FAR]
    if not sizes.is_empty and sizes.smallest is not None and sizes.smallest < 300:
        assert sizes.smallest == next(size for size in FAR if size in sizes)


@settings(deadline=None)
@given(STEPS, STEPS, st.integers(1, 60), st.integers(1, 60))
def test_two_unknown_sizes_together(
    first: list[tuple[str, int]], second: list[tuple[str, int]], h: int, w: int
) -> None:
    a, b = chain(unknown_size("h"), first), chain(unknown_size("w"), second)
    known = {"h": h, "w": w}
    numbers = chain(h, first), chain(w, second)
    for combine in (
        values.equal,
        values.less,
        values.multiply,
        lambda x, y: x + y,
        lambda x, y: x * 3 - y,
        lambda x, y: values.equal(x * y, 12),
        lambda x, y: values.at_least(x * y * 2, 2),
        lambda x, y: (x * y * 6) % 4,
        lambda x, y: values.either(lambda: values.equal(x, 3), lambda: values.equal(y, 3)),
        lambda x, y: values.both(lambda: values.equal(x, 3), lambda: values.less(y, 3)),
        lambda x, y: values.greatest(x, y),
        lambda x, y: values.negate(values.equal(x * y * y, 8)),
    ):
        together = combine(a, b)
        for order in (("h", "w"), ("w", "h")):
            value = together
            for symbol in order:
                value = value.at_sizes({symbol: known[symbol]}) if isinstance(value, values.Symbolic) else value
            assert value == combine(*numbers)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([], "h"),
        ([("//", 4)], "⌊h/4⌋"),
        ([("+", 1), ("//", 2)], "⌊(h+1)/2⌋"),
        ([("//", 16), ("*", 2)], "2*⌊h/16⌋"),
        ([("*", 2), ("-", 1)], "2*h-1"),
    ],
)
def test_formulas(steps: list[tuple[str, int]], text: str) -> None:
    assert formula(chain(unknown_size("h"), steps)) == text


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        (SizeSet(1, 1, (0,), ()), "any size"),
        (SizeSet(32, 1, (0,), ()), "32 or more"),
        (SizeSet(32, 32, (0,), ()), "multiples of 32"),
        (SizeSet(25, 32, (0, 25, 26, 27, 28, 29, 30, 31), ()), "h mod 32 in {0, 25..31} from 25"),
        (SizeSet(255, 1, (), tuple(range(223, 255))), "223..254"),
        (SizeSet(1, 1, (), ()), "no size"),
        (SizeSet(4097, 1, (), tuple(range(12, 4097, 2)), 4096), "multiples of 2 from 12; known up to 4096"),
        (SizeSet(4097, 1, (), (4, 5, 8, 9), 4096), "4, 5, 8, 9; known up to 4096"),
    ],
)
def test_sets_in_words(sizes: SizeSet, text: str) -> None:
    assert describe(sizes) == text


def test_nearest_sizes() -> None:
    sizes = SizeSet(25, 32, (0, 25, 26, 27, 28, 29, 30, 31), ())
    assert sizes.nearest(720) == (704, 729)
    assert sizes.nearest(10) == (None, 25)
    assert SizeSet(255, 1, (), tuple(range(223, 255))).nearest(640) == (254, None)


# --- the networks of the literature

DOWN = "op: Conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1"


def network(*rows: str, outputs: str = "") -> str:
    body = "\n".join(f"  - {{{row}}}" for row in rows)
    return f"convlint: 1\ninputs: {{image: [3, H, 64]}}\nlayers:\n{body}\n" + (
        f"outputs: {outputs}\n" if outputs else ""
    )


def unet(depth: int, pool: str = "op: MaxPool2d, kernel_size: 2", padding: int = 1, crop: bool = False) -> str:
    def double(name: str) -> list[str]:
        conv = f"op: Conv2d, out_channels: 4, kernel_size: 3, padding: {padding}"
        return [f"name: {name}_first, {conv}", f"name: {name}, {conv}"]

    rows: list[str] = []
    for level in range(depth):
        rows += [*double(f"enc{level}"), f"name: pool{level}, {pool}"]
    rows += double("mid")
    for level in reversed(range(depth)):
        rows += [
            f"name: up{level}, op: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2",
            f"name: cat{level}, op: Concat, from: [up{level}, enc{level}]",
            *double(f"dec{level}"),
        ]
    return network(*rows)


def pan(stem: str) -> str:
    return network(
        f"name: s, op: Conv2d, out_channels: 4, {stem}",
        f"name: c, {DOWN}",
        f"name: p3, {DOWN}",
        f"name: p4, {DOWN}",
        f"name: p5, {DOWN}",
        "name: u4, op: Upsample, scale_factor: 2",
        "name: m4, op: Concat, from: [u4, p4]",
        "name: u3, op: Upsample, scale_factor: 2",
        "name: m3, op: Concat, from: [u3, p3]",
        f"name: d4, {DOWN}",
        "name: o4, op: Concat, from: [d4, m4]",
        f"name: d5, {DOWN}",
        "name: o5, op: Concat, from: [d5, p5]",
        outputs="[m3, o4, o5]",
    )


FPN = network(
    "op: Conv2d, out_channels: 4, kernel_size: 7, stride: 2, padding: 3",
    "name: c2, op: MaxPool2d, kernel_size: 3, stride: 2, padding: 1",
    f"name: c3, {DOWN}",
    f"name: c4, {DOWN}",
    f"name: c5, {DOWN}",
    "name: u4, op: Upsample, scale_factor: 2",
    "name: m4, op: Concat, from: [u4, c4]",
    "name: u3, op: Upsample, scale_factor: 2",
    "name: m3, op: Concat, from: [u3, c3]",
    "name: u2, op: Upsample, scale_factor: 2",
    "name: m2, op: Concat, from: [u2, c2]",
)
P6 = network(
    f"name: a, {DOWN}",
    f"name: b, {DOWN}",
    *[f"name: p{level}, {DOWN}" for level in (3, 4, 5, 6)],
    "name: u5, op: Upsample, scale_factor: 2",
    "name: m5, op: Concat, from: [u5, p5]",
    "name: u4, op: Upsample, scale_factor: 2",
    "name: m4, op: Concat, from: [u4, p4]",
    "name: u3, op: Upsample, scale_factor: 2",
    "name: m3, op: Concat, from: [u3, p3]",
)
CONVNEXT = network(
    "op: Conv2d, out_channels: 4, kernel_size: 4, stride: 4",
    *[
        "op: Conv2d, out_channels: 4, kernel_size: 7, padding: 3",
        "op: Conv2d, out_channels: 4, kernel_size: 2, stride: 2",
    ]
    * 3,
)
SWIN = network(
    "name: m0, op: Conv2d, out_channels: 4, kernel_size: 4, stride: 4",
    *[
        row
        for stage in range(3)
        for row in (
            f"name: w{stage}, op: Unflatten, from: m{stage}, dim: 2, unflattened_size: [-1, 7]",
            f"name: s{stage}, op: PixelUnshuffle, from: m{stage}, downscale_factor: 2",
            f"name: m{stage + 1}, op: Conv2d, out_channels: 4, kernel_size: 1",
        )
    ],
    "name: w3, op: Unflatten, dim: 2, unflattened_size: [-1, 7]",
    outputs="[w0, w1, w2, w3]",
)
ALEXNET = network(
    "op: Conv2d, out_channels: 4, kernel_size: 11, stride: 4, padding: 2",
    "op: MaxPool2d, kernel_size: 3, stride: 2",
    "op: Conv2d, out_channels: 4, kernel_size: 5, padding: 2",
    "op: MaxPool2d, kernel_size: 3, stride: 2",
    "op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1",
    "op: MaxPool2d, kernel_size: 3, stride: 2",
    "op: Flatten",
    "op: Linear, in_features: 144, out_features: 10",
).replace("64]", "224]")
REPEATED = """
convlint: 1
inputs: {image: [3, H, 64]}
blocks:
  Halve: {layers: [{op: PixelUnshuffle, downscale_factor: 2}, {op: Conv2d, out_channels: 3, kernel_size: 1}]}
layers:
  - {name: down, op: Halve, repeat: 3}
"""
VALID_UNET = network(
    *[
        "op: Conv2d, out_channels: 4, kernel_size: 3",
        "op: Conv2d, out_channels: 4, kernel_size: 3",
        "op: MaxPool2d, kernel_size: 2",
    ]
    * 4,
    *["op: Conv2d, out_channels: 4, kernel_size: 3"] * 2,
    *[
        "op: ConvTranspose2d, out_channels: 4, kernel_size: 2, stride: 2",
        *["op: Conv2d, out_channels: 4, kernel_size: 3"] * 2,
    ]
    * 4,
).replace("64]", "572]")
KNOWN = [
    ("U-Net of depth 5", unet(5), "multiples of 32"),
    ("U-Net of depth 4", unet(4), "multiples of 16"),
    ("U-Net with ceil_mode pools", unet(5, "op: MaxPool2d, kernel_size: 2, ceil_mode: true"), "multiples of 32"),
    ("U-Net with strided convolutions", unet(5, DOWN), "multiples of 32"),
    ("PAN with a k3 stem", pan("kernel_size: 3, stride: 2, padding: 1"), "h mod 32 in {0, 25..31} from 25"),
    ("PAN with a k6 stem", pan("kernel_size: 6, stride: 2, padding: 2"), "h mod 32 in {0, 1, 26..31} from 26"),
    ("pyramid", FPN, "h mod 32 in {0, 29..31} from 29"),
    (
        "autoencoder",
        network(
            *[DOWN] * 3,
            *["op: ConvTranspose2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1, output_padding: 1"] * 2,
            "name: out, op: ConvTranspose2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1, output_padding: 1",
            "op: Concat, from: [out, image]",
        ),
        "multiples of 8",
    ),
    ("windows of 7", network("op: Unflatten, dim: 2, unflattened_size: [-1, 7]"), "multiples of 7"),
    ("PAN of four levels", P6, "h mod 64 in {0, 57..63} from 57"),
    ("ConvNeXt", CONVNEXT, "32 or more"),
    ("Swin with windows of 7", SWIN, "h mod 224 in {0..3} from 224"),
    ("a flatten before a linear layer", ALEXNET, "223..254"),
    ("U-Net in repeated blocks", REPEATED, "multiples of 8"),
]
KNOWN_LOSSLESS = [
    ("U-Net of 2015, without its crops", VALID_UNET, "h mod 16 = 12 from 188"),
    ("ViT with patches of 16", network("op: Conv2d, out_channels: 4, kernel_size: 16, stride: 16"), "multiples of 16"),
]


def solved(text: str) -> AxisSizes:
    """The sizes of the height of a network."""
    (document,), _ = parse(Source("a.yaml", text))
    (architecture,) = native.read(document).architectures
    height = solve(architecture)[0]
    assert height.exact
    return height


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in KNOWN], ids=[row[0] for row in KNOWN])
def test_known_networks(text: str, expected: str) -> None:
    assert describe(solved(text).valid) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in KNOWN_LOSSLESS], ids=[row[0] for row in KNOWN_LOSSLESS]
)
def test_known_networks_that_lose_no_pixel(text: str, expected: str) -> None:
    assert describe(solved(text).lossless) == expected
