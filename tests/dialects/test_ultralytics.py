"""Ultralytics model files: what a row means, where a finding stands, and that no text makes the reader fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.describing import describe_source
from convlint.dialects.ultralytics.arguments import ArgumentProblem, argument_value
from convlint.dialects.ultralytics.modules import meant_module
from convlint.dialects.ultralytics.scales import Scale, letter_in, seems_to_pick
from convlint.findings import FileResult
from convlint.found import if_meant
from convlint.input_sizes import solve_file
from convlint.options import Options
from convlint.render.size_report import as_json, render_text
from convlint.solving.size_facts import size_facts
from convlint.source.nodes import LineIndex, Scalar, Source

HEAD = "head:\n  - [[-1], 1, Detect, [nc]]\n"


def check(text: str, path: str = "yolov8.yaml", **options: Any) -> FileResult:
    return check_source(Source(path, text), Options(**options))


def placed(result: FileResult) -> list[tuple[int, int, str]]:
    """(line, column, rule) of every finding."""
    index = LineIndex(result.findings[0].place.source.text) if result.findings else LineIndex("")
    return [(*index.position(finding.place.start), finding.rule.name) for finding in result.findings]


def network(*rows: str, top: str = "nc: 3\n", head: str = HEAD) -> str:
    """A file whose first row stands on line 4."""
    return top + "backbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n" + "".join(f"  - {row}\n" for row in rows) + head


@pytest.mark.parametrize(
    ("stem", "letter"),
    [
        ("yolov8n-p2", "n"),
        ("my_yolov8s_cbam", "s"),
        ("yoloe-11s-seg", "s"),
        ("yolov5m6", "m"),
        ("yolov8xl", "x"),
        ("yolo11mymodel", "m"),
        ("custom", ""),
        ("yolov8_custom", ""),
        ("yolo11-cls", ""),
        ("YOLOv8s", ""),
        ("yolov10b", ""),
        ("rtdetr-l", ""),
    ],
)
def test_scale_letter(stem: str, letter: str) -> None:
    assert letter_in(stem) == letter


def test_names_that_seem_to_pick_a_scale() -> None:
    letters = ["n", "s", "m"]
    assert all(seems_to_pick(name, letters) for name in ("yolov8-s", "custom_m", "my.yolo.n"))
    assert not any(
        seems_to_pick(name, letters) for name in ("custom", "yolov8_cbam", "yolov8-p2", "my-yolo", "yolov8-x")
    )


def test_channels_are_rounded_up_after_the_limit_and_the_width() -> None:
    assert Scale("n", 0.33, 0.25, 1024).channels(64) == 16
    assert Scale("n", 0.33, 0.25, 1024).channels(100) == 32
    assert Scale("l", 1.0, 1.0, 512).channels(1024) == 512
    assert Scale(None).channels(4) == 8


def test_repeats_round_to_even() -> None:
    assert [Scale("m", 0.5).repeats(count) for count in (0, 1, 3, 5, 7)] == [0, 1, 2, 2, 4]
    assert Scale("n", 0.33).repeats(3) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nc", 3),
        ("None", None),
        ("True", True),
        ("1e-3", 0.001),
        ("nearest", "nearest"),
        ("nn.LeakyReLU(0.1)", "nn.LeakyReLU(0.1)"),
        ("(1, 3)", (1, 3)),
        ("[5, 9]", (5, 9)),
        ("1/2", "1/2"),
        ("__import__('os').system('true')", "__import__('os').system('true')"),
    ],
)
def test_argument(text: str, value: object) -> None:
    found = argument_value(Scalar(text, text, True, False, 0, len(text)), {"nc": 3})
    assert (found, type(found) is ArgumentProblem) == (value, False)


@pytest.mark.parametrize("text", ["3x3", "ch", "c2", "1 2", "(" * 150])
def test_argument_that_means_nothing(text: str) -> None:
    assert isinstance(argument_value(Scalar(text, text, True, False, 0, len(text)), {}), ArgumentProblem)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("conv", "Conv"),
        ("C2F", "C2f"),
        ("Cocnat", "Concat"),
        ("Conncat", "Concat"),
        ("Bottlneck", "Bottleneck"),
        ("oncat", "Concat"),
        ("Detec", "Detect"),
        ("Convv", "Conv"),
        ("C2ff", "C2f"),
        ("C2f_DCN", None),
        ("PConv", None),
        ("GSConv", None),
        ("Down", None),
        ("CBFus", "CBFuse"),
        ("Con", None),
        ("DConv", None),
        ("C3k3", None),
        ("DySample", None),
    ],
)
def test_slips_are_told_from_modules_of_ones_own(name: str, meant: str | None) -> None:
    assert meant_module(name, lookup.vocabularies()["ultralytics"].modules) == meant


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("[-1, 1, Conv]", (4, 5, "row-arity")),
        ("[-1, 1, Conv, 64]", (4, 5, "row-arity")),
        ("Conv", (4, 5, "row-arity")),
        ("[1, 1, Conv, [64]]", (4, 6, "undefined-input")),
        ("[-3, 1, Conv, [64]]", (4, 6, "undefined-input")),
        ("[[-1], 1, Conv, [64]]", (4, 6, "input-count")),
        ("[-1, 1, Concat, [1]]", (4, 6, "input-count")),
        ("[[-1, 7], 1, Concat, [1]]", (4, 11, "undefined-input")),
        ("[-1, two, Conv, [64]]", (4, 10, "wrong-type")),
        ("[-1, 1, 7, [64]]", (4, 13, "wrong-type")),
        ("[-1, 1, conv, [64]]", (4, 13, "unknown-operator")),
        ("[-1, 1, nn.Conv2, [64]]", (4, 13, "unknown-operator")),
        ("[-1, 1, torch.nn.ReLU, []]", (4, 13, "unknown-operator")),
        ("[-1, 1, torch.Conv, [64]]", (4, 13, "unknown-operator")),
        ("[-1, 1, CBAM, [64]]", (4, 13, "unresolvable-module")),
        ("[-1, 1, Silence, []]", (4, 13, "unresolvable-module")),
        ("[-1, 1, Conv, []]", (4, 13, "row-arguments")),
        ("[-1, 1, C2f, [64, True, 1, 0.5, 9]]", (4, 37, "row-arguments")),
        ("[-1, 1, Conv, [64, 3x3]]", (4, 24, "row-arguments")),
        ("[-1, 1, Conv, [0]]", (4, 20, "zero-channels")),
        ("[-1, 1, Conv, [64, 3, 1, None, 5]]", (4, 36, "groups-not-divisible")),
        ("[-1, 1, nn.Upsample, [None, 2, closest]]", (4, 36, "invalid-value")),
        ("[-1, 1, SPPF, [64, 4]]", (4, 24, "skip-size-mismatch")),
    ],
)
def test_one_mistake_is_one_finding_at_its_place(row: str, expected: tuple[int, int, str]) -> None:
    assert placed(check(network(row))) == [expected]


@pytest.mark.parametrize(
    "row",
    [
        "[-1, 1, nn.Identity, [3, 4]]",
        '[-1, 1, nn.Upsample, [None, 2, "nearest", None]]',
        "[-1, 1, ELAN1, [32, 3, 1]]",
        "[-1, 1, RepNCSPELAN4, [32, 3, 3]]",
    ],
)
def test_what_the_package_builds_and_runs_is_no_mistake(row: str) -> None:
    assert placed(check(network(row))) == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("[-1, 1, ELAN1, [32, 1, 1]]", 25),
        ("[-1, 1, RepNCSPELAN4, [32, 1, 3]]", 32),
        ("[-1, 1, RepNCSPELAN4, [32, 3, 1]]", 35),
    ],
)
def test_half_of_one_channel_is_none(row: str, column: int) -> None:
    assert placed(check(network(row))) == [(4, column, "zero-channels")]


def test_a_merge_reads_maps_and_no_list_of_them() -> None:
    text = network("[-1, 1, CBLinear, [[16, 8]]]", "[[0, 1], 1, Concat, [1]]")
    assert placed(check(text)) == [(5, 6, "input-count")]


def test_missing_parts() -> None:
    assert placed(check("nc: 3\n" + HEAD)) == [(1, 1, "missing-key")]
    assert "missing-key" in {rule for _, _, rule in placed(check(network(top="")))}
    assert placed(check(network(head="head:\n  - [[-1], 1, Pose, [nc, kpt_shape]]\n"))) == [(5, 26, "missing-key")]


def test_a_finding_that_holds_for_some_scales_names_them() -> None:
    scales = "nc: 3\nscales:\n  n: [0.33, 0.25, 1024]\n  m: [0.67, 0.75, 768]\n  l: [1.00, 1.00, 512]\n"
    (finding,) = check(network("[-1, 3, Conv, [32]]", top=scales)).findings
    assert finding.rule.name == "repeat-changes-shape"
    assert finding.variants == ("m", "l")
    (finding,) = check(network("[-1, 1, Conv, [32, 3, 1, 1, 7]]", top=scales)).findings
    assert finding.variants == ()
    assert "(at scale n)" in finding.message
    assert check(network("[-1, 3, Conv, [32]]", top=scales), scales=("n",)).findings == ()


def test_an_unknown_module_is_one_warning_and_no_cascade() -> None:
    rows = ("[-1, 1, Mine, [64]]", "[-1, 1, Conv, [64]]", "[[-1, 0], 1, Concat, [1]]", "[-1, 1, C2f, [8]]")
    assert placed(check(network(*rows))) == [(4, 13, "unknown-module")]


def test_comments_that_number_rows_otherwise_are_said_once() -> None:
    rows = ("[-1, 1, nn.Identity, []]", "[-1, 1, Conv, [32, 3, 2]] # 1-P2/4", "[-1, 1, Conv, [64, 3, 2]] # 2-P3/8")
    assert placed(check(network(*rows))) == [(5, 31, "index-comment-mismatch")]
    assert placed(check(network("[-1, 1, Conv, [32, 3, 2]] # 1-P2/8"))) == [(4, 31, "index-comment-mismatch")]
    flow = "nc: 3\nbackbone:\n  [[-1, 1, Conv, [16, 3, 2]],  # 1-P1/2\n  ]\n"
    assert placed(check(flow + HEAD)) == [(3, 32, "index-comment-mismatch")]
    for remark in ("# 12 heads", "# two", "# P4 of old", "# 3x3"):
        assert check(network(f"[-1, 1, Conv, [32, 3, 2]] {remark}")).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "backbone:\n  type: ResNet\n  depth: 50\nhead:\n  type: RetinaHead\n",
        "backbone: [resnet50, resnet101]\nhead: fpn\n",
        "train: images\nval: images\nnc: 3\nnames: [a, b, c]\n",
        "backbone: 3\n",
    ],
)
def test_other_yaml_is_no_model_file(text: str) -> None:
    result = check_source(Source("model.yaml", text), Options())
    assert result.dialect is None
    assert [finding.rule.name for finding in result.findings] == ["not-an-architecture"]
    assert if_meant(result).findings == ()


def test_sizes_of_the_image() -> None:
    text = network()
    for sizes, expected in (
        ((), (3, 640, 640)),
        ((("imgsz", 320),), (3, 320, 320)),
        ((("H", 480), ("W", 640)), (3, 480, 640)),
        ((("image.1", 96),), (3, 96, 640)),
    ):
        (facts,), _ = describe_source(Source("yolov8.yaml", text), Options(sizes=sizes))
        assert facts.inputs == (("image", expected),)


def test_only_the_first_row_can_be_silence() -> None:
    assert check(f"nc: 3\nbackbone:\n  - [-1, 1, Silence, []]\n  - [-1, 1, Conv, [16, 3, 2]]\n{HEAD}").findings == ()


def test_only_classifiers_read_the_number_of_channels() -> None:
    head = "head:\n  - [-1, 1, Classify, [nc]]\n"
    for text, channels in (
        (network(top="nc: 3\nchannels: 1\n", head=head), 1),
        (network(top="nc: 3\nchannels: 1\n"), 3),
    ):
        (facts,), _ = describe_source(Source("yolov8.yaml", text))
        assert facts.inputs == (("image", (channels, 640, 640)),)


def test_a_yolov5_file_is_told_by_its_anchors() -> None:
    top = "nc: 3\ndepth_multiple: 0.33\nwidth_multiple: 0.5\nanchors:\n  - [1,2, 3,4]\n  - [5,6, 7,8]\n"
    rows = ("[-1, 1, Conv, [32, 3, 2]]", "[-1, 1, SPPF, [32, 5]]")
    head = "head:\n  - [[{}], 1, Detect, [nc, anchors]]\n"
    assert check(network(*rows, top=top, head=head.format("0, 2"))).findings == ()
    assert "head-strides" in {rule for _, _, rule in placed(check(network(*rows, top=top, head=head.format("2"))))}


FORK = "nc: 3\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors:\n  - [1,2, 3,4, 5,6]\n"


def test_a_yolov7_file() -> None:
    backbone = """backbone:
  - [-1, 1, Conv, [32, 3, 2, None, 1, nn.LeakyReLU(0.1)]] # 0-P1/2
  - [-1, 1, MP, []] # 1-P2/4
  - [-1, 1, nn.Conv2d, [64, 3, 1, 1]]
  - [-1, 1, ReOrg, []] # 3-P3/8
  - [[-1, -1], 1, Chuncat, [1]]
  - [[-1, -1], 1, Shortcut, [1]]
  - [-1, 1, SPPCSPC, [64]]
  - [-1, 1, RepConv, [64, 3, 1]]
