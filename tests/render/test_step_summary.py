"""The table shows texts as they are, and stays as short as GitHub wants it."""

from __future__ import annotations

import pytest

from convlint.render import step_summary
from convlint.source.nodes import Source
from tests.render.findings import BROAD, RICH, finding, place, rendered, result

ROW = "[bad-thing](https://github.com/convlint/convlint/blob/main/rules/shapes/bad-thing.md)"


def test_the_table() -> None:
    assert rendered("step_summary", result(RICH, BROAD)) == (
        "### convlint\n\n| place | severity | rule | message |\n| --- | --- | --- | --- |\n"
        f"| models/unet\\.yaml\\:2\\:7 | error | {ROW} | b is bad |\n"
        f"| models/unet\\.yaml\\:3\\:1 | warning | {ROW} | it is bad \\(only scale n, s\\) |\n"
    )


def test_text_of_a_file_is_no_markup() -> None:
    strange = Source("a|b.yaml", "a: 1\n")
    text = rendered("step_summary", result(finding(place(strange, "a"), "<img src=x> [a](b) `c` | d\n# e @f")))
    row = text.splitlines()[-1]
    assert row.startswith("| a\\|b\\.yaml\\:1\\:1 |")
    assert row.endswith("| &lt;img src=x&gt; \\[a\\]\\(b\\) \\`c\\` \\| d \\# e \\@f |")


def test_what_does_not_fit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    row = rendered("step_summary", result(RICH)).splitlines(keepends=True)[-1]
    monkeypatch.setattr(step_summary, "LARGEST", 2 * len(row))
    text = rendered("step_summary", result(RICH, RICH, RICH, RICH))
    assert text.count(row) == 2
    assert text.endswith("\n2 more are in the log.\n")
