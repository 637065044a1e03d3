"""What follows from a mistake is not reported again; what stands by itself is."""

from __future__ import annotations

import textwrap

from convlint.checking import check_source
from convlint.source import Source


def errors_of(layers: str, inputs: str = "{x: [3, 32, 32]}") -> list[tuple[str | None, str]]:
    """(layer, rule) of each error of a network."""
    text = f"convlint: 1\ninputs: {inputs}\nlayers:\n{textwrap.indent(textwrap.dedent(layers), '  ')}"
    findings = check_source(Source("net.yaml", text)).findings
    return [(finding.layer, finding.rule.name) for finding in findings if finding.severity == "error"]


def test_all_readers_of_a_wrong_producer_are_one_error() -> None:
    assert errors_of(
        """
        - {name: made, op: Conv2d, out_channels: 9, kernel_size: 1}
        - {name: seen, op: ReLU}
        - {name: a, op: Conv2d, in_channels: 8, out_channels: 8, kernel_size: 1, from: seen}
        - {name: b, op: BatchNorm2d, num_features: 8, from: seen}
        - {name: c, op: Add, from: [a, b, made]}
        """
    ) == [("a", "channel-mismatch")]


def test_readers_of_different_producers_are_different_errors() -> None:
    assert errors_of(
        """
        - {name: one, op: Conv2d, out_channels: 9, kernel_size: 1}
        - {name: two, op: Conv2d, out_channels: 9, kernel_size: 1, from: x}
        - {name: a, op: BatchNorm2d, num_features: 8, from: one}
        - {name: b, op: BatchNorm2d, num_features: 7, from: two}
        - {name: c, op: Concat, from: [a, b]}
        """
    ) == [("a", "channel-mismatch"), ("b", "channel-mismatch")]


def test_what_is_wrong_by_itself_is_said_below_another_mistake_too() -> None:
    assert errors_of(
        """
        - {name: a, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 1}
        - {name: b, op: Conv2d, in_channels: 8, out_channels: 8, groups: 3, kernel_size: 1}
        - {name: c, op: Dropout, p: 2.0}
        """
    ) == [("a", "channel-mismatch"), ("b", "groups-not-divisible"), ("c", "dropout-probability")]


def test_two_mistakes_of_one_layer_are_two_errors() -> None:
    assert errors_of(
        """
        - {op: TransformerEncoderLayer, d_model: 8, nhead: 3, dropout: 1.5, batch_first: true}
        """,
        "{x: [5, 8]}",
    ) == [("0", "groups-not-divisible"), ("0", "dropout-probability")]


def test_a_kernel_too_large_on_one_axis_says_nothing_of_the_other() -> None:
    assert errors_of(
        """
        - {name: a, op: Conv2d, out_channels: 3, kernel_size: [40, 30]}
        - {name: b, op: MaxPool2d, kernel_size: 5}
        - {name: c, op: Add, from: [a, x]}
        """
    ) == [("a", "non-positive-size")]


def test_what_a_block_refuses_is_not_said_again_behind_it() -> None:
    text = textwrap.dedent(
        """
        convlint: 1
        inputs: {x: [3, 32, 32]}
        blocks:
          Two:
            layers:
              - {name: first, op: Conv2d, in_channels: 4, out_channels: 4, kernel_size: 1}
              - {name: second, op: MaxPool2d, kernel_size: 40}
        layers:
          - {name: one, op: Two}
          - {name: two, op: Conv2d, in_channels: 5, out_channels: 4, kernel_size: 3}
        outputs:
          y: {from: two, shape: [9, 9, 9]}
        """
    )
    found = [finding.layer for finding in check_source(Source("net.yaml", text)).findings]
    assert found == ["one/first", "one/second"]


def test_the_output_of_a_refused_layer_is_not_compared() -> None:
    assert errors_of(
        """
        - {name: a, op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, expect: [9, 32, 32]}
        - {name: b, op: ReLU, expect: [9, 32, 32]}
        """
    ) == [("a", "output-shape-mismatch")]


def test_a_mismatch_with_channels_that_a_refused_layer_says_itself_is_a_mistake_of_its_own() -> None:
    assert errors_of(
        """
        - {name: a, op: Conv2d, in_channels: 1, out_channels: 12, kernel_size: 1}
        - {name: b, op: Conv2d, in_channels: 99, out_channels: 8, kernel_size: 1}
        - {name: c, op: BatchNorm2d, num_features: 8}
        """
    ) == [("a", "channel-mismatch"), ("b", "channel-mismatch")]


def test_channels_that_do_not_divide_are_in_doubt_below() -> None:
    assert errors_of(
        """
        - {name: a, op: Conv2d, in_channels: 3, out_channels: 13, kernel_size: 1, groups: 3}
        - {name: b, op: Conv2d, in_channels: 12, out_channels: 8, kernel_size: 1}
        """
    ) == [("a", "groups-not-divisible")]
