"""Settings files: which one holds, what they may say, and who has the last word."""

from __future__ import annotations

import copy
import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from convlint.catalogue.data_checks import Misfit
from convlint.resources import resource_path
from convlint.selection.config_files import closest_config
from convlint.selection.config_values import ConfigError, check_values
from convlint.selection.configuration import load_config, resolve
from convlint.selection.layers import COMMAND_LINE, SettingsLayer
from convlint.selection.settings import Settings
from convlint.selection.toml import parse

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads(Path(resource_path("schemas", "config.schema.json")).read_text(encoding="utf-8"))
FULL: dict[str, Any] = {
    "extend": "../convlint.toml",
    "profile": "strict",
    "select": ["CL4"],
    "extend-select": ["ragged-padding"],
    "ignore": ["unused-layer"],
    "severity": {"cycle": "warning"},
    "per-file": {"legacy/*": {"ignore": ["CL3"], "severity": {"cycle": "info"}}},
    "include": ["models/*"],
    "exclude": ["old"],
    "dialect": "native",
    "sizes": {"H": 640},
    "fail-on": "info",
    "baseline": "known.json",
    "operators": ["operators.yaml"],
    "rules": ["rules"],
    "rule": [{"name": "eights", "on": ["Conv2d"], "assert": "True", "message": "no", "severity": "info"}],
    "ultralytics": {"vocabulary": "yolov5", "scales": ["n"], "builder": "off"},
    "targets": {"monai_version": "1.4"},
}
VALUES: list[Any] = [
    None,
    True,
    0,
    1,
    -3,
    1.5,
    "",
    "error",
    "native",
    [],
    [1],
    ["x"],
    {},
    {"a": 1},
    {"a": "error"},
    2**41,
]


