"""One line a finding, whatever the message holds."""

from __future__ import annotations

from convlint.findings import Finding
from convlint.render.concise import render
from convlint.source.nodes import Source
from tests.render.findings import finding, place, result

SOURCE = Source("models/a.yaml", "a: 1\nb: 編\tc\n")


def shown(*findings: Finding, colour: bool = False) -> str:
    return "".join(render([result(*findings)], colour))


def test_line() -> None:
    assert shown(finding(place(SOURCE, "b"))) == "models/a.yaml:2:1: error[bad-thing] it is bad\n"
    assert shown(finding(place(SOURCE, "c"))) == "models/a.yaml:2:6: error[bad-thing] it is bad\n"


def test_severity_and_variants() -> None:
    text = shown(finding(place(SOURCE, "a"), severity="warning", variants=("n", "x")))
    assert text == "models/a.yaml:1:1: warning[bad-thing] it is bad (only scale n, x)\n"


def test_colour() -> None:
    text = shown(finding(place(SOURCE, "a")), colour=True)
    assert text == "\x1b[1mmodels/a.yaml\x1b[0m:1:1: \x1b[1;31merror[bad-thing]\x1b[0m it is bad\n"


def test_a_finding_stays_on_its_line() -> None:
    strange = Source("a\nb.yaml", "a: 1\n")
    text = shown(finding(place(strange, "a"), "two\nlines,\r\n  a\ttab,\u2028more and \x1b[0m  two spaces"))
    assert text == "a b.yaml:1:1: error[bad-thing] two lines, a tab, more and \\x1b[0m  two spaces\n"


def test_findings_keep_their_order() -> None:
    text = shown(finding(place(SOURCE, "b"), "first"), finding(place(SOURCE, "a"), "second"))
    assert [line.split("] ")[1] for line in text.splitlines()] == ["first", "second"]
