"""Turns path arguments into files: walks folders in sorted order, honouring .gitignore files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

ENDINGS = (".yaml", ".yml")
_SKIPPED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "node_modules", "__pycache__", "site-packages")
)
_IGNORE_FILE = ".gitignore"


class _Ignore(NamedTuple):
    """The patterns of one .gitignore file, and how a folder is called from where that file stands (`a/b/`)."""

    spec: Any
    prefix: str

    def inside(self, folder: str) -> _Ignore:
        """The same for a folder further in."""
        return _Ignore(self.spec, f"{self.prefix}{folder}/")


class _Folder(NamedTuple):
    path: str
    ignores: tuple[_Ignore, ...]


def find_files(paths: Iterable[str], exclude: Sequence[str] = (), force_exclude: bool = False) -> Iterator[str]:
    """The files that path arguments stand for, each once, in order.

    What is named is linted, even where a .gitignore file or `exclude` speaks against it, but for `force_exclude`.
    A path that is no folder, and a folder that cannot be listed, is passed on: whoever reads it says what is wrong.
    """
    seen: set[str] = set()
    for path in paths:
        if force_exclude and is_excluded(path, exclude):
            continue
        for file in _walk(path, exclude) if os.path.isdir(path) else (path,):
            key = os.path.abspath(file)
            if key not in seen:
                seen.add(key)
                yield file


def is_excluded(path: str, exclude: Sequence[str]) -> bool:
    """Whether a path lies in a folder that is never searched, or matches one of some globs."""
    parts = _parts(path)
    return not _SKIPPED_FOLDERS.isdisjoint(parts[:-1]) or _matches_any(parts, exclude)


def _walk(top: str, exclude: Sequence[str]) -> Iterator[str]:
    """YAML files below a folder; links to folders are not followed."""
    waiting = [_Folder(_tidy(top), _ignores_above(top))]
    while waiting:
        folder = waiting.pop()
        try:
            folders, files = _entries(folder.path)
        except OSError:
            yield folder.path
            continue
        ignores = _ignores_in(folder, folders, files)
        for name in files:
            path = _join(folder.path, name)
            if name.lower().endswith(ENDINGS) and not _is_left_out(path, name, ignores, exclude):
                yield path
        for name in reversed(folders):
            path = _join(folder.path, name)
            if name not in _SKIPPED_FOLDERS and not _is_left_out(path, name + "/", ignores, exclude):
                waiting.append(_Folder(path, tuple(ignore.inside(name) for ignore in ignores)))


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """(names of folders, names of files), sorted; a link to a folder is neither."""
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif not (entry.is_symlink() and os.path.isdir(entry.path)):
                files.append(entry.name)
    return sorted(folders), sorted(files)


def _ignores_in(folder: _Folder, folders: list[str], files: list[str]) -> tuple[_Ignore, ...]:
    """The .gitignore files that speak of the entries of a folder, the nearest last."""
    is_repository = ".git" in folders or ".git" in files
    inherited = () if is_repository else folder.ignores
    spec = _read_patterns(folder.path) if _IGNORE_FILE in files else None
    return inherited if spec is None else (*inherited, _Ignore(spec, ""))


def _ignores_above(top: str) -> tuple[_Ignore, ...]:
    """The .gitignore files above a folder, up to the root of its repository; none if they ignore the folder itself."""
    folder = os.path.realpath(top)
    inside = ""
    ignores: list[_Ignore] = []
    while not os.path.exists(os.path.join(folder, ".git")):
        parent, name = os.path.split(folder)
        if parent == folder:
            return ()
        folder, inside = parent, f"{name}/{inside}"
        spec = _read_patterns(folder)
        if spec is not None:
            ignores.insert(0, _Ignore(spec, inside))
    return () if inside and _is_ignored("", ignores) else tuple(ignores)


def _read_patterns(folder: str) -> Any:
    """The patterns of the .gitignore file of a folder, or None."""
    try:
        with open(os.path.join(folder, _IGNORE_FILE), encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    """Whether a line can be read; git passes over one that cannot."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _is_left_out(path: str, name: str, ignores: Sequence[_Ignore], exclude: Sequence[str]) -> bool:
    return _is_ignored(name, ignores) or _matches_any(_parts(path) if exclude else [], exclude)


def _is_ignored(name: str, ignores: Sequence[_Ignore]) -> bool:
    """Whether the nearest .gitignore that speaks of an entry ignores it; a folder's name ends in a slash."""
    for ignore in reversed(ignores):
        verdict = ignore.spec.check_file(ignore.prefix + name).include
        if verdict is not None:
            return bool(verdict)
    return False


def _matches_any(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(_matches(parts, pattern.replace(os.sep, "/").rstrip("/")) for pattern in patterns)


def _matches(parts: Sequence[str], pattern: str) -> bool:
    """Whether a glob matches a path or a folder above it.

    One without a slash matches a name anywhere, one with a slash counts from the working folder, or from any folder
    where it begins with `**/`.
    """
    from fnmatch import fnmatch

    tail = pattern.removeprefix("**/")
    if "/" not in tail:
        return any(fnmatch(part, tail) for part in parts)
    starts = range(len(parts)) if tail != pattern else (0,)
    return any(
        fnmatch("/".join(parts[start:end]), tail) for start in starts for end in range(start + 1, len(parts) + 1)
    )


def _parts(path: str) -> list[str]:
    """The names along a path, from the working folder where that is possible."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        relative = path
    return relative.replace(os.sep, "/").split("/")


def _tidy(path: str) -> str:
    """A folder as findings name it; `..` stays, since behind a link it is not the folder that the name says."""
    return path if ".." in path.split(os.sep) else os.path.normpath(path)


def _join(folder: str, name: str) -> str:
    return name if folder == os.curdir else os.path.join(folder, name)
