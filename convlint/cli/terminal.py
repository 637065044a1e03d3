"""What goes to standard output and standard error, whatever they are connected to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from convlint.typed import TYPE_CHECKING, Any, TextIO, TypeVar

if TYPE_CHECKING:
    from convlint.findings import FileResult


_Item = TypeVar("_Item")
_bars: list[Any] = []
"""The progress bar that stands on the last line of the terminal, if there is one."""


class OutputError(Exception):
    """Standard output takes no more, and not because its reader has seen enough: a full disk, for example."""


def write(text: str) -> None:
    """Writes to standard output. A reader that went away is no error, and what its encoding lacks is escaped."""
    try:
        _put(sys.stdout, text)
    except OSError as error:
        raise _cannot_write(sys.stdout, error) from None


def write_exactly(text: str) -> None:
    """Writes text of files to standard output: as UTF-8 and with its own line ends, unless a person reads it there."""
    stream = sys.stdout
    if stream is None or stream.isatty() or not hasattr(stream, "buffer"):
        write(text)
        return
    flush()
    try:
        stream.buffer.write(text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        if not _says_that_nobody_reads(error):
            raise _cannot_write(stream, error) from None
        _discard(stream)


def flush() -> None:
    """Hands everything that was written to the reader of standard output."""
    write("")


def write_error(text: str) -> None:
    """Writes to standard error; what cannot be said there cannot be said at all."""
    try:
        _put(sys.stderr, text)
    except OSError:
        _discard(sys.stderr)


def say(text: str) -> None:
    """Writes one line to standard error, with what cannot be seen escaped."""
    if not text.isprintable():
        from convlint.render.text import one_line

        text = one_line(text)
    write_error(text + "\n")


def write_findings(result: FileResult) -> None:
    """Writes the findings of a file to standard error, for a command that has nothing else to print about it."""
    from convlint.render import renderer

    for piece in renderer("full")([result], wants_colour("auto", sys.stderr)):
        write_error(piece)


def with_progress(items: Iterable[_Item], total: int) -> Iterator[_Item]:
    """The items, with a bar on standard error for as long as they come, if that takes more than a second.

    Nothing is shown where standard error is no terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return iter(items)
    return _with_bar(items, total)


def _with_bar(items: Iterable[_Item], total: int) -> Iterator[_Item]:
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its thread would forbid to fork
    with tqdm(items, total=total, unit=" files", delay=1, leave=False, dynamic_ncols=True) as bar:
        _bars.append(bar)
        try:
            yield from bar
        finally:
            _bars.clear()


def say_internal_error(error: Exception) -> None:
    """Says that convlint itself failed."""
    say(f"convlint: internal error: {type(error).__name__}: {error}")


def say_traceback(error: Exception) -> None:
    """Says at which line of convlint it failed."""
    from traceback import format_exception

    write_error("".join(format_exception(type(error), error, error.__traceback__)))


def wants_colour(setting: str, stream: TextIO | None) -> bool:
    """Whether to write colours to a stream, by `--color`, NO_COLOR, FORCE_COLOR, and what the stream is."""
    if setting != "auto":
        return setting == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _put(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by whoever started us
        return
    try:
        if _bars and text:
            _bars[0].clear()
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        if not text or stream is sys.stderr:
            stream.flush()
    except OSError as error:
        if not _says_that_nobody_reads(error):
            raise
        _discard(stream)


def _cannot_write(stream: TextIO, error: OSError) -> OutputError:
    _discard(stream)
    return OutputError(f"cannot write to standard output: {error.strerror}")


def _says_that_nobody_reads(error: OSError) -> bool:
    """Whether the other end of a pipe is closed; Windows calls that an invalid argument."""
    from errno import EINVAL

    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == EINVAL)


def _discard(stream: TextIO) -> None:
    """Sends what a stream still holds nowhere, so that Python does not complain about it at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