def written(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def settings(file: str, path: str | Path, **command_line: Any) -> Settings:
    return resolve(load_config(file), str(path), SettingsLayer(COMMAND_LINE, "", command_line))


def origins(found: Settings) -> dict[str, tuple[Any, str]]:
    return {item.key: (item.value, Path(item.origin).name) for item in found.given}


def test_the_closest_file_holds_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    top = written(tmp_path / "convlint.toml", "")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    inner = written(tmp_path / "repository" / "models" / ".convlint.toml", "")
    (tmp_path / "repository" / "models" / "unet").mkdir()
    (tmp_path / "plain").mkdir()
    assert closest_config(str(tmp_path / "plain"), {}) == top
    assert closest_config(str(tmp_path / "repository" / "models" / "unet"), {}) == inner
    assert closest_config(str(tmp_path / "repository"), {}) is None


def test_the_closest_file_may_be_far_above() -> None:
    known: dict[str, str | None] = {os.sep: "convlint.toml"}
    assert closest_config(os.sep + "d/" * 1500 + "d", known) == "convlint.toml"


def test_of_several_files_in_a_folder_the_most_particular_holds(tmp_path: Path) -> None:
    project = written(tmp_path / "pyproject.toml", "[tool.convlint]\n")
    assert closest_config(str(tmp_path), {}) == project
    named = written(tmp_path / "convlint.toml", "")
    assert closest_config(str(tmp_path), {}) == named
    hidden = written(tmp_path / ".convlint.toml", "")
    assert closest_config(str(tmp_path), {}) == hidden


@pytest.mark.parametrize("text", ["[tool.ruff]\n", "# see [tool.convlint]\n", "tool = 3 # tool.convlint\n"])
def test_a_project_file_without_the_table_is_passed_over(tmp_path: Path, text: str) -> None:
    above = written(tmp_path / "convlint.toml", "")
    written(tmp_path / "inner" / "pyproject.toml", text)
    assert closest_config(str(tmp_path / "inner"), {}) == above


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("selct = []", "selct: no setting is called 'selct'; did you mean 'select'?"),
        ("[severity]\nunused-layer = 'warn'", "severity.unused-layer: expected one of 'error', 'warning', 'info', found the text 'warn'"),
        ("select = 'CL4'", "select: expected a list of texts, found the text 'CL4'"),
        ("ignore = ['unused-layr']", "ignore: no rule is called 'unused-layr'; did you mean 'unused-layer'?"),
        ("[severity]\nunused-layr = 'info'", "severity: no rule is called 'unused-layr'; did you mean 'unused-layer'?"),
        ("sizes = {H = 0}", "sizes.H: expected an integer from 1 to 1099511627776, found 0"),
        ("[ultralytics]\nvocabulary = 'yolov6'", "ultralytics.vocabulary: no vocabulary is called 'yolov6'; did you mean 'yolov"),
        ("[per-file.'*.yaml']\nexclude = ['x']", 'per-file."*.yaml".exclude: no setting is called \'exclude\'; it is one of select'),
        ("profile = 'strickt'", "profile: expected one of 'default', 'strict', found the text 'strickt'; did you mean 'strict'?"),
        ("extend = 'base.toml'", "extend: there is no file "),
        ("[[rule]]\nname = 'x'", "rule[1]: the key 'on' is missing"),
        ("exclude = ['a'", " is not valid TOML: "),
        ("[tool.convlint]\nignore = []", "tool: settings stand here without the table [tool.convlint]"),
        (f"x = {'9' * 5000}", " holds a number that is too long"),
        (f"{'.'.join('a' * 50_000)} = 1", " has a key of more than 64 parts"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_file_the_key_and_the_nearest_name(tmp_path: Path, text: str, problem: str) -> None:
    file = written(tmp_path / "convlint.toml", text)
    with pytest.raises(ConfigError) as caught:
        settings(file, tmp_path / "a.yaml")
    separator = "" if problem.startswith(" ") else ": "
    assert f"convlint.toml{separator}{problem}" in str(caught.value)


def test_a_file_that_extends_itself_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.toml", "extend = 'b.toml'")
    file = written(tmp_path / "b.toml", "extend = 'a.toml'")
    with pytest.raises(ConfigError, match="extends itself"):
        load_config(file)


def test_an_extended_file_speaks_first_and_lists_add_up(tmp_path: Path) -> None:
    written(tmp_path / "base.toml", "ignore = ['cycle']\nfail-on = 'info'\nexclude = ['a']\nsizes = {H = 1, W = 2}")
    file = written(
        tmp_path / "deep" / "convlint.toml",
        "extend = '../base.toml'\nignore = ['unused-layer']\nexclude = ['b']\nsizes = {H = 3}",
    )
    found = settings(file, tmp_path / "deep" / "x.yaml")
    assert found.options.rules is not None
    assert {"cycle", "unused-layer"}.isdisjoint(found.options.rules)
    assert found.fail_on == "info"
    assert dict(found.options.default_sizes) == {"H": 3, "W": 2}
    assert [(Path(glob.folder).name, glob.pattern) for glob in found.exclude] == [(tmp_path.name, "a"), ("deep", "b")]
    given = origins(found)
    assert given["fail-on"] == ("info", "base.toml")
    assert given["sizes.H"] == (3, "convlint.toml")
    assert given["sizes.W"] == (2, "base.toml")
    assert given["rules.cycle"] == ("off", "base.toml")
    assert given["dialect"] == ("auto", "default")


def test_select_begins_anew_and_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    file = written(tmp_path / "convlint.toml", "select = ['CL1']\nignore = ['cycle']")
    assert settings(file, tmp_path / "a.yaml").options.rules >= {"unused-layer"}  # type: ignore[operator]
    found = settings(file, tmp_path / "a.yaml", **{"extend-select": ["cycle"], "ignore": ["unused-layer"]})
    assert found.options.rules is not None
    assert "cycle" in found.options.rules
    assert "unused-layer" not in found.options.rules
    assert settings(file, tmp_path / "a.yaml", select=["CL401"]).options.rules == frozenset(("skip-size-mismatch",))


def test_per_file_settings_hold_for_the_files_that_the_glob_matches(tmp_path: Path) -> None:
    text = "[per-file.'legacy/*']\nignore = ['cycle']\nseverity = {unused-layer = 'info'}\n"
    file = written(tmp_path / "convlint.toml", text)
    old = settings(file, tmp_path / "legacy" / "x.yaml")
    assert old.options.rules is not None
    assert "cycle" not in old.options.rules
    assert old.options.severities == (("unused-layer", "info"),)
    new = settings(file, tmp_path / "models" / "x.yaml")
    assert (new.options.rules, new.options.severities) == (None, ())


def test_two_stars_between_slashes_stand_for_any_folders_or_none(tmp_path: Path) -> None:
    file = written(tmp_path / "convlint.toml", "[per-file.'legacy/**/*.yaml']\nignore = ['cycle']\n")
    for path in ("legacy/x.yaml", "legacy/old/x.yaml", "legacy/very/old/x.yaml"):
        assert "cycle" not in (settings(file, tmp_path / path).options.rules or ["cycle"])
    assert settings(file, tmp_path / "models" / "legacy.yaml").options.rules is None


def test_the_strict_profile_has_every_rule_on_and_the_file_has_the_last_word(tmp_path: Path) -> None:
    file = written(tmp_path / "convlint.toml", "profile = 'strict'\nignore = ['cycle']")
    found = settings(file, tmp_path / "x.yaml")
    assert found.fail_on == "warning"
    assert found.options.rules is not None
    assert "ragged-padding" in found.options.rules
    assert "cycle" not in found.options.rules
    (origin,) = [item.origin for item in found.given if item.key == "rules.ragged-padding"]
    assert origin.startswith("profile strict (") and origin.endswith("convlint.toml)")


def test_settings_may_be_codes(tmp_path: Path) -> None:
    file = written(tmp_path / "convlint.toml", "severity = {CL401 = 'info'}")
    assert settings(file, tmp_path / "x.yaml").options.severities == (("skip-size-mismatch", "info"),)


def accepts(values: Any) -> bool:
    try:
        check_values(values)
    except Misfit:
        return False
    return True


def test_the_schema_and_the_reader_know_the_same_keys() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert set(FULL) == set(SCHEMA["properties"]) - {"dialects"}  # which of these there are, a schema cannot tell
    jsonschema.validate(FULL, SCHEMA)
    assert accepts(FULL)


def test_the_document_lists_every_key_and_its_example_is_accepted() -> None:
    document = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for example in re.findall(r"^```toml\n(.*?)^```$", document, flags=re.M | re.S):
        check_values(parse(example.encode()))
    keys = set(re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| (`.*?) \|", document, flags=re.M))))
    tables = {
        "rule": {"[[rule]]"},
        "ultralytics": {"ultralytics.vocabulary", "ultralytics.scales", "ultralytics.builder"},
        "targets": {"targets.monai_version"},
    }
    assert keys == {key for name in SCHEMA["properties"] for key in tables.get(name, {name})}


@pytest.mark.parametrize("text", ["tool = 3", "tool = []", "[tool]\nconvlint = {}"])
def test_a_project_file_that_is_named_may_hold_anything(tmp_path: Path, text: str) -> None:
    assert settings(written(tmp_path / "pyproject.toml", text), tmp_path / "a.yaml").options.rules is None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in nested data."""
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [path] * bool(path) + [found for key, item in items for found in places(item, (*path, key))]


@pytest.mark.parametrize("path", places(FULL))
def test_the_schema_and_the_reader_agree(path: tuple[Any, ...]) -> None:
    schema = jsonschema.Draft7Validator(SCHEMA)
    for value, change in itertools.product(VALUES, ("put", "add", "drop")):
        data = copy.deepcopy(FULL)
        owner: Any = data
        for key in path[:-1]:
            owner = owner[key]
        if change == "drop":
            del owner[path[-1]]
        elif change == "add" and isinstance(owner, dict):
            owner["unheard-of"] = value
        else:
            owner[path[-1]] = value
        assert accepts(data) == schema.is_valid(data), data
