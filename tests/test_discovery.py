"""Which files path arguments stand for: order, .gitignore files as git reads them, exclusions, links."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from convlint.checking import check_file
from convlint.discovery import find_files, is_excluded, not_excluded


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*paths: str) -> None:
    """Makes empty files."""
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("")


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def found(*paths: str, exclude: tuple[str, ...] = (), force: bool = False) -> list[str]:
    named = not_excluded(paths, exclude) if force else paths or (".",)
    return [path.replace(os.sep, "/") for path in find_files(named, exclude)]


def test_folders_are_walked_in_order_and_only_for_yaml_and_json() -> None:
    make("b.yaml", "a.yml", "B.YAML", "c.json", "z/a.yaml", "a/z.yaml", "a/b/c.yaml", "d.yaml/inner.yaml")
    assert found() == ["B.YAML", "a.yml", "b.yaml", "c.json", "a/z.yaml", "a/b/c.yaml", "d.yaml/inner.yaml", "z/a.yaml"]
    assert found("z", "a") == ["z/a.yaml", "a/z.yaml", "a/b/c.yaml"]


def test_no_path_twice() -> None:
    make("a/b.yaml")
    assert found("a/b.yaml", "a", "./a/b.yaml", os.path.abspath("a/b.yaml")) == ["a/b.yaml"]


def test_names_of_folders_are_tidied() -> None:
    make("a/b.yaml", "c/d.yaml")
    for name in ("a", "a/", "./a", ".//a/."):
        assert found(name) == ["a/b.yaml"]
    os.chdir("c")
    assert found("../a") == ["../a/b.yaml"]


def test_folders_of_tools_are_skipped_unless_named() -> None:
    make("a.yaml", ".git/x.yaml", ".venv/x.yaml", "node_modules/x.yaml", "sub/__pycache__/x.yaml")
    assert found() == ["a.yaml"]
    assert found("node_modules", ".venv/x.yaml") == ["node_modules/x.yaml", ".venv/x.yaml"]
    assert found(".venv/x.yaml", force=True) == []


def test_paths_that_are_no_folders_are_passed_on() -> None:
    make("notes.txt")
    assert found("gone.yaml", "notes.txt") == ["gone.yaml", "notes.txt"]


def test_a_folder_that_cannot_be_listed_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a/x.yaml", "b/x.yaml")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path == "a":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert found() == ["a", "b/x.yaml"]
    (finding,) = check_file("a").findings
    assert (finding.rule.name, finding.message) == ("unreadable-file", "permission denied")


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs symbolic links")
def test_links() -> None:
    make("real/a.yaml")
    os.symlink(os.path.abspath("."), "real/loop")
    os.symlink("self", "self")
    os.symlink("self.yaml", "self.yaml")
    os.symlink("real", "linked")
    os.symlink("a.yaml", "real/b.yaml")
    os.symlink("gone.yaml", "real/dangling.yaml")
    assert found() == ["self.yaml", "real/a.yaml", "real/b.yaml", "real/dangling.yaml"]
    assert found("linked") == ["linked/a.yaml", "linked/b.yaml", "linked/dangling.yaml"]


FILES = (
    "base.yaml",
    "models/base.yaml",
    "models/other.yml",
    "models/sub/base.yaml",
    "models/sub/deep/x.yaml",
    "build/a.yaml",
    "src/build/b.yaml",
    "src/c.yaml",
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")
@pytest.mark.parametrize(
    "ignores",
    [
        {".gitignore": "build\nmodels/sub/\n"},
        {".gitignore": "build\r\nmodels/sub/\r\n"},
        {".gitignore": "\ufeffbuild\n"},
        {".gitignore": "/build/\n*.yml\n"},
        {".gitignore": "build\n!src/build\n"},
        {".gitignore": "!\nbuild\n\\\n"},
        {".gitignore": "*\n!*/\n!*.yaml\n"},
        {".gitignore": "**\n!**/\n!*.yaml\n"},
        {".gitignore": "/*\n!/models/\n"},
        {".gitignore": "*\n!models\n!models/**\n"},
        {".gitignore": "*\n!/models\n!/models/base.yaml\n"},
        {".gitignore": "models/**\n!models/base.yaml\n"},
        {".gitignore": "models/**\n!models/**/\n!models/**/*.yaml\n"},
        {".gitignore": "models/\n!models/base.yaml\n"},
        {".gitignore": "/models/*\n!/models/sub\n/models/sub/*\n!/models/sub/base.yaml\n"},
        {"models/.gitignore": "/sub\n/base.yaml\n"},
        {"models/.gitignore": "*\n!.gitignore\n"},
        {".gitignore": "*.yaml\n", "models/.gitignore": "!*.yaml\n"},
        {".gitignore": "base.yaml  \n#models\n\\#x\n", "models/sub/.gitignore": "!base.yaml\ndeep/**\n"},
    ],
    ids=lambda ignores: " + ".join(ignores.values()).replace("\n", " "),
)
def test_gitignore_is_read_as_git_reads_it(ignores: dict[str, str], tmp_path: Path) -> None:
    make(*FILES)
    for path, text in ignores.items():
        Path(path).write_text(text, encoding="utf-8", newline="")
    subprocess.run(["git", "init", "--quiet"], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.yaml", "*.yml"],
        check=True,
        capture_output=True,
        text=True,
    )
    expected = set(listed.stdout.split())
    assert set(found()) == expected
    for inner in ("models", "models/sub", "src"):
        if subprocess.run(["git", "check-ignore", "--quiet", inner], check=False).returncode:
            os.chdir(tmp_path / inner)
            assert {f"{inner}/{path}" for path in found()} == {
                path for path in expected if path.startswith(inner + "/")
            }
            os.chdir(tmp_path)


def test_gitignore_files_above_the_repository_do_not_count(tmp_path: Path) -> None:
    make("outer/repo/.git/HEAD", "outer/repo/models/x.yaml")
    write("outer/.gitignore", "*.yaml\n")
    assert found("outer/repo") == ["outer/repo/models/x.yaml"]
    assert found("outer/repo/models") == ["outer/repo/models/x.yaml"]
    assert found("outer") == ["outer/repo/models/x.yaml"]


def test_what_is_named_is_linted_although_it_is_ignored() -> None:
    make(".git/HEAD", "build/x.yaml", "build/sub/y.yaml")
    write(".gitignore", "build/\n")
    assert found() == []
    assert found("build/x.yaml") == ["build/x.yaml"]
    assert found("build") == ["build/x.yaml", "build/sub/y.yaml"]
    assert found("build/sub") == ["build/sub/y.yaml"]


@pytest.mark.parametrize("name", ["models", "models/"])
def test_the_gitignore_of_a_named_folder_counts_below_it(name: str) -> None:
    make("models/sub/x.yaml", "models/y.yaml")
    write("models/.gitignore", "sub/x.yaml\n")
    assert found(name) == ["models/y.yaml"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("models", ["base.yaml", "build/a.yaml", "src/c.yaml", "src/build/b.yaml"]),
        ("models/", ["base.yaml", "build/a.yaml", "src/c.yaml", "src/build/b.yaml"]),
        ("build", [path for path in sorted(FILES) if "build" not in path]),
        ("src/build", [path for path in sorted(FILES) if "src/build" not in path]),
        ("./build", [path for path in sorted(FILES) if not path.startswith("build")]),
        ("/build", [path for path in sorted(FILES) if not path.startswith("build")]),
        ("src/**/build", [path for path in sorted(FILES) if "src/build" not in path]),
        ("src/**/*.yaml", [path for path in sorted(FILES) if not path.startswith("src")]),
        ("models/**/deep", [path for path in sorted(FILES) if "deep" not in path]),
        ("src/**/deep", sorted(FILES)),
        ("**/sub/deep", [path for path in sorted(FILES) if "deep" not in path]),
        ("sub/deep", sorted(FILES)),
        ("*.yaml", ["models/other.yml"]),
        ("models/*.yml", [path for path in sorted(FILES) if "other" not in path]),
    ],
)
def test_exclude(pattern: str, left: list[str]) -> None:
    make(*FILES)
    assert sorted(found(exclude=(pattern,))) == sorted(left)
    everything = sorted(FILES)
    assert sorted(found(*everything, exclude=(pattern,))) == everything
    assert sorted(found(*everything, exclude=(pattern,), force=True)) == sorted(left)
    assert [path for path in everything if not is_excluded(path, [pattern])] == sorted(left)


def test_an_absolute_path_is_excluded_as_a_relative_one() -> None:
    make("models/x.yaml")
    assert found(os.path.abspath("models"), exclude=("models/x.yaml",)) == []


def test_a_glob_may_be_absolute() -> None:
    make("models/x.yaml", "old/models/y.yaml")
    assert found(".", exclude=(os.path.abspath("models"),)) == ["old/models/y.yaml"]
    assert found(".", exclude=(os.getcwd() + "models",)) == ["models/x.yaml", "old/models/y.yaml"]
