"""The third line of each reported case says what the package makes of it: this is what the package itself says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.conformance.ultralytics.oracle import SIZE, scales_of, truth_of
from tests.conformance.ultralytics.requirements import needs_package

pytestmark = needs_package
FOLDER = Path(__file__).parents[2] / "cases" / "ultralytics"
FOREIGN = "# package: of another parser"
"""Marks files of the older repositories, which are no packages."""
SAID = re.compile(r"^# package: (.*)$", re.MULTILINE)
IMAGE = re.compile(r"^# size: (\d+)$", re.MULTILINE)
CASES = sorted(path for path in FOLDER.glob("*.yaml") if FOREIGN not in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.stem))
def test_case(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said, image = SAID.search(text), IMAGE.search(text)
    assert said is not None
    size = int(image[1]) if image else SIZE
    failures = [truth_of(text, scale, size).failure for scale in scales_of(yaml.safe_load(text))]
    messages = [failure.message for failure in failures if failure is not None]
    if said[1] == "runs":
        assert messages == []
    else:
        assert any(said[1] in message for message in messages)
