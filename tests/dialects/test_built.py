"""A model file beside its own builder is read as that builder makes it; what is not followed is unknown, no error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from convlint.checking import check_file
from convlint.cli import main
from convlint.comparing.difference import diff
from convlint.describing import describe_file
from convlint.dialects.ultralytics.built import LONGEST_REASON
from convlint.forks import building
from convlint.limits import LARGEST_BUILDER
from convlint.options import Options
from convlint.python_source import scopes
from convlint.tensors.state import state_of_file

BUILDER = """
import math
import torch.nn as nn
from ultralytics.nn.modules import *

def make_divisible(x, divisor):
    return math.ceil(x / divisor) * divisor

class Model:
    def predict(self, x, profile=False):
        y = []
        for m in self.model:
            if m.f != -1:
                x = y[m.f] if isinstance(m.f, int) else [x if j == -1 else y[j] for j in m.f]
            x = m(x)
            y.append(x)
        return x

def parse_model(d, ch, verbose=True):
    nc, width = d["nc"], 1.0
    if d.get("scales"):
        depth, width, limit, extra = d["scales"][d.get("scale") or list(d["scales"])[0]]
    ch = [ch]
    layers, save, c2 = [], [], ch[-1]
    for i, (f, n, m, args) in enumerate(d["backbone"] + d["head"]):
        m = getattr(nn, m[3:]) if "nn." in m else globals()[m]
        args = [d[a] if isinstance(a, str) and a in d else a for a in args]
        if m in {Conv, Squeeze, Odd}:
            c1, c2 = ch[f], make_divisible(args[0] * width, 8)
            args = [c1, c2, *args[1:]]
        elif m is Concat:
            c2 = sum(ch[x] for x in f)
        elif m is Stages:
            m = m(ch[f])
            c2 = m.channels
        elif m is Detect:
            args.append([ch[x] for x in f])
        else:
            c2 = ch[f]
        is_backbone = isinstance(c2, list)
        m_ = m if is_backbone else nn.Sequential(*(m(*args) for _ in range(n))) if n > 1 else m(*args)
        m_.i, m_.f = i + 4 if is_backbone and i == 0 else i + (4 if len(ch) > i + 1 else 0), f
        layers.append(m_)
        if i == 0:
            ch = []
        ch.extend(c2 if is_backbone else [c2])
    return nn.Sequential(*layers), sorted(save)
"""
MODULES = """
import torch
import torch.nn as nn
import outside

