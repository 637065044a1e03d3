"""One loader: a mistake in a file that ships and in a file of a repository's own is told in the same words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convlint.catalogue import lookup
from convlint.catalogue.compilation import read_rules
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.selection.configuration import load_config

ROOT = Path(__file__).parent.parent.parent

# (an operator file, what is said of it)
OPERATORS = [
    ("Foo:\n  params: {out_channels: {type: count}}\n  output: [out_chanels, L]\n", "3: Foo.output: `out_chanels`: unknown name 'out_chanels'; did you mean 'out_channels'? (of Foo)"),
    ("Foo:\n  sumary: x\n  output: x\n", "2: Foo.sumary: no key is called 'sumary'; did you mean 'summary'?"),
    ("Foo:\n  output: x\n  require:\n    zero-chanels: {that: C > 1}\n", "4: Foo.require.zero-chanels: no rule is called 'zero-chanels'; did you mean 'zero-channels'?"),
    ("Foo:\n  output: x\n  require:\n    zero-channels:\n      that: C > 1\n      fix: {insert: Flaten}\n", "6: Foo.require.zero-channels.fix: no operator is called 'Flaten'; did you mean 'Flatten'?"),
    ("Foo:\n  output: x\n  enlarge: pading\n", "3: Foo.enlarge: Foo has no parameter 'pading'; there are none"),
    ("vocabulary: ultralytics2\nmodules:\n  Foo: {like: Conv3e, row: {}}\n", "3: modules.Foo.like: no operator is called 'Conv3e'; did you mean 'Conv3d'?"),
    ("words_of: Lasagne\noperators:\n  DenseLayer: Liner\n", "3: operators.DenseLayer: no operator is called 'Liner'; did you mean 'Linear'?"),
    ("words_of: Lasagne\noperators:\n  Pool{axes}: Pol{axes}d\n", "3: operators.\"Pool{axes}\": no operator is called 'Pol{axes}d', whatever the number of axes"),
    ("words_of: Lasagne\noperators:\n  Pool: {op: MaxPool2d, set: {kernel: 2}}\n", "3: operators.Pool: MaxPool2d has no parameter 'kernel'; did you mean 'kernel_size'?"),
    ("words_of: Lasagne\noperators:\n  Pool: {op: MaxPool2d, set: {kernel_size: 0}}\n", "3: operators.Pool: kernel_size of MaxPool2d cannot be 0"),
    ("words_of: Lasagne\nkeys:\n  num_planes: out_chanels\n", "3: keys.num_planes: no key of a layer is called 'out_chanels'; did you mean 'out_channels'?"),
    ("words_of: Lasagne\nkeys:\n  num_planes: {means: out_channels}\n", "3: keys.num_planes.means: no key is called 'means'; it is one of key, note"),
    ("vocabulary: ultralytics2\ninclude: {ultralytics: [Conf]}\nmodules: {}\n", "2: include.ultralytics: ultralytics has no module 'Conf'; did you mean 'Conv'?"),
]  # fmt: skip
# (the front matter of a rule page, what is said of it)
PAGES = [
    ("on: [LSTN]\nassert: num_layers > 1\nmessage: x\n", "2: on: no operator is called 'LSTN'; did you mean 'LSTM'?"),
    ("on: [LSTM]\nassert: num_layer > 1\nmessage: x\n", "3: assert: `num_layer > 1`: unknown name 'num_layer'; did you mean 'num_layers'? (of LSTM)"),
    ("on: [LSTM]\nassert: num_layers > 1\nmesage: x\n", "4: mesage: no key is called 'mesage'; did you mean 'message'?"),
]  # fmt: skip


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `rules/`."""
    return Path(shutil.copytree(ROOT / "rules", tmp_path_factory.mktemp("rules") / "rules"))


def shipped(rules: Path, name: str, text: str) -> str:
    """What is said of a file that stands among those that ship."""
    path = rules / name
    path.write_text(text, encoding="utf-8")
    try:
        with pytest.raises(RuleFileError) as caught:
            read_rules(str(rules))
    finally:
        path.unlink()
    assert os.path.samefile(Path(caught.value.path).parent, path.parent)
    return str(caught.value).partition(f"{path.name}:")[2]