"""
    head = "head:\n  - [[7], 1, IDetect, [nc, anchors]]\n"
    assert check(FORK + backbone + head).findings == ()
    assert [rule for *_, rule in placed(check(FORK + backbone + head.replace("IDetect", "IAuxDetect")))] == [
        "head-strides"
    ]


def test_a_yolov9_file() -> None:
    backbone = """backbone:
  - [-1, 1, Silence, []]
  - [-1, 1, Conv, [32, 3, 2]] # 1-P1/2
  - [-1, 1, RepNCSPELAN4, [64, 32, 16, 1]]
  - [0, 1, Conv, [32, 3, 2]]
  - [-1, 1, CBLinear, [[32, 64]]]
  - [[4, -1], 1, CBFuse, [[0]]]
"""
    text = FORK.replace("anchors:\n  - [1,2, 3,4, 5,6]", "anchors: 3") + backbone
    assert placed(check(text + "head:\n  - [[2], 1, DualDDetect, [nc]]\n"))[-1][2] == "head-strides"
    broken = text.replace("[[4, -1], 1, CBFuse, [[0]]]", "[-1, 1, ADown, [64]]")
    assert "input-count" in {rule for *_, rule in placed(check(broken + "head:\n  - [[2], 1, DDetect, [nc]]\n"))}


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70),
    st.sampled_from(
        [2**40, -(2**70), 10**30, 0.5, 1e300, "nc", "None", "nearest", "anchors", "C2f", "", "(1, (2,", "é"]
    ),
    st.lists(st.integers(-2, 9), max_size=4),
)
MODULES = st.sampled_from(
    ["Conv", "C2f", "A2C2f", "Concat", "Detect", "CBLinear", "CBFuse", "nn.Conv2d", "nn.Upsample", "X", "HGBlock"]
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(JUNK, JUNK, st.one_of(MODULES, JUNK), st.one_of(st.lists(JUNK, max_size=6), JUNK)), max_size=6),
    JUNK,
)
def test_no_file_makes_the_reader_fail(rows: list[tuple[object, ...]], top: object) -> None:
    lines = "".join(f"  - {list(row)!r}\n" for row in rows)
    result = check(
        f"nc: {top!r}\nscales: {{n: [0.5, 0.5, 512]}}\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n{lines}{HEAD}"
    )
    assert all(finding.message for finding in result.findings)
    describe_source(Source("yolov8.yaml", f"nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n{lines}{HEAD}"))


def test_sizes_names_the_strides_of_the_head(tmp_path: Path) -> None:
    (tmp_path / "yolov8.yaml").write_text(
        network("[-1, 1, Conv, [32, 3, 2]]", head="head:\n  - [[0, 1], 1, Detect, [nc]]\n")
    )
    (solution,), _ = solve_file(str(tmp_path / "yolov8.yaml"))
    assert size_facts(solution).strides == (2, 4)
    assert "  the head reads strides 2, 4\n" in list(render_text("yolov8.yaml", [size_facts(solution)]))
    assert json.loads(json.dumps(as_json("yolov8.yaml", [size_facts(solution)])))["models"][0]["strides"] == [2, 4]


ANCHORLESS = """\
nc: 5
depth_multiple: 1.0
width_multiple: 1.0
anchors: 3
backbone:
  - [-1, 1, Conv, [32, 3, 2]]
  - [-1, 1, MP, []]
  - [-1, 1, SPPCSPC, [64]]
  - [-1, 1, C3, [64]]
