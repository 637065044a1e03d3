"""A clean run imports the standard library's cheap modules and PyYAML, nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from convlint.cli import _COMMANDS, main

ROOT = Path(__file__).parent.parent
# fmt: off
HEAVY = {
    "argparse", "jsonschema", "pathspec", "typing", "yaml", "yaml.reader", "datetime", "base64", "torch", "numpy", "json", "dataclasses", "inspect", "ast", "logging", "pathlib",
    "shutil", "tempfile", "subprocess", "socket", "multiprocessing", "concurrent", "importlib.metadata",
    "difflib", "fractions", "decimal", "random", "hashlib", "urllib", "email", "convlint.schema",
    "convlint.render.full", "convlint.torch_check", "convlint.catalogue.language", "convlint.engine.costs",
    "convlint.catalogue.compilation", "convlint.editing", "convlint.engine.reporting", "convlint.engine.failure_findings", "convlint.fixes", "convlint.selection.suppressions",
}
# fmt: on
HEAVY_FOR_A_MISTAKE = {
    "argparse",
    "jsonschema",
    "json",
    "dataclasses",
    "inspect",
    "ast",
    "typing",
    "convlint.catalogue.language",
}


def imported_by(*arguments: str) -> set[str]:
    """The modules that `convlint ARGUMENTS` has imported when it is done, beyond those of a bare interpreter."""
    code = (
        "import sys; before = set(sys.modules); from convlint.cli import main; code = main(); "
        "print('\\n'.join(sorted(set(sys.modules) - before)), file=sys.stderr); sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    return set(run.stderr.split())


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The compiled rules exist, as they do in an installed package."""
    subprocess.run([sys.executable, "-m", "convlint", "check", "examples/resnet18.yaml"], cwd=ROOT, check=True)


def test_a_clean_run_imports_nothing_heavy() -> None:
    modules = imported_by("check", "examples/resnet18.yaml")
    assert "yaml._yaml" in modules
    assert not modules & (HEAVY - {"ast", "convlint.catalogue.language"})
    assert not modules & {
        name for name in modules if name.split(".")[0] in ("jsonschema", "torch", "pathspec", "numpy")
    }


def test_a_clean_run_without_expressions_does_not_import_the_language(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(
        "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: Conv2d, out_channels: 4, kernel_size: 3}\n"
    )
    assert not imported_by("check", str(file)) & HEAVY


@pytest.mark.parametrize("activation", ["", "activation: torch.nn.ReLU()\n", "activation: SiLU\n"])
def test_a_plain_check_of_a_model_file_opens_no_module(activation: str, tmp_path: Path) -> None:
    file = tmp_path / "yolov8.yaml"
    rows = "backbone:\n  - [-1, 1, C2f, [64]]\nhead:\n  - [[0], 1, Detect, [nc]]\n"
    file.write_text(f"nc: 80\n{activation}{rows}", encoding="utf-8")
    modules = imported_by("check", str(file))
    assert not modules & {"convlint.engine.assembly", "convlint.engine.opening"}
    assert not {name for name in modules if name.startswith("convlint.catalogue._compiled_bodies")}


def test_a_check_imports_what_its_operators_need(tmp_path: Path) -> None:
    file = tmp_path / "yolov8.yaml"
    rows = "backbone:\n  - [-1, 1, C2f, [64]]\nhead:\n  - [[0], 1, Detect, [nc]]\n"
    file.write_text(f"nc: 80\nscales: {{n: [0.33, 0.25, 1024]}}\n{rows}", encoding="utf-8")
    compiled = {name.partition("._compiled_")[2] for name in imported_by("check", str(file)) if "._compiled_" in name}
    assert compiled == {"index", "rows_ultralytics", "operators_ultralytics"}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Conv2d", "Conv2D"),
        ("kernel_size: 3", "kernal_size: 3"),
        ("padding: 1", "padding: smae"),
        ("kernel_size: 3", "x: 1"),
    ],
    ids=["operator", "key", "value", "missing"],
)
def test_a_mistake_in_a_layer_imports_nothing_heavy(good: str, bad: str, tmp_path: Path) -> None:
    layer = "{op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}".replace(good, bad)
    file = tmp_path / "net.yaml"
    file.write_text(f"convlint: 1\ninputs: {{image: [3, 8, 8]}}\nlayers:\n  - {layer}\n  - {{op: ReLU}}\n", "utf-8")
    assert not imported_by("check", "--exit-zero", str(file)) & HEAVY_FOR_A_MISTAKE


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("inputs", "input"),
        ("convlint: 1", "convlint: 2"),
        ("{image: [3, 8, 8]}", "[3, 8, 8]"),
        ("layers", "layer"),
        ("layers:", "outputs: 3\nlayers:"),
    ],
)
def test_a_mistake_at_the_top_of_a_file_imports_nothing_heavy(good: str, bad: str, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    text = "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers:\n  - {op: ReLU}\n"
    file.write_text(text.replace(good, bad), encoding="utf-8")
    assert not imported_by("check", "--exit-zero", str(file)) & HEAVY_FOR_A_MISTAKE


def test_version_imports_no_yaml() -> None:
    assert "convlint.checking" not in imported_by("--version")


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_starts(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert (main([command, "--help"]), capsys.readouterr().err) == (0, "")
