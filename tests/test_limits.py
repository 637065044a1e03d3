"""A file ends within its budget of steps, and says what was left out; all limits stand on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from convlint import budget, limits
from convlint.budget import Budget, within
from convlint.checking import check_source
from convlint.dialects.native import name_advice
from convlint.findings import FileResult
from convlint.nearest import plain
from convlint.options import Options
from convlint.source.nodes import Source

PAGE = (Path(__file__).parent.parent / "docs" / "limits.md").read_text(encoding="utf-8")
HEAD = "convlint: 1\ninputs: {image: [3, 64, 64]}\n"
SUMS = "'${sum([sum([j for j in range(48)]) for i in range(1300)])}'"


def rows(text: str, count: int) -> str:
    return "".join(text.replace("#", str(number)) for number in range(count))


SEVEN = {
    "misspelt names in from": HEAD + "layers:\n" + rows("  - {name: layer#, op: ReLU, from: layre#}\n", 4000),
    "unknown operators beside blocks": HEAD
    + "blocks:\n"
    + rows("  Block#: {layers: [{op: ReLU}]}\n", 4000)
    + "layers:\n"
    + rows("  - {op: Blokc#}\n", 4000),
    "comments for rules that do not exist": HEAD
    + "layers:\n"
    + "".join(f"  # convlint: ignore[cycel{number}]\n" for number in range(10_000))
    + "  - {op: ReLU}\n",
    "comments that silence nothing": HEAD + "layers:\n" + "  - {op: ReLU} # convlint: ignore[cycle]\n" * 10_000,
    "unknown names in constants": HEAD
    + "constants:\n"
    + rows("  c#: '${unknown_name#}'\n", 8000)
    + "layers:\n  - {op: ReLU}\n",
    "nested sums": HEAD + "layers:\n" + f"  - {{op: ReLU, inplace: {SUMS}}}\n" * 3000,
    "names in one comment": HEAD
    + "layers:\n  - {op: ReLU} # convlint: ignore["
    + ", ".join(f"name-{number}" for number in range(4000))
    + "]\n",
}


def checked(text: str, options: Options = Options()) -> FileResult:
    return check_source(Source("a.yaml", text), options)


def found(result: FileResult) -> set[str]:
    return {finding.rule.name for finding in result.findings}


@pytest.mark.slow
@pytest.mark.parametrize("name", SEVEN)
def test_a_file_ends_within_its_budget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[Budget] = []

    class Watched(Budget):
        def __init__(self, length: int) -> None:
            super().__init__(length)
            spent.append(self)

    monkeypatch.setattr("convlint.checking.Budget", Watched)
    result = checked(SEVEN[name])
    assert len(result.findings) > 0
    assert len(result.findings) <= limits.FINDINGS_A_FILE + 1
    assert all(one.left >= 0 for one in spent)


def test_what_was_left_out_is_said() -> None:
    result = checked(SEVEN["nested sums"])
    assert "over-budget" in found(result)
    (finding,) = [finding for finding in result.findings if finding.rule.name == "over-budget"]
    assert "the values of expressions" in finding.message


def test_of_more_scales_than_a_file_may_ask_for_the_first_are_checked() -> None:
    scales = "".join(f"  s{number}: [1.0, 1.0, 1024]\n" for number in range(500))
    rows = "  - [-1, 1, Conv, [16, 3, 2]]\n" * 3 + "  - [-1, 1, Conv, [16]]\n" * 500
    result = checked(f"nc: 4\nscales:\n{scales}backbone:\n{rows}head:\n  - [[502], 1, Detect, [nc]]\n")
    (finding,) = result.findings
    assert finding.message.endswith("the networks of some scales")


def test_no_rule_hides_another() -> None:
    text = HEAD + "layers:\n" + "  - {op: ReLU, bogus: 1}\n" * 1500 + "  - {op: ReLU, inplace: 3}\n"
    result = checked(text)
    rules = [finding.rule.name for finding in result.findings]
    assert rules.count("wrong-type") == 1
    assert len(rules) == limits.FINDINGS_A_FILE + 1
    assert result.findings[0].message == "501 further findings were left out: 501 unknown-key"


def test_without_its_rule_the_list_is_cut_all_the_same() -> None:
    text = HEAD + "layers:\n" + "  - {op: ReLU, bogus: 1}\n" * 1500
    result = checked(text, Options(rules=frozenset(("unknown-key",))))
    assert len(result.findings) == limits.FINDINGS_A_FILE


def test_a_long_honest_file_is_within_its_budget() -> None:
    layers = rows("  - {name: conv#, op: Conv2d, out_channels: '${width * 2}', kernel_size: 3, padding: 1}\n", 2000)
    assert found(checked(HEAD + "constants: {width: 4}\nlayers:\n" + layers)) == set()


def test_nothing_is_bounded_outside_a_check() -> None:
    assert budget.allows(10**12, "all of it")
    with within(Budget(0)):
        assert not budget.allows(10**12, "all of it")
        assert budget.steps_left(7) == 7


def test_the_page_says_every_limit() -> None:
    said = {int(text.replace(",", "")) for text in re.findall(r"\d[\d,]*", PAGE)}
    values = {name: value for name, value in vars(limits).items() if name.isupper()}
    values["FILE_BYTES"] //= 1024 * 1024
    assert {name for name, value in values.items() if value not in said} == set()


def test_names_are_compared_by_their_spelling_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(name: str) -> str:
        nonlocal compared
        compared += 1
        return plain(name)

    monkeypatch.setattr(name_advice, "plain", counted)
    text = SEVEN["misspelt names in from"]
    checked(text)
    assert compared <= (limits.STEPS_A_FILE + limits.STEPS_A_BYTE * len(text)) / limits.STEPS_A_NAME + 8000