head:
  - [[2, 3], 1, HEAD, [nc]]
"""


@pytest.mark.parametrize("head", ["Detect", "DDetect"])
def test_the_head_tells_the_vocabulary(head: str) -> None:
    """Modules that other forks have, and an integer for anchors, do not make a head without anchors one of theirs."""
    assert {rule for *_, rule in placed(check(ANCHORLESS.replace("HEAD", head)))} <= {"unknown-module"}


def test_a_message_names_the_vocabulary_that_was_told_from_the_file() -> None:
    text = FORK + "backbone:\n  - [-1, 1, Conv, [32, 3, 2]]\nhead:\n  - [[0], 1, IDetect, [nc, anchors, 1, 2]]\n"
    (finding,) = [item for item in check(text).findings if item.rule.name == "row-arguments"]
    assert "yolov7" in finding.help
    assert "vocabulary" in finding.help


@pytest.mark.parametrize(
    ("table", "is_told"),
    [
        ({"scales": ("n",)}, True),
        ({"vocabulary": "yolov7"}, False),
        ({"vocabulary": "yolov7", "scales": ("n",)}, False),
    ],
)
def test_a_vocabulary_that_was_chosen_is_not_called_told(table: dict[str, object], is_told: bool) -> None:
    text = FORK + "backbone:\n  - [-1, 1, Conv, [32, 3, 2]]\nhead:\n  - [[0], 1, IDetect, [nc, anchors, 1, 2]]\n"
    asked = Options(tables=(("ultralytics", tuple(table.items())),))
    found = check_source(Source("net.yaml", text), asked).findings
    (finding,) = [item for item in found if item.rule.name == "row-arguments"]
    assert ("was taken for one of yolov7" in finding.help) == is_told


def test_an_arg_may_name_a_key_of_the_same_file() -> None:
    text = """\
