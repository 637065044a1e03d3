"""What the documentation says is true: its commands run, its examples compute what the text says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from convlint.catalogue import declarations, functions
from convlint.catalogue.lifted import make_function
from convlint.checking import check_source
from convlint.cli import watching
from convlint.source import Source

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


@pytest.mark.slow
def test_readme_commands_run() -> None:
    """The commands after the installation, with this interpreter in place of the one that they install."""
    ran = 0
    for block in blocks(README, "sh"):
        for line in block.splitlines():
            command = line.split("#")[0].split("&&")[-1].strip()
            words = shlex.split(command)
            name = words[0].removeprefix(".venv/bin/")
            if name != "convlint" or "configs/" in words:
                continue
            words = words[: words.index(">")] if ">" in words else words
            run = subprocess.run(
                [sys.executable, "-m", "convlint", *words[1:]],
                capture_output=True,
                text=True,
                check=False,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            assert run.returncode in (0, 1), run.stderr
            assert run.stdout
            ran += 1
    assert ran >= 3


def test_readme_shows_real_output() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "convlint", "check", "examples/"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    shown = README.split("```\n", 2)[1]
    assert shown in run.stdout
    assert run.returncode == 1
    assert run.stderr.startswith("Found 2 errors in ")


def test_readme_networks_are_clean() -> None:
    (network,) = [block for block in blocks(README, "yaml") if block.startswith("convlint:")]
    assert not check_source(Source("README.yaml", network)).findings


def test_readme_python_runs() -> None:
    (code,) = blocks(README, "python")
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ}
    )
    assert "skip-size-mismatch cat2" in run.stdout


def test_the_worked_example_of_the_operator_language() -> None:
    text = (ROOT / "docs" / "operator-language.md").read_text(encoding="utf-8")
    data = yaml.safe_load(blocks(text, "yaml")[0])
    (declaration,) = declarations.load_family("SqueezeExcitation", data["SqueezeExcitation"])
    shape = make_function(functions.shape_source(declaration, "lifted", "shape"), "shape")
    assert shape((16,), ((64, 8, 8),))[:2] == ([], ((64, 8, 8),))
    assert shape((16,), ((8, 8, 8),))[:2] == ([(0, ())], ((8, 8, 8),))
    cost = dict(declaration.costs)["parameters"]
    evaluate = make_function(functions.evaluation_source(declaration, (cost,), "cost"), "cost")
    assert evaluate((16,), ((64, 8, 8),), ()) == (580,)


@pytest.mark.slow
def test_modules_of_ones_own_are_followed(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "ultralytics.md").read_text(encoding="utf-8")
    modules, network = blocks(text, "yaml")
    (tmp_path / "lint").mkdir()
    (tmp_path / "lint" / "modules.yaml").write_text(modules)
    (tmp_path / "convlint.toml").write_text(blocks(text, "toml")[0])

    def reported(model: str) -> list[str]:
        (tmp_path / "model.yaml").write_text(model)
        command = [sys.executable, "-m", "convlint", "check", "--output-format", "json", "model.yaml"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        return [item["rule"] for item in json.loads(run.stdout)["diagnostics"]]

    assert reported(network) == []
    assert reported(network.replace("[[-1, 2], 1, BiFPN", "[[-1, 3], 1, BiFPN")) == ["skip-size-mismatch"]
    assert reported(network.replace("CBAM, [7]", "CBAM, [32]")) == ["row-arguments"]
    (tmp_path / "convlint.toml").unlink()
    assert reported(network) == ["unknown-module", "unresolvable-module", "unknown-module"]


def test_the_task_of_the_page_is_that_of_the_file() -> None:
    tasks = json.loads((ROOT / "editors" / "vscode-tasks.json").read_text(encoding="utf-8"))["tasks"]
    checking = next(task for task in tasks if not task.get("isBackground"))
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    assert checking in [json.loads(block) for block in blocks(page, "json")]


@pytest.mark.slow
def test_a_cluster_is_used_as_the_page_shows(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    page = (ROOT / "docs" / "many-files.md").read_text(encoding="utf-8")
    (program,) = blocks(page, "python")
    (tmp_path / "configs").mkdir()
    network = (
        "convlint: 1\ninputs: {image: [3, 8, 8]}\nlayers: [{name: conv, op: Conv2d, out_channels: 8, kernel_size: 9}]\n"
    )
    (tmp_path / "configs" / "net.yaml").write_text(network)
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout == "configs/net.yaml non-positive-size conv\n", run.stderr


def test_the_lines_around_a_watched_check_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "many-files.md").read_text(encoding="utf-8")
    begins, ends = re.findall(r"^convlint: check .*$", page, flags=re.M)
    assert begins.startswith(watching.BEGINS)
    assert ends.startswith(watching.ENDS)


@pytest.mark.slow
def test_the_picture_of_the_documentation_is_drawn_by_its_command() -> None:
    first, *others = [line for block in blocks(PICTURES, "sh") for line in block.splitlines()]
    command, path = first.split(" > ")
    assert _drawn(command) == (ROOT / path).read_text(encoding="utf-8")
    assert all(map(_drawn, others))


def _drawn(command: str) -> str:
    words = shlex.split(command, comments=True)[1:]
    run = subprocess.run(
        [sys.executable, "-m", "convlint", *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    return run.stdout
