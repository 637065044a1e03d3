"""Rule pages are documentation and tests at once: their examples are executed, their front matter is checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from convlint.checking import Options, check_source
from convlint.engine import catalogue
from convlint.selection.selectors import enabled_rules
from convlint.source import Source
from convlint.source.nodes import LineIndex

RULES = Path(__file__).parent.parent / "rules"
PAGES = sorted(path for path in RULES.glob("*/*.md"))
SECTIONS = ["What it does", "Why it is bad", "Example", "Use instead", "References"]
RANGES = {"file": "CL0", "wiring": "CL1", "parameters": "CL2", "shapes": "CL3", "merges": "CL4", "ultralytics": "CL6"}
MARKER = re.compile(r"# (error|warning|info): ([a-z-]+)")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)


def front_matter(path: Path) -> dict[str, object]:
    data = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    assert isinstance(data, dict)
    return data


def section(path: Path, title: str) -> str:
    return re.split(r"^## ", path.read_text(encoding="utf-8").split(f"## {title}\n", 1)[1], flags=re.M)[0]


def examples() -> list[tuple[str, str]]:
    """(page and section, text) of every executed block."""
    return [
        (f"{path.stem}:{title}:{number}", text)
        for path in PAGES
        for title in ("Example", "Use instead")
        for number, text in enumerate(BLOCK.findall(section(path, title)))
    ]


@pytest.mark.parametrize(("name", "text"), examples(), ids=[name for name, _ in examples()])
def test_example(name: str, text: str) -> None:
    page = name.split(":")[0]
    expected = {
        (number, severity, rule)
        for number, line in enumerate(text.splitlines(), 1)
        for severity, rule in MARKER.findall(line)
    }
    assert expected or "Use instead" in name
    index = LineIndex(text)
    enabled = enabled_rules(catalogue.rules(), extend=[page])
    findings = check_source(Source("example.yaml", text), Options(rules=enabled), alone=True).findings
    found = {(index.position(finding.place.start)[0], finding.severity, finding.rule.name) for finding in findings}
    assert found == expected


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_complete(path: Path) -> None:
    data = front_matter(path)
    assert data["name"] == path.stem
    assert data["group"] == path.parent.name
    assert str(data["code"]).startswith(RANGES[path.parent.name])
    assert len(str(data["summary"])) <= 90
    assert not str(data["message"]).endswith(".")
    titles = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    assert titles == SECTIONS


def test_codes_are_unique() -> None:
    codes = [front_matter(path)["code"] for path in PAGES]
    assert len(set(codes)) == len(codes)