nc: 5
width_of_head: 64
block: C2f
backbone:
  - [-1, 1, Conv, [width_of_head, 3, 2]]
  - [-1, 1, block, [64]]
head:
  - [[1], 1, Detect, [nc]]
"""
    assert check(text).findings == ()


def test_scales_of_four_numbers_are_no_error() -> None:
    text = """\
nc: 5
scales:
  n: [0.33, 0.25, 1024, 6]
  s: [0.33, 0.5, 1024, 6]
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
head:
  - [[0], 1, Detect, [nc]]
"""
    assert [(item.severity, item.rule.name) for item in check(text).findings] == [("warning", "invalid-value")]


def test_ch_gives_the_channels_of_the_image() -> None:
    text = "nc: 5\nch: 6\nbackbone:\n  - [-1, 1, nn.Conv2d, [IN, 16, 3]]\nhead:\n  - [[0], 1, nn.Identity, []]\n"
    assert "channel-mismatch" not in {rule for *_, rule in placed(check(text.replace("IN", "6")))}
    assert "channel-mismatch" in {rule for *_, rule in placed(check(text.replace("IN", "3")))}


def test_an_unknown_module_is_said_once_with_the_nearest_name() -> None:
    text = (
        "nc: 5\nbackbone:\n  - [-1, 1, SPFF, [16, 3]]\n  - [-1, 1, SPFF, [16, 3]]\nhead:\n  - [[1], 1, Detect, [nc]]\n"
    )
    (finding,) = check(text).findings
    assert "SPPF" in finding.help


BACKBONE = """nc: 4
backbone:
  - [-1, 1, starnet_s050, []]{remark}
  - [-1, 1, SPPF, [1024, 5]]{second}
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 3], 1, Concat, [1]]
  - [-1, 3, C2f, [256]]
  - [[8, {read}], 1, Detect, [nc]]
