"""Turns path arguments into files: walks folders in sorted order, honouring .gitignore files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from convlint.dialects.registry import ENDINGS
from convlint.source.reader import UnreadableError, read_bytes
from convlint.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.util import CheckResult

_SKIPPED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", "node_modules", "__pycache__", "site-packages")
)
_IGNORE_FILE = ".gitignore"
_LARGEST_IGNORE_FILE = 2**18
"""Bytes of it that are read."""
_LONGEST_PATTERN = 4096
"""Characters of a path; no longer pattern is written by a person."""
_MOST_STARS = 3
"""Stars in one part of a pattern, and parts `**`; the time that a match takes grows with this power of the length."""


LeavesOut = Callable[[str, bool], bool]
"""Whether settings leave out a path that a search comes upon; the second argument says that it is a folder."""


class _Patterns(NamedTuple):
    """The patterns of one .gitignore file, as they apply to files and to folders."""

    files: GitIgnoreSpec
    folders: GitIgnoreSpec


class _Ignore(NamedTuple):
    """Patterns, and how a folder is called from where their file stands: "", or `a/b/`."""

    patterns: _Patterns
    prefix: str


class _Folder(NamedTuple):
    path: str
    ignores: tuple[_Ignore, ...]


def _keep(path: str, is_folder: bool) -> bool:
    return False


def not_excluded(paths: Iterable[str], exclude: Sequence[str], leaves_out: LeavesOut = _keep) -> Iterator[str]:
    """Of path arguments, those against which neither `exclude` nor `leaves_out` speaks."""
    for path in paths:
        if not (is_excluded(path, exclude) or leaves_out(path, os.path.isdir(path))):
            yield path


def find_files(paths: Iterable[str], exclude: Sequence[str] = (), leaves_out: LeavesOut = _keep) -> Iterator[str]:
    """The files that path arguments stand for, each once, in order.

    What is named is linted, even where a .gitignore file, `exclude` or `leaves_out` speaks against it.
    A path that is no folder, and a folder that cannot be listed, is passed on: whoever reads it says what is wrong.
    """
    seen: set[str] = set()
    for path in paths:
        for file in _walk(path, exclude, leaves_out) if os.path.isdir(path) else (path,):
            key = os.path.abspath(file)
            if key not in seen:
                seen.add(key)
                yield file


def is_excluded(path: str, exclude: Sequence[str]) -> bool:
    """Whether a path lies in a folder that is never searched, or matches one of some globs."""
    return not _SKIPPED_FOLDERS.isdisjoint(_parts(path)[:-1]) or _matches_any(path, exclude)


def matches(path: str, pattern: str, folder: str) -> bool:
    """Whether a glob that counts from `folder` matches a path, or a folder above it; both are absolute."""
    return _matches(_parts(path, folder), _rooted(pattern, folder))


def _walk(top: str, exclude: Sequence[str], leaves_out: LeavesOut) -> Iterator[str]:
    """Files below a folder that may hold networks; links to folders are not followed."""
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
            if not name.lower().endswith(ENDINGS) or _ignores_file(ignores, name) or _matches_any(path, exclude):
                continue
            if not leaves_out(path, False):
                yield path
        for name in reversed(folders):
            path = _join(folder.path, name)
            if name in _SKIPPED_FOLDERS or _ignores_folder(ignores, name) or _matches_any(path, exclude):
                continue
            if not leaves_out(path, True):
                inside = tuple(_Ignore(item.patterns, f"{item.prefix}{name}/") for item in ignores)
                waiting.append(_Folder(path, inside))


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
    patterns = _read_patterns(folder.path) if _IGNORE_FILE in files else None
    return inherited if patterns is None else (*inherited, _Ignore(patterns, ""))


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
        patterns = _read_patterns(folder)
        if patterns is not None:
            ignores.insert(0, _Ignore(patterns, inside))
    return () if _ignores_folder(ignores, "") else tuple(ignores)


def _read_patterns(folder: str) -> _Patterns | None:
    """The patterns of the .gitignore file of a folder, if it has one."""
    try:
        text = read_bytes(os.path.join(folder, _IGNORE_FILE), _LARGEST_IGNORE_FILE)
    except UnreadableError:
        return None
    lines = text.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    lines = [line.rstrip(" ") if not line.rstrip(" ").endswith("\\") else line for line in lines]
    lines = [line for line in lines if _is_affordable(line)]
    # `a/**` is what lies in a; pathspec would take a itself for ignored too, and nothing in it could be kept.
    lines = [line + "/*" if line.endswith("/**") else line for line in lines]
    # pathspec judges files, and weighs what it says of the folders around one less. Asked of a folder, that is wrong:
    # there `!*/` must weigh as much as `*`, and it does without its slash.
    return _Patterns(_compiled(lines), _compiled([line.rstrip("/") for line in lines]))


def _is_affordable(line: str) -> bool:
    """Whether a pattern cannot be one that is made to take for ever."""
    parts = line.split("/")
    stars = (len(re.findall(r"\*+", part)) for part in parts)
    return len(line) < _LONGEST_PATTERN and max(*stars, parts.count("**")) <= _MOST_STARS


def _compiled(lines: Sequence[str]) -> GitIgnoreSpec:
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


def _ignores_file(ignores: Sequence[_Ignore], name: str) -> bool:
    """Whether the nearest .gitignore that speaks of a file ignores it."""
    return _last_word(item.patterns.files.check_file(item.prefix + name) for item in reversed(ignores))


def _ignores_folder(ignores: Sequence[_Ignore], name: str) -> bool:
    """Whether the nearest .gitignore that speaks of a folder ignores it."""
    return _last_word(item.patterns.folders.check_file((item.prefix + name).rstrip("/")) for item in reversed(ignores))


def _last_word(verdicts: Iterable[CheckResult[str]]) -> bool:
    return bool(next((verdict.include for verdict in verdicts if verdict.include is not None), False))


def _matches_any(path: str, patterns: Sequence[str]) -> bool:
    if not patterns:
        return False
    parts = _parts(path)
    return any(_matches(parts, _rooted(pattern, os.getcwd())) for pattern in patterns)


def _rooted(pattern: str, folder: str) -> str:
    """A glob with `/` at its beginning where it names a path from an absolute folder: `./a`, or the folder itself."""
    written = pattern.replace(os.sep, "/").rstrip("/")
    if written.startswith("./"):
        return written[1:]
    top = folder.replace(os.sep, "/").rstrip("/")
    return written[len(top) :] if written.startswith(top + "/") else written


def _matches(parts: Sequence[str], pattern: str) -> bool:
    """Whether a glob matches a path or a folder above it.

    One without a slash matches a name anywhere, one with a slash counts from where the path begins, or from any folder
    where it begins with `**/`. `/**/` stands for any folders, or none.
    """
    from fnmatch import fnmatch

    tail = pattern.removeprefix("**/")
    if "/" not in tail:
        return any(fnmatch(part, tail) for part in parts)
    at, is_anywhere = 0, tail != pattern
    for piece in tail.removeprefix("/").split("/**/"):
        starts = range(at, len(parts)) if is_anywhere else (at,)
        stretches = ((start, end) for start in starts for end in range(start + 1, len(parts) + 1))
        ends = [end for start, end in stretches if fnmatch("/".join(parts[start:end]), piece)]
        if not ends:
            return False
        at, is_anywhere = min(ends), True  # the shortest beginning leaves the most for what follows
    return True


def _parts(path: str, folder: str = os.curdir) -> list[str]:
    """The names along a path, from a folder (the working folder) where that is possible."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        relative = path
    return relative.replace(os.sep, "/").split("/")


def _tidy(path: str) -> str:
    """A folder as findings name it; `..` stays, since behind a link it is not the folder that the name says."""
    return path if ".." in path.split(os.sep) else os.path.normpath(path)


def _join(folder: str, name: str) -> str:
    return name if folder == os.curdir else os.path.join(folder, name)
