"""One object a line, the same as in the JSON report."""

from __future__ import annotations

import json

from tests.render.findings import BROAD, CLEAN, RICH, SKIPPED, rendered, result


def test_the_lines_are_the_diagnostics_of_the_json_report() -> None:
    results = (result(RICH, BROAD), CLEAN, SKIPPED, result(RICH))
    lines = rendered("jsonl", *results).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(rendered("json", *results))["diagnostics"]