"""


@pytest.mark.parametrize(("remark", "second"), [("  # 4", "  # 5"), ("", "")])
def test_a_backbone_in_one_row_counts_for_its_levels(remark: str, second: str) -> None:
    text = BACKBONE.format(remark=remark, second=second, read=5)
    assert {finding.rule.name for finding in check_source(Source("mine.yaml", text)).findings} == {"unknown-module"}


def test_a_row_that_no_backbone_explains_is_read_in_vain() -> None:
    text = BACKBONE.format(remark="", second="", read=12)
    assert "undefined-input" in {finding.rule.name for finding in check_source(Source("mine.yaml", text)).findings}
    slip = BACKBONE.format(remark="", second="", read=5).replace("starnet_s050, []", "Covn, [64, 3, 2]")
    assert "undefined-input" in {finding.rule.name for finding in check_source(Source("mine.yaml", slip)).findings}


@pytest.mark.parametrize("parts", [("backbone", "neck", "effidehead"), ("backbone1", "backbone2", "head")])
def test_rows_under_keys_of_another_builder_are_one_warning_and_not_judged(parts: tuple[str, ...]) -> None:
    first, second, last = parts
    text = f"nc: 3\n{first}:\n  - [-1, 1, Conv, [16, 3, 2]]\n{second}:\n  - [-1, 1, Conv, [16, 3, 2]]\n"
    text += f"{last}:\n  - [[9], 1, Detect, [nc]]\n"
    (finding,) = check(text).findings
    assert (finding.rule.name, finding.severity) == ("missing-key", "warning")
    assert f"'{second}'" in finding.message


def test_rows_under_a_key_that_is_no_text_are_no_part() -> None:
    text = "nc: 3\n~:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - [[0], 1, Detect, [nc]]\n"
    assert "missing-key" in {finding.rule.name for finding in check(text).findings}


def test_of_strides_wrong_by_one_factor_the_first_is_told() -> None:
    text = """\
