"""A plain command line means what argparse makes of it."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.cli import _COMMANDS, UsageError
from convlint.cli.parsing import parsed
from convlint.cli.plain import ArgumentRecorder

CHECK = import_module("convlint.cli.check")
RULE = import_module("convlint.cli.rule")
# fmt: off
WORDS = st.sampled_from([
    "a.yaml", "-", "--", ".", "", "-x", "--quiet", "-q", "-v", "-qv", "--size", "--size=H=3", "H=640", "--select", "ALL",
    "--output-format", "json", "--fix", "--jobs", "-j", "4", "-j4", "--scale", "--variant", "n", "--exclude", "--quie",
    "--statistics", "--color", "never", "-1", "--help", "--baseline", "--force-exclude", "--torch-memory",
])
# fmt: on


@given(st.lists(WORDS, max_size=6), st.sampled_from([("check", CHECK), ("rule", RULE)]))
def test_what_is_read_without_argparse_is_what_argparse_reads(
    texts: list[str], command: tuple[str, ModuleType]
) -> None:
    name, module = command
    recorder = ArgumentRecorder()
    module.add_arguments(recorder)
    plain = recorder.read(texts)
    if plain is not None:
        assert vars(plain) == vars(parsed(name, _COMMANDS[name], module, texts))


@pytest.mark.parametrize("texts", [[], ["a.yaml"], ["-q", "a.yaml", "b"], ["--size", "H=3", "--size", "W=4", "-"]])
def test_plain_lines_are_read_without_argparse(texts: list[str]) -> None:
    recorder = ArgumentRecorder()
    CHECK.add_arguments(recorder)
    assert recorder.read(texts) is not None


@pytest.mark.parametrize("texts", [["--nothing"], ["--size"], ["-qv"], ["--", "a"], ["--help"], ["--jobs=2"]])
def test_all_else_is_left_to_argparse(texts: list[str]) -> None:
    recorder = ArgumentRecorder()
    CHECK.add_arguments(recorder)
    assert recorder.read(texts) is None


def test_mistakes_are_told_by_argparse() -> None:
    with pytest.raises(UsageError, match="unrecognized"):
        parsed("check", "lint", CHECK, ["--nothing"])
    assert "argparse" in sys.modules
