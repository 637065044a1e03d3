"""The house (docs/architecture.md): who may import whom, drawn from the code's own imports, those in functions too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from convlint.findings import Part

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "convlint"
LARGEST_ROOM = 0.15
"""The part of all lines that one room may hold."""

MOST_ANY = 250
"""How often all of the code may say `Any`; what else is known of a value, its type says."""

Arrows = dict[str, set[str]]

MODULES = {
    ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not path.name.startswith("_compiled_")
}


def room_of(module: str) -> str:
    """The folder below `convlint/` that a module stands in, or its own name where it stands in none."""
    return (module.split(".") + ["convlint"])[1] if "." in module else module


def imported(module: str) -> Iterator[str]:
    """The modules of convlint that a module imports, anywhere in its text."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from [name for name in (inner, node.module or "") if name in MODULES][:1]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


def circles(arrows: Mapping[str, set[str]]) -> list[set[str]]:
    """The sets of names that reach one another."""
    reached = {name: _reached(name, arrows) for name in arrows}
    found: list[set[str]] = []
    for name in arrows:
        circle = {other for other in reached[name] if name in reached[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def _reached(name: str, arrows: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        new = arrows[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


@pytest.fixture(scope="module")
def arrows() -> Arrows:
    return {module: set(imported(module)) - {module} for module in MODULES}


@pytest.fixture(scope="module")
def rooms(arrows: Arrows) -> Arrows:
    found: Arrows = {room_of(module): set() for module in MODULES}
    for module, others in arrows.items():
        found[room_of(module)] |= {room_of(other) for other in others} - {room_of(module)}
    return found


def test_no_files_import_one_another_in_a_circle(arrows: Arrows) -> None:
    assert circles(arrows) == []


def test_no_room_imports_one_that_stands_on_it(rooms: Arrows) -> None:
    assert circles(rooms) == []


def test_no_room_holds_more_than_its_share_of_the_lines() -> None:
    lines: dict[str, int] = {}
    for module, path in MODULES.items():
        count = len(path.read_text(encoding="utf-8").splitlines())
        lines[room_of(module)] = lines.get(room_of(module), 0) + count
    largest = max(lines, key=lambda room: lines[room])
    assert lines[largest] <= LARGEST_ROOM * sum(lines.values()), largest


@pytest.mark.parametrize(
    ("room", "never"),
    [
        ("source", {"model", "catalogue", "findings"}),
        ("domain", {"catalogue", "model", "source", "findings"}),
        ("catalogue", {"engine", "model", "dialects", "selection", "render"}),
        ("engine", {"dialects", "solving", "selection", "render", "cli"}),
        ("solving", {"dialects", "selection", "render", "cli"}),
        ("dialects", {"solving", "selection", "render", "cli"}),
        ("selection", {"solving", "render", "cli"}),
        ("render", {"engine", "dialects", "checking", "cli"}),
    ],
)
def test_a_stage_knows_nothing_of_those_that_follow_it(room: str, never: set[str], rooms: Arrows) -> None:
    assert not rooms[room] & never


def test_the_core_loop_is_a_page() -> None:
    assert len((PACKAGE / "checking.py").read_text(encoding="utf-8").splitlines()) <= 150


def test_types_say_more_than_any() -> None:
    assert sum(len(re.findall(r"\bAny\b", path.read_text(encoding="utf-8"))) for path in MODULES.values()) <= MOST_ANY


def test_a_public_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_a_place_names_a_part_of_a_layer_by_its_member() -> None:
    parts = {part.value for part in Part}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("places.at"):
                literals = {inner.value for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Constant)}
                assert not literals & parts, f"{module}:{node.lineno}"
