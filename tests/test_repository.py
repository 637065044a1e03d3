"""A whole repository, as people have it, driven by the command line: `tests/repository/` says what stands in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOUND = """\
configs/classifier.yaml:7:27: error[unknown-key] ReLU takes no key 'inplce'
configs/classifier.yaml:10:83: warning[unused-suppression] this comment for cycle suppresses no finding
configs/detector.yaml:2:1: error[model-budget] 176100 parameters are beyond the budget of 100000
configs/detector.yaml:10:6: error[skip-size-mismatch] 3 (nn.Upsample) is 64 high, 0 (Conv) is 128 (and they differ in width)
configs/detector.yaml:10:18: warning[unused-layer] nothing reads the output of '4 (Concat)'
configs/legacy/old.yaml:4:43: info[channel-mismatch] in_channels is 4, but 3 channels arrive
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy with its first commit, a folder of generated files that git ignores, and one that the settings exclude."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "tests" / "repository", folder)
    (folder / ".gitignore").write_text("generated/\n")
    for name in ("generated", "scratch"):
        (folder / name).mkdir()
        (folder / name / "net.yaml").write_text("convlint: 1\n")
    for line in ("git init -q", "git add .", "git -c user.name=a -c user.email=a@b commit -qm first"):
        subprocess.run(line.split(), cwd=folder, check=True)
    return folder


