"""What is known of the open files: each text is checked once, with the settings that hold for its path."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from convlint.batches import failed
from convlint.catalogue import lookup
from convlint.catalogue.operator_page import brief_page
from convlint.checking import check_source
from convlint.describing import checker, describe_source
from convlint.dialects.reading import load_source
from convlint.facts import NetworkFacts
from convlint.findings import FileResult, Finding
from convlint.fixes import fixed
from convlint.found import if_meant
from convlint.model import Architecture
from convlint.options import Options
from convlint.selection.added_ignores import Comments, comments_of
from convlint.server.positions import Positions
from convlint.source.nodes import Source
from convlint.source.reader import SourceProblem, decode
from convlint.typed import NamedTuple

_DEEPEST = 100
"""Blocks in blocks, whose layers are described."""


class SettingsError(ValueError):
    """A settings file, or what it names, cannot be read; the message is for the person who edits it."""


def _every_finding(result: FileResult) -> FileResult:
    return result


class Held(NamedTuple):
    """What holds for a file: how it is checked, what a baseline lets pass, and whether the settings leave it out."""

    options: Options = Options()
    without_known: Callable[[FileResult], FileResult] = _every_finding
    is_left_out: bool = False


FindHeld = Callable[[str], Held]
"""From the path of a file to what holds for it; raises SettingsError. The file need not exist."""


class Analysis:
    """One version of the text of one file: its findings, and, where they are asked for, its layers."""

    def __init__(self, source: Source, held: Held, encoding: str) -> None:
        self.source = source
        self.positions = Positions(source.text, encoding)
        self._options = held.options
        self.result = held.without_known(self._checked())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in the order of the text."""
        return self.result.findings

    @cached_property
    def networks(self) -> tuple[NetworkFacts, ...]:
        """The facts of each variant, with the layers inside blocks."""
        if self.result.dialect is None or self.result.failure:
            return ()
        return describe_source(self.source, self._options, depth=_DEEPEST)[0]

    @cached_property
    def architectures(self) -> tuple[Architecture, ...]:
        """The graphs of each variant."""
        return () if self.result.dialect is None or self.result.failure else load_source(self.source, self._options)

    @cached_property
    def comments(self) -> Comments:
        """Where comments can go in."""
        return comments_of(self.source)

    def operator_page(self, name: str) -> str:
        """What an operator does and takes, be it one of the user's own."""
        with lookup.extended(self._options.extension):
            return brief_page(lookup.declaration(name))

    def fixed_text(self) -> str:
        """The text after all safe fixes."""
        return fixed(self.source, self.result, checker(self._options), False).source.text

    def _checked(self) -> FileResult:
        problem = decode(self.source.path, self.source.text.encode("utf-8", "surrogatepass"))
        if isinstance(problem, SourceProblem):
            return FileResult(self.source.path, skipped=problem.message)
        try:
            return if_meant(check_source(self.source, self._options))
        except Exception as error:  # a mistake of ours in one file must not end the server
            return failed(self.source.path, error)


class Documents:
    """The latest analysis of each open file."""

    def __init__(self, find: FindHeld) -> None:
        self._find = find
        self._known: dict[str, tuple[str, Analysis | None]] = {}

    def analysis(self, path: str, text: str, encoding: str) -> Analysis | None:
        """The analysis of a text, a new one where it changed; None for a file that the settings leave out.

        Raises SettingsError.
        """
        known = self._known.get(path)
        if known is None or known[0] != text:
            held = self._find(path)
            found = None if held.is_left_out else Analysis(Source(path, text.lstrip("\ufeff")), held, encoding)
            known = self._known[path] = (text, found)
        return known[1]

    def forget(self, path: str) -> None:
        """Forgets a file that is no longer open."""
        self._known.pop(path, None)

    def begin_anew(self, find: FindHeld) -> None:
        """Forgets everything, as settings may have changed."""
        self._find = find
        self._known.clear()
