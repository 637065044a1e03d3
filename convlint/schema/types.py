"""What a JSON Schema is to a type checker."""

from __future__ import annotations

from convlint.typed import Any

Schema = dict[str, Any]
"""A JSON Schema, or a part of one."""
