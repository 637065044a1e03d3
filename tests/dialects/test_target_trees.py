"""Trees of `torch.nn`: layers in a row, their arguments by name and by place, and what is said of them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.dialects.targets.networks import layer_meant_by, layer_named
from convlint.dialects.targets.trees import demanded
from convlint.findings import FileResult
from convlint.options import Options
from convlint.source.nodes import Source


def sequence(*layers: str) -> str:
    rows = "".join(f"    - {{_target_: torch.nn.{layer}}}\n" for layer in layers)
    return f"model:\n  _target_: torch.nn.Sequential\n  _args_:\n{rows}"


def check(text: str, **options: Any) -> FileResult:
    return check_source(Source("model.yaml", text), Options(**options))


def seen(text: str) -> list[tuple[str, str]]:
    """(rule, text at the place) of each finding."""
    return [(item.rule.name, text[item.place.start : item.place.end]) for item in check(text).findings]


def test_layers_that_fit_have_no_finding() -> None:
    text = sequence(
        "Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3",
        "BatchNorm2d, num_features: 8, eps: 0.001, device: cpu",
        "ReLU, _args_: [true]",
        "AdaptiveAvgPool2d, output_size: 1",
        "Flatten",
        "Linear, _args_: [8, 2]",
    )
    assert check(text).findings == ()


@pytest.mark.parametrize(
    "layers",
    [
        ("Linear, in_features: 3, out_features: 0", "Linear, _args_: [0, 4]", "ReLU"),
        ("Conv2d, _args_: [3, 8, 3]", "AdaptiveAvgPool2d, output_size: [0, 2]"),
        ("Embedding, num_embeddings: 5, embedding_dim: 0",),
    ],
)
def test_a_size_of_0_is_no_mistake_where_torch_takes_it(layers: tuple[str, ...]) -> None:
    assert [item for item in check(sequence(*layers)).findings if item.severity == "error"] == []


def test_no_output_channels_are_a_mistake() -> None:
    assert seen(sequence("Conv2d, _args_: [3, 0, 3]")) == [("invalid-value", "0")]


def test_a_network_in_a_row_takes_as_many_axes_as_it_says() -> None:
    net = "{_target_: UNet, spatial_dims: 3, in_channels: 8, out_channels: 2, channels: [4, 8], strides: [2]}"
    assert seen(sequence("Conv3d, _args_: [1, 8, 3]") + f"    - {net}\n") == []
    text = sequence("Conv2d, _args_: [1, 8, 3]") + f"    - {net}\n"
    assert seen(text) == [("rank-mismatch", "3")]


@pytest.mark.parametrize(
    ("layers", "rule", "at"),
    [
        (("Conv2d, _args_: [3, 8, 3]", "BatchNorm2d, num_features: 4"), "channel-mismatch", "4"),
        (("Conv2d, _args_: [3, 8, 3]", "Conv2d, _args_: [4, 8, 3]"), "channel-mismatch", "4"),
        (("Linear, _args_: [10, 20]", "ReLU", "Linear, _args_: [30, 5]"), "channel-mismatch", "30"),
        (("Conv2d, _args_: [3, 8, 3], groups: 2",), "groups-not-divisible", "2"),
        (("Conv2d, out_channels: 8, kernel_size: 3",), "missing-key", "torch.nn.Conv2d"),
        (("Linear, in_features: 8, out_features: 2, bais: false",), "unknown-key", "bais"),
        (("Conv2d, _args_: [3, 8, three]",), "invalid-value", "three"),
        (("Conv2D, _args_: [3, 8, 3]", "ReLU"), "unknown-operator", "torch.nn.Conv2D"),
    ],
)
def test_a_mistake_is_reported_at_the_argument(layers: tuple[str, ...], rule: str, at: str) -> None:
    found = seen(sequence(*layers))
    assert [name for name, _ in found] == [rule] or rule == "channel-mismatch"
    assert at in [text for name, text in found if name == rule]


def test_sequences_stand_in_each_other_and_behind_references() -> None:
    text = (
        "width: 8\nstem: {_target_: torch.nn.Conv2d, _args_: [3, '${width}', 3]}\n"
        "model:\n  _target_: torch.nn.Sequential\n  _args_:\n    - ${stem}\n"
        "    - {_target_: torch.nn.Sequential, _args_: [{_target_: torch.nn.ReLU}, {_target_: torch.nn.BatchNorm2d, _args_: [4]}]}\n"
    )
    assert [(finding.rule.name, finding.layer) for finding in check(text).findings] == [("channel-mismatch", "1/1")]


def test_a_layer_of_somebody_else_makes_what_follows_unknown() -> None:
    text = sequence("Linear, _args_: [10, 20]") + "    - {_target_: mine.Layer, a: 1}\n"
    assert check(text + "    - {_target_: torch.nn.Linear, _args_: [7, 5]}\n").findings == ()


@pytest.mark.parametrize(
    "layers",
    [
        ("BatchNorm1d, num_features: 3", "Flatten", "Linear, _args_: [60, 4]"),
        ("GELU", "GroupNorm, _args_: [1, 3]", "Flatten", "Linear, _args_: [60, 4]"),
        ("Linear, _args_: [10, 20]", "Flatten", "Linear, _args_: [60, 4]"),
        ("Linear, _args_: [10, 20]", "BatchNorm1d, _args_: [7]"),
    ],
)
def test_layers_that_take_several_numbers_of_axes_say_nothing_of_the_input(layers: tuple[str, ...]) -> None:
    assert check(sequence(*layers)).findings == ()


def test_the_input_is_known_behind_layers_that_leave_a_shape_alone() -> None:
    assert seen(sequence("Dropout, p: 0.1", "ReLU", "Conv2d, _args_: [3, 8, 3]", "BatchNorm2d, _args_: [4]")) == [
        ("channel-mismatch", "4")
    ]


@pytest.mark.parametrize("layer", ["LSTM, input_size: 4, hidden_size: 8", "Linear, _args_: [1, 2, true, 4, 5, 6, 7]"])
def test_what_cannot_be_told_is_no_error(layer: str) -> None:
    assert check(sequence("ReLU", layer)).findings == ()


@pytest.mark.parametrize("written", ["{_target_: torch.nn.ReLU}", "{_target_: torch.nn.CrossEntropyLoss}"])
def test_a_layer_alone_is_no_network(written: str) -> None:
    assert check(f"loss: {written}\n").dialect is None


def test_a_given_size_flows_through_the_layers() -> None:
    text = sequence("Conv2d, _args_: [3, 8, 3]", "MaxPool2d, _args_: [2]", "Flatten", "Linear, _args_: [1800, 10]")
    assert check(text).findings == ()
    sizes = (("image.1", 32), ("image.2", 32))
    assert check(text, sizes=sizes).findings == ()
    (finding,) = check(text, sizes=(("image.1", 32), ("image.2", 34))).findings
    assert finding.rule.name == "flatten-mismatch"


def test_positional_arguments_are_those_of_torch() -> None:
    nn = pytest.importorskip("torch").nn
    for name in lookup.operators():
        operator = layer_named(f"torch.nn.{name}")
        if operator is None or name in ("LSTM", "GRU", "RNN"):
            continue
        real = list(inspect.signature(getattr(nn, name).__init__).parameters.values())[1:]
        known = [item.name for item in real if item.name not in ("device", "dtype", "process_group")]
        assert [item.name for item in operator.parameters] == known[: len(operator.parameters)], name
        needed = {item.name for item in real if item.default is item.empty and item.kind is item.POSITIONAL_OR_KEYWORD}
        assert {*operator.required, *demanded(operator)} == needed, name


def test_no_class_of_torch_is_taken_for_a_slip_of_another() -> None:
    nn = pytest.importorskip("torch").nn
    for name in vars(nn):
        assert layer_named(f"torch.nn.{name}") is not None or layer_meant_by(f"torch.nn.{name}") is None, name


@pytest.mark.parametrize(
    ("layers", "at"),
    [
        (("Linear, _args_: [10, 64]", "BatchNorm1d, _args_: [32]", "Linear, _args_: [32, 5]"), "32"),
        (("Linear, _args_: [10, 64]", "BatchNorm1d, _args_: [64]", "ReLU", "Linear, _args_: [32, 5]"), "32"),
        (("BatchNorm1d, _args_: [10]", "Linear, _args_: [10, 8]", "BatchNorm1d, _args_: [9]"), "9"),
        (("LayerNorm, _args_: [6]", "GELU", "LayerNorm, _args_: [7]"), "7"),
    ],
)
def test_features_that_do_not_meet_around_a_batch_norm(layers: tuple[str, ...], at: str) -> None:
    assert seen(sequence(*layers))[0] == ("channel-mismatch", at)


@pytest.mark.parametrize(
    "layers",
    [
        ("Linear, _args_: [10, 64]", "BatchNorm1d, _args_: [32]", "Linear, _args_: [64, 5]"),
        ("LayerNorm, _args_: [[5, 10]]", "Linear, _args_: [10, 3]"),
        ("BatchNorm1d, _args_: [4]", "Linear, _args_: [6, 8]", "BatchNorm1d, _args_: [4]"),
    ],
)
def test_features_may_have_an_axis_in_front_of_them(layers: tuple[str, ...]) -> None:
    assert check(sequence(*layers)).findings == ()
