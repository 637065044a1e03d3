"""The text of a JSON file that people read: what fits on a line stands on one."""

from __future__ import annotations

import json

WIDTH = 120


def as_text(data: list[object] | dict[str, object]) -> str:
    """The text of a file; the outermost values stand on lines of their own."""
    return _opened(data, "") + "\n"


def _text(value: object, indent: str, before: int) -> str:
    """A value that begins at a column, after `before` characters."""
    line = json.dumps(value, ensure_ascii=False)
    if before + len(line) + 1 <= WIDTH or not value or not isinstance(value, (dict, list)):
        return line
    return _opened(value, indent)


def _opened(value: list[object] | dict[str, object], indent: str) -> str:
    inner = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{inner}{_text(item, inner, len(inner))}" for item in value) + f"\n{indent}]"
    lines = []
    for key, item in value.items():
        name = f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        lines.append(name + _text(item, inner, len(name)))
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
