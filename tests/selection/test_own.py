"""Operators and rules of a repository's own: what they find, whom they concern, and what is said of their mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convlint.catalogue import lookup
from convlint.catalogue.form import TYPES, check_operator_file
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.catalogue.rule_text import read_operator_text
from convlint.checking import check_file
from convlint.cli import main
from convlint.describing import describe_file
from convlint.dialects.reading import load_file
from convlint.findings import FileResult
from convlint.input_sizes import solve_file
from convlint.options import Options
from convlint.render import FORMATS
from convlint.resources import resource_path
from convlint.selection.config_values import ConfigError
from convlint.selection.configuration import load_config, resolve
from convlint.selection.layers import COMMAND_LINE, SettingsLayer
from convlint.source.nodes import LineIndex

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = (ROOT / "docs" / "own-rules.md").read_text(encoding="utf-8")
MARKER = re.compile(r"# (error|warning|info): ([a-z-]+)")
Capture = pytest.CaptureFixture[str]
GATE = """\
Gate:
  rank: 3
  summary: Scales each channel.
  params: {reduction: {type: count, default: 4}}
  require:
    zero-channels: {that: C >= reduction, at: reduction, say: "nothing is left of {C}"}
  output: x
  parameters: 2 * C * (C // reduction)
  receptive_field: same
"""
NETWORK = """\
convlint: 1
inputs: {image: [8, H, 32]}
layers:
  - {op: Gate, reduction: 2}
  - {op: MaxPool2d, kernel_size: 2}
"""


def block(language: str, number: int = 0) -> str:
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, flags=re.M | re.S)
    return blocks[number]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def options(folder: Path) -> Options:
    """The options of a file in a folder with a convlint.toml."""
    config = load_config(str(folder / "convlint.toml"))
    return resolve(config, str(folder / "net.yaml"), SettingsLayer(COMMAND_LINE, "", {})).options


def check(folder: Path, text: str) -> FileResult:
    file = write(folder / "net.yaml", text)
    return check_file(str(file), options(folder))


def found(result: FileResult) -> set[tuple[int, str, str]]:
    return {
        (LineIndex(item.place.source.text).position(item.place.start)[0], item.severity, item.rule.name)
        for item in result.findings
    }


def test_the_documented_policies_find_what_the_document_says(tmp_path: Path) -> None:
    write(tmp_path / "convlint.toml", block("toml"))
    network = block("yaml")
    expected = {
        (number, *marker) for number, line in enumerate(network.splitlines(), 1) for marker in MARKER.findall(line)
    }
    result = check(tmp_path, network)
    assert found(result) == expected
    messages = {item.rule.name: (item.rule.code, item.message, item.help) for item in result.findings}
    assert messages["channels-in-eights"] == ("OWN", "60 channels are no multiple of 8", "use 64")
    assert messages["device-kernels"][:2] == ("DEV001", "the device has no kernel of [9, 9] with dilation [1, 1]")
    assert messages["device-memory"][1] == "6015640 parameters in 5 layers do not fit the device"


def test_the_documented_policies_accept_what_keeps_to_them(tmp_path: Path) -> None:
    write(tmp_path / "convlint.toml", block("toml"))
    network = MARKER.sub("", block("yaml")).replace("60, kernel_size: 9", "64, kernel_size: 7").replace("1000", "10")
    assert found(check(tmp_path, network.replace("stride: 4, padding: 4", "padding: 3"))) == set()


def test_the_documented_page_is_the_rule_of_the_settings(tmp_path: Path) -> None:
    write(tmp_path / "lint" / "rules" / "channels-in-eights.md", block("markdown"))
    write(tmp_path / "convlint.toml", 'rules = ["lint/rules"]\n')
    assert found(check(tmp_path, block("yaml"))) == {(4, "warning", "channels-in-eights")}


def test_the_documented_module_is_known_to_rows(tmp_path: Path) -> None:
    write(tmp_path / "cbam.yaml", block("yaml", 1))
    write(tmp_path / "convlint.toml", 'operators = ["cbam.yaml"]\n')
    rows = (
        "nc: 2\nbackbone:\n  - [-1, 1, Conv, [32, 3, 2]]\n  - [-1, 1, CBAM, [{}]]\nhead:\n  - [[1], 1, Detect, [nc]]\n"
    )
    assert found(check(tmp_path, rows.format(32))) == set()
    networks, _ = describe_file(str(tmp_path / "net.yaml"), options(tmp_path))
    assert networks[0].layers[1].parameters == 32 * 32 + 32 + 2 * 49
    wrong = check(tmp_path, rows.format(64))
    assert found(wrong) == {(4, "error", "channel-mismatch")}
    assert wrong.findings[0].message == "CBAM is built for 64 channels, but 32 arrive"
    alone = check_file(str(write(tmp_path / "net.yaml", rows.format(32))))
    assert {item.rule.name for item in alone.findings} == {"unresolvable-module"}


def test_a_vocabulary_of_ones_own_takes_modules_of_others(tmp_path: Path) -> None:
    text = "vocabulary: mine\ninclude: {ultralytics: [Conv, Detect, C2f]}\nmodules:\n"
    text += (
        "  Twice: {like: ultralytics.Conv, row: {args: [out_channels, kernel_size, stride], scaled: [out_channels]}}\n"
    )
    write(tmp_path / "mine.yaml", text)
    write(tmp_path / "convlint.toml", 'operators = ["mine.yaml"]\n[ultralytics]\nvocabulary = "mine"\n')
    rows = "nc: 2\nbackbone:\n  - [-1, 1, Conv, [32, 3, 2]]\n  - [-1, 1, Twice, [64, 3, 2]]\n  - [-1, 1, C2f, [64]]\nhead:\n  - [[2], 1, Detect, [nc]]\n"
    assert found(check(tmp_path, rows)) == set()
    networks, _ = describe_file(str(tmp_path / "net.yaml"), options(tmp_path))
    assert [layer.outputs[0] for layer in networks[0].layers[:3] if layer.outputs] == [
        (32, 320, 320),
        (64, 160, 160),
        (64, 160, 160),
    ]
    assert {item.rule.name for item in check(tmp_path, rows.replace("C2f", "C3")).findings} == {"unknown-module"}


def test_two_files_cannot_declare_the_same_module(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.yaml", "vocabulary: ultralytics\nmodules:\n  Own: {output: x}\n")
    write(tmp_path / "convlint.toml", 'operators = ["a.yaml", "b.yaml"]\n')
    with pytest.raises(RuleFileError, match=r"b.yaml:3: modules.Own: the operator 'ultralytics.Own' is declared twice"):
        load_config(str(tmp_path / "convlint.toml"))


@pytest.fixture
def gated(tmp_path: Path) -> Path:
    write(tmp_path / "gate.yaml", GATE)
    write(tmp_path / "convlint.toml", 'operators = ["gate.yaml"]\n')
    write(tmp_path / "net.yaml", NETWORK)
    return tmp_path


def test_an_own_operator_has_shapes_counts_sizes_and_rules(gated: Path) -> None:
    path, given = str(gated / "net.yaml"), options(gated)
    networks, result = describe_file(path, given)
    assert [item.rule.name for item in result.findings] == []
    assert networks[0].layers[0].parameters == 2 * 8 * 4
    assert networks[0].layers[1].receptive_field == (2, 2)
    (solution,), _ = solve_file(path, given)
    assert solution.architecture.graph.layers[0].operator == "Gate"
    assert load_file(path, given)[0].graph.layers[0].parameters == (2,)
    assert check(gated, NETWORK.replace("reduction: 2", "reduction: 9")).findings[0].message == "nothing is left of 8"
    (typo,) = check(gated, NETWORK.replace("Gate", "Gat")).findings
    assert (typo.rule.name, typo.help) == ("unknown-operator", "did you mean 'Gate'?")


def test_nothing_of_one_settings_file_is_seen_by_the_files_of_another(
    gated: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = GATE.replace("output: x", "output: [2 * C, L]").replace("  receptive_field: same\n", "")
    write(gated / "b" / "gate.yaml", other)
    write(gated / "b" / "convlint.toml", 'operators = ["gate.yaml"]\n')
    write(gated / "c" / "convlint.toml", "")
    for folder, channels in (("", 8), ("b", 16), ("c", 8)):
        write(
            gated / folder / "net.yaml",
            NETWORK.replace("kernel_size: 2}", f"kernel_size: 2, expect: [{channels}, H, 16]}}")
            .replace("H", "32")
            .replace("[8, 32, 16]", "[8, 16, 16]")
            .replace("[16, 32, 16]", "[16, 16, 16]"),
        )
    monkeypatch.chdir(gated)
    assert main(["check", "--output-format", "concise"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["c/net.yaml"]
    assert "unknown-operator" in lines[0]
    assert lookup.operator("Gate") is None
    assert lookup.extension() is None


def test_a_rule_of_ones_own_is_selected_weighed_and_suppressed_by_its_name(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "no-relu"\non = ["ReLU"]\nassert = "False"\nmessage = "no"\n'
    network = "convlint: 1\ninputs: {x: [4]}\nlayers:\n  - {op: ReLU}\n"
    for text, severity in (
        ("", "error"),
        ("severity = {no-relu = 'info'}\n", "info"),
        ("ignore = ['OWN']\n", None),
    ):
        write(tmp_path / "convlint.toml", text + rule)
        assert [item.severity for item in check(tmp_path, network).findings] == ([severity] if severity else [])
    write(tmp_path / "convlint.toml", rule)
    assert not check(tmp_path, network.replace("ReLU}", "ReLU} # convlint: ignore[no-relu] meant")).findings
    (unused,) = check(tmp_path, network.replace("ReLU}", "Tanh} # convlint: ignore[no-relu] meant")).findings
    assert unused.rule.name == "unused-suppression"


def test_every_report_can_be_written_of_a_rule_of_ones_own(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "convlint.toml", block("toml"))
    write(tmp_path / "net.yaml", block("yaml"))
    monkeypatch.chdir(tmp_path)
    for name in FORMATS:
        assert main(["check", "net.yaml", "--output-format", name]) == 1
        assert "do not fit the device" in capsys.readouterr().out
    main(["check", "net.yaml", "--output-format", "sarif"])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert {rule["helpUri"].rpartition("/")[2] for rule in run["tool"]["driver"]["rules"]} == {"own-rules.md"}


def test_a_rule_of_ones_own_has_a_fix(tmp_path: Path) -> None:
    rule = block("toml").split("[[rule]]")[1] + 'fix = {set = "out_channels // 8 * 8 + 8", safe = false}\n'
    write(tmp_path / "convlint.toml", f"[[rule]]{rule}")
    text = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 60, kernel_size: 3}\n"
    (finding,) = check(tmp_path, text).findings
    assert finding.rule.fixable == "unsafe"
    assert finding.fix is not None and not finding.fix.safe
    (edit,) = finding.fix.edits
    assert (text[edit.start : edit.end], edit.text) == ("60", "64")


def test_what_is_not_known_breaks_no_rule(tmp_path: Path) -> None:
    rules = '[[rule]]\nname = "a"\non = ["ReLU"]\nassert = "L > 4"\nmessage = "{L}"\n'
    rules += '[[rule]]\nname = "b"\non = "network"\nassert = "macs < 1"\nmessage = "{macs}"\n'
    write(tmp_path / "convlint.toml", rules)
    network = "convlint: 1\ninputs: {x: [4, H, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 8, kernel_size: 1}\n  - {op: ReLU}\n"
    assert not check(tmp_path, network).findings
    assert {item.rule.name for item in check(tmp_path, network.replace("H", "4")).findings} == {"a", "b"}


def test_layers_and_depth_count_through_blocks_and_repeats(tmp_path: Path) -> None:
    write(
        tmp_path / "convlint.toml",
        '[[rule]]\nname = "a"\non = "network"\nassert = "False"\nmessage = "{layers} {depth}"\n',
    )
    network = """\
convlint: 1
inputs: {x: [4, 8, 8]}
blocks:
  Two:
    layers:
      - {name: one, op: ReLU}
      - {name: left, op: Tanh}
      - {name: right, op: Sigmoid, from: one}
      - {op: Add, from: [left, right]}
layers:
  - {op: Two, repeat: 3}
  - {op: ReLU}
"""
    assert [item.message for item in check(tmp_path, network).findings] == ["13 10"]


OPERATOR_MISTAKES = [
    ("A:\n  outptu: x\n", 2, "A.outptu: no key is called 'outptu'; did you mean 'output'?"),
    ("A:\n  summary: x\n", 1, "A: the key 'output' is missing"),
    ("A:\n  params:\n    k: {type: cuont}\n  output: x\n", 3, "A.params.k.type: expected one of 'count',"),
    ("A:\n  params: {'k; import os': {type: count}}\n  output: x\n", 2, "A.params.k; import os: 'k; import os' is no name"),
    ("A:\n  params: {k: {type: count, default: {a: 1}}}\n  output: x\n", 2, "A.params.k.default: {'a': 1} is no integer"),
    ("A:\n  params: {kernel: {type: count}}\n  require:\n    zero-channels: {that: kernel > 1, at: kernl}\n  output: x\n", 4, "A.require.zero-channels.at: A has no parameter 'kernl'; did you mean 'kernel'?"),
    ("A:\n  require:\n    zero-chanels: {that: C > 1}\n  output: x\n", 3, "A.require.zero-chanels: no rule is called 'zero-chanels'; did you mean 'zero-channels'?"),
    ("A:\n  require:\n    zero-channels: {that: C > 1, severity: warn}\n  output: x\n", 3, "A.require.zero-channels.severity: expected one of 'error', 'warning', 'info', found the text 'warn'; did you mean 'warning'?"),
    ("A:\n  require:\n    zero-channels:\n      that: C > 1\n      say: '{chanels}'\n  output: x\n", 5, "A.require.zero-channels.say: `chanels`: unknown name 'chanels'; did you mean 'channels'?"),
    ("A:\n  let: {a: 1 +}\n  output: x\n", 2, "A.let.a: does not parse: invalid syntax"),
    ("A:\n  let: {a: b, b: a}\n  output: x\n", 2, "A.let.a: 'a' is defined by itself"),
    ("A:\n  output: [C, L +]\n", 2, "A.output: `L +`: does not parse"),
    ("A:\n  output: C\n", 2, "A.output: `C` does not give a shape"),
    ("A:\n  output: y\n", 2, "A.output: `y`: 'y' is known in costs and messages alone"),
    ("A:\n  output: x\n  macs: K * Q\n", 3, "A.macs: `K * Q`: unknown name 'Q'"),
    ("A:\n  output: __import__('os').system('x')\n", 2, "A.output: "),
    ("A:\n  output: x\nA:\n  output: x\n", 3, "the key 'A' stands here twice"),
    ("Conv2d:\n  output: x\n", 1, "Conv2d: an operator is called 'Conv2d' already"),
    ("A.B:\n  output: x\n", 1, "\"A.B\": 'A.B' is no name: letters, digits and _ make one"),
    ("- 1\n", 1, "expected a table, found a list"),
    ("A: [\n", 2, "is not valid YAML: "),
    ("", 1, "holds no data"),
    ("vocabulary: ultralytics\nmodules:\n  A:\n    output: x\n    row: {args: [k]}\n", 5, "modules.A.row.args: ultralytics.A has no parameter 'k'"),
    ("vocabulary: ultralytics\nmodules:\n  A: {like: ultralytics.Conf}\n", 3, "modules.A.like: no operator is called 'ultralytics.Conf'; did you mean 'ultralytics.Conv'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), OPERATOR_MISTAKES, ids=[row[2][:40] for row in OPERATOR_MISTAKES])
def test_a_mistake_in_an_operator_file(tmp_path: Path, text: str, line: int, problem: str) -> None:
    write(tmp_path / "own.yaml", text)
    write(tmp_path / "convlint.toml", 'operators = ["own.yaml"]')
    with pytest.raises(RuleFileError) as caught:
        load_config(str(tmp_path / "convlint.toml"))
    assert f"own.yaml:{line}: {problem}" in str(caught.value)
    assert "\n" not in str(caught.value)


PAGE_MISTAKES = [
    ({"message": None, "mesage": "x"}, 5, "mesage: no key is called 'mesage'; did you mean 'message'?"),
    ({"name": "cycle"}, 2, "name: a rule is called 'cycle' already"),
    ({"name": "No Relu"}, 2, "name: a rule's name is in small letters with hyphens between the words, not 'No Relu'"),
    ({"code": "CL999"}, 6, "code: a code of your own is letters other than CL and a number, such as ORG001, not 'CL999'"),
    ({"severity": "fatal"}, 6, "severity: expected one of 'error', 'warning', 'info', found the text 'fatal'"),
    ({"on": "[Conv2e]"}, 3, "on: no operator is called 'Conv2e'; did you mean 'Conv2d'?"),
    ({"on": "[]"}, 3, "on: names no operator"),
    ({"on": "[ReLU, network]"}, 3, "on: a rule is over the network or over operators, not both"),
    ({"at": "strid"}, 6, "at: Conv2d has no parameter 'strid'; did you mean 'stride'?"),
    ({"assert": "strid > 1"}, 4, "assert: `strid > 1`: unknown name 'strid'; did you mean 'stride'?"),
    ({"assert": "(stride"}, 4, "assert: `(stride`: does not parse: "),
    ({"at": "stride", "fix": "{set: strid}"}, 7, "fix: `strid`: unknown name 'strid'; did you mean 'stride'?"),
    ({"fix": "{set: {strid: 1}}"}, 6, "fix: Conv2d has no parameter 'strid'; did you mean 'stride'?"),
    ({"fix": "{insert: Flaten}"}, 6, "fix: no operator is called 'Flaten'; did you mean 'Flatten'?"),
    ({"fix": "{put: Flatten}"}, 6, "fix.put: no key is called 'put'"),
    ({"message": "'{strid}'"}, 5, "message: `strid`: unknown name 'strid'; did you mean 'stride'?"),
    ({"on": "network", "assert": "paramters < 1"}, 4, "assert: `paramters < 1`: unknown name 'paramters'; did you mean 'parameters'?"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line", "problem"), PAGE_MISTAKES, ids=[row[2][:40] for row in PAGE_MISTAKES])
def test_a_mistake_in_a_rule_page(tmp_path: Path, changes: dict[str, str | None], line: int, problem: str) -> None:
    page = {"name": "wide", "on": "[Conv2d]", "assert": "stride > 1", "message": "x", **changes}
    lines = [f"{key}: {value}" for key, value in page.items() if value is not None]
    write(tmp_path / "own.md", "\n".join(["---", *lines, "---", "## What it does", ""]))
    write(tmp_path / "convlint.toml", 'rules = ["own.md"]')
    with pytest.raises(RuleFileError) as caught:
        load_config(str(tmp_path / "convlint.toml"))
    assert f"own.md:{line}: {problem}" in str(caught.value)


def test_two_rules_cannot_share_a_name_or_a_code(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "{}"\ncode = "ORG{}"\non = "network"\nassert = "True"\nmessage = "x"\n'
    for second, problem in (
        (("a", 2), "rule[2].name: a rule is called 'a' already"),
        (("b", 1), "rule[2].code: ORG1 is the code of 'a' already"),
    ):
        write(tmp_path / "convlint.toml", rule.format("a", 1) + rule.format(*second))
        with pytest.raises(RuleFileError, match=re.escape(problem)):
            load_config(str(tmp_path / "convlint.toml"))


def test_files_outside_the_folder_of_the_settings_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "own.yaml", GATE)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "link.yaml").symlink_to(tmp_path / "own.yaml")
    for name in ("../own.yaml", "link.yaml", str(tmp_path / "own.yaml")):
        file = write(tmp_path / "inner" / "convlint.toml", f'operators = ["{name}"]')
        with pytest.raises(ConfigError, match="lies outside the folder of the settings file"):
            load_config(str(file))


def test_the_lists_and_pages_hold_what_is_ones_own(
    gated: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gated)
    write(gated / "channels-in-eights.md", block("markdown"))
    write(gated / "convlint.toml", 'operators = ["gate.yaml"]\nrules = ["channels-in-eights.md"]\n')
    assert main(["operator", "Gate"]) == 0
    assert "Scales each channel." in capsys.readouterr().out
    assert main(["rule", "channels-in-eights"]) == 0
    assert "Reports convolutions whose channels do not come in eights." in capsys.readouterr().out
    assert main(["rule"]) == 0
    assert "OWN    channels-in-eights" in capsys.readouterr().out
    assert main(["operator", "Gate", "--isolated"]) == 2
    main(["config", "net.yaml"])
    assert re.search(r"^operators +gate.yaml +convlint.toml$", capsys.readouterr().out, flags=re.M)


def test_a_mistake_in_an_own_file_is_a_usage_error(
    gated: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gated)
    write(gated / "gate.yaml", GATE.replace("rank: 3", "rnk: 3"))
    assert main(["check", "net.yaml"]) == 2
    assert (
        capsys.readouterr().err
        == "convlint: error: gate.yaml:2: Gate.rnk: no key is called 'rnk'; did you mean 'rank'?\n"
    )


PARTS = ["x", "C", "L", "[C, L]", "k", "k + 1", "C // k", "1 / 0", "y", "(", "unknown", "unknown_shape", "inputs", "2 ** 99",
         "sizes", "channels", "[]", "'a'", "k.real", "C if k else x", "list(L)", "replace(x, 5, k)", "x[9]", "-1", "0.5"]  # fmt: skip
KINDS = [*TYPES, "cuont"]


def test_a_shape_that_is_a_parameter_without_a_value_is_unknown(tmp_path: Path) -> None:
    own = "Own:\n  summary: Ours.\n  params: {shape: {type: dims, default: null}}\n  output: shape\n"
    write(tmp_path / "own.yaml", own)
    write(tmp_path / "convlint.toml", 'operators = ["own.yaml"]')
    text = "convlint: 1\ninputs: {x: [4, H, 8]}\nlayers:\n  - {op: Own}\n  - {op: Conv2d, out_channels: 8, kernel_size: 1}\n"
    assert check_file(str(write(tmp_path / "net.yaml", text)), options(tmp_path)).findings == ()


def test_outputs_that_cannot_be_told_are_unknown(tmp_path: Path) -> None:
    write(tmp_path / "own.yaml", "Own: {summary: Ours., output: x}\nOdd: {summary: Ours., outputs: unknown_shape}\n")
    write(tmp_path / "convlint.toml", 'operators = ["own.yaml"]')
    text = "convlint: 1\ninputs: {x: [4, 8, 8]}\nlayers:\n  - {op: Odd}\n  - {op: Own}\n  - {op: Linear, out_features: 3}\n"
    assert check(tmp_path, text).findings == ()


@pytest.mark.slow
@given(
    st.sampled_from(KINDS),
    st.sampled_from([None, 0, 1, 2.5, "a", True, [1], [1, 2], {"a": 1}]),
    st.lists(st.sampled_from(PARTS), min_size=5, max_size=5),
    st.sampled_from(["output", "outputs"]),
    st.sampled_from(["nothing", "output", "axes"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_refused_in_a_sentence_or_computes_without_a_traceback(
    tmp_path: Path, kind: str, default: object, parts: list[str], key: str, otherwise: str, is_module: bool
) -> None:
    requirement = {"that": parts[1], "else": otherwise, "say": f"{{{parts[2]}}}"}
    output = [parts[0]] if key == "outputs" else parts[0]
    entry = {
        "params": {"k": {"type": kind, "default": default}},
        "let": {"a": parts[3]},
        "require": {"zero-channels": requirement},
        key: output,
        "macs": parts[4],
    }
    data = {"vocabulary": "ultralytics", "modules": {"Own": entry}} if is_module else {"Own": entry}
    write(tmp_path / "own.yaml", yaml.safe_dump(data))
    write(tmp_path / "convlint.toml", 'operators = ["own.yaml"]')
    native = "convlint: 1\ninputs: {x: [4, H, 8]}\nlayers:\n  - {op: Own}\n  - {op: Conv2d, out_channels: 8, kernel_size: 1}\n"
    rows = "nc: 2\nbackbone:\n  - [-1, 1, Own, []]\n  - [-1, 1, Conv, [8, 3]]\nhead:\n  - [[1], 1, Detect, [nc]]\n"
    for text in (rows,) if is_module else (native, native.replace("H", "8")):
        file = str(write(tmp_path / "net.yaml", text))
        try:
            asked = options(tmp_path)
        except RuleFileError as error:
            assert "own.yaml" in str(error) and "\n" not in str(error)
            return
        describe_file(file, asked)
        solve_file(file, asked)


@pytest.mark.parametrize(
    "path", sorted(Path(resource_path("rules", "operators")).glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_checks_accept_the_files_of_rules(path: Path) -> None:
    check_operator_file(read_operator_text(str(path)).data)


def test_a_rule_of_ones_own_is_over_layers_side_by_side(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "own-rules.md").read_text(encoding="utf-8")
    write(tmp_path / "convlint.toml", re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S)[1])
    network = "convlint: 1\ninputs: {x: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 64, kernel_size: 1}\n"
    assert not check(tmp_path, network + "  - {op: BatchNorm2d}\n  - {op: SiLU}\n").findings
    (finding,) = check(tmp_path, network + "  - {name: act, op: SiLU}\n").findings
    assert (finding.rule.name, finding.layer) == ("norm-before-activation", "act")
    assert finding.message == "0 (Conv2d) goes into act (SiLU) without a norm"
    assert not check(tmp_path, network.replace("64", "16") + "  - {name: act, op: SiLU}\n").findings


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('below = ["Rellu"]', "no operator is called 'Rellu'"),
        ('below = ["ReLU"]\nthat = "mader > 1"', "unknown name 'mader'"),
        ('below = ["ReLU"]\nlet = {a = "kernel"}\nthat = "a > 1"', "unknown name 'kernel'"),
        ('below = ["ReLU"]\nwired = "thrice"', "expected one of"),
        ('above = ["ReLU"]', "'below' is missing"),
    ],
)
def test_a_mistake_in_a_rule_over_neighbours(tmp_path: Path, line: str, said: str) -> None:
    rule = f'[[rule]]\nname = "two"\nmessage = "no"\n[[rule.neighbours]]\n{line}\n'
    write(tmp_path / "convlint.toml", rule)
    with pytest.raises(Exception, match=re.escape(said)):
        check(tmp_path, "convlint: 1\ninputs: {x: [4]}\nlayers: [{op: ReLU}]\n")


def test_a_rule_over_a_network_that_cannot_be_computed_is_told(tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "a"\non = "network"\nassert = "parameters // (layers - 1) < 5"\nmessage = "no"\n'
    write(tmp_path / "convlint.toml", rule)
    (finding,) = check(tmp_path, "convlint: 1\ninputs: {x: [4]}\nlayers: [{op: ReLU}]\n").findings
    assert finding.rule.name == "rule-not-computed"
    assert finding.message == "'a' could not be computed for the network: it divides by zero"
