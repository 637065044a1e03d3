"""Writes a report to a file at once: who reads it sees the old report or the new one, never half of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from convlint.cli import UsageError

_NEVER_REPORTS = (".yaml", ".yml")


def write_file(path: str, pieces: Iterable[str]) -> None:
    """Writes the pieces as UTF-8; raises UsageError where the file cannot be written.

    What is no ordinary file (`/dev/stdout`, a pipe) is written to as it stands. A YAML file stays what it is: no report
    is one, so that its name was meant as the file to check.
    """
    if path.lower().endswith(_NEVER_REPORTS) and os.path.isfile(path):
        raise UsageError(f"cannot write {path}: a report would take the place of a YAML file")
    try:
        if _is_special(path):
            _write(path, pieces)
        else:
            replace_file(os.path.realpath(path), "".join(pieces).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _is_special(path: str) -> bool:
    """Whether a path is no file to put another in the place of; `/dev/stdout` is none even where it leads to one."""
    devices = os.path.dirname(os.devnull)
    in_devices = bool(devices) and os.path.abspath(path).startswith(devices + os.sep)
    return os.path.exists(path) and (in_devices or not os.path.isfile(path))


def replace_file(path: str, data: bytes) -> None:
    """Puts data in the place of a file, with the mode, owner and attributes that it had; raises OSError.

    A file that has other names (hard links), or whose owner cannot be kept, is written over instead.
    """
    if os.path.exists(path) and not _is_replaceable(os.stat(path)):
        _write_over(path, data)
        return
    temporary = os.path.join(os.path.dirname(path), f".convlint-{os.getpid()}.tmp")
    if os.path.lexists(temporary):  # left by a process that was killed; nothing is written through a link
        os.remove(temporary)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        if os.path.exists(path):
            _keep_facts(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _is_replaceable(old: os.stat_result) -> bool:
    """Whether nothing of a file is lost when another is put in its place."""
    is_ours = not hasattr(os, "geteuid") or old.st_uid == os.geteuid() or os.geteuid() == 0
    return old.st_nlink == 1 and is_ours


def _write_over(path: str, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate()


def _keep_facts(path: str, temporary: str) -> None:
    """Gives a new file the owner, the extended attributes and the mode of the one that it replaces."""
    old, new = os.stat(path), os.stat(temporary)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):  # of a group that one is no member of
            os.chown(temporary, old.st_uid, old.st_gid)
    if sys.platform == "linux":
        for name in os.listxattr(path):
            with suppress(OSError):
                os.setxattr(temporary, name, os.getxattr(path, name))
    os.chmod(temporary, old.st_mode & 0o7777)


def _write(path: str, pieces: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(pieces)
