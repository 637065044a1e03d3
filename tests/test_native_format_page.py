"""Every file on the page of the native format is one that convlint passes, and torch builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import convlint

DOCS = Path(__file__).parent.parent / "docs"
FILES = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "native-format.md").read_text(encoding="utf-8"), flags=re.M | re.S)


def test_there_are_files() -> None:
    assert len(FILES) >= 8


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_file_of_the_page_is_clean_and_builds(number: int, tmp_path: Path) -> None:
    assert not [(item.rule.name, item.message) for item in convlint.check_text(FILES[number]).findings]
    pytest.importorskip("torch")
    path = tmp_path / "network.yaml"
    path.write_text(FILES[number], encoding="utf-8")
    assert convlint.build(path) is not None


def test_the_page_names_every_key_of_a_layer() -> None:
    from convlint.dialects.native.keys import LAYER_KEYS

    page = (DOCS / "native-format.md").read_text(encoding="utf-8")
    assert all(f"`{key}" in page for key in LAYER_KEYS)
