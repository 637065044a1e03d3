"""The table of `docs/architecture.md` that says where each rule is decided, from the rules and from the code.

A rule is decided where it is asserted: in its page (`assert`, `neighbours`), in operators that require it, and where
code reports it by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from convlint.catalogue import lookup

ROOT = Path(__file__).parent
_PLACE = re.compile(r"(<!-- rules -->\n).*?(<!-- end -->)", flags=re.S)
_ASSERTED = re.compile(r"^(assert|neighbours):", flags=re.M)
_MOST_NAMED = 3


def with_table(text: str) -> str:
    """A page with the table between `<!-- rules -->` and `<!-- end -->` made anew."""
    return _PLACE.sub(lambda place: f"{place[1]}{_table()}{place[2]}", text)


def _table() -> str:
    reported, named = _in_code()
    rows = [f"| `{name}` | {'; '.join(_decided(name, reported, named))} |\n" for name in lookup.rules()]
    return "| rule | decided in |\n| --- | --- |\n" + "".join(rows)


def _decided(name: str, reported: dict[str, set[str]], named: dict[str, set[str]]) -> Iterator[str]:
    """The places where a rule is decided, in words."""
    rule = lookup.rules()[name]
    page = f"rules/{rule.group}/{name}.md"
    front_matter = (ROOT / page).read_text(encoding="utf-8").split("\n---\n", 1)[0]
    if _ASSERTED.search(front_matter):
        yield f"`{page}`"
        return
    requiring = sorted({item.family for item in lookup.declarations().values() if _requires(item.requirements, name)})
    if requiring:
        more = f" and {len(requiring) - _MOST_NAMED} more" if len(requiring) > _MOST_NAMED else ""
        yield f"`require:` of {', '.join(requiring[:_MOST_NAMED])}{more}"
    files = reported.get(name) or (set() if requiring else named.get(name, set()))
    if files:
        yield ", ".join(f"`{file}`" for file in sorted(files))


def _requires(requirements: tuple[object, ...], name: str) -> bool:
    return any(getattr(requirement, "rule", "") == name for requirement in requirements)


def _in_code() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """(the files whose calls begin with the name of a rule, the files that hold it at all), by the name."""
    reported: dict[str, set[str]] = {}
    named: dict[str, set[str]] = {}
    for path in sorted((ROOT / "convlint").rglob("*.py")):
        if path.name.startswith("_compiled_"):
            continue
        file = path.relative_to(ROOT / "convlint").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.setdefault(node.value, set()).add(file)
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                reported.setdefault(str(node.args[0].value), set()).add(file)
    return reported, named
