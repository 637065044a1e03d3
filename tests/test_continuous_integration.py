"""The set-ups of docs/continuous-integration.md work as they stand, and so do the scripts of the GitHub action."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from identify import identify

from convlint.render import FORMATS
from tests.cli import test_silence as silence

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "continuous-integration.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
BROKEN = """\
convlint: 1
inputs: {image: [3, 8, 8]}
layers:
  - {name: conv, op: Conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.M | re.S)


COMMANDS = sorted(
    set(re.findall(r"convlint (check [^|'\n]*[^|'\n ])", "".join(re.findall(r"```\w+\n.*?```", PAGE, flags=re.S))))
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a broken network in `configs/`, and `convlint` of this checkout in `programs/`."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "net.yaml").write_text(BROKEN)
    (tmp_path / "programs").mkdir()
    program = tmp_path / "programs" / "convlint"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m convlint \"$@\"\n")
    program.chmod(0o755)
    return tmp_path


def script(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script as GitHub runs a step of bash."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PATH": f"{folder / 'programs'}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), **environment},
    )


def test_there_are_commands() -> None:
    formats = {match[1] for command in COMMANDS if (match := re.search(r"--output-format (\w+)", command))}
    assert formats == {"concise", "gitlab", "junit", "azure", "rdjson"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_reports_the_broken_network(command: str, folder: Path) -> None:
    run = script(f"convlint {command}", folder)
    assert run.returncode == (0 if "--exit-zero" in command else 1), run.stderr
    name = re.search(r"--output-file (\S+)", command)
    report = (folder / name[1]).read_text() if name else run.stdout
    assert "channel-mismatch" in report
    if name and name[1].endswith(".xml"):
        assert ElementTree.fromstring(report).attrib["failures"] == "1"
    elif name:
        assert json.loads(report)[0]["location"]["path"] == "configs/net.yaml"


def test_the_page_names_every_format() -> None:
    table = PAGE.partition("| --- |")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines()[1:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == set(FORMATS)


def test_every_yaml_block_is_yaml() -> None:
    assert all(isinstance(yaml.safe_load(block), dict) for block in blocks("yaml"))


def test_reports_are_the_ones_that_are_uploaded() -> None:
    for block in blocks("yaml"):
        data = yaml.safe_load(block)
        if "convlint" in data:
            job = data["convlint"]
            (uploaded,) = job["artifacts"]["reports"].values()
            assert f"--output-file {uploaded} " in job["script"][-1]


def steps() -> list[dict[str, Any]]:
    loaded = [yaml.safe_load(block) for block in blocks("yaml")]
    return [step for data in loaded if "jobs" in data for step in data["jobs"]["convlint"]["steps"]]


def test_inputs_given_to_the_action_exist() -> None:
    own = [step for step in steps() if step.get("uses", "").startswith("convlint/convlint@")]
    assert own
    for step in own:
        assert set(step["with"]) <= set(ACTION["inputs"])
    uploads = [step["with"]["sarif_file"] for step in steps() if "upload-sarif" in step.get("uses", "")]
    assert uploads == [ACTION["inputs"]["sarif-file"]["default"]]


def test_no_input_of_the_action_stands_in_a_script() -> None:
    """What stands there is put into the script as it is, and whoever gives the input could run anything."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def run_action(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs the step of the action that lints, with its inputs."""
    step = next(step for step in ACTION["runs"]["steps"] if step["name"] == "Run convlint")
    inputs = {name: given.get(name.replace("-", "_"), entry["default"]) for name, entry in ACTION["inputs"].items()}
    environment = {}
    for name, expression in step["env"].items():
        value = expression.removeprefix("${{ ").removesuffix(" }}")
        kind, _, key = value.partition(".")
        environment[name] = inputs[key] if kind == "inputs" else str(folder / "programs")
    return script(step["run"], folder, **environment)


def test_the_action_annotates(folder: Path) -> None:
    run = run_action(folder)
    assert run.returncode == 1
    assert run.stdout.startswith("::error title=channel-mismatch (CL201),file=configs/net.yaml,line=4,")


def test_the_action_takes_several_paths_and_options(folder: Path) -> None:
    (folder / "my nets").mkdir()
    (folder / "my nets" / "a.yaml").write_text(BROKEN)
    run = run_action(folder, paths="my nets\nconfigs/*.yaml\n\nconfigs\n", args="--exit-zero --quiet")
    assert run.returncode == 0
    assert [re.search("file=([^,]*),", line)[1] for line in run.stdout.splitlines() if "CL201" in line] == [  # type: ignore[index]
        "my nets/a.yaml",
        "configs/net.yaml",
    ]
    assert "file=configs/*.yaml," in run.stdout


def test_the_action_reports_the_broken_networks_among_files_of_strangers(folder: Path) -> None:
    (folder / "configs" / "net.yaml").unlink()
    for name, data in {**silence.STRANGERS, **{name: data for name, (data, _) in silence.BROKEN.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    run = run_action(folder, paths=".")
    assert run.returncode == 1
    assert set(re.findall(r"^::error .*?file=([^,:]+)", run.stdout, re.M)) == set(silence.BROKEN)
    assert len(re.findall(r"^::(error|warning|notice) ", run.stdout, re.M)) == len(silence.BROKEN)


def test_the_action_writes_sarif(folder: Path) -> None:
    run = run_action(folder, format="sarif", paths="configs")
    assert run.returncode == 1
    assert run.stderr == "Found 1 error in 1 file.\n[*] 1 fixable with --fix.\n"
    assert json.loads((folder / "convlint.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "channel-mismatch"


def test_the_action_refuses_other_formats(folder: Path) -> None:
    run = run_action(folder, format="xml")
    assert (run.returncode, run.stdout) == (2, "::error::convlint: the format is github or sarif, not 'xml'\n")


def test_the_comment_of_a_pull_request_is_off_unless_it_is_asked_for() -> None:
    assert ACTION["inputs"]["comment"]["default"] == "false"
    assert "inputs.comment == 'true'" in ACTION["runs"]["steps"][-1]["if"]


@pytest.mark.parametrize("known", ["", "77"])
def test_the_action_comments_on_what_changed(folder: Path, known: str) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    (folder / "configs" / "other.yaml").write_text("services: {}\n")
    git("init", "-q")
    git("add", "configs")
    git("commit", "-qm", "first")
    git("remote", "add", "origin", str(folder))
    (folder / "configs" / "net.yaml").write_text(BROKEN.replace("kernel_size: 3", "kernel_size: 5"))
    (folder / "configs" / "other.yaml").write_text("services: {a: b}\n")
    program = folder / "programs" / "gh"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> "{folder}/calls"\ncase "$*" in *--jq*) echo "{known}" ;; esac\n'
        f'for one; do case "$one" in body=@*) cp "${{one#body=@}}" "{folder}/body" ;; esac; done\n'
    )
    program.chmod(0o755)
    run = script(
        ACTION["runs"]["steps"][-1]["run"],
        folder,
        PROGRAMS=str(folder / "programs"),
        LINTED="configs",
        BASE=git("rev-parse", "HEAD"),
        COMMENTS="repos/a/b/issues",
        NUMBER="5",
        RUNNER_TEMP=str(folder),
    )
    assert run.returncode == 0, run.stderr
    body = (folder / "body").read_text()
    assert body.count("<!-- convlint diff -->") == 1
    assert f"### `configs/net.yaml` since `{git('rev-parse', 'HEAD')[:12]}`\n" in body
    assert "| **changed** | conv Conv2d | kernel\\_size: 3 → 5 | line 4 |" in body
    written = (folder / "calls").read_text().splitlines()[-1]
    assert (
        "--method PATCH repos/a/b/issues/comments/77" if known else "api --silent repos/a/b/issues/5/comments"
    ) in written


def test_the_comment_says_for_how_many_files_it_has_no_room(folder: Path) -> None:
    (folder / "changes.md").write_text("<!-- convlint diff -->\n" + "| a row |\n" * 4000)
    for number in range(4):
        (folder / "configs" / f"n{number}.yaml").write_text("old")
    for arguments in (["init", "-q"], ["add", "configs"], ["commit", "-qm", "first"], ["remote", "add", "origin", "."]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True)
    for number in range(4):
        (folder / "configs" / f"n{number}.yaml").write_text("new")
    for name, text in (
        ("convlint", f'cat "{folder}/changes.md"'),
        ("gh", f'for one; do case "$one" in body=@*) cp "${{one#body=@}}" "{folder}/body" ;; esac; done'),
    ):
        (folder / "programs" / name).unlink(missing_ok=True)
        (folder / "programs" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "programs" / name).chmod(0o755)
    run = script(
        ACTION["runs"]["steps"][-1]["run"],
        folder,
        PROGRAMS=str(folder / "programs"),
        LINTED="configs",
        BASE="HEAD",
        COMMENTS="repos/a/b/issues",
        NUMBER="5",
        RUNNER_TEMP=str(folder),
    )
    assert run.returncode == 0, run.stderr
    body = (folder / "body").read_text()
    assert len(body) < 65536
    assert body.endswith("| a row |\n\nThere is no room here for 3 more changed files.\n")


@pytest.mark.parametrize("programs", ["bin", "Scripts"])
def test_the_action_installs_itself_into_an_environment(folder: Path, programs: str) -> None:
    python = folder / "programs" / "python3"
    python.write_text(
        f'#!/bin/sh\necho "$@" >> "{folder}/calls"\n'
        f'if [ "$2" = venv ]; then mkdir -p "$3/{programs}"; cp "$0" "$3/{programs}/python"; fi\n'
    )
    python.chmod(0o755)
    step = ACTION["runs"]["steps"][0]
    output, temporary = folder / "output", folder / "temporary files"
    run = script(
        step["run"],
        folder,
        ACTION_PATH="/action",
        PYTHON="python3",
        RUNNER_TEMP=str(temporary),
        GITHUB_OUTPUT=str(output),
    )
    assert run.returncode == 0, run.stderr
    assert (folder / "calls").read_text().splitlines() == [
        f"-m venv {temporary}/convlint",
        "-m pip install --quiet --disable-pip-version-check /action",
    ]
    assert output.read_text() == f"programs={temporary}/convlint/{programs}\n"


def takes(path: str) -> bool:
    """Whether pre-commit hands a file of that path to the hook."""
    return not set(HOOK["types_or"]).isdisjoint(identify.tags_from_filename(path))


@pytest.mark.parametrize("path", ["unet.yaml", "src/Models/unet.yml", "examples/unet.yaml", "a/b.json", "netlify.yaml"])
def test_the_hook_looks_at_all_yaml_and_json(path: str) -> None:
    """Networks are known by what stands in a file, not by its name."""
    assert takes(path)


@pytest.mark.parametrize("path", ["models/readme.md", "models/unet.py", "unet.yaml.bak"])
def test_the_hook_leaves_other_files(path: str) -> None:
    assert not takes(path)


def test_the_hook_is_whole() -> None:
    """One process for all files, exclusions that no `args` of a user take away, and names that are no options."""
    assert HOOK["id"] == "convlint"
    assert HOOK["require_serial"] is True
    assert "--force-exclude" in HOOK["entry"]
    assert HOOK["args"] == ["--"]
    assert "files" not in HOOK


def test_the_hook_runs_on_what_it_takes(folder: Path) -> None:
    (folder / "configs" / "train.yaml").write_text("epochs: 3\n")
    run = script(f"{HOOK['entry']} -- configs/net.yaml configs/train.yaml", folder)
    assert run.returncode == 1
    assert run.stderr == "Found 1 error in 1 file (1 skipped; --verbose says why).\n[*] 1 fixable with --fix.\n"
    assert "train.yaml" not in run.stdout
