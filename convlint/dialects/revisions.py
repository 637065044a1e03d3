"""Reads a file, or what a file was at a revision of its Git repository (`REV:PATH`), and runs nothing of either.

Objects are read as they are stored: `git cat-file` knows no filters and no text conversion, and is kept from fetching.
"""

from __future__ import annotations

import os
import re
import subprocess

from convlint.dialects.texts import is_carrier, text_of
from convlint.source.nodes import Source
from convlint.source.reader import Limits, SourceProblem, decode

_REVISION = re.compile(r"([^:]{2,}|[^:A-Za-z]):(.+)", re.DOTALL)
_GIT = ("git", "--no-pager", "-c", "protocol.allow=never", "-c", "core.fsmonitor=false", "cat-file", "blob")
_SECONDS = 30
_LARGEST_WEIGHTS = 512 * 1024 * 1024


class RevisionError(ValueError):
    """A `REV:PATH` that is refused or that Git does not find; the message is for the command line."""


def read_either(name: str, limits: Limits = Limits()) -> Source | SourceProblem:
    """The text of a file, or of a file at a revision; what exists under the whole name is a file.

    Raises RevisionError.
    """
    match = None if os.path.exists(name) else _REVISION.fullmatch(name)
    if match is None:
        return text_of(name)
    if not is_carrier(name):
        return decode(name, blob(match[1], match[2], limits.bytes + 1), limits)
    from convlint.weight_files.carried import carried_text_in

    return carried_text_in(name, blob(match[1], match[2], _LARGEST_WEIGHTS))


def blob(revision: str, path: str, most: int) -> bytes:
    """The first `most` bytes of a file at a revision, from the repository of the working folder."""
    if revision.removeprefix("./").startswith("-"):  # as a name behind `--` is handed on
        raise RevisionError(f"'{revision.removeprefix('./')}' is no revision: it begins with '-'")
    name = f"{revision}:{path}"
    settings = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        with subprocess.Popen(
            (*_GIT, name), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings
        ) as process:
            return _answer(process, name, most)
    except OSError as error:
        raise RevisionError(f"{name}: git cannot be run: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, RevisionError):
            raise
        raise RevisionError(f"{name}: {error}") from None


def _answer(process: subprocess.Popen[bytes], name: str, most: int) -> bytes:
    assert process.stdout is not None
    assert process.stderr is not None
    import threading

    watch = threading.Timer(_SECONDS, process.kill)
    watch.start()
    try:
        data = process.stdout.read(most)
        if len(data) == most:
            process.kill()
            return data
        said = process.stderr.read(4096).decode("utf-8", "replace").strip()
        code = process.wait()
    finally:
        watch.cancel()
    if code:
        reason = said.splitlines()[-1].removeprefix("fatal: ") if said else f"git ended with status {code}"
        raise RevisionError(f"{name}: {reason}")
    return data
