"""Logging commands are read back as the agent of Azure Pipelines reads them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from convlint.findings import Place
from convlint.render.text import visible
from convlint.source.nodes import Source
from tests.render.findings import BROAD, NETWORK, RICH, finding, place, rendered, result


def unescaped(text: str) -> str:
    for code, char in (("%3B", ";"), ("%5D", "]"), ("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%")):
        text = text.replace(code, char)
    return text


def commands(text: str) -> list[tuple[dict[str, str], str]]:
    """(properties, message) of each line."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")):
        assert line.startswith("##vso[task.logissue ")
        properties, _, message = line.removeprefix("##vso[task.logissue ").partition("]")
        pairs = (item.split("=", 1) for item in properties.split(";") if item)
        found.append(({key: unescaped(value) for key, value in pairs}, unescaped(message)))
    return found


def test_commands() -> None:
    assert rendered("azure", result(RICH, BROAD)) == (
        "##vso[task.logissue type=error;sourcepath=models/unet.yaml;linenumber=2;columnnumber=7;code=bad-thing;]"
        "CL999: b is bad%0Amodels/unet.yaml:1:1: it begins here%0Ahelp: make it good\n"
        "##vso[task.logissue type=warning;sourcepath=models/unet.yaml;linenumber=3;columnnumber=1;code=bad-thing;]"
        "CL999: it is bad (only scale n, s)\n"
    )


def test_info_is_a_warning() -> None:
    ((properties, _),) = commands(rendered("azure", result(finding(place(NETWORK, "a"), severity="info"))))
    assert properties["type"] == "warning"


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_finding_is_one_command(path: str, message: str) -> None:
    source = Source("m" + path, "a: 1\n")
    hostile = finding(Place(source, 0, 1), f"{message}##vso[task.setvariable variable=x]y")
    ((properties, text),) = commands(rendered("azure", result(hostile)))
    assert properties["sourcepath"] == visible(source.path)
    assert "##vso[" not in text
    assert text.endswith("#\\x23vso[task.setvariable variable=x]y")
