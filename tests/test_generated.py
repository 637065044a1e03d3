"""Every file that is made from others is what its sources say."""

from __future__ import annotations

from pathlib import Path

import pytest

import regenerate

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", regenerate.FILES)
def test_a_generated_file_is_current(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == regenerate.FILES[name](), f"{name} is stale: run python regenerate.py"


def test_the_schemas_hold_no_copy_an_operator() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "schemas").glob("*.json"))
    assert lines < 20_000


def test_every_rule_is_decided_somewhere() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert "|  |" not in text.partition("<!-- rules -->")[2]
