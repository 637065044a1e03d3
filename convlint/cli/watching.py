"""`check --watch`: checks again whenever a file changes, with lines around each check that an editor understands."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from convlint.cli import UsageError
from convlint.cli.linting import STDIN
from convlint.cli.settings import settings_files
from convlint.cli.terminal import flush, say, write
from convlint.dialects.registry import ENDINGS
from convlint.render import HUMAN_FORMATS

BEGINS = "convlint: check begins"
ENDS = "convlint: check ends"
"""How the lines around a check begin; `editors/` is made from them."""

_ENDINGS = (*ENDINGS, ".toml", ".md", ".gitignore", ".py")
"""Networks, settings, rules, builders, and what says which of them count."""
_PAUSE = 200
"""Milliseconds between two looks at what changed."""


Check = Callable[[argparse.Namespace], int]


def watch(arguments: argparse.Namespace, check: Check) -> int:
    """Checks now and after each change, until it is interrupted; raises UsageError."""
    _refuse_what_ends(arguments)
    arguments = argparse.Namespace(**{**vars(arguments), "watch": False})
    run = check
    while True:
        watched = _watched(arguments)
        for number, changed in enumerate(_changes(watched)):
            if number == 0 or changed:  # what changed before the watching began is seen by the check at its beginning
                _announced(arguments, run, changed)
                run = partial(_going_on, check)
            if changed and (_watched(arguments) != watched or _outside(changed, watched)):
                break


def _refuse_what_ends(arguments: argparse.Namespace) -> None:
    for option in ("fix", "diff", "add_ignore", "write_baseline"):
        if getattr(arguments, option):
            raise UsageError(f"--watch only reports; it cannot be had with --{option.replace('_', '-')}")
    if STDIN in arguments.paths:
        raise UsageError("--watch looks at files; it cannot watch standard input")
    if arguments.output_format not in HUMAN_FORMATS and arguments.output_file is None:
        raise UsageError(
            f"--watch writes lines around each report; as {arguments.output_format} it needs --output-file"
        )


def _announced(arguments: argparse.Namespace, check: Check, changed: frozenset[str]) -> None:
    """A check, with a line before and a line behind it."""
    why = f" ({_listed(changed)})" if changed else ""
    write(f"{BEGINS} at {time.strftime('%H:%M:%S')}{why}\n")
    flush()
    check(arguments)
    write(f"{ENDS}, waiting for changes\n")
    flush()


def _going_on(check: Check, arguments: argparse.Namespace) -> int:
    """A check after the first one: what is wrong with the settings now may be mended by the next change."""
    try:
        return check(arguments)
    except UsageError as error:
        say(f"convlint: error: {error}")
        return 2


def _listed(changed: frozenset[str]) -> str:
    names = sorted(os.path.basename(path) for path in changed)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _watched(arguments: argparse.Namespace) -> frozenset[str]:
    """The folders and settings files in which a change matters; raises UsageError."""
    watched = set()
    for path in arguments.paths:
        folder = path if os.path.isdir(path) else os.path.dirname(path) or os.curdir
        if not os.path.isdir(folder):
            raise UsageError(f"--watch: there is no folder {folder}")
        watched.add(os.path.realpath(folder))
        watched |= {os.path.realpath(file) for file in settings_files(arguments, path) if os.path.isfile(file)}
    return frozenset(watched)


def _outside(changed: frozenset[str], watched: frozenset[str]) -> bool:
    """Whether a settings file changed that lies in no watched folder: if it was replaced, it is watched no longer."""
    folders = tuple(os.path.join(path, "") for path in watched if os.path.isdir(path))
    return any(not path.startswith(folders) for path in changed)


def _changes(watched: frozenset[str]) -> Iterator[frozenset[str]]:
    """The files that changed since the last look; none at first, when the watching has begun, and from time to time."""
    try:
        from watchfiles import DefaultFilter
        from watchfiles import watch as watch_files
    except ImportError:
        raise UsageError("--watch needs the package watchfiles: pip install 'convlint[watch]'") from None

    class Concerning(DefaultFilter):
        def __call__(self, change: object, path: str) -> bool:
            return path.endswith(_ENDINGS) and super().__call__(change, path)  # type: ignore[arg-type]

    for changes in watch_files(*watched, watch_filter=Concerning(), rust_timeout=_PAUSE, yield_on_timeout=True):
        yield frozenset(path for _, path in changes)
