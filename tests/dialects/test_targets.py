"""Files of `_target_`: what references mean, which size reaches a network, and where a finding stands."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from convlint.checking import check_source
from convlint.dialects.targets.references import MOST_OPENED, References
from convlint.dialects.targets.transforms import after_transforms
from convlint.domain.values import UNKNOWN
from convlint.findings import FileResult
from convlint.options import Options
from convlint.render.text import variants_text
from convlint.source.nodes import LineIndex, Mapping, Source
from convlint.source.reader import parse

UNET = "{_target_: UNet, spatial_dims: 2, in_channels: 1, out_channels: 2, channels: [4, 8, 16], strides: [2, 2]}"


def check(text: str, path: str = "train.yaml", **options: Any) -> FileResult:
    return check_source(Source(path, text), Options(**options))


def placed(result: FileResult) -> list[tuple[int, str, str]]:
    """(line, text at the place, rule) of every finding."""
    found = []
    for finding in result.findings:
        place = finding.place
        line = LineIndex(place.source.text).position(place.start)[0]
        found.append((line, place.source.text[place.start : place.end], finding.rule.name))
    return found


def tree(text: str) -> Mapping:
    root = parse(Source("x.yaml", text))[0][0].root
    assert isinstance(root, Mapping)
    return root


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'@a'", [1, 2]),
        ("'@b::c'", 5),
        ("'@b#c'", 5),
        ("'@a::1'", 2),
        ("'%b::c'", 5),
        ("${b.c}", 5),
        ("$@b::c * 2 + 1", 11),
        ("$len(@a)", 2),
        ("'$[16, 16]'", [16, 16]),
        ("$@a + @a", [1, 2, 1, 2]),
        ("$@a + [3]", [1, 2, 3]),
        ("$[2] * len(@a)", [2, 2]),
        ("$tuple(@a)", [1, 2]),
        ("$list(@a)[:1]", [1]),
        ("$[[1, 2], 3]", [[1, 2], 3]),
        ("$[int(x * 1.5) for x in @a]", [1, 3]),
        ("$sum(@a) if @b::c > 2 else None", 3),
        ("$str(@b::c) + 'x'", "5x"),
        ("plain", "plain"),
        ("user@host", "user@host"),
    ],
)
def test_a_reference_means_what_it_refers_to(written: str, value: Any) -> None:
    root = tree(f"a: [1, 2]\nb: {{c: 5}}\nx: {written}\n")
    assert References(root).value(root.get("x")) == value


@pytest.mark.parametrize(
    "written",
    [
        *(
            "'@missing'",
            "'@x'",
            "$@net.parameters()",
            "$__import__('os')",
            "$().__class__",
            "$[1] * 10 ** 9",
            "$9 ** 9 ** 9",
        ),
        *("$[x for x in range(10 ** 8)]", "$open('x')", "$1 / 0", "$(", "$@a b"),
        *("'%other.json::a'", "${oc.env:HOME}"),
    ],
)
def test_what_needs_python_is_unknown(written: str) -> None:
    root = tree(f"net: {{_target_: UNet}}\nx: {written}\n")
    assert References(root).value(root.get("x")) is UNKNOWN


@pytest.mark.parametrize(
    "written", ["'@net'", "['@net']", "{a: ['%net']}", "$@net", "$[@net, 2]", "'@net::strides'", "${net}"]
)
@pytest.mark.parametrize("key", ["spatial_dims", "channels", "norm", "_disabled_"])
def test_a_reference_to_what_it_stands_in_is_unknown(key: str, written: str) -> None:
    entry = f"{key}: {written}"
    net = re.sub(rf"{key}: (\[[^]]*\]|[^,}}]*)", lambda _: entry, UNET) if key in UNET else f"{UNET[:-1]}, {entry}}}"
    assert not check(f"net: {net}\n").failure


def test_a_long_chain_of_references_ends() -> None:
    links = "".join(f"a{number}: '@a{number + 1}'\nb{number}: ['@b{number + 1}']\n" for number in range(2000))
    root = tree(f"{links}a2000: 5\nb2000: 5\n")
    assert References(root).value(root.get("a0")) is UNKNOWN
    assert References(root).value(root.get("a1990")) == 5
    References(root).value(root.get("b0"))


@pytest.mark.parametrize("written", ["'@##strides'", "'@::strides'", "'@a b'"])
def test_a_reference_of_another_form_is_unknown(written: str) -> None:
    assert not check(f"net: {UNET.replace('[4, 8, 16]', written)}\n").findings


def test_references_that_multiply_end() -> None:
    lines = ["a0: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    lines += [
        f"a{n}: [{', '.join(['@a' + str(n - 1)] * 10)}]".replace("@", "'@").replace(",", "',").replace("]", "']")
        for n in range(1, 12)
    ]
    root = tree("\n".join(lines))
    references = References(root)
    references.value(root.get("a11"))
    assert references._left < 0 < MOST_OPENED


@pytest.mark.parametrize(
    ("steps", "sizes"),
    [
        ("[{_target_: RandSpatialCropd, roi_size: 32}]", (32, 32)),
        ("[{_target_: Resized, spatial_size: [40, 48]}]", (40, 48)),
        ("[{_target_: Resized, spatial_size: 40, size_mode: longest}]", (UNKNOWN, UNKNOWN)),
        ("[{_target_: CenterSpatialCropd, roi_size: [32, -1]}]", (32, UNKNOWN)),
        ("[{_target_: Resized, spatial_size: 30}, {_target_: DivisiblePadd, k: 16}]", (32, 32)),
        ("[{_target_: Resized, spatial_size: 30}, {_target_: SpatialPadd, spatial_size: [20, 64]}]", (30, 64)),
        ("[{_target_: Resized, spatial_size: [30, 40]}, {_target_: RandRotate90d}]", (UNKNOWN, UNKNOWN)),
        ("[{_target_: Resized, spatial_size: 30}, {_target_: RandRotate90d}]", (30, 30)),
        ("[{_target_: Resized, spatial_size: 30}, {_target_: scripts.Mine}]", (UNKNOWN, UNKNOWN)),
        ("[{_target_: Resized, spatial_size: 30, _disabled_: true}]", (UNKNOWN, UNKNOWN)),
        ("{_target_: Compose, transforms: [{_target_: monai.transforms.Resized, spatial_size: 30}]}", (30, 30)),
    ],
)
def test_the_size_after_transforms(steps: str, sizes: tuple[Any, ...]) -> None:
    root = tree(f"steps: {steps}\n")
    assert after_transforms(root.get("steps"), References(root), 2).sizes == sizes


def test_a_window_that_the_levels_do_not_divide_is_reported_at_the_window() -> None:
    text = f"network_def: {UNET}\nvalidate:\n  inferer: {{_target_: SlidingWindowInferer, roi_size: [64, 62]}}\n"
    result = check(text)
    assert placed(result) == [(3, "[64, 62]", "skip-size-mismatch")]
    (finding,) = result.findings
    assert "31 wide" in finding.message and "32" in finding.message
    assert "width 60 or 64" in finding.help


def test_one_place_that_is_left_at_the_bottom_is_reported_at_the_window() -> None:
    text = f"network_def: {UNET}\nvalidate:\n  inferer: {{_target_: SlidingWindowInferer, roi_size: [4, 4]}}\n"
    assert placed(check(text)) == [(3, "[4, 4]", "single-value-norm")]


def test_a_window_behind_a_reference_is_reported_where_it_stands() -> None:
    text = (
        f"network_def: {UNET}\ninferer: {{_target_: SlidingWindowInferer, roi_size: '$[64, 62]'}}\n"
        "evaluator: {_target_: SupervisedEvaluator, inferer: '@inferer'}\n"
    )
    assert placed(check(text)) == [(2, "'$[64, 62]'", "skip-size-mismatch")]


def test_a_misspelt_argument_that_is_required_is_one_mistake() -> None:
    text = f"network_def: {UNET.replace('in_channels', 'inchannels')}\n"
    assert placed(check(text)) == [(1, "inchannels", "unknown-key")]


def test_the_crop_of_training_is_a_variant_of_its_own() -> None:
    text = (
        f"network_def: {UNET}\n"
        "train:\n  preprocessing: {_target_: Compose, transforms: [{_target_: Resized, spatial_size: [64, 64]}]}\n"
        "validate:\n  inferer: {_target_: SlidingWindowInferer, roi_size: [64, 63]}\n"
    )
    result = check(text)
    assert result.variants == ("train", "validate")
    assert [(finding.rule.name, finding.variants) for finding in result.findings] == [
        ("output-size-differs", ("validate",))
    ]
    assert check(text, scales=("train",)).findings == ()


def test_a_reference_points_at_its_use_with_what_it_means_beside_it() -> None:
    text = f'patch: [64, 62]\nnetwork_def: {UNET}\nvalidate:\n  inferer: {{_target_: SlidingWindowInferer, roi_size: "@patch"}}\n'
    (finding,) = check(text).findings
    assert placed(check(text)) == [(4, '"@patch"', "skip-size-mismatch")]
    assert [LineIndex(text).position(item.place.start) for item in finding.related] == [(1, 8)]


@pytest.mark.parametrize(
    ("change", "rule", "at"),
    [
        (("strides: [2, 2]", "strides: [2]"), "list-length", "[2]"),
        (("strides: [2, 2]", "strides: [2, 2, 2]"), "ignored-argument", "[2, 2, 2]"),
        (("strides: [2, 2]", "strides: [2, [2, 2, 2]]"), "list-length", "[2, [2, 2, 2]]"),
        (("spatial_dims", "dimensions"), "unknown-key", "dimensions"),
        ((", out_channels: 2", ""), "missing-key", "UNet"),
        (("in_channels: 1", "in_channels: one"), "invalid-value", "one"),
        (("strides: [2, 2]", "strides: [2, 2], kernel_size: 4"), "invalid-value", "4"),
        (("strides: [2, 2]", 'strides: [2, 2], norm: ["GROUP", {num_groups: 3}]'), "groups-not-divisible", None),
        (("strides: [2, 2]", "strides: [2, 2], norm: nothing"), "invalid-value", "nothing"),
    ],
)
def test_a_wrong_argument_is_reported_where_it_stands(change: tuple[str, str], rule: str, at: str | None) -> None:
    result = check(f"network_def: {UNET.replace(*change)}\n")
    found = [(text, name) for _, text, name in placed(result)]
    assert rule in [name for _, name in found]
    if at is not None:
        assert (at, rule) in found


@pytest.mark.parametrize(
    ("written", "rules"), [("'@channels'", []), ("[4, '@channels', 16]", []), ("null", ["invalid-value"])]
)
def test_a_null_under_a_key_of_its_own_is_filled_in_before_use(written: str, rules: list[str]) -> None:
    given = UNET.replace("in_channels: 1", f"in_channels: {written}")
    if written.startswith("["):
        given = UNET.replace("[4, 8, 16]", written)
    result = check(f"channels: null\nnetwork: {given}\n")
    assert [finding.rule.name for finding in result.findings] == rules


def test_a_class_that_is_not_known_is_skipped_in_silence() -> None:
    result = check("network_def: {_target_: scripts.networks.Mine, channels: [1, 2]}\n")
    assert result.skipped and "scripts.networks.Mine" in result.skipped


@pytest.mark.parametrize("key", ["_args_: [2, 1, 2]", "_partial_: true", "_mode_: callable", "_disabled_: true"])
def test_a_call_whose_arguments_are_not_all_in_the_file_is_not_judged(key: str) -> None:
    assert not check(f"net: {{_target_: UNet, {key}}}\nother: {UNET}\n").findings


@pytest.mark.parametrize(
    "key", ["_args_: []", "_partial_: false", "_mode_: debug", "_convert_: all", "_recursive_: false"]
)
def test_keys_of_the_form_are_no_arguments(key: str) -> None:
    assert not check(f"net: {UNET[:-1]}, {key}}}\n").findings
    assert {finding.rule.name for finding in check(f"net: {{_target_: UNet, {key}}}\n").findings} == {"missing-key"}


def test_a_use_of_a_network_is_called_a_variant() -> None:
    uses = "".join(
        f"{name}: {{inferer: {{_target_: SlidingWindowInferer, roi_size: [{size}, 64]}}}}\n"
        for name, size in (("a", 64), ("b", 62))
    )
    result = check(f"net: {UNET}\n{uses}")
    assert [variants_text(finding) for finding in result.findings] == [" (only variant b)"]


def test_json_is_read_as_json() -> None:
    network = {
        "_target_": "monai.networks.nets.UNet",
        "spatial_dims": 3,
        "in_channels": 1,
        "out_channels": 2,
        "channels": [4, 8],
        "strides": [2],
        "norm": ["INSTANCE", {"eps": 1e-05}],
    }
    assert check(json.dumps({"network_def": network, "note": "\ud83d\ude00"}), "train.json").findings == ()


def test_an_argument_that_was_removed_says_since_when() -> None:
    text = "network_def: {_target_: SwinUNETR, img_size: [96, 96, 96], in_channels: 1, out_channels: 2}\n"
    (finding,) = check(text).findings
    assert finding.rule.name == "unknown-key" and "1.5" in finding.message


def test_transforms_under_a_key_of_ones_own_are_a_use() -> None:
    written = """
