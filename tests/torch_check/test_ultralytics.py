"""`check --torch` and `build` on Ultralytics files: built by the package, row by row, and nothing of the file is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from convlint import BuildError, Options, build
from convlint.checking import check_source
from convlint.findings import FileResult
from convlint.options import TorchLimits
from convlint.source import Source
from convlint.source.nodes import LineIndex

torch = pytest.importorskip("torch")
tasks = pytest.importorskip("ultralytics.nn.tasks")
package = pytest.importorskip("convlint.torch_check.ultralytics")

ROOT = Path(__file__).parent.parent.parent
MODEL = """\
nc: 3
scales: {n: [0.5, 0.5, 256], s: [1.0, 1.0, 256]}
backbone:
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 2, C2f, [32, True]]
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 1, SPPF, [64, 5]]
head:
  - [-1, 1, nn.Upsample, [None, 2, nearest]]
  - [[-1, 1], 1, Concat, [1]]
  - [-1, 1, C2f, [32]]
  - [[6, 3], 1, Detect, [nc]]
"""
SMALL = (("imgsz", 64),)


def ask(text: str, limits: TorchLimits = TorchLimits(), name: str = "yolov8.yaml") -> FileResult:
    return check_source(Source(name, text), Options(SMALL, torch=limits))


def found(result: FileResult) -> list[tuple[int, str, str | None, tuple[str | None, ...]]]:
    """(line, rule, layer, scales) of every finding of torch."""
    return [
        (LineIndex(item.place.source.text).position(item.place.start)[0], item.rule.name, item.layer, item.variants)
        for item in result.findings
        if item.rule.group == "torch"
    ]


def convlint(*arguments: str, cwd: Path, path: str = str(ROOT), **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    command = [sys.executable, "-m", "convlint", "check", "--torch", "--size", "imgsz=64", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=variables)


def test_the_package_agrees_on_all_scales() -> None:
    result = ask(MODEL)
    assert found(result) == []
    assert len(result.notes) == 1
    assert result.notes[0].startswith("built by ultralytics ")


def test_rows_that_need_features_of_a_text_are_built_and_not_run() -> None:
    text = MODEL.replace("C2f, [32]]", "C2fAttn, [32, 16, 1]]").replace("Detect, [nc]", "WorldDetect, [nc, 512, True]")
    result = ask(text)
    assert found(result) == []
    assert result.notes[1].endswith("they need features of a text: rows 6, 7")


# --- what differs


def with_rules(folder: Path, old: str, new: str, count: int = 1) -> str:
    """A convlint whose vocabulary has another formula; the import path of it."""
    for name in ("convlint", "rules", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("_compiled_*", "__pycache__"))
    file = folder / "rules" / "operators" / "ultralytics.yaml"
    declared = file.read_text(encoding="utf-8")
    assert old in declared
    file.write_text(declared.replace(old, new, count), encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize(
    ("old", "new", "text", "line", "rule", "message"),
    [
        (
            "- &last {name: cv2, op: Conv, out_channels: out_channels}",
            "- &last {name: cv2, op: Conv, out_channels: out_channels, kernel_size: 3}",
            MODEL,
            5,
            "torch-shape-mismatch",
            "this C2f has 1,760 parameters in torch, convlint computes ",
        ),
        (
            "- [nc, places]",
            "- [nc + 1, places]",
            MODEL,
            12,
            "torch-shape-mismatch",
            "convlint computes 64x1280, 4x1280",
        ),
        (
            "that: in_channels % groups == 0\n",
            "that: in_channels % groups >= 0\n",
            MODEL.replace("Conv, [64, 3, 2]", "Conv, [64, 3, 2, 1, 64]"),
            6,
            "torch-build-failed",
            "torch does not build this Conv: ValueError: in_channels must be divisible by groups",
        ),
        (
            "that: kernel_size % 2 == 1 or pools == 0\n",
            "that: kernel_size > 0\n",
            MODEL.replace("SPPF, [64, 5]", "SPPF, [64, 4]"),
            7,
            "torch-forward-failed",
            "torch fails on 2x3x64x64: RuntimeError: Sizes of tensors must match except in dimension 1.",
        ),
    ],
)
def test_a_wrong_declaration_is_caught(
    old: str, new: str, text: str, line: int, rule: str, message: str, tmp_path: Path
) -> None:
    path = with_rules(tmp_path, old, new)
    (tmp_path / "yolov8.yaml").write_text(text, encoding="utf-8")
    run = convlint("--output-format", "json", "yolov8.yaml", cwd=tmp_path, path=path)
    finding = json.loads(run.stdout)["diagnostics"][0]
    assert (finding["start"]["line"], finding["rule"]) == (line, rule)
    assert message in finding["message"]
    assert run.returncode == 1


# --- nothing of the file is run

HOSTILE = "__import__('pathlib').Path('{}').touch()"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nc: 3", 'nc: 3\nactivation: "{}"'),
        ("nc: 3", 'nc: 3\nactivation: "nn.ReLU({})"'),
        ("nc: 3", 'nc: 3\nactivation: "nn.ReLU() if {} else nn.ReLU()"'),
        ("nc: 3", 'nc: 3\nactivation: ["{}"]'),
        ("nc: 3", 'nc: "{}"'),
        ("nc: 3", 'nc: 3\nend2end: "{}"'),
        ("nc: 3", 'nc: 3\nreg_max: "{}"'),
        ("Conv, [16, 3, 2]", 'Conv, [16, 3, 2, None, 1, 1, "{}"]'),
        ("Conv, [16, 3, 2]", 'Conv, [16, 3, "{}"]'),
        ("2, nearest", '2, "{}"'),
        ("SPPF, [64, 5]", 'AIFI, [64, 4, 0, "{}"]'),
        ("1, Conv, [64", '"{}", Conv, [64'),
        ("- [-1, 1, Conv, [64", '- ["{}", 1, Conv, [64'),
        ("1, SPPF, [64, 5]", '1, "{}", [64, 5]'),
        ("1, SPPF, [64, 5]", '1, eval, ["{}"]'),
        ("1, SPPF, [64, 5]", '1, nn.Module.__subclasses__, ["{}"]'),
        ("1, SPPF, [64, 5]", '1, torch_safe_load, ["{}"]'),
        ("1, SPPF, [64, 5]", '1, TorchVision, [64, "{}"]'),
    ],
)
def test_no_text_of_a_file_is_evaluated(old: str, new: str, tmp_path: Path) -> None:
    """Neither by convlint nor by the package, whose parser evaluates activations and looks names up."""
    target = tmp_path / "evaluated"
    assert old in MODEL
    result = ask(MODEL.replace(old, new.replace("{}", HOSTILE.format(target))), TorchLimits(120, 4096))
    assert not target.exists()
    assert found(result) == []
    assert [note.split(":")[0] for note in result.notes] == ["not compared with torch"]


def test_the_name_of_a_scale_is_a_name_and_no_more(tmp_path: Path) -> None:
    target = tmp_path / "evaluated"
    result = ask(MODEL.replace("{n: [", '{"' + HOSTILE.format(target) + '": ['))
    assert found(result) == []
    assert not target.exists()


@pytest.mark.parametrize(
    "text",
    ["nn.Sequential()", "nn.modules.os.system()", "os.system(1)", "nn.ReLU", "nn.ReLU(*x)", "nn.ReLU(**x)",
     "nn.ReLU('x')", "nn.ReLU([1])", "nn.ReLU(x)", "(lambda: 1)()", "nn.activation(1)", "nn.ReLU()()", "nn.Module()",
     "nn.functional.relu(1)", "nn.PReLU()", "(" * 100, "nn.ReLU(" + "1" * 300 + ")", "nn.ReLU(\0)"],
)  # fmt: skip
def test_an_activation_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BuildError):
        package._checked_activation(text)


@pytest.mark.parametrize(
    "text", ["nn.ReLU()", "torch.nn.SiLU()", "nn.LeakyReLU(0.1)", "nn.Hardtanh(min_val=-1, max_val=1)"]
)
def test_an_activation_of_the_known_form_is_built(text: str) -> None:
    result = ask(f"activation: {text}\n{MODEL}")
    assert found(result) == []
    assert result.notes[0].startswith("built by ultralytics ")


def test_a_name_that_is_no_layer_of_the_package_is_not_called() -> None:
    for name in ("LOGGER", "parse_model", "torch_safe_load", "DetectionModel", "Path", "nn.init", "nn.Parameter"):
        with pytest.raises(BuildError, match="is no layer"):
            package._refuse_strange_class(tasks, name, "0")


def test_the_package_leaves_nothing_behind(tmp_path: Path) -> None:
    """No settings, fonts or caches in the home folder or the working folder, and no word on the standard output."""
    home, temporary, repository = (tmp_path / name for name in ("home", "temporary", "repository"))
    for folder in (home, temporary, repository):
        folder.mkdir()
    (repository / "yolov8.yaml").write_text(MODEL, encoding="utf-8")
    run = convlint(
        "-v", ".", cwd=repository, HOME=str(home), TMPDIR=str(temporary), XDG_CONFIG_HOME=str(home / "config")
    )
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert "built by ultralytics" in run.stderr
    assert [path for folder in (home, temporary, repository) for path in folder.rglob("*")] == [
        repository / "yolov8.yaml"
    ]


def test_processes_that_share_the_files_leave_nothing_behind(tmp_path: Path) -> None:
    temporary, repository = tmp_path / "temporary", tmp_path / "repository"
    for folder in (temporary, repository):
        folder.mkdir()
    for number in range(4):
        (repository / f"yolov8-{number}.yaml").write_text(MODEL, encoding="utf-8")
    run = convlint("-v", "--jobs", "2", ".", cwd=repository, TMPDIR=str(temporary))
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert run.stderr.count("built by ultralytics") == 4
    deadline = time.monotonic() + 20
    while list(temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)  # the last process may still be at it
    assert list(temporary.iterdir()) == []


def test_a_package_in_the_linted_folder_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "ultralytics").mkdir()
    (tmp_path / "ultralytics" / "__init__.py").write_text("import pathlib; pathlib.Path(__file__).unlink()\n")
    (tmp_path / "yolov8.yaml").write_text(MODEL, encoding="utf-8")
    run = convlint("-v", "yolov8.yaml", cwd=tmp_path)
    assert "built by ultralytics" in run.stderr
    assert (tmp_path / "ultralytics" / "__init__.py").exists()


# --- what cannot be compared


def test_without_the_package_there_is_an_info_that_says_what_to_install(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "ultralytics.py").write_text("raise ModuleNotFoundError(\"No module named 'ultralytics'\")\n")
    (tmp_path / "yolov8.yaml").write_text(MODEL, encoding="utf-8")
    path = f"{blocked}{os.pathsep}{ROOT}"
    run = convlint("--output-format", "json", "yolov8.yaml", cwd=tmp_path, path=path)
    (finding,) = json.loads(run.stdout)["diagnostics"]
    assert (finding["rule"], finding["severity"], finding["variant"]) == ("torch-package-missing", "info", None)
    assert "pip install ultralytics" in finding["help"]
    assert run.returncode == 0


def test_other_vocabularies_have_no_package() -> None:
    text = "nc: 3\ndepth_multiple: 1.0\nwidth_multiple: 1.0\nanchors: [[1, 2, 3, 4, 5, 6]]\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n"
    text += "head:\n  - [[0], 1, Detect, [nc, anchors]]\n"
    result = ask(text)
    assert found(result) == []
    assert result.notes == ("not compared with torch: no package is known that builds the modules of yolov5",)


def test_an_unknown_module_is_said() -> None:
    result = ask(MODEL.replace("SPPF, [64, 5]", "OwnBlock, [64]"))
    assert found(result) == []
    assert result.notes == ("not compared with torch: 3: OwnBlock is not known",)


def test_only_files_that_use_modules_of_their_own_are_left_out(tmp_path: Path) -> None:
    own = "vocabulary: ultralytics\nmodules:\n  Own:\n    rank: 3\n    summary: Ours.\n    row: {tracks: C}\n    output: x\n"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    (tmp_path / "convlint.toml").write_text('operators = ["own.yaml"]\n', encoding="utf-8")
    (tmp_path / "yolov8.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "yolov8-own.yaml").write_text(MODEL.replace("SPPF, [64, 5]", "Own, []"), encoding="utf-8")
    run = convlint("-v", "yolov8.yaml", "yolov8-own.yaml", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert "yolov8.yaml: built by ultralytics" in run.stderr
    assert "yolov8-own.yaml: not compared with torch: it uses operators of its own" in run.stderr


def test_what_does_not_fit_is_compared_by_shapes_alone() -> None:
    result = ask(MODEL.replace("[-1, 1, SPPF, [64, 5]]", "[-1, 1, SCDown, [256, 3, 1]]"), TorchLimits(60, 1))
    assert [rule for _, rule, *_ in found(result)] == ["torch-shapes-only"]


def test_a_network_that_never_ends_is_given_up() -> None:
    result = ask(MODEL.replace("-1, 2, C2f", "-1, 100000, C2f"), TorchLimits(4, 2048))
    assert [rule for _, rule, *_ in found(result)] == ["torch-unfinished"]
    assert found(ask(MODEL)) == []


# --- build


def test_a_built_network_is_that_of_the_package(tmp_path: Path) -> None:
    file = tmp_path / "yolov8.yaml"
    file.write_text(MODEL, encoding="utf-8")
    network = build(file, Options(SMALL), variant="s")
    data = {**yaml.safe_load(MODEL), "scale": "s"}
    theirs = tasks.DetectionModel(data, ch=3, nc=3, verbose=False)
    network.load_state_dict(theirs.state_dict())
    network.eval(), theirs.eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        ours, expected = network(image)[0], theirs(image)[0]
    assert torch.equal(ours, expected)