nc: 3
backbone:
  - [-1, 1, Conv, [16, 3, 2]] # 0-P1/2
  - [-1, 1, Conv, [32, 3, 1]] # 1-P2/4
  - [-1, 1, Conv, [64, 3, 2]] # 2-P3/8
  - [-1, 1, Conv, [64, 3, 2]] # 3-P4/16
  - [-1, 1, Conv, [64, 3, 2]] # 4-P5/16
head:
  - [[4], 1, Detect, [nc]]
"""
    found = check(text).findings
    assert [(item.rule.name, item.layer) for item in found] == [("index-comment-mismatch", "1")]
    found = check(text.replace("P4/16", "P4/8")).findings
    assert [item.layer for item in found] == ["1"]
    found = check(text.replace("P4/16", "P4/32")).findings
    assert [item.layer for item in found] == ["1", "3"]
    found = check(text.replace("P4/16", "P4/0")).findings
    assert [item.layer for item in found] == ["1", "3"]


@pytest.mark.parametrize(("part", "slip"), [("head", "haed"), ("head", "Head"), ("backbone", "backbon")])
def test_a_slip_of_a_part_is_one_error_and_its_rows_are_read(part: str, slip: str) -> None:
    text = """\
nc: 3
backbone:
  - [-1, 1, Conv, [16, 3, 2]] # 0-P1/2
  - [-1, 1, Conv, [32, 3, 2]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]] # 2
  - [[-1, 0], 1, Concat, [1]] # 3
  - [[3], 1, Detect, [nc]]
"""
    assert not check(text).findings
    (finding,) = check(text.replace(f"{part}:", f"{slip}:")).findings
    assert (finding.rule.name, finding.severity) == ("missing-key", "error")
    assert f"did you mean '{part}'" in finding.help
    assert "unknown-operator" in {
        item.rule.name for item in check(text.replace(part, slip).replace("Conv,", "Convv,")).findings
    }


def test_a_module_of_another_vocabulary_is_no_slip() -> None:
    findings = check(network(head="head:\n  - [[0], 1, DDetect, [nc]]\n")).findings
    (finding,) = [item for item in findings if item.rule.name == "unknown-module"]
    assert "yolov9 has one" in finding.help
    assert not [item for item in findings if item.severity == "error"]
