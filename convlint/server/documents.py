"""What is known of an open file: each text is checked once, with the settings that hold for its path."""

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
from convlint.options import Advice, Options
from convlint.selection.added_ignores import Comments, comments_of
from convlint.server.positions import Positions
from convlint.source.nodes import Source
from convlint.source.reader import SourceProblem, decode
from convlint.typed import NamedTuple, TypeVar
from convlint.versions import Versions

Answer = TypeVar("Answer")

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
    """One version of the text of one file: its findings, and, where they are asked for, its layers.

    What is wrong is known at once; what would help is worked out when somebody asks for it.
    """

    def __init__(self, source: Source, held: Held, encoding: str, versions: Versions) -> None:
        self.source = source
        self.positions = Positions(source.text, encoding)
        self._held = held
        self._options = held.options
        self.result = self._known(versions.check)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in the order of the text, without help and fixes."""
        return self.result.findings

    @cached_property
    def advised(self) -> tuple[Finding, ...]:
        """The findings with what helps in words."""
        return self._with("help").findings

    @cached_property
    def mended(self) -> FileResult:
        """The findings with help and fixes."""
        return self._with("fixes")

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
        return fixed(self.source, self.mended, checker(self._options), False).source.text

    def _with(self, advice: Advice) -> FileResult:
        options = self._options._replace(advice=advice)
        return self._known(lambda source: check_source(source, options)) if self.findings else self.result

    def _known(self, check: Callable[[Source], FileResult]) -> FileResult:
        problem = decode(self.source.path, self.source.text.encode("utf-8", "surrogatepass"))
        if isinstance(problem, SourceProblem):
            return FileResult(self.source.path, skipped=problem.message)
        try:
            return self._held.without_known(if_meant(check(self.source)))
        except Exception as error:  # a mistake of ours in one file must not end the server
            return failed(self.source.path, error)


class OpenDocument:
    """One open file: its latest analysis, and what of it holds for the next."""

    def __init__(self, path: str, held: Held) -> None:
        self._path = path
        self._held = held
        self._versions = Versions(held.options)
        self._known: tuple[str, Analysis | None] | None = None

    def answer(self, text: str, encoding: str, question: Callable[[Analysis], Answer]) -> tuple[str, Answer] | None:
        """Why the check of a text did not come to an end, else empty, and what is asked of the text.

        None for a file that the settings leave out. Raises SettingsError.
        """
        analysis = self.analysis(text, encoding)
        return None if analysis is None else (analysis.result.failure, question(analysis))

    def analysis(self, text: str, encoding: str) -> Analysis | None:
        """The analysis of a text, a new one where it changed; None for a file that the settings leave out."""
        if self._known is None or self._known[0] != text:
            source = Source(self._path, text.lstrip("\ufeff"))
            is_left_out = self._held.is_left_out
            found = None if is_left_out else Analysis(source, self._held, encoding, self._versions)
            self._known = (text, found)
        return self._known[1]
