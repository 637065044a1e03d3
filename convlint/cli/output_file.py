"""Writes a report to a file at once: who reads it sees the old report or the new one, never half of it."""

from __future__ import annotations

import os
from collections.abc import Iterable

from convlint.cli import UsageError
from convlint.discovery import ENDINGS


def write_file(path: str, pieces: Iterable[str]) -> None:
    """Writes the pieces as UTF-8; raises UsageError where the file cannot be written.

    What is no ordinary file (`/dev/stdout`, a pipe) is written to as it stands. A YAML file stays what it is: no report
    is one, so that its name was meant as the file to check.
    """
    if path.lower().endswith(ENDINGS) and os.path.isfile(path):
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
    """Puts data in the place of a file, with the mode that it had; raises OSError."""
    temporary = os.path.join(os.path.dirname(path), f".convlint-{os.getpid()}.tmp")
    if os.path.lexists(temporary):  # left by a process that was killed; nothing is written through a link
        os.remove(temporary)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def _write(path: str, pieces: Iterable[str]) -> None:
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(pieces)
