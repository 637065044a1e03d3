"""JUnit XML can be parsed whatever it holds, and says the same as the findings."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from convlint.findings import Place
from convlint.source.nodes import Source
from tests.render.findings import BROAD, CLEAN, RICH, SKIPPED, finding, rendered, result


def test_the_whole_report() -> None:
    assert (
        rendered("junit", result(RICH, BROAD), CLEAN, SKIPPED)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="convlint" tests="3" failures="2" errors="0">
 <testsuite name="models/unet.yaml" tests="2" failures="2" errors="0" skipped="0" time="0">
  <testcase name="bad-thing at 2:7" classname="models/unet" file="models/unet.yaml" line="2" time="0">
   <failure message="b is bad" type="error">models/unet.yaml:2:7: CL999 b is bad
models/unet.yaml:1:1: it begins here
help: make it good</failure>
  </testcase>
  <testcase name="bad-thing at 3:1" classname="models/unet" file="models/unet.yaml" line="3" time="0">
   <failure message="it is bad (only scale n, s)" type="warning">models/unet.yaml:3:1: CL999 it is bad (only scale n, s)</failure>
  </testcase>
 </testsuite>
 <testsuite name="models/clean.yaml" tests="1" failures="0" errors="0" skipped="0" time="0">
  <testcase name="convlint" classname="models/clean" file="models/clean.yaml" time="0"/>
 </testsuite>
</testsuites>
"""
    )


def test_counts_add_up() -> None:
    root = ElementTree.fromstring(rendered("junit", result(RICH, BROAD), CLEAN, result(RICH)))
    suites = root.findall("testsuite")
    for count, tag in (("tests", ".//testcase"), ("failures", ".//failure")):
        assert int(root.attrib[count]) == len(root.findall(tag))
        assert [int(suite.attrib[count]) for suite in suites] == [len(suite.findall(tag)) for suite in suites]


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_every_finding_is_well_formed(path: str, message: str, variant: str) -> None:
    source = Source("m" + path, "a: 1\n")
    text = rendered("junit", result(finding(Place(source, 0, 1), message, variants=(variant,))))
    assert text.isascii()
    root = ElementTree.fromstring(text)
    (failure,) = root.findall("testsuite/testcase/failure")
    assert "only scale" in failure.attrib["message"]


def test_markup_in_a_message_stays_text() -> None:
    source = Source("a&b.yaml", "a: 1\n")
    text = rendered("junit", result(finding(Place(source, 0, 1), "]]> <b>\"bold\"</b> & 'é' \x00\ud800")))
    (failure,) = ElementTree.fromstring(text).findall("testsuite/testcase/failure")
    assert failure.attrib["message"] == "]]> <b>\"bold\"</b> & 'é' \\x00\\ud800"
    assert failure.text == f"a&b.yaml:1:1: CL999 {failure.attrib['message']}"
