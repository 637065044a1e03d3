"""The public API, as a program would use it."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import convlint
from convlint import Options, check_file, check_paths, options_for

BROKEN = """\
convlint: 1
inputs: {image: [3, 33, 33]}
layers:
  - {name: pool, op: MaxPool2d, kernel_size: 2}
"""


def test_check_text() -> None:
    result = convlint.check_text(BROKEN, "net.yaml")
    (finding,) = result.findings
    assert isinstance(finding, convlint.Finding)
    assert (finding.rule.name, finding.layer, finding.place.source.path) == ("non-integer-division", "pool", "net.yaml")
    assert result.dialect == "native"
    assert not convlint.check_text(BROKEN, options=convlint.Options(sizes=(("image.1", 32), ("image.2", 32)))).findings


def test_check_paths_and_describe(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BROKEN)
    (tmp_path / "b.yaml").write_text("services: {}\n")
    broken, other = convlint.check_paths([tmp_path])
    assert len(broken.findings) == 1
    assert other.skipped
    assert convlint.check_file(tmp_path / "b.yaml").findings[0].rule.name == "not-an-architecture"
    (network,) = convlint.describe(tmp_path / "a.yaml")
    assert network.layers[0].outputs == ((3, 16, 16),)
    (architecture,) = convlint.load(tmp_path / "a.yaml")
    assert [layer.operator for layer in architecture.graph.layers] == ["MaxPool2d"]


def test_everything_public_is_there() -> None:
    for name in convlint.__all__:
        assert getattr(convlint, name) is not None


def test_the_settings_of_a_repository_are_found() -> None:
    repository = Path(__file__).parent / "repository"
    file = repository / "configs" / "legacy" / "old.yaml"
    assert check_file(file).findings[0].severity == "error"
    assert check_file(file, options_for(file)).findings[0].severity == "info"
    assert options_for(Path(__file__).parent.parent / "examples" / "unet.yaml") == Options()


@pytest.mark.slow
def test_other_processes_know_operators_of_ones_own() -> None:
    configs = Path(__file__).parent / "repository" / "configs"
    alone = check_paths([configs], options_for)
    rules = {finding.rule.name for result in alone for finding in result.findings}
    assert {"model-budget", "channels-in-eights"} <= rules
    assert "unknown-operator" not in rules
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        assert check_paths([configs], options_for, executor) == alone
        unet = configs / "unet.yaml"
        assert check_paths([unet], options_for(unet), executor) == check_paths([unet], options_for)


def test_wrong_settings_are_a_value_error(tmp_path: Path) -> None:
    (tmp_path / "convlint.toml").write_text("ignroe = []\n")
    with pytest.raises(ValueError, match="ignroe"):
        options_for(tmp_path / "net.yaml")


def test_a_byte_order_mark_moves_nothing() -> None:
    text = "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 1}\n"
    (finding,) = convlint.check_text("\ufeff" + text).findings
    assert finding.place.source.text[finding.place.start : finding.place.end] == "4"


@pytest.mark.parametrize(
    "options",
    [
        Options(dialect="nope"),
        Options(dialects=("nope",)),
        Options(sizes=(("H", 0), ("image.1", -4), ("W", 2**70))),
        Options(default_sizes=(("H", 0),)),
        Options(tables=(("ultralytics", (("vocabulary", "nope"), ("scales", 3))),)),
        Options(rules=frozenset(("nope",)), severities=(("nope", "error"),), scales=("zz",)),
    ],
)
def test_no_options_make_a_check_raise(options: Options) -> None:
    rows = "nc: 3\nscales:\n  n: [0.33, 0.25, 1024]\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - [[-1], 1, Detect, [nc]]\n"
    for text in (rows, "convlint: 1\ninputs: {image: [3, H, 8]}\nlayers:\n  - {op: ReLU}\n"):
        assert convlint.check_text(text, options=options).path == "<text>"


def test_advice_changes_nothing_but_the_ways_out() -> None:
    cases = Path(__file__).parent / "cases"
    of_unread_layers = cases / "ultralytics" / "norms-inserted.yaml"
    for path in [*sorted(cases.glob("**/*.yaml"))[:60], of_unread_layers]:
        text = path.read_text(encoding="utf-8")
        full = convlint.check_text(text, str(path))
        bare = convlint.check_text(text, str(path), advice=False)
        helped = convlint.check_text(text, str(path), Options(advice="help"))
        assert [item[:4] for item in bare.findings] == [item[:4] for item in full.findings]
        assert not any(item.help or item.fix for item in bare.findings)
        assert helped.findings == tuple(finding._replace(fix=None) for finding in full.findings)


SCALED = """\
nc: 3
scales: {a: [1, 1, 1024], b: [1, 0.25, 1024], c: [1, 0.5, 1024]}
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, Conv, [64, 3, 2, None, GROUPS]]
  - [-1, 1, Conv, [128, 3, 2]]
head:
  - [-1, 1, nn.Upsample, [None, FACTOR, nearest]]
  - [[-1, 1], 1, Concat, [1]]
  - [[4], 1, Detect, [nc]]
"""


@pytest.mark.parametrize(
    ("groups", "factor", "variants"), [(1, 4, ()), (32, 2, ("b",)), (64, 2, ("b", "c")), (3, 2, ()), (32, 4, ())]
)
def test_what_scales_share_is_helped_as_in_the_first_that_has_it(
    groups: int, factor: int, variants: tuple[str, ...]
) -> None:
    text = SCALED.replace("GROUPS", str(groups)).replace("FACTOR", str(factor))
    found = convlint.check_text(text).findings
    assert found
    assert not variants or [item.variants for item in found] == [variants]
    for item in found:
        alone = convlint.check_text(text, options=Options(scales=(item.variants or ("a",))[:1])).findings
        assert [(one.help, one.fix, one.related) for one in alone if one.place == item.place] == [
            (item.help, item.fix, item.related)
        ]


TEMPLATE = """\
convlint: 1
constants: {wide: 8, told: "${wide}"}
inputs: {image: [3, 8, 8]}
layers:
  - {op: Conv2d, out_channels: "${wide}", kernel_size: 1}
  - {op: Conv2d, in_channels: "${told}", out_channels: 4, kernel_size: 1}
"""


@pytest.mark.parametrize(
    "values", [{}, {"wide": 16}, {"wide": 16, "told": 8}, {"told": 16}, {"wide": 0}, {"wide": "x"}]
)
def test_a_template_says_what_the_text_with_the_values_says(values: dict[str, Any]) -> None:
    template = convlint.Template(TEMPLATE, "net.yaml")
    written = TEMPLATE
    for name, value in values.items():
        default = "8" if name == "wide" else '"${wide}"'
        written = written.replace(f"{name}: {default}", f"{name}: {value}")
    found = template.check(**values).findings
    assert [item.message for item in found] == [item.message for item in convlint.check_text(written).findings]
    bare = convlint.Template(TEMPLATE, "net.yaml", advice=False).check(**values).findings
    assert [item.message for item in bare] == [item.message for item in found]
    assert not template.check().findings


def test_a_template_knows_its_constants() -> None:
    template = convlint.Template(TEMPLATE)
    assert template.constants == {"wide", "told"}
    with pytest.raises(ValueError, match="no constant is called width; there are told, wide"):
        template.check(width=3)
