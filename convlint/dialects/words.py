"""Values as messages about a file write them."""

from __future__ import annotations


def in_words(value: object) -> str:
    """A value as YAML has it, texts in quotes: `null`, `true`, `'same'`, `[3, 3]`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(in_words(item) for item in value) + "]"
    return f"'{value}'" if isinstance(value, str) else str(value)
