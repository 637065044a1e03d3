"""Whether what was compiled from a checkout is still what its sources say; asked in a checkout alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from convlint.typed import NamedTuple

SOURCES = ("rules", "convlint/catalogue", "convlint/domain", "convlint/source")
"""The folders that the compiled modules are made from: what is compiled, and all that compiles it."""
SINGLE_SOURCES = (
    *("convlint/__init__.py", "convlint/_version.py", "convlint/budget.py"),
    *("convlint/findings.py", "convlint/limits.py", "convlint/nearest.py", "convlint/typed.py"),
)
STAMP = "_compiled_stamp.txt"
_SETTLED = 2 * 10**9
"""Nanoseconds after which a further change of a file is sure to change its times too."""


class _Stamp(NamedTuple):
    """What the compiled modules were made from: a digest of the contents, and when each file was last changed."""

    digest: str
    times: str


def refresh(root: str, index: str, compile_into: Callable[[str, str], None]) -> None:
    """Compiles the `rules/` of a checkout beside this file unless the modules are those of its sources.

    `index` is the file of the one that is written last. Where no time and no size changed since, nothing is read; else
    the contents decide. Raises OSError where the checkout cannot be written to.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, STAMP)
    times = _times(root)
    made = _read(path) if os.path.exists(index) else None
    if made is not None and made.times == times and not _is_recent(path, times):
        return
    digest = _digest(root)
    if made is None or made.digest != digest:
        _remove(path)
        compile_into(os.path.join(root, "rules"), here)
    _write(path, _Stamp(digest, times))


def source_files(root: str) -> Iterator[str]:
    """All files that the compiled modules are made from, relative to the checkout, in a fixed order."""
    for folder in SOURCES:
        yield from _files(root, folder)
    yield from SINGLE_SOURCES


def _files(root: str, folder: str) -> Iterator[str]:
    with os.scandir(os.path.join(root, folder)) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                yield from _files(root, f"{folder}/{entry.name}")
            elif entry.name.endswith((".py", ".yaml", ".md")) and not entry.name.startswith("_compiled"):
                yield f"{folder}/{entry.name}"


def _times(root: str) -> str:
    """A line a file: when it and its entry in the folder were last changed, and its size."""
    lines = []
    for name in source_files(root):
        stat = os.stat(os.path.join(root, name))
        lines.append(f"{max(stat.st_mtime_ns, stat.st_ctime_ns)} {stat.st_mtime_ns} {stat.st_size} {name}\n")
    return "".join(lines)


def _is_recent(path: str, times: str) -> bool:
    """Whether some source changed so shortly before the stamp was written that a second change could look alike."""
    newest = max(int(line.partition(" ")[0]) for line in times.splitlines())
    return newest > os.stat(path).st_mtime_ns - _SETTLED


def _digest(root: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    for name in source_files(root):
        with open(os.path.join(root, name), "rb") as file:
            content = file.read()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _read(path: str) -> _Stamp | None:
    try:
        with open(path, encoding="utf-8") as file:
            digest, _, times = file.read().partition("\n")
    except OSError:
        return None
    return _Stamp(digest, times)


def _remove(path: str) -> None:
    """Nothing vouches for the modules while they are written: a process that is stopped leaves some of each kind."""
    if os.path.exists(path):
        os.remove(path)


def _write(path: str, stamp: _Stamp) -> None:
    write_at_once(path, f"{stamp.digest}\n{stamp.times}")


def write_at_once(path: str, text: str) -> None:
    """Writes a file such that a second process never sees half of it."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
