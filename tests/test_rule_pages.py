"""Rule pages are documentation and tests at once: their examples are executed, their front matter is checked."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from convlint.catalogue import lookup
from convlint.checking import check_source
from convlint.options import Options, TorchLimits
from convlint.selection.selectors import enabled_rules
from convlint.source import Source
from convlint.source.nodes import LineIndex

RULES = Path(__file__).parent.parent / "rules"
PAGES = sorted(path for path in RULES.glob("*/*.md"))
SECTIONS = ["What it does", "Why it is bad", "Example", "Use instead", "References"]
RANGES = {
    "file": "CL0",
    "wiring": "CL1",
    "parameters": "CL2",
    "shapes": "CL3",
    "merges": "CL4",
    "quality": "CL5",
    "ultralytics": "CL6",
    "torch": "CL9",
}
KEYS = ["name", "code", "group", "severity", "status", "since", "default", "fixable", "summary", "message", "help"]
OPTIONAL_KEYS = {
    True,
    "assert",
    "at",
    "fix",
    "neighbours",
    "runs",
    "size_effect",
}  # YAML 1.1 reads the key `on` as true
CLAUSE_ARGUMENTS = {"at", "value", "op"}
NEIGHBOUR_ARGUMENTS = {"layer", "op", "above", "above_op", "shape", "before", "after"}
ARGUMENTS = {
    "unreadable-file": {"reason"},
    "yaml-syntax": {"problem"},
    "yaml-limit": {"limit"},
    "duplicate-key": {"key"},
    "unknown-key": {"key", "owner"},
    "missing-key": {"key", "owner"},
    "wrong-type": {"key", "expected", "found"},
    "invalid-value": {"key", "expected", "found"},
    "unknown-operator": {"op"},
    "invalid-expression": {"expression", "problem"},
    "ambiguous-scalar": {"text", "read", "other"},
    "unused-suppression": {"rules"},
    "unknown-rule": {"rule"},
    "not-an-architecture": {"reason"},
    "missing-version": set(),
    "over-budget": {"left_out"},
    "too-many-findings": {"count", "rules"},
    "rule-not-computed": {"what", "op", "problem"},
    "nothing-checked": {"path"},
    "undefined-input": {"name"},
    "cycle": {"path"},
    "duplicate-layer": {"name"},
    "input-count": {"op", "expected", "found"},
    "rank-mismatch": {"op", "expected", "found"},
    "unused-layer": {"name"},
    "unused-input": {"name"},
    "unused-block": {"name"},
    "missing-output": {"name"},
    "sizes-disagree": {"what", "found", "other", "expected"},
    "output-shape-mismatch": {"expected", "found"},
    "input-size": {"name", "size", "layer", "problem"},
    "softmax-before-loss": {"layer", "op", "loss"},
    "parameter-explosion": {"layer", "weights", "parameters"},
    "depthwise-without-groups": {"layer", "made", "given"},
    "unproductive-layer": {"layer", "field", "size"},
    "tensor-core-channels": {"layer", "op", "taken"},
    "small-receptive-field": {"name", "field", "axis", "size"},
    "row-arity": {"found"},
    "row-arguments": {"module", "problem"},
    "unresolvable-module": {"module"},
    "unknown-module": {"module"},
    "untracked-channels": {"module", "channels", "told"},
    "claim-mismatch": {"claimed", "found"},
    "shifted-rows": {"first", "by", "old", "new"},
    "index-comment-mismatch": {"number", "index"},
    "repeat-changes-shape": {"module", "repeat", "input", "output"},
    "ignored-key": {"key"},
    "ignored-scale": {"name", "scale"},
    "scale-not-found": {"name", "letter", "scales"},
    "rounded-channels": {"wanted", "built"},
    "torch-missing": {"reason"},
    "torch-build-failed": {"op", "text"},
    "torch-forward-failed": {"op", "mode", "size", "text"},
    "torch-shape-mismatch": {"op", "what", "found", "expected"},
    "torch-shapes-only": {"reason"},
    "torch-unfinished": {"reason"},
    "torch-package-missing": {"package", "reason"},
}
NOT_SHOWN_IN_YAML = {
    "unreadable-file",
    "over-budget",
    "too-many-findings",
    "rule-not-computed",
    "nothing-checked",
    "sizes-disagree",
    "torch-missing",
    "torch-package-missing",
    "torch-shape-mismatch",
    "torch-shapes-only",
    "torch-unfinished",
}
ASKS_TORCH = {path.stem for path in PAGES if path.parent.name == "torch"}
FILE_NAME = re.compile(r"\A# (\S+\.yaml)\n")
MARKER = re.compile(r"# (error|warning|info): ([a-z-]+)")
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)


def front_matter(path: Path) -> dict[object, object]:
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
    assert expected or "Use instead" in name, f"no line of the example is marked `# <severity>: {page}`"
    index = LineIndex(text)
    enabled = enabled_rules(lookup.rules(), extend=[page])
    if page in ASKS_TORCH:
        pytest.importorskip("torch")
    options = Options(rules=enabled, torch=TorchLimits() if page in ASKS_TORCH else None)
    named = FILE_NAME.match(text)
    source = Source(named[1] if named is not None else "example.yaml", text)
    findings = check_source(source, options).findings
    found = {(index.position(finding.place.start)[0], finding.severity, finding.rule.name) for finding in findings}
    assert found == expected


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_sections(path: Path) -> None:
    assert re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.M) == SECTIONS
    for title in SECTIONS:
        assert section(path, title).strip(), title
    for title in ("Example", "Use instead"):
        assert bool(BLOCK.search(section(path, title))) == (path.stem not in NOT_SHOWN_IN_YAML), title


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_front_matter(path: Path) -> None:
    data = front_matter(path)
    assert list(data)[: len(KEYS)] == KEYS
    assert set(data) - set(KEYS) <= OPTIONAL_KEYS
    assert data["name"] == path.stem
    assert data["group"] == path.parent.name
    assert re.fullmatch(RANGES[path.parent.name] + r"[0-9]{2}", str(data["code"]))
    summary = str(data["summary"])
    assert 0 < len(summary) <= 90 and "\n" not in summary


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_templates(path: Path) -> None:
    """A template uses only what the engine gives: it must not fail when a finding is made."""
    data = front_matter(path)
    if "assert" in data:
        return  # its fields are expressions, which are checked when the rules are compiled
    own = NEIGHBOUR_ARGUMENTS if "neighbours" in data else CLAUSE_ARGUMENTS
    allowed = ARGUMENTS.get(path.stem, own)
    for key in ("message", "help"):
        template = str(data[key])
        fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
        assert fields <= allowed
        assert not template.format(**dict.fromkeys(allowed, "x")).endswith(".")
    assert data["message"]


def test_codes_are_unique() -> None:
    codes = [front_matter(path)["code"] for path in PAGES]
    assert len(set(codes)) == len(codes)
