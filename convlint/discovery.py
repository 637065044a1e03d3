"""Turns path arguments into files: walks folders in sorted order, honouring .gitignore files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from typing import Any, NamedTuple

ENDINGS = (".yaml", ".yml")
_SKIPPED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "node_modules", "__pycache__", "site-packages")
)


class _IgnoreFile(NamedTuple):
    folder: str
    spec: Any


def find_files(paths: Iterable[str], exclude: Sequence[str] = (), force_exclude: bool = False) -> Iterator[str]:
    """The files that path arguments stand for, each once, in order.

    A path that is no folder is passed on as it is, unless it matches `exclude` and `force_exclude` is set.
    """
    seen: set[str] = set()
    for path in paths:
        if os.path.isdir(path):
            found: Iterable[str] = _walk(path, exclude)
        else:
            found = [] if force_exclude and _is_excluded(path, exclude) else [path]
        for file in found:
            key = os.path.abspath(file)
            if key not in seen:
                seen.add(key)
                yield file


def _walk(top: str, exclude: Sequence[str]) -> Iterator[str]:
    """YAML files below a folder; links to folders are not followed."""
    ignores = _ignores_above(top)
    by_folder: dict[str, list[_IgnoreFile]] = {}
    for folder, folders, names in os.walk(top):
        known = by_folder.get(os.path.dirname(folder), ignores) if folder != top else ignores
        own = _ignore_file(folder) if ".gitignore" in names else None
        rules = [*known, own] if own is not None else known
        by_folder[folder] = rules
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED_FOLDERS
            and not _is_ignored(os.path.join(folder, name) + "/", rules)
            and not _is_excluded(os.path.join(folder, name), exclude)
        )
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.lower().endswith(ENDINGS) and not _is_ignored(path, rules) and not _is_excluded(path, exclude):
                yield os.path.normpath(path)


def _ignores_above(top: str) -> list[_IgnoreFile]:
    """The .gitignore files of the folders above, up to the root of the repository; none outside of one."""
    folder = os.path.abspath(top)
    above: list[str] = []
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return []
        folder = parent
        above.append(folder)
    found = [_ignore_file(path) for path in reversed(above) if os.path.isfile(os.path.join(path, ".gitignore"))]
    return [ignore for ignore in found if ignore is not None]


def _ignore_file(folder: str) -> _IgnoreFile | None:
    from pathspec import GitIgnoreSpec

    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            return _IgnoreFile(os.path.abspath(folder), GitIgnoreSpec.from_lines(file))
    except (OSError, ValueError):
        return None


def _is_ignored(path: str, ignores: list[_IgnoreFile]) -> bool:
    """Whether the nearest .gitignore that speaks of a path ignores it; a folder's path ends in a slash."""
    for ignore in reversed(ignores):
        relative = os.path.relpath(os.path.abspath(path), ignore.folder).replace(os.sep, "/")
        verdict = ignore.spec.check_file(relative + "/" if path.endswith("/") else relative).include
        if verdict is not None:
            return bool(verdict)
    return False


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path, its name, or a folder above it matches one of some globs."""
    relative = os.path.relpath(path).replace(os.sep, "/")
    parts = relative.split("/")
    prefixes = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return any(fnmatch(text, pattern.rstrip("/")) for pattern in patterns for text in (*prefixes, *parts))