network: {_target_: SwinUNETR, in_channels: 1, out_channels: 2, feature_size: 12}
train:
  augmented:
    _target_: Compose
    transforms:
      - {_target_: RandSpatialCropd, keys: [image], roi_size: [64, 64, 40]}
  postprocessing: {_target_: Compose, transforms: [{_target_: Resized, keys: [pred], spatial_size: [9, 9, 9]}]}
"""
    (finding,) = check(written).findings
    assert finding.rule.name == "indivisible-shape"
    assert finding.place.source.text[finding.place.start : finding.place.end] == "[64, 64, 40]"


def crops(*written: str, dims: int = 2) -> str:
    network = UNET.replace("spatial_dims: 2", f"spatial_dims: {dims}")
    transforms = "\n".join(f"      - {{_target_: {item}}}" for item in written)
    return f"network_def: {network}\ntrain:\n  preprocessing:\n    _target_: Compose\n    transforms:\n{transforms}\n"


@pytest.mark.parametrize(
    "steps",
    [
        ("RandSpatialCropd, keys: image, roi_size: [8, 8, 8]",),
        ("Resized, keys: image, spatial_size: [8]", "RandFlipd, keys: image"),
        ("CenterSpatialCrop, roi_size: [8, 8, 8]", "SpatialPadd, keys: image, spatial_size: 9"),
    ],
)
def test_sizes_for_other_axes_than_those_of_the_network(steps: tuple[str, ...]) -> None:
    text = crops(*steps)
    assert [(at, rule) for _, at, rule in placed(check(text))] == [
        (re.search(r"\[8[^]]*\]", text)[0], "rank-mismatch")  # type: ignore[index]
    ]


@pytest.mark.parametrize(
    "behind", ["SqueezeDimd, keys: image", "Lambdad, keys: image, func: $f", "mine.Slice, keys: image"]
)
def test_a_transform_that_may_take_an_axis_away_says_nothing_of_axes(behind: str) -> None:
    assert check(crops("RandSpatialCropd, keys: image, roi_size: [8, 8, 1]", behind)).findings == ()


def test_a_network_for_other_axes_than_all_sizes_is_what_is_wrong() -> None:
    window = "validate:\n  inferer: {_target_: SlidingWindowInferer, roi_size: [8, 8, 8]}\n"
    result = check(crops("RandSpatialCropd, keys: image, roi_size: [8, 8, 8]") + window)
    assert placed(result) == [(1, "2", "rank-mismatch")]
    assert len(result.findings[0].related) == 2


def test_a_transform_of_labels_alone_is_no_size_of_the_image() -> None:
    both, labels = "keys: [image, label]", "keys: label, spatial_size: [7, 7]"
    text = crops(f"LoadImaged, {both}", f"RandSpatialCropd, {both}, roi_size: [8, 8]", f"Resized, {labels}")
    assert check(text).findings == ()


@pytest.mark.parametrize(
    ("network", "seen"),
    [
        (UNET[:-1] + ", norm: [group, {num_group: 2}]}", [("num_group", "unknown-key")]),
        (UNET[:-1] + ", norm: GROUP}", [("GROUP", "missing-key")]),
        (UNET[:-1] + ", dropout: 1.5}", [("1.5", "invalid-value")]),
        (UNET[:-1] + ", norm: null, act: null, bias: null, dropout: [dropout, {p: 0.1}]}", []),
        (UNET.replace("UNet", "monai.network.nets.UNet"), [("monai.network.nets.UNet", "unknown-operator")]),
        (UNET.replace("UNet", "UNett"), [("UNett", "unknown-operator")]),
        (UNET.replace("UNet", "WNet"), []),
        (UNET.replace("UNet", "ResUNet"), []),
        ("{_target_: Generator, width: 3}", []),
        (
            "{_target_: monai.networks.nets.Critic, in_shape: [1, 8], channels: [2]}",
            [("monai.networks.nets.Critic", "missing-key")],
        ),
    ],
)
def test_what_is_said_of_a_network(network: str, seen: list[tuple[str, str]]) -> None:
    assert [(at, rule) for _, at, rule in placed(check(f"other: {UNET}\nnetwork_def: {network}\n"))] == seen


@pytest.mark.parametrize(
    ("overlap", "is_wrong"), [("0.5", False), ("1.5", True), ("[0.25, 1]", True), ("$0.25", False)]
)
def test_windows_overlap_by_a_part_of_themselves(overlap: str, is_wrong: bool) -> None:
    inferer = f"inferer: {{_target_: SlidingWindowInferer, roi_size: [8, 8], overlap: {overlap}}}\n"
    assert [at for _, at, _ in placed(check(f"network_def: {UNET}\n{inferer}"))] == [overlap] * is_wrong
