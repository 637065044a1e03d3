"""Finds the settings file that holds for a linted file: the closest one above it."""

from __future__ import annotations

import os

from convlint.limits import SETTINGS_BYTES
from convlint.source.reader import UnreadableError, read_bytes

NAMES = (".convlint.toml", "convlint.toml")
PROJECT = "pyproject.toml"
_TABLE = b"tool.convlint"


def closest_config(folder: str, known: dict[str, str | None]) -> str | None:
    """The settings file of an absolute folder, or of the closest folder above it; None where there is none.

    The root of a repository (it holds `.git`) is the last folder that is looked at. `known` remembers the answers.
    """
    passed, at = [folder], folder
    while at not in known:
        found = _config_in(at)
        if found is not None or _is_root(at):
            known[at] = found
        else:
            at = os.path.dirname(at)
            passed.append(at)
    known.update(dict.fromkeys(passed, known[at]))
    return known[folder]


def _is_root(folder: str) -> bool:
    """Whether a folder is the root of a repository, or of the file system."""
    return os.path.dirname(folder) == folder or os.path.exists(os.path.join(folder, ".git"))


def _config_in(folder: str) -> str | None:
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    project = os.path.join(folder, PROJECT)
    return project if _holds_table(project) else None


def _holds_table(path: str) -> bool:
    """Whether a pyproject.toml holds settings of convlint; it is parsed only where it mentions them."""
    if not os.path.isfile(path):
        return False
    try:
        text = read_bytes(path, SETTINGS_BYTES)
    except UnreadableError:
        return False
    if _TABLE not in text:
        return False
    from convlint.selection.toml import TomlError, parse

    try:
        tool = parse(text).get("tool")
    except TomlError:
        return True  # whoever reads it says what is wrong
    return isinstance(tool, dict) and "convlint" in tool
