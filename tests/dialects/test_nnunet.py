"""nnU-Net plans: configurations, inheritance, the form of today and the one before, and where a finding stands."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from convlint.checking import check_source
from convlint.findings import FileResult
from convlint.options import Options
from convlint.source.nodes import Source

ARGUMENTS: dict[str, Any] = {
    "n_stages": 3,
    "features_per_stage": [4, 8, 16],
    "conv_op": "torch.nn.modules.conv.Conv2d",
    "kernel_sizes": [[3, 3], [3, 3], [3, 3]],
    "strides": [[1, 1], [2, 2], [2, 2]],
    "n_conv_per_stage": [2, 2, 2],
    "n_conv_per_stage_decoder": [2, 2],
    "conv_bias": True,
    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
    "norm_op_kwargs": {"eps": 1e-05, "affine": True},
    "dropout_op": None,
    "dropout_op_kwargs": None,
    "nonlin": "torch.nn.LeakyReLU",
    "nonlin_kwargs": {"inplace": True},
}
IMPORTED = ["conv_op", "norm_op", "dropout_op", "nonlin"]
PLAIN = "dynamic_network_architectures.architectures.unet.PlainConvUNet"
OLD = {
    "UNet_class_name": "PlainConvUNet",
    "UNet_base_num_features": 4,
    "unet_max_num_features": 8,
    "n_conv_per_stage_encoder": [2, 2, 2],
    "n_conv_per_stage_decoder": [2, 2],
    "num_pool_per_axis": [2, 2],
    "pool_op_kernel_sizes": [[1, 1], [2, 2], [2, 2]],
    "conv_kernel_sizes": [[3, 3], [3, 3], [3, 3]],
    "patch_size": [32, 32],
}


def configuration(patch: list[int], **changes: Any) -> dict[str, Any]:
    arguments = {**copy.deepcopy(ARGUMENTS), **changes}
    architecture = {"network_class_name": PLAIN, "arch_kwargs": arguments, "_kw_requires_import": IMPORTED}
    return {"patch_size": patch, "batch_size": 2, "architecture": architecture}


def check(configurations: dict[str, Any], **options: Any) -> FileResult:
    text = json.dumps({"plans_name": "nnUNetPlans", "dataset_name": "D", "configurations": configurations})
    return check_source(Source("nnUNetPlans.json", text), Options(**options))


def at(result: FileResult) -> list[tuple[str, str]]:
    """(rule, text at the place) of every finding."""
    return [
        (finding.rule.name, finding.place.source.text[finding.place.start : finding.place.end])
        for finding in result.findings
    ]


def test_a_plan_that_trains_has_no_finding() -> None:
    result = check({"2d": configuration([32, 32])})
    assert (result.findings, result.dialect, result.variants) == ((), "nnunet", ("2d",))


def test_a_patch_that_the_strides_do_not_divide_is_reported_at_the_patch() -> None:
    result = check({"2d": configuration([32, 30]), "small": configuration([16, 16])})
    assert at(result) == [("skip-size-mismatch", "[32, 30]")]
    assert "width 28 or 32" in result.findings[0].help


@pytest.mark.parametrize(
    ("changes", "rule", "text"),
    [
        ({"strides": [[1, 1], [2, 2]]}, "list-length", "[[1, 1], [2, 2]]"),
        ({"features_per_stage": [4, 8]}, "list-length", "[4, 8]"),
        ({"n_conv_per_stage_decoder": [2, 2, 2]}, "list-length", "[2, 2, 2]"),
        ({"kernel_sizes": [[3, 3], [3, 3], [3]]}, "list-length", "[[3, 3], [3, 3], [3]]"),
        ({"n_conv_per_stage_decoder": [2, 0]}, "invalid-value", "[2, 0]"),
        ({"n_heads": 2}, "unknown-key", '"n_heads"'),
        ({"conv_op": "torch.nn.modules.conv.Conv3d"}, "list-length", None),
    ],
)
def test_a_wrong_argument_is_reported_where_it_stands(changes: dict[str, Any], rule: str, text: str | None) -> None:
    found = at(check({"2d": configuration([32, 32], **changes)}))
    assert [name for name, _ in found] == [rule]
    assert text is None or found == [(rule, text)]


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", ["instancenorm.InstanceNorm", "batchnorm.BatchNorm"])
@pytest.mark.parametrize("is_affine", [True, False])
def test_a_norm_of_other_axes_than_the_convolutions(axes: int, kind: str, is_affine: bool) -> None:
    norm = {"norm_op": f"torch.nn.modules.{kind}{axes}d", "norm_op_kwargs": {"affine": is_affine}}
    found = at(check({"2d": configuration([32, 32], **norm)}))
    # torch takes a batch of maps for one volume, and an instance norm without weights runs on it
    runs = axes == 2 or (axes == 3 and kind.startswith("instance") and not is_affine)
    assert [name for name, _ in found] == ([] if runs else ["invalid-value"])


def test_a_patch_of_other_axes_than_the_convolutions() -> None:
    assert [name for name, _ in at(check({"2d": configuration([8, 32, 32])}))] == ["rank-mismatch"]


def test_a_child_overwrites_whole_keys_of_its_parent() -> None:
    child = {"inherits_from": "2d", "patch_size": [32, 30]}
    result = check({"2d": configuration([32, 32]), "child": child})
    assert [(finding.rule.name, finding.variants) for finding in result.findings] == [
        ("skip-size-mismatch", ("child",))
    ]


def test_parents_that_do_not_exist_and_circles() -> None:
    assert at(check({"2d": {"inherits_from": "3d"}})) == [("undefined-input", '"3d"')]
    circle = check({"a": {"inherits_from": "b"}, "b": {"inherits_from": "a"}})
    assert {name for name, _ in at(circle)} == {"cycle"}


def test_the_form_before_2_4_is_read() -> None:
    assert check({"2d": OLD}).findings == ()
    assert at(check({"2d": {**OLD, "patch_size": [32, 30]}})) == [("skip-size-mismatch", "[32, 30]")]
    without = {key: value for key, value in OLD.items() if key != "conv_kernel_sizes"}
    assert at(check({"2d": without})) == [("missing-key", '"2d"')]


def test_a_class_of_somebody_else_is_unknown_and_no_mistake() -> None:
    other = configuration([32, 30])
    other["architecture"]["network_class_name"] = "my_package.MyUNet"
    assert check({"2d": other}).findings == ()


def test_conv_op_that_stays_a_text() -> None:
    plan = configuration([32, 32])
    plan["architecture"]["_kw_requires_import"] = ["norm_op", "dropout_op", "nonlin"]
    assert [name for name, _ in at(check({"2d": plan}))] == ["invalid-value"]
