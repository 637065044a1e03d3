"""The table of formats: every module loads, renders, and says nothing where it should."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlint.findings import FileResult, Place
from convlint.render import FORMATS, SILENT_FORMATS, renderer
from convlint.source.nodes import Source
from tests.render.findings import finding, place, result

ROOT = Path(__file__).parent.parent.parent
SOURCE = Source("a.yaml", "a: 1\n")


@pytest.mark.parametrize("name", [*FORMATS, "statistics"])
def test_every_format_renders_a_finding(name: str) -> None:
    assert "bad-thing" in "".join(renderer(name)([result(finding(place(SOURCE, "a")))], False))


@pytest.mark.parametrize("name", FORMATS)
def test_only_silent_formats_are_silent_without_findings(name: str) -> None:
    assert ("".join(renderer(name)([], False)) == "") == (name in SILENT_FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_for_which_variants_a_finding_holds(name: str) -> None:
    one = finding(place(SOURCE, "a"), variants=("n", "x"))
    text = "".join(renderer(name)([result(one)], False))
    assert '"variant": "n,x"' in text if name.startswith("json") else "it is bad (only scale n, x)" in text


@pytest.mark.slow
def test_every_format_is_the_same_in_every_process() -> None:
    code = (
        "from convlint.checking import check_file\n"
        "from convlint.render import FORMATS, renderer\n"
        "results = [check_file('examples/unet_broken.yaml')]\n"
        "print(*(piece for name in FORMATS for piece in renderer(name)(results, False)))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert b"skip-size-mismatch" in first


@pytest.mark.parametrize("name", FORMATS)
def test_megabytes_in_one_line_are_not_looked_at_for_every_finding(name: str) -> None:
    def processor_time(length: int) -> float:
        """What 2,000 findings in a line of so many characters take."""
        source = Source("a.yaml", "a" * length)
        findings = [finding(Place(source, start, start + 1)) for start in range(0, length, length // 2_000)]
        started = time.process_time()
        text = "".join(renderer(name)([result(*findings)], False))
        assert text.count("it is bad") == len(findings) * (2 if name == "junit" else 1)
        return time.process_time() - started

    assert processor_time(4_000_000) < 50 * processor_time(40_000)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_a_file_that_was_skipped_is_not_told_as_checked(name: str) -> None:
    skipped = FileResult("skipped.yaml", (), skipped="the file is empty")
    assert "skipped.yaml" not in "".join(renderer(name)([skipped, result(finding(place(SOURCE, "a")))], False))


def test_statistics_count_by_rule_the_most_frequent_first() -> None:
    often, once = finding(place(SOURCE, "a")), finding(place(SOURCE, "1"))
    once = once._replace(rule=once.rule._replace(name="other-thing", code="CL998"))
    text = "".join(renderer("statistics")([result(once, often), result(often)], False))
    assert text == "     2  CL999  bad-thing\n     1  CL998  other-thing\n"
