"""Declared ranges of sizes: proved or refuted for one size and for sizes that meet; what is not known stays silent."""

from __future__ import annotations

import pytest

from convlint import check_text


def problems(sizes: str, inputs: str, *rows: str) -> list[str]:
    """The messages of `input-size` in a network."""
    body = "\n".join(f"  - {{{row}}}" for row in rows)
    result = check_text(f"convlint: 1\nsizes: {sizes}\ninputs: {inputs}\nlayers:\n{body}\n")
    assert {finding.rule.name for finding in result.findings if finding.severity == "error"} <= {"input-size"}
    return [finding.message for finding in result.findings if finding.rule.name == "input-size"]


HEAD = ("op: MaxPool2d, kernel_size: 8", "op: Flatten", "op: Linear, in_features: 192, out_features: 10")
SQUARE = ("name: merged, op: Concat, from: [a, b]",)


@pytest.mark.parametrize(
    ("sizes", "inputs", "rows", "start"),
    [
        (
            "{H: {min: 64, max: 72}, W: {min: 64, max: 71}}",
            "{image: [3, H, W]}",
            HEAD,
            "H = 72 with W = 64 is declared",
        ),
        (
            "{H: {min: 64, max: 71}, W: {min: 64, max: 90}}",
            "{image: [3, H, W]}",
            HEAD,
            "H = 64 with W = 72 is declared",
        ),
        ("{H: {min: 64, max: 72}}", "{image: [3, H, H]}", HEAD, "H = 72 is declared"),
        ("{H: {min: 64, max: 90}}", "{image: [3, H, 64]}", HEAD, "H = 72 is declared"),
        ("{H: {min: 5, max: 9}, W: {min: 5, max: 9}}", "{a: [3, H, W], b: [3, H, H]}", SQUARE, "H = 5 with W = 6 is"),
        ("{H: {min: 5}, W: {min: 5}}", "{a: [3, H, W], b: [3, H, H]}", SQUARE, "H = 5 with W = 6 is declared"),
        ("{H: {min: 520, max: 520}}", "{image: [3, H, W]}", HEAD, "H = 520 is declared"),
    ],
)
def test_a_range_with_a_counter_example(sizes: str, inputs: str, rows: tuple[str, ...], start: str) -> None:
    (message,) = problems(sizes, inputs, *rows)
    assert message.startswith(start)


@pytest.mark.parametrize(
    ("sizes", "inputs", "rows"),
    [
        ("{H: {min: 64, max: 71}, W: {min: 64, max: 71}}", "{image: [3, H, W]}", HEAD),
        ("{H: {min: 64, max: 71}}", "{image: [3, H, H]}", HEAD),
        ("{H: {min: 16, max: 90}}", "{image: [3, H, W]}", ("op: AdaptiveAvgPool2d, output_size: 8", *HEAD[1:2])),
        ("{H: {min: 5, max: 9}}", "{a: [3, H, H], b: [3, H, H]}", SQUARE),
        ("{H: {min: 5, max: 9}}", "{a: [3, H, W], b: [3, H, V]}", SQUARE),
        ("{H: {min: 8, max: 16, multiple_of: 8}}", "{image: [3, H, W]}", HEAD),
        ("{H: {min: 2, max: 9000}}", "{image: [3, H, 9]}", ("op: Interpolate, scale_factor: 0.7",)),
    ],
)
def test_a_range_without(sizes: str, inputs: str, rows: tuple[str, ...]) -> None:
    assert problems(sizes, inputs, *rows) == []


def test_a_factor_that_rounds_unevenly_is_refuted_where_it_is_listed() -> None:
    rows = ("name: a, op: Interpolate, scale_factor: 0.7", "op: Conv2d, out_channels: 3, kernel_size: 7")
    (message,) = problems("{H: {min: 8, max: 99}}", "{image: [3, H, 64]}", *rows)
    assert message.startswith("H = 8 is declared")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("{H: {min: 64, max: 32}}", ("invalid-value", "H: expected a size in its range, found none from 64 to 32")),
        (
            "{H: {min: 65, max: 71, multiple_of: 8}}",
            ("invalid-value", "H: expected a multiple of 8 in its range, found none from 65 to 71"),
        ),
        ("{H: {min: 8}, K: 3}", ("unused-input", "nothing uses the size 'K'")),
        ("{H: {min: 8}, width: 3}", ("invalid-value", "sizes: expected names that are no constants, found 'width'")),
    ],
)
def test_a_declaration_that_cannot_be_meant(declared: str, expected: tuple[str, str]) -> None:
    result = check_text(
        f"convlint: 1\nconstants: {{width: 4}}\nsizes: {declared}\ninputs: {{image: [3, H, 8]}}\n"
        'layers:\n  - {op: Conv2d, out_channels: "${width}", kernel_size: 3}\n'
    )
    assert [(finding.rule.name, finding.message) for finding in result.findings] == [expected]


def told(*lines: str) -> list[tuple[str, str | None, str]]:
    """(rule, layer, message) of the errors of a network whose height is a range."""
    head = "convlint: 1\nsizes: {H: {min: 64, max: 128, multiple_of: 2}}\ninputs: {x: [3, H, 64]}\n"
    found = check_text(head + "\n".join(lines) + "\n").findings
    return [(item.rule.name, item.layer, item.message) for item in found if item.severity == "error"]


def test_a_layer_that_is_wrong_at_every_size_hides_no_other_that_fails_at_some() -> None:
    found = told(
        "layers:",
        "  - {name: a, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3, padding: 1}",
        "  - {name: p, op: MaxPool2d, kernel_size: 4}",
        "  - {name: up, op: Upsample, scale_factor: 4}",
        "  - {name: cat, op: Concat, from: [up, a]}",
    )
    assert [(rule, layer) for rule, layer, _ in found] == [("input-size", "cat"), ("channel-mismatch", "a")]


def test_of_two_outputs_the_one_that_fails_at_some_sizes_is_said_to() -> None:
    found = told(
        "layers:",
        "  - {name: a, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}",
        "  - {name: p, op: MaxPool2d, kernel_size: 4}",
        "  - {name: f, op: AdaptiveAvgPool2d, output_size: 1, from: a}",
        "outputs:",
        "  one: {from: f, shape: [9, 1, 1]}",
        "  two: {from: p, shape: [8, 16, 16]}",
    )
    (message,) = [message for rule, _, message in found if rule == "input-size"]
    assert message == "H = 68 is declared, but fails at two: 8x16x16 is declared, but the output is 8x17x16"
