"""Rule selection: what names, codes, prefixes and ALL stand for, and which of two selectors wins."""

from __future__ import annotations

import pytest

from convlint.findings import Rule
from convlint.selection.selectors import UnknownSelectorError, enabled_rules


def rule(name: str, code: str, default: bool = True) -> Rule:
    return Rule(name, code, "error", "group", "Summary.", "message", default=default)


RULES = {
    item.name: item
    for item in (
        rule("first", "CL101"),
        rule("second", "CL102"),
        rule("quiet", "CL103", default=False),
        rule("third", "CL201"),
    )
}


@pytest.mark.parametrize(
    ("select", "extend", "ignore", "enabled"),
    [
        ([], [], [], "first second third"),
        (["ALL"], [], [], "first second quiet third"),
        (["all"], [], [], "first second quiet third"),
        (["first"], [], [], "first"),
        (["cl101"], [], [], "first"),
        (["CL1"], [], [], "first second"),
        (["CL103"], [], [], "quiet"),
        (["CL1", "quiet"], [], [], "first second quiet"),
        ([], ["quiet"], [], "first second quiet third"),
        ([], [], ["CL1"], "third"),
        (["ALL"], [], ["CL1"], "third"),
        (["ALL"], [], ["quiet"], "first second third"),
        (["CL1"], [], ["CL102"], "first"),
        (["CL102"], [], ["CL1"], "second"),
        (["CL1"], [], ["CL1"], ""),
        (["first"], [], ["CL101"], ""),
        (["CL10"], [], ["CL1"], "first second"),
        (["CL2"], ["CL101"], ["ALL"], "first third"),
        ([], [], ["ALL"], ""),
    ],
)
def test_enabled_rules(select: list[str], extend: list[str], ignore: list[str], enabled: str) -> None:
    assert enabled_rules(RULES, select, extend, ignore) == set(enabled.split())


@pytest.mark.parametrize("selector", ["frist", "CL9", "C", "1", "First", "*"])
def test_unknown_selector(selector: str) -> None:
    for arguments in ({"select": [selector]}, {"extend": [selector]}, {"ignore": [selector]}):
        with pytest.raises(UnknownSelectorError, match="no rule is called") as caught:
            enabled_rules(RULES, **arguments)
        assert caught.value.selector == selector
