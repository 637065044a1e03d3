"""A text that is checked at each of its versions, as while it is typed: what did not change is not done again.

List items that are as before are not parsed anew, their layers are not read anew, and what comes of an operator for the
same parameters and inputs is not computed anew. The findings are those of a check of the version alone.
"""

from __future__ import annotations

from convlint.advice import without_fixes
from convlint.budget import Budget, left_out, within
from convlint.catalogue import lookup
from convlint.checking import conclude, study_parsed
from convlint.collector import collector_paused
from convlint.engine.trace import NOTHING, Computed
from convlint.findings import FileResult
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.source.reader import Parsed
from convlint.source.splicing import Sound, parse_again


class Versions:
    """What is kept of the last sound version of one text; one thread at a time may use it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sound: Sound | None = None
        self._computed: Computed = NOTHING

    def check(self, source: Source) -> FileResult:
        """What is wrong with a version of the text, without advice."""
        sound, self._sound = self._sound, None  # should the check not end, its nodes may be of two versions
        with collector_paused():
            documents, problem = parse_again(sound, source)
            result, computed = check_quickly(source, (documents, problem), self._options, self._computed)
        if problem is not None:
            self._sound = sound
        elif computed:
            self._sound, self._computed = Sound(source, documents), computed
        return result


def check_quickly(source: Source, parsed: Parsed, options: Options, before: Computed) -> tuple[FileResult, Computed]:
    """The result of a text without advice, and what was computed; `before` is what was computed of much the same text.

    Of a text that asks for more steps than it may, nothing is given to be used again: with more, it could ask for less.
    """
    options = options._replace(advice="none")
    with lookup.extended(options.extension), collector_paused(), within(Budget(len(source.text))):
        study = study_parsed(source, parsed, options, before)
        result = without_fixes(conclude(study, options), "none")
        return result, NOTHING if left_out() else study.computed