class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = nn.Conv2d(c1, c2, k, s, k // 2, bias=False)
        self.bn = nn.BatchNorm2d(c2)
    def forward(self, x):
        return self.bn(self.conv(x)).relu()

class Squeeze(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv = Conv(4 * c1, c2)
    def forward(self, x):
        b, c, h, w = x.shape
        x = x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)
        return self.cv(x.reshape(b, c * 4, h // 2, w // 2))

class Odd(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.strange = outside.Thing(c1, c2)
    def forward(self, x):
        return self.strange(x)

class Stages(nn.Module):
    def __init__(self, c1):
        super().__init__()
        self.channels = [8, 16, 32, 64, 128]
        self.steps = nn.ModuleList(Conv(a, b, 3, 2) for a, b in zip([c1, *self.channels], self.channels))
    def forward(self, x):
        found = []
        for step in self.steps:
            x = step(x)
            found.append(x)
        return found

class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension
    def forward(self, x):
        return torch.cat(x, self.d)

class Detect(nn.Module):
    def __init__(self, nc=80, ch=()):
        super().__init__()
        self.cv = nn.ModuleList(nn.Conv2d(x, nc, 1) for x in ch)
    def forward(self, x):
        return [cv(part) for cv, part in zip(self.cv, x)]
"""


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A repository with a builder of its own."""
    for path, text in {
        "tasks.py": BUILDER,
        "modules/__init__.py": "from .own import *\n",
        "modules/own.py": MODULES,
    }.items():
        file = tmp_path / "ultralytics" / "nn" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / ".git").mkdir()
    return tmp_path


def written(fork: Path, rows: str, top: str = "nc: 4") -> str:
    """A model file of the fork with these rows; the last stands in the head."""
    *backbone, head = [f"  - {row}" for row in rows.strip().split("\n")]
    path = fork / "models" / "mine.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([top, "backbone:", *backbone, "head:", head, ""]))
    return str(path)


def test_shapes_come_from_the_classes_of_the_repository(fork: Path) -> None:
    path = written(
        fork,
        "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[-1, 2, Conv, [wide, 3]]\n[[2], 1, Detect, [nc]]",
        "nc: 4\nwide: 32",
    )
    (network,), result = describe_file(path)
    assert not result.findings
    assert [layer.outputs for layer in network.layers] == [
        ((16, 320, 320),),
        ((32, 160, 160),),
        ((32, 160, 160),),
        ((4, 160, 160),),
    ]
    assert network.layers[0].parameters == 16 * 3 * 9 + 32
    assert network.layers[1].parameters == 64 * 32 + 64
    assert network.layers[3].parameters == 32 * 4 + 4


def test_a_backbone_in_one_row_counts_for_all_its_maps(fork: Path) -> None:
    path = written(
        fork, "[-1, 1, Stages, []] # 4\n[-1, 1, Conv, [64]] # 5\n[3, 1, Conv, [64]]\n[[2, 6], 1, Detect, [nc]]"
    )
    (network,), result = describe_file(path)
    assert [finding.rule.name for finding in result.findings] == ["unused-layer"]
    assert network.layers[1].outputs == ((64, 20, 20),)
    assert network.layers[2].outputs == ((64, 40, 40),)
    assert network.layers[3].outputs == ((4, 80, 80), (4, 40, 40))


def test_what_cannot_be_followed_is_unknown_and_named_with_its_place(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [32]]\n[-1, 1, Conv, [32]]\n[[2], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert finding.rule.name == "unknown-module" and finding.severity == "warning"
    assert "outside.Thing at ultralytics/nn/modules/own.py:" in finding.message


@pytest.mark.parametrize(
    ("row", "rule", "text"),
    [
        ("[-1, 1, Silence, []]", "unknown-operator", "KeyError: 'Silence'"),
        ("[7, 1, Conv, [16]]", "undefined-input", "IndexError: list index out of range"),
        ("[-1, 1, Conv, [16, 1, 1, 1, 1]]", "row-arguments", "takes from 3 to 5 positional arguments but 7 were given"),
        ("[-1, 1, Conv, [[16]]]", "row-arguments", "TypeError"),
        ("[-1, 1, nn.Conv2d, [8, 8, 1]]", "row-arguments", "refuses"),
        ("[-1, 1, Conv]", "row-arguments", "not enough values to unpack (expected 4, got 3)"),
    ],
)
def test_what_the_builder_certainly_raises_is_an_error_at_the_row(fork: Path, row: str, rule: str, text: str) -> None:
    path = written(fork, f"[-1, 1, Conv, [16, 3, 2]]\n{row}\n[[0], 1, Detect, [nc]]")
    errors = [finding for finding in check_file(path).findings if finding.severity == "error"]
    assert [(finding.rule.name, finding.layer) for finding in errors] == [(rule, "1")]
    assert text in errors[0].message


def test_what_the_builder_raises_before_the_rows_is_an_error_at_the_key_it_reads(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16]]\n[[0], 1, Detect, [nc]]", "nc: 4\nscales:\n  n: [1, 1, 99]")
    (finding,) = check_file(path).findings
    assert finding.rule.name == "invalid-value"
    assert "ValueError: not enough values to unpack (expected 4, got 3)" in finding.message


def test_a_forward_that_gives_nothing_is_an_error_where_it_is_read(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    silent = MODULES.replace("return self.bn(self.conv(x)).relu()", "x = self.bn(self.conv(x)).relu()")
    own.write_text(silent.replace("return self.strange(x)", "return torch.cat([x, self.cv(x)], 1)"))
    path = written(fork, "[-1, 1, Odd, [16]]\n[-1, 1, nn.Identity, []]\n[[1], 1, Detect, [nc]]")
    own.write_text(own.read_text().replace("self.strange = outside.Thing(c1, c2)", "self.cv = Conv(c1, c2)"))
    (finding,) = check_file(path).findings
    assert (finding.severity, finding.layer) == ("error", "0")
    assert "TypeError: expected Tensor as element 1 in argument 0, but got NoneType" in finding.message


def test_a_row_whose_forward_gives_nothing_is_an_error_if_one_reads_it(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES.replace("return self.cv(x.reshape", "self.cv(x.reshape"))
    read = "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [16]]\n[-1, 1, Conv, [8]]\n[[2], 1, Detect, [nc]]"
    (finding,) = check_file(written(fork, read)).findings
    assert (finding.severity, finding.layer) == ("error", "1")
    assert "its forward gives None" in finding.message
    unread = read.replace("[-1, 1, Conv, [8]]", "[0, 1, Conv, [8]]")
    assert [one.rule.name for one in check_file(written(fork, unread)).findings] == ["unused-layer"]


def test_a_module_that_the_package_lacks_is_an_error_where_it_is_imported(fork: Path) -> None:
    (fork / "ultralytics" / "__init__.py").touch()
    (fork / "ultralytics" / "nn" / "__init__.py").touch()
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    needs = "def forward(self, x):\n        from ultralytics.models.ops import group\n        return [cv"
    own.write_text(MODULES.replace("def forward(self, x):\n        return [cv", needs))
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert (finding.severity, finding.layer) == ("error", "1")
    assert "ModuleNotFoundError: No module named 'ultralytics.models'" in finding.message
    (fork / "ultralytics" / "models").mkdir()
    (fork / "ultralytics" / "models" / "ops.py").write_text("def group(x):\n    return x\n")
    assert not check_file(path).findings


def test_the_weights_of_layers_have_shapes(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(
        MODULES.replace("outside.Thing(c1, c2)", "nn.BatchNorm2d(c1)").replace(
            "return self.strange(x)", "return (x.permute(0, 2, 3, 1) * self.strange.weight.abs()).permute(0, 3, 1, 2)"
        )
    )
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [16]]\n[[1], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert not result.findings
    assert network.layers[1].outputs == ((16, 320, 320),)


def test_rows_that_moved_are_told_as_such_and_nothing_that_follows(fork: Path) -> None:
    rows = "[-1, 1, Conv, [16, 3, 2]] # 0\n[-1, 1, Conv, [16]]\n[-1, 1, Conv, [16]] # 1\n[-1, 1, Conv, [16]] # 2\n"
    path = written(fork, rows + "[[-1, 1], 1, Concat, []] # 3\n[[3], 1, Detect, [nc]] # 4")
    assert [finding.rule.name for finding in check_file(path).findings] == ["shifted-rows"]


def test_the_number_of_parameters_behind_a_scale_is_checked(fork: Path) -> None:
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"
    scales = "nc: 4\nscales:\n  n: [1, 1, 99, 6] # 532 parameters\n  s: [1, 1, 99, 6] # 5,320 parameters"
    path = written(fork, rows, scales)
    (finding,) = check_file(path, Options(rules=frozenset(("claim-mismatch",)))).findings
    assert (finding.rule.name, finding.variants) == ("claim-mismatch", ("s",))
    assert "532" in finding.message


def test_an_error_that_a_forward_catches_and_raises_again_is_one(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    text = MODULES.replace("return self.bn(self.conv(x)).relu()", "return self.guarded(x)")
    own.write_text(
        text.replace(
            "class Squeeze",
            "    def guarded(self, x):\n        try:\n            return self.bn(x)\n        except Exception as error:\n"
            "            print(error)\n            raise\n\nclass Squeeze",
            1,
        )
    )
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert (finding.severity, finding.layer) == ("error", "0")
    assert "BatchNorm2d(16) refuses 2x3x" in finding.message


@pytest.mark.parametrize(
    ("forward", "outputs"),
    [
        ("x = m(x)", [((16, 320, 320),), ((16, 320, 320),), ((4, 320, 320),)]),
        ("x = m(x) if m.i else m(x[:, :3])", [None, None, None]),
        (
            "x = m(x)\n            if m.i == 1:\n                x = x * 2",
            [((16, 320, 320),), None, None],
        ),
    ],
)
def test_rows_that_the_model_treats_otherwise_are_unknown_and_said_to_be(
    fork: Path, forward: str, outputs: list[object]
) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    tasks.write_text(BUILDER.replace("x = m(x)", forward))
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Conv, [16]]\n[[1], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert [layer.outputs for layer in network.layers] == outputs
    assert [finding.rule.name for finding in result.findings] == ["unknown-module"] * (None in outputs)


def test_what_a_model_gives_a_row_beside_maps_is_unknown_and_no_mistake(fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    guided = "if isinstance(m, Odd):\n                x = m(x, text)\n            else:\n                x = m(x)"
    tasks.write_text(BUILDER.replace("x = m(x)", guided))
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(
        MODULES.replace("outside.Thing(c1, c2)", "nn.Conv2d(c1, c2, 1)").replace(
            "def forward(self, x):\n        return self.strange(x)",
            "def forward(self, x, guide):\n        return self.strange(x) * guide.sigmoid().max()",
        )
    )
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [32]]\n[-1, 1, Conv, [8]]\n[[2], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert not result.findings
    outputs = network.layers[2].outputs
    assert outputs is None or outputs[0] is None or outputs[0][0] == 8


def test_scales_of_any_length_are_read_by_the_builder(fork: Path) -> None:
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"
    path = written(fork, rows, "nc: 4\nscales:\n  n: [1, 0.5, 99, 6]\n  s: [1, 1, 99, 6]")
    networks, result = describe_file(path)
    assert not result.findings
    assert [network.layers[0].outputs for network in networks] == [((8, 320, 320),), ((16, 320, 320),)]


def test_the_setting_turns_the_builder_off(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    assert not check_file(path).findings
    off = check_file(path, Options(tables=(("ultralytics", (("builder", "off"),)),))).findings
    assert [finding.rule.name for finding in off] == ["unknown-module"]


def test_a_file_that_one_builder_refuses_is_read_by_another_one_beside_it(fork: Path) -> None:
    nn = fork / "ultralytics" / "nn"
    (nn / "tasks_pair.py").write_text(
        BUILDER.replace("m in {Conv,", "m is Pair or m in {Conv,").replace(
            "from ultralytics.nn.modules import *", "from ultralytics.nn.modules import *\nPair = Conv"
        )
    )
    pair, broken = "[-1, 1, Pair, [16, 3, 2]]\n[[0], 1, Detect, [nc]]", "[9, 1, Pair, [16]]\n[[0], 1, Detect, [nc]]"
    (network,), result = describe_file(written(fork, pair))
    assert not result.findings
    assert network.layers[0].outputs == ((16, 320, 320),)
    (finding,) = check_file(written(fork, broken)).findings
    assert finding.rule.name == "unknown-operator"
    assert "ultralytics/nn/tasks.py" in finding.message
    converter = BUILDER.replace("import math", "import math\nimport tensorflow as tf").replace(
        "globals()[m]", "tf.make(m)"
    )
    (nn / "tasks_pair.py").write_text(converter)
    (finding,) = check_file(written(fork, broken)).findings
    assert finding.rule.name == "unknown-operator"
    (fork / "convlint.toml").write_text('[ultralytics]\nbuilder = "ultralytics/nn/tasks.py"\n')
    assert main(["check", "--quiet", written(fork, pair)]) == 1


def test_a_file_outside_the_package_of_a_builder_may_be_of_one_elsewhere(fork: Path) -> None:
    (fork / "lib").mkdir()
    (fork / "ultralytics" / "nn").rename(fork / "lib" / "nn")
    (fork / "ultralytics").rmdir()
    (fork / "models").mkdir()
    text = BUILDER.replace("ultralytics.nn.modules", "lib.nn.modules")
    (fork / "lib" / "nn" / "tasks.py").write_text(text)
    (fork / "models" / "yolo.py").write_text(text.replace("m in {Conv,", "m in {Missing, Conv,"))
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"
    inside = written(fork, rows)
    (finding,) = check_file(inside).findings
    assert "name 'Missing' is not defined (models/yolo.py:" in finding.message
    outside = fork / "configs" / "mine.yaml"
    outside.parent.mkdir()
    Path(inside).rename(outside)
    (network,), result = describe_file(str(outside))
    assert not result.findings
    assert network.layers[0].outputs == ((16, 320, 320),)


def test_a_builder_elsewhere_that_does_not_make_all_rows_is_not_taken(fork: Path) -> None:
    (fork / "other" / "models").mkdir(parents=True)
    (fork / "other" / "models" / "yolo.py").write_text("def parse_model(d, ch):\n    return make(d, ch)\n")
    (finding,) = check_file(written(fork, "[9, 1, Conv, [16]]\n[[0], 1, Detect, [nc]]")).findings
    assert finding.rule.name == "undefined-input"


def test_a_huge_file_is_no_other_builder(fork: Path) -> None:
    other = fork / "ultralytics" / "nn" / "tasks_pair.py"
    text = BUILDER.replace("m in {Conv,", "m is Pair or m in {Conv,").replace(
        "from ultralytics.nn.modules import *", "from ultralytics.nn.modules import *\nPair = Conv"
    )
    other.write_text(text + "\n" * (LARGEST_BUILDER - len(text)))
    path = written(fork, "[-1, 1, Pair, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    assert not check_file(path).findings
    other.write_text(other.read_text() + "\n")
    assert [finding.rule.name for finding in check_file(path).findings] == ["unknown-operator"]


def test_python_is_read_up_to_a_bound(fork: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    assert not check_file(path).findings
    monkeypatch.setattr(scopes, "MOST_PYTHON", len(BUILDER))
    monkeypatch.setattr(building, "_found", {})
    found = check_file(path).findings
    assert found and {finding.severity for finding in found} == {"warning"}


def test_more_scales_than_a_file_may_ask_for_are_left_out_and_told(fork: Path) -> None:
    scales = "nc: 4\nscales:\n" + "".join(f"  s{number}: [1.0, 1.0, 1024, 0]\n" for number in range(3_000))
    rows = "[-1, 1, Conv, [16, 3, 2]]\n" * 9 + "[[-1], 1, Detect, [nc]]"
    found = {finding.rule.name for finding in check_file(written(fork, rows, scales)).findings}
    assert found == {"over-budget"}
    few = scales[: scales.index("  s40:")]
    assert not check_file(written(fork, rows, few)).findings


def test_a_builder_that_reads_other_keys_is_not_taken(fork: Path) -> None:
    nn = fork / "ultralytics" / "nn"
    (nn / "tasks.py").write_text(BUILDER.replace('d["backbone"] + d["head"]', 'd["encoder"]'))
    (nn / "tasks_other.py").write_text(BUILDER)
    path = Path(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"))
    path.write_text(path.read_text() + "encoder:\n  - [9, 1, Conv, [16]]\n  - [[0], 1, Detect, [nc]]\n")
    (finding,) = check_file(str(path)).findings
    assert finding.rule.name == "undefined-input"


def test_a_builder_may_be_a_static_method(fork: Path) -> None:
    head, _, body = BUILDER.partition("def parse_model")
    indented = "\n".join(f"    {line}" for line in f"def parse_model{body}".splitlines())
    (fork / "ultralytics" / "nn" / "tasks.py").write_text(f"{head}class Other:\n    @staticmethod\n{indented}\n")
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert not result.findings
    assert network.layers[1].outputs == ((32, 160, 160),)


def test_the_loop_of_a_builder_says_which_keys_hold_rows(fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    tasks.write_text(BUILDER.replace('d["backbone"] + d["head"]', 'd["backbone"] + d["neck"] + d["last"]'))
    path = Path(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[1], 1, Detect, [nc]]"))
    neck = "neck:\n  - [-1, 1, Conv, [24, 3, 2]]\nlast:"
    path.write_text(path.read_text().replace("head:", neck))
    (network,), result = describe_file(str(path))
    assert not result.findings
    assert [layer.outputs for layer in network.layers[:2]] == [((16, 320, 320),), ((24, 160, 160),)]


@pytest.mark.parametrize("call", ["x.cuda()", "x.float()", "x.to(self.device)"])
def test_a_forward_that_moves_the_image_is_as_plain_as_any(call: str, fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    tasks.write_text(BUILDER.replace("        y = []\n", f"        y = []\n        x = {call}\n"))
    (network,), _ = describe_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"))
    assert network.layers[0].outputs == ((16, 320, 320),)


def test_a_static_forward_gets_no_module(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    text = MODULES.replace(
        "    def forward(self, x):\n        return torch.cat(x, self.d)",
        "    @staticmethod\n    def forward(x):\n        return torch.cat(x, 1)",
    )
    assert text != MODULES
    own.write_text(text)
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[-1, 0], 1, Concat, [1]]\n[[1], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert not result.findings
    assert network.layers[1].outputs == ((32, 320, 320),)


def test_parameters_are_not_counted_where_a_part_is_unknown(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    held = "self.cv = Conv(4 * c1, c2)\n        self.more = nn.ModuleList(outside.Thing() for _ in range(2))"
    own.write_text(MODULES.replace("self.cv = Conv(4 * c1, c2)", held))
    (network,), _ = describe_file(written(fork, "[-1, 1, Squeeze, [16]]\n[[0], 1, Detect, [nc]]"))
    assert network.layers[0].parameters is None


def test_a_module_that_takes_names_from_itself_keeps_them(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(f"{MODULES}\nfrom ultralytics.nn.modules.own import Conv\nfrom .own import Squeeze\n")
    (network,), result = describe_file(written(fork, "[-1, 1, Squeeze, [16]]\n[[0], 1, Detect, [nc]]"))
    assert not result.findings
    assert network.layers[0].parameters == 12 * 16 + 32


def test_a_file_that_lacks_a_key_of_one_builder_may_be_of_another(fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"
    (fork / "ultralytics" / "nn" / "tasks_free.py").write_text(BUILDER)
    tasks.write_text(BUILDER.replace('d["nc"], 1.0', 'd["anchors"], 1.0'))
    assert not check_file(written(fork, rows)).findings
    (fork / "ultralytics" / "nn" / "tasks_free.py").unlink()
    assert [finding.rule.name for finding in check_file(written(fork, rows)).findings] == ["missing-key"]


def test_a_module_that_refuses_what_it_gets_is_named_with_its_arguments(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES.replace("nn.Conv2d(c1, c2, k, s, k // 2, bias=False)", "nn.Conv2d(c1 + 1, c2, k, s)"))
    finding, *_ = check_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")).findings
    assert "Conv2d(4, 16, 3, 2) refuses 2x3x640x640 (channel-mismatch)" in finding.message


def test_a_bool_for_a_number_of_a_convolution_is_refused_when_it_runs(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES.replace("k // 2, bias=False)", "k // 2, True, bias=False)"))
    finding, *_ = check_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")).findings
    assert "running this row raises TypeError" in finding.message
    assert "with True as its dilation" in finding.message


def test_numbers_that_no_row_can_have_do_not_number_rows(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]  # 576\n[[0], 1, Detect, [nc]]")
    assert not check_file(path).findings
    wrong = written(fork, "[-1, 1, Conv, [16, 3, 2]]  # 3\n[[0], 1, Detect, [nc]]")
    assert [finding.rule.name for finding in check_file(wrong).findings] == ["index-comment-mismatch"]


def test_the_inside_of_a_package_is_followed_by_the_name_it_is_imported_by(fork: Path) -> None:
    (fork / "ultralytics" / "nn").rename(fork / "nn")
    (fork / "ultralytics").rmdir()
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    (network,), result = describe_file(path)
    assert not result.findings
    assert network.layers[1].outputs == ((32, 160, 160),)


def test_a_package_from_outside_is_not_taken_for_a_folder_of_the_repository(fork: Path) -> None:
    models = fork / "models"
    (fork / "ultralytics" / "nn").rename(models)
    (models / "tasks.py").unlink()
    imports = "from timm.models.layers import DropPath\nfrom models.modules import *"
    (models / "yolo.py").write_text(BUILDER.replace("from ultralytics.nn.modules import *", imports))
    (models / "layers.py").write_text("Other = 1\n")
    drop = "from timm.models.layers import DropPath\n        self.drop = DropPath(0.1)\n        self.conv = nn."
    (models / "modules" / "own.py").write_text(MODULES.replace("self.conv = nn.", drop))
    (network,), result = describe_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"))
    assert not result.findings
    assert network.layers[0].outputs == ((16, 320, 320),)


def test_loops_over_other_lists_of_a_file_are_no_rows(fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    loop = '    for i, a in enumerate(d["anchors"]):\n        na = len(a) // 2\n    ch = [ch]\n'
    tasks.write_text(BUILDER.replace("    ch = [ch]\n", loop))
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]"
    (network,), result = describe_file(written(fork, rows, "nc: 4\nanchors:\n  - [1, 2, 3]\n  - [4, 5, 6]"))
    assert not result.findings
    assert [layer.outputs for layer in network.layers] == [((16, 320, 320),), ((4, 320, 320),)]


@pytest.mark.parametrize("number", ["0", "i + 10**9"])
def test_a_number_that_no_row_can_have_is_not_that_of_a_row(number: str, fork: Path) -> None:
    tasks = fork / "ultralytics" / "nn" / "tasks.py"
    tasks.write_text(
        BUILDER.replace("        layers.append(m_)\n", f"        m_.i = {number}\n        layers.append(m_)\n")
    )
    rows = "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Conv, [24, 3, 2]]\n[-1, 1, Conv, [8]]\n[[2], 1, Detect, [nc]]"
    (network,), result = describe_file(written(fork, rows))
    assert not result.findings
    assert network.layers[2].outputs == ((8, 160, 160),)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
@pytest.mark.parametrize("place", ["modules/block.py", "modules/own.py", "named.py"])
def test_a_pipe_in_place_of_a_module_is_not_waited_for(place: str, fork: Path) -> None:
    file = fork / "ultralytics" / "nn" / place
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    if place == "named.py":
        (fork / "convlint.toml").write_text('[ultralytics]\nbuilder = "ultralytics/nn/named.py"\n')
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    assert main(["check", "--quiet", path]) in (0, 1)


def test_a_tensor_of_the_sizes_of_another_is_not_taken_for_one_of_values(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    noisy = "made = self.bn(self.conv(x)).relu()\n        return made + torch.Tensor(made.size())"
    own.write_text(MODULES.replace("return self.bn(self.conv(x)).relu()", noisy))
    findings = check_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")).findings
    assert [finding.severity for finding in findings] == ["warning"]


def test_a_setting_that_can_name_no_file_names_no_builder(fork: Path) -> None:
    (fork / "convlint.toml").write_text('[ultralytics]\nbuilder = "a\\u0000b"\n')
    assert main(["check", "--quiet", written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")]) in (0, 1)


def test_long_texts_of_errors_are_cut(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES.replace("self.bn =", 'raise ValueError("y" * 90_000)\n        self.bn ='))
    finding, *_ = check_file(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")).findings
    assert finding.message.startswith("building this row raises ValueError: yyy")
    assert finding.message.endswith("yyy... (ultralytics/nn/modules/own.py:10)")
    assert len(finding.message) < 2 * LONGEST_REASON


def test_a_forward_that_fails_is_told_as_one_that_runs(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES.replace("return self.cv(x.reshape(b, c * 4,", "return self.cv(x.reshape(b, c * 2,"))
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [16]]\n[[1], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert finding.message.startswith("running this row raises RuntimeError")


def test_a_base_class_of_mmcv_is_a_module(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    based = MODULES.replace("class Squeeze(nn.Module)", "class Squeeze(BaseModule)")
    based = based.replace("self.cv = Conv(4 * c1, c2)", "self.add_module('cv', Conv(4 * c1, c2))")
    own.write_text("from mmengine.model import BaseModule\n" + based)
    (network,), result = describe_file(written(fork, "[-1, 1, Squeeze, [16]]\n[[0], 1, Detect, [nc]]"))
    assert not result.findings
    assert network.layers[0].parameters == 12 * 16 + 32


DEFORMED = """
class Odd(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(c2, c1, 3, 3))
        self.offset = nn.Conv2d(c1, 27, 3, 2, 1)
    def forward(self, x):
        first, second, mask = torch.chunk(self.offset(x), 3, dim=1)
        offset = torch.cat((first, second), dim=1)
        scale = torch.Tensor([1.0, 2.0])
        return torch.ops.torchvision.deform_conv2d(
            x, self.weight, offset, mask.sigmoid() * scale.sum(), None, 2, 2, 1, 1, 1, 1, 1, 1, True
        )
"""


def test_a_deformable_convolution_gives_a_map_of_the_size_of_its_offsets(fork: Path) -> None:
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(MODULES + DEFORMED)
    rows = "[-1, 1, Odd, [16]]\n[-1, 1, Conv, [8]]\n[[1], 1, Detect, [nc]]"
    (network,), result = describe_file(written(fork, rows))
    assert not result.findings
    assert network.layers[0].outputs == ((16, 320, 320),)
    assert network.layers[0].parameters == 16 * 3 * 9 + 27 * 3 * 9 + 27
    own.write_text(own.read_text().replace("torch.empty(c2, c1, 3, 3)", "torch.empty(c2 + 1, c1, 3, 3)"))
    (finding,) = check_file(written(fork, rows)).findings
    assert finding.layer == "1" and "channel-mismatch" in finding.message


def test_a_builder_above_the_repository_is_not_taken(fork: Path) -> None:
    inner = fork / "inner"
    (inner / ".git").mkdir(parents=True)
    path = written(inner, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    assert [finding.rule.name for finding in check_file(path).findings] == ["unknown-module"]


def test_the_tensors_of_learned_rows_have_the_names_of_the_state_dict(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 2, Conv, [16]]\n[[1], 1, Detect, [nc]]")
    ((state,), _) = state_of_file(path)
    names = [tensor.name for tensor in state.tensors]
    bn = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert names[:6] == ["model.0.conv.weight", *[f"model.0.bn.{name}" for name in bn]]
    assert names[6] == "model.1.0.conv.weight" and "model.1.1.bn.bias" in names
    assert names[-2:] == ["model.2.cv.0.weight", "model.2.cv.0.bias"]


def test_learned_rows_are_opened_for_their_work_their_field_and_their_layers(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    ((network,), _) = describe_file(path, depth=2)
    conv, squeeze, detect = network.layers
    assert conv.macs == 16 * 3 * 9 * 320 * 320 and conv.receptive_field == (3, 3)
    assert squeeze.macs == 64 * 32 * 160 * 160
    assert detect.macs == 32 * 4 * 160 * 160
    assert [row.name for row in conv.layers] == ["conv", "bn", "relu"]
    inner = next(row for row in squeeze.layers if row.name == "cv")
    assert [row.name for row in inner.layers] == ["conv", "bn", "relu"]
    assert network.macs == conv.macs + squeeze.macs + detect.macs


def test_a_row_that_is_followed_in_part_has_no_work(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [32]]\n[[1], 1, Detect, [nc]]")
    ((network,), _) = describe_file(path, depth=1)
    assert [row.macs is None for row in network.layers] == [False, True, True]
    assert not network.layers[1].layers and network.macs is None


def test_a_builder_that_cannot_be_followed_may_name_any_class(fork: Path) -> None:
    (fork / "ultralytics" / "nn" / "tasks.py").write_text("def parse_model(d, ch):\n    return make(d, ch)\n")
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, CBAM, [16]]\n[[1], 1, Detect, [nc]]")
    assert [finding.rule.name for finding in check_file(path).findings if finding.severity == "error"] == []


def test_without_a_vocabulary_all_comes_from_source(fork: Path, tmp_path: Path) -> None:
    none = Options(tables=(("ultralytics", (("vocabulary", "none"),)),))
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [30]]\n[[1], 1, Detect, [nc]]")
    assert not check_file(path, none).findings
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    path = written(other, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    assert {finding.rule.name for finding in check_file(path, none).findings} == {"unknown-module"}


OWN_HELPER = """def make_divisible(x, divisor):
    return math.ceil(x / divisor) * divisor
"""


def test_a_function_of_the_installed_package_is_known_or_named(tmp_path: Path, fork: Path) -> None:
    (fork / "ultralytics").rename(fork / "models")
    (fork / "models" / "nn" / "tasks.py").rename(fork / "models" / "yolo.py")
    builder = fork / "models" / "yolo.py"
    text = builder.read_text().replace("from ultralytics.nn.modules import *", "from models.nn.modules.own import *")
    rows = "[-1, 1, Conv, [13, 3, 2]]\n[-1, 1, Conv, [32]]\n[[1], 1, Detect, [nc]]"
    path = written(fork, rows)
    builder.write_text(text.replace(OWN_HELPER, "from ultralytics.utils.ops import make_divisible\n"))
    ((network,), result) = describe_file(path)
    assert not result.findings and network.layers[0].outputs == ((16, 320, 320),)
    builder.write_text(text.replace(OWN_HELPER, "from outside.ops import make_divisible\n"))
    (finding,) = check_file(path).findings
    assert finding.rule.name == "unknown-module" and "not followed" in finding.message


def test_a_changed_module_is_read_again(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Squeeze, [32]]\n[[1], 1, Detect, [nc]]")
    assert not check_file(path).findings
    own = fork / "ultralytics" / "nn" / "modules" / "own.py"
    own.write_text(own.read_text().replace("Conv(4 * c1, c2)", "Conv(5 * c1, c2)"))
    (finding,) = check_file(path).findings
    assert finding.rule.name == "row-arguments"
    assert "Conv2d(80, 32, 1, 1, 0, bias=False) refuses 2x64x" in finding.message


def test_a_builder_without_a_forward_says_that_no_shape_is_known(fork: Path) -> None:
    builder = fork / "ultralytics" / "nn" / "tasks.py"
    builder.write_text(BUILDER.replace("[x if j == -1 else y[j] for j in m.f]", "None"))
    path = written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[[0], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert (finding.rule.name, finding.severity) == ("unknown-module", "warning")
    assert finding.message.startswith(
        "shapes are unknown: no forward in ultralytics/nn/tasks.py gives each row what its"
    )


def test_a_module_that_gives_no_known_shape_is_told(fork: Path) -> None:
    path = written(fork, "[-1, 1, Conv, [0, 3, 2]]\n[-1, 1, Conv, [16, 3, 2]]\n[[1], 1, Detect, [nc]]")
    (finding,) = check_file(path).findings
    assert (finding.rule.name, finding.layer) == ("unknown-module", "0")


def test_a_difference_names_the_args_of_rows_of_a_fork(fork: Path) -> None:
    path = Path(written(fork, "[-1, 1, Conv, [16, 3, 2]]\n[-1, 1, Odd, [16]]\n[[1], 1, Detect, [nc]]"))
    new = path.with_name("new.yaml")
    new.write_text(path.read_text().replace("Conv, [16, 3, 2]", "Conv, [16, 3, 1]").replace("Odd, [16]", "Odd, [24]"))
    found = diff(str(path), str(new)).changes
    assert [[tuple(item) for item in change.parameters] for change in found] == [
        [("args[2]", 2, 1)],
        [("args[0]", 16, 24)],
    ]
