"""Workflow commands are read back as the runner of GitHub Actions reads them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from convlint.findings import Place
from convlint.render.github import hides_some
from convlint.render.text import visible
from convlint.source.nodes import Source
from tests.render.findings import BROAD, NETWORK, RICH, SKIPPED, finding, place, rendered, result


def unescaped(text: str) -> str:
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """(command, properties, message) of each line."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")):
        assert line.startswith("::")
        command, _, message = line[2:].partition("::")
        name, _, properties = command.partition(" ")
        pairs = (item.split("=", 1) for item in properties.split(","))
        found.append((name, {key: unescaped(value) for key, value in pairs}, unescaped(message)))
    return found


def test_commands() -> None:
    assert rendered("github", result(RICH, BROAD), SKIPPED) == (
        "::error title=bad-thing (CL999),file=models/unet.yaml,line=2,col=7,endLine=2,endColumn=8::"
        "models/unet.yaml:2:7: b is bad%0Amodels/unet.yaml:1:1: it begins here%0Ahelp: make it good\n"
        "::warning title=bad-thing (CL999),file=models/unet.yaml,line=3,endLine=4::"
        "models/unet.yaml:3:1: it is bad (only scale n, s)\n"
    )


def test_info_is_a_notice() -> None:
    assert rendered("github", result(finding(place(NETWORK, "a"), severity="info"))).startswith("::notice ")


def test_what_means_something_to_the_runner_is_escaped() -> None:
    strange = Source("a,b:100%\n::error::.yaml", "a: 1\n")
    text = rendered("github", result(finding(place(strange, "a"), "100%0A\r\n::stop-commands::x")))
    ((name, properties, message),) = commands(text)
    assert (name, properties["file"], properties["line"]) == ("error", strange.path, "1")
    assert message == "a,b:100% ::error::.yaml:1:1: 100%0A ::stop-commands::x"


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_every_finding_is_one_command(path: str, message: str, help: str, variant: str) -> None:
    source = Source("m" + path, "a: 1\n")
    one = finding(Place(source, 0, 1), message, help=help, variants=(variant,))
    ((name, properties, _),) = commands(rendered("github", result(one)))
    assert name == "error"
    assert properties == {
        "title": "bad-thing (CL999)",
        "file": visible(source.path),
        "line": "1",
        "col": "1",
        "endLine": "1",
        "endColumn": "2",
    }


def test_ten_of_each_severity_are_shown() -> None:
    errors = [finding(place(NETWORK, "a"))] * 10
    warnings = [finding(place(NETWORK, "a"), severity="warning")] * 10
    assert not hides_some([result(*errors, *warnings)])
    assert hides_some([result(*errors), result(*errors[:1])])
    assert hides_some([result(*warnings), result(*warnings[:1])])
