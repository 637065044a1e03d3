"""The table of formats: every module loads, renders, and says nothing where it should."""

from __future__ import annotations

import pytest

from convlint.render import FORMATS, SILENT_FORMATS, renderer
from convlint.source.nodes import Source
from tests.render.findings import finding, place, result

SOURCE = Source("a.yaml", "a: 1\n")


@pytest.mark.parametrize("name", [*FORMATS, "statistics"])
def test_every_format_renders_a_finding(name: str) -> None:
    assert "bad-thing" in "".join(renderer(name)([result(finding(place(SOURCE, "a")))], False))


@pytest.mark.parametrize("name", FORMATS)
def test_only_silent_formats_are_silent_without_findings(name: str) -> None:
    assert ("".join(renderer(name)([], False)) == "") == (name in SILENT_FORMATS)


def test_statistics_count_by_rule_the_most_frequent_first() -> None:
    often, once = finding(place(SOURCE, "a")), finding(place(SOURCE, "1"))
    once = once._replace(rule=once.rule._replace(name="other-thing", code="CL998"))
    text = "".join(renderer("statistics")([result(once, often), result(often)], False))
    assert text == "     2  CL999  bad-thing\n     1  CL998  other-thing\n"