def own(folder: Path, key: str, name: str, text: str) -> str:
    """What is said of a file that a settings file names."""
    (folder / name).write_text(text, encoding="utf-8")
    (folder / "convlint.toml").write_text(f'{key} = ["{name}"]\n', encoding="utf-8")
    with pytest.raises(RuleFileError) as caught:
        load_config(str(folder / "convlint.toml"))
    return str(caught.value).partition(f"{name}:")[2]


@pytest.mark.parametrize(("text", "said"), OPERATORS, ids=[row[1][:40] for row in OPERATORS])
def test_a_mistake_in_an_operator_file_is_told_alike(tmp_path: Path, rules: Path, text: str, said: str) -> None:
    assert own(tmp_path, "operators", "zz.yaml", text) == said
    assert shipped(rules, "operators/zz.yaml", text) == said


@pytest.mark.parametrize(("text", "said"), PAGES, ids=[row[1][:40] for row in PAGES])
def test_a_mistake_in_a_rule_page_is_told_alike(tmp_path: Path, rules: Path, text: str, said: str) -> None:
    facts = "name: zz\ncode: {}\ngroup: wiring\nseverity: error\nsummary: x\n"
    said = f"{int(said[0]) + 5}{said[1:]}"
    assert own(tmp_path, "rules", "zz.md", f"---\n{facts.format('ORG999')}{text}---\n") == said
    assert shipped(rules, "wiring/zz.md", f"---\n{facts.format('CL999')}{text}---\n") == said


def test_a_file_that_ships_and_is_wrong_is_named_by_the_command(tmp_path: Path) -> None:
    for name in ("convlint", "rules", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("_compiled_*", "__pycache__"))
    path = tmp_path / "rules" / "operators" / "linear.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("summary:", "sumary:", 1), encoding="utf-8")
    network = tmp_path / "net.yaml"
    network.write_text("convlint: 1\ninputs: {x: [4]}\nlayers:\n  - {op: ReLU}\n", encoding="utf-8")
    command = [sys.executable, "-m", "convlint", "check", str(network)]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "sumary:" in text)
    place = f"{os.path.join('rules', 'operators', 'linear.yaml')}:{line}"
    assert result.stderr.startswith(f"convlint: error: {place}: ")
    assert result.stderr.endswith("no key is called 'sumary'; did you mean 'summary'?\n")


def test_a_file_of_ones_own_may_say_what_files_that_ship_say(tmp_path: Path) -> None:
    for path in sorted((ROOT / "rules" / "operators").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if text.find("\nvocabulary:") < 0 and not text.startswith("vocabulary:"):
            continue
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    (tmp_path / "page.md").write_text(
        "---\nname: tall\non: [MaxPool2d]\nassert: L > 4\nmessage: low\nsize_effect: loses\n---\n", encoding="utf-8"
    )
    (tmp_path / "convlint.toml").write_text('operators = ["."]\nrules = ["page.md"]\n', encoding="utf-8")
    extension = load_config(str(tmp_path / "convlint.toml")).extension
    assert extension is not None
    assert extension.rules["tall"].size_effect == "loses"
    assert {"ultralytics", "yolov5", "yolov7", "yolov9"} <= extension.vocabularies.keys()
    assert extension.declarations["ultralytics.WorldDetect"].outputs == "unknown_shape"


def test_a_rule_of_ones_own_holds_on_a_module_that_is_borrowed(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "vocabulary: mine\ninclude: {ultralytics: [Conv, Detect]}\nmodules:\n  Twice: {like: ultralytics.C2f}\n",
        encoding="utf-8",
    )
    settings = '[[rule]]\nname = "a"\non = ["mine.Twice"]\nassert = "out_channels > 64"\nmessage = "narrow"\n'
    (tmp_path / "convlint.toml").write_text(f'operators = ["mine.yaml"]\n{settings}', encoding="utf-8")
    extension = load_config(str(tmp_path / "convlint.toml")).extension
    assert extension is not None
    assert extension.vocabularies["mine"].modules["Twice"].operator == "mine.Twice"
    assert [item.rule for item in extension.declarations["mine.Twice"].requirements][-1] == "a"
    with lookup.extended(extension):
        assert lookup.body("mine.Twice") is not None
