"""Finds the data folders `rules/` and `schemas/`: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def resource_path(*parts: str) -> str:
    """The path of a data file or folder, such as `resource_path("rules", "operators")`."""
    packed = os.path.join(_PACKAGE, "_data")
    root = packed if os.path.isdir(packed) else os.path.dirname(_PACKAGE)
    return os.path.join(root, *parts)
