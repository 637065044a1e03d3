"""What `check --fix`, `--diff` and `--add-ignore` do to a file: the new text, and how it is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from convlint.checking import check_file, check_source
from convlint.cli.output_file import replace_file
from convlint.cli.terminal import write_exactly
from convlint.describing import checker
from convlint.findings import FileResult, Finding
from convlint.fixes import Checker, apply_edits, fixed
from convlint.options import Options
from convlint.render.text import shown_path
from convlint.source.nodes import LineIndex, Source
from convlint.source.reader import Limits, UnreadableError, decode, read_bytes
from convlint.typed import NamedTuple

_MARKS = re.compile(rb"(?:\xef\xbb\xbf)*")
"""The byte order marks at the beginning of a file."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Rewriting(NamedTuple):
    """What is to be done: which fixes are applied, and whether the findings that remain get comments."""

    safe: bool
    unsafe: bool
    ignores: bool


class Rewritten(NamedTuple):
    """The bytes of a file before and after, its findings then, those that were fixed, and what could not be done."""

    before: bytes
    after: bytes
    result: FileResult
    fixed: tuple[Finding, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()


def rewrite(name: str, data: bytes, options: Options, request: Rewriting) -> Rewritten | None:
    """The bytes of a file after what was asked for; None where they are no text, or no architecture."""
    source = decode(name, data)
    if not isinstance(source, Source):
        return None
    result = check_source(source, options)
    if result.dialect is None:
        return None
    again = checker(options)
    applied: tuple[Finding, ...] = ()
    if request.safe:
        source, result, applied = fixed(source, result, again, request.unsafe)
    if applied and options.torch is not None:
        result = check_source(source, options)
    notes: tuple[str, ...] = ()
    ignored = 0
    if request.ignores and result.findings:
        before = len(result.findings)
        source, result, notes = _with_ignores(source, result, again)
        ignored = before - len(result.findings)
    marks = _MARKS.match(data)
    assert marks is not None
    return Rewritten(data, marks[0] + source.text.encode("utf-8"), result, applied, ignored, notes)


class Way(NamedTuple):
    """What becomes of texts that were rewritten, and how it is said.

    `to_file` gives the reason where a file could not be written; `to_output` takes the bytes of the standard input, and
    None where they are no text. `said` is filled in with what was done to how many files.
    """

    to_file: Callable[[str, Rewritten], str]
    to_output: Callable[[str, bytes, Rewritten | None], None]
    fix: str
    silence: str
    nothing: str
    said: str


def _written_out(name: str, data: bytes, done: Rewritten | None) -> None:
    write_exactly((data if done is None else done.after).decode("utf-8", "surrogateescape"))


def _shown(name: str, done: Rewritten) -> str:
    write_exactly("".join(unified_diff(name, done.before, done.after)))
    return ""


def _shown_of_input(name: str, data: bytes, done: Rewritten | None) -> None:
    if done is not None:
        _shown(name, done)


class Rewriter:
    """Rewrites files one by one, or shows what it would do, and counts."""

    def __init__(self, request: Rewriting, way: Way) -> None:
        self._request = request
        self._way = way
        self._fixed = self._ignored = self._changed = 0
        self.notes: list[str] = []
        self.unwritten = 0

    def file(self, path: str, options: Options) -> FileResult:
        """The findings of a file that are left, after it was written."""
        try:
            data = read_bytes(path, Limits().bytes + 1)
        except UnreadableError:
            return check_file(path, options)
        done = rewrite(path, data, options, self._request)
        if done is None:
            return check_file(path, options)
        problem = self._way.to_file(path, done) if done.after != data else ""
        if problem:
            self.unwritten += 1
            self.notes.append(f"{shown_path(path)}: not written: {problem}")
            return check_file(path, options)
        self._count(done)
        return done.result

    def standard_input(self, name: str, data: bytes, options: Options) -> FileResult | None:
        """The findings that are left, after the text was written to the standard output; None where it is no text."""
        done = rewrite(name, data, options, self._request)
        self._way.to_output(name, data, done)
        if done is None:
            return None
        self._count(done)
        return done.result

    def _count(self, done: Rewritten) -> None:
        self._fixed += len(done.fixed)
        self._ignored += done.ignored
        self._changed += done.after != done.before
        self.notes += done.notes

    @property
    def changes(self) -> bool:
        """Whether any text changed, or would."""
        return self._changed > 0

    def summary(self) -> str:
        """What was done, or would be, in one line."""
        if not self._changed:
            return self._way.nothing
        done = [(self._way.fix, self._fixed), (self._way.silence, self._ignored)]
        words = " and ".join(f"{verb} {count}" for verb, count in done if count)
        noun = "finding" if self._fixed + self._ignored == 1 else "findings"
        files = f"{self._changed} file" + ("s" if self._changed > 1 else "")
        said = self._way.said.format(f"{words} {noun} in {files}.")
        return said[0].upper() + said[1:]


def _with_ignores(source: Source, result: FileResult, checker: Checker) -> tuple[Source, FileResult, tuple[str, ...]]:
    """The text with comments for its findings, what is still found, and what got no comment."""
    from convlint.selection.added_ignores import comments_of, ignoring_edits

    edits, left = ignoring_edits(comments_of(source), result.findings)
    text = Source(source.path, apply_edits(source.text, edits))
    after = checker.check(text)
    if len(after.findings) > len(left):
        return source, result, (f"{source.path}: comments would not silence what was found",)
    index = LineIndex(source.text)
    notes = (
        f"{source.path}:{index.position(finding.place.start)[0]}: no comment can be put here for {finding.rule.name}"
        for finding in left
    )
    return text, after, tuple(notes)


def unified_diff(name: str, before: bytes, after: bytes) -> Iterator[str]:
    """What changes, as a unified diff."""
    import difflib

    from convlint.render.text import one_line

    name = one_line(name)
    old, new = (_LINE.findall(data.decode("utf-8-sig")) for data in (before, after))
    for line in difflib.unified_diff(old, new, name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write_over(path: str, rewritten: Rewritten) -> str:
    """Writes a file at once; returns why it cannot be done, or nothing."""
    real = os.path.realpath(path)
    tree = _tree(path)
    if not real.startswith(os.path.join(tree, "")):
        return f"it is a link that leads out of {tree}"
    try:
        with open(real, "r+b") as file:
            if file.read() != rewritten.before:
                return "it changed meanwhile"
        replace_file(real, rewritten.after)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def _tree(path: str) -> str:
    """The folder that a path may lead into: the repository that it is named in, else the folder that it is named in."""
    named = os.path.realpath(os.path.dirname(os.path.abspath(path)))
    folder = named
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, name = os.path.split(folder)
        if not name:
            return named
    return folder


WRITTEN = Way(write_over, _written_out, "fixed", "silenced", "", "{}")
SHOWN = Way(_shown, _shown_of_input, "fix", "silence", "Nothing to change.", "would {}")