def convlint(arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs convlint as people do."""
    return subprocess.run(
        [sys.executable, "-m", "convlint", *arguments.split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def changed_lines(folder: Path) -> list[str]:
    diff = subprocess.run(["git", "diff", "-U0"], cwd=folder, check=True, capture_output=True, text=True).stdout
    return [line for line in diff.splitlines() if re.match(r"[+-](?![+-]{2})", line)]


@pytest.mark.parametrize("jobs", ["", "--jobs 2"])
def test_the_whole_repository(repository: Path, jobs: str) -> None:
    run = convlint(f"check --output-format concise {jobs}", repository)
    assert run.stdout == FOUND
    assert run.stderr.splitlines()[0] == (
        "Found 3 errors, 2 warnings, 1 info in 3 of 5 files (3 findings in the baseline, 6 skipped; --verbose says why)."
    )
    assert run.returncode == 1


def test_from_a_folder_the_same_is_found(repository: Path) -> None:
    inside = convlint("check --output-format concise", repository / "configs")
    assert inside.stdout == FOUND.replace("configs/", "")
    outside = convlint("check --output-format concise repository/configs", repository.parent)
    assert outside.stdout == FOUND.replace("configs/", "repository/configs/")


def test_each_file_has_its_settings(repository: Path) -> None:
    told = {}
    for name in ("configs/unet.yaml", "configs/legacy/old.yaml", "configs/experimental/wide.yaml"):
        report = json.loads(convlint(f"config {name} --output-format json", repository).stdout)
        told[name] = {item["key"]: (item["value"], item["from"]) for item in report["settings"]}
    nested = told["configs/legacy/old.yaml"]
    assert nested["severity.channel-mismatch"] == ("info", "configs/legacy/convlint.toml")
    assert nested["sizes.H"] == (256, "convlint.toml")
    assert "severity.channel-mismatch" not in told["configs/unet.yaml"]
    assert told["configs/experimental/wide.yaml"]["rules.unused-layer"] == (
        "off",
        'convlint.toml, per-file "configs/experimental/*.yaml"',
    )


def test_the_baseline_holds_when_lines_move_and_not_for_more(repository: Path) -> None:
    file = repository / "configs" / "classifier.yaml"
    text = file.read_text()
    file.write_text(text.replace("layers:\n", "\n\nlayers:\n  # moved\n"))
    moved = convlint("check --output-format concise configs/classifier.yaml", repository).stdout
    assert re.sub(r":\d+:", ":", moved) == re.sub(r":\d+:", ":", "".join(FOUND.splitlines(keepends=True)[:2]))
    file.write_text(text.replace("in_features: 32", "in_features: 16, out_channels: 2"))
    assert "unknown-key" in convlint("check configs/classifier.yaml", repository).stdout
    file.write_text(text.replace("in_channels: 1", "in_channels: 2"))
    assert "channel-mismatch" not in convlint("check configs/unet.yaml", repository).stdout
    isolated = convlint("check --isolated --output-format concise configs/classifier.yaml", repository).stdout
    assert "in_channels is 2, but 3 channels arrive" in isolated


def test_a_new_mistake_is_found_beside_the_known_one(repository: Path) -> None:
    file = repository / "configs" / "classifier.yaml"
    known = "in_channels: 1, out_channels: 12"
    file.write_text(file.read_text().replace("{name: half, op: Conv2d, ", "{name: half, op: Conv2d, in_channels: 99, "))
    assert known in file.read_text()
    found = convlint("check --output-format concise configs/classifier.yaml", repository).stdout
    assert "in_channels is 99, but 12 channels arrive" in found
    assert "in_channels is 1," not in found


def test_what_a_commit_holds_is_what_the_hook_sees(repository: Path) -> None:
    """The hook passes every staged YAML and JSON file, most of which are no networks."""
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    listed = subprocess.run(["git", "ls-files"], cwd=repository, check=True, capture_output=True, text=True).stdout
    taken = [name for name in listed.splitlines() if name.endswith((".yaml", ".yml", ".json"))]
    assert {"configs/classifier.yaml", "docker-compose.yml"} <= set(taken)
    entry = hook["entry"].removeprefix("convlint ")
    run = convlint(f"{entry} --output-format concise {' '.join(sorted(taken))}", repository)
    order = sorted(FOUND.splitlines(), key=lambda line: (line.split(":")[0],))
    assert run.stdout.splitlines() == order
    others = convlint(f"{entry} docker-compose.yml generated/net.yaml configs/unet.yaml", repository)
    assert (others.returncode, "generated/net.yaml" in others.stdout) == (1, True)  # named, and not excluded


def test_a_job_called_convlint_is_no_network(repository: Path) -> None:
    run = convlint("check .gitlab-ci.yml docker-compose.yml --verbose", repository)
    assert run.returncode == 0
    assert "skipped .gitlab-ci.yml: " in run.stderr


def test_fixes_change_what_they_must(repository: Path) -> None:
    before = convlint("check --diff", repository)
    assert before.returncode == 1
    assert changed_lines(repository) == []
    convlint("check --fix", repository)
    changes = [
        ("in_channels: 1", "in_channels: 3"),
        ("inplce", "inplace"),
        ("in_features: 32", "in_features: 16"),
        ("in_channels: 4", "in_channels: 3"),
    ]
    lines = changed_lines(repository)
    removed, added = ([line[1:] for line in lines if line[0] == sign] for sign in "-+")
    assert len(removed) == len(added)
    for old, new in zip(removed, added):
        pair = next((a, b) for a, b in changes if a in old)
        assert old.replace(*pair).replace("  # convlint: ignore[cycle]", "") == new
    after = convlint("check --output-format concise", repository).stdout
    assert [re.findall(r"\[(.*?)\]", line)[0] for line in after.splitlines()] == [
        "model-budget",
        "skip-size-mismatch",
        "unused-layer",
    ]


def test_comments_silence_the_rest(repository: Path) -> None:
    convlint("check --fix --add-ignore", repository)
    run = convlint("check --fail-on info", repository)
    assert (run.returncode, run.stdout) == (0, ""), run.stdout


def test_the_commands_of_its_ci(repository: Path) -> None:
    gitlab = yaml.safe_load((repository / ".gitlab-ci.yml").read_text())["convlint"]
    steps = yaml.safe_load((repository / ".github" / "workflows" / "lint.yml").read_text())["jobs"]["convlint"]["steps"]
    commands = [*gitlab["script"], *(step["run"] for step in steps if "run" in step)]
    runs = [command.removeprefix("convlint ") for command in commands if command.startswith("convlint ")]
    summary = repository.parent / "summary.md"
    done = [convlint(command, repository, GITHUB_STEP_SUMMARY=str(summary)) for command in runs]
    assert [run.returncode for run in done] == [1, 1, 0]
    report = json.loads((repository / gitlab["artifacts"]["reports"]["codequality"]).read_text())
    assert [f"{item['location']['path']} {item['check_name']}" for item in report] == [
        re.sub(r":\d+:\d+: \w+\[(.*?)\].*", r" \1", line) for line in FOUND.splitlines()
    ]
    assert [line.partition(" ")[0] for line in done[1].stdout.splitlines()] == [
        "::error", "::warning", "::error", "::error", "::warning", "::notice",
    ]  # fmt: skip
    (sarif,) = json.loads((repository / "convlint.sarif").read_text())["runs"]
    rules = {rule["id"]: rule for rule in sarif["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in sarif["results"]} <= set(rules)
    assert len(sarif["results"]) == 6
    assert not summary.exists()


def test_a_rule_page_of_its_own_is_explained(repository: Path) -> None:
    page = convlint("rule channels-in-eights", repository).stdout
    assert "Reports convolutions whose channels do not come in eights" in page
    assert "channels-in-eights" in convlint("rule", repository).stdout
    assert "Scales each channel by a gate" in convlint("operator Gate", repository).stdout
