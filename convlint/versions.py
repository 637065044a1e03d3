"""A text that is checked at each of its versions, as while it is typed: what did not change is not done again.

List items that are as before are not parsed anew, their layers are not read anew, and what comes of an operator for the
same parameters and inputs is not computed anew. The findings are those of a check of the version alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from convlint.advice import without_fixes
from convlint.budget import Budget, left_out, within
from convlint.catalogue import lookup
from convlint.checking import conclude, study_parsed
from convlint.collector import collector_paused
from convlint.domain.values import Shapes
from convlint.engine.trace import Computed, Step, Trace
from convlint.findings import FileResult
from convlint.limits import MOST_COMPUTED
from convlint.options import Options
from convlint.source.nodes import Source
from convlint.source.reader import Parsed
from convlint.source.splicing import Sound, parse_again
from convlint.studies import Study

_KEPT = 1_000
"""Steps of operators that are kept of a text, however few it needs."""


class Versions:
    """What is kept of the last sound version of one text; one thread at a time may use it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sound: Sound | None = None
        self._past = Past(_KEPT)

    def check(self, source: Source) -> FileResult:
        """What is wrong with a version of the text, without advice."""
        sound, self._sound = self._sound, None  # should the check not end, its nodes may be of two versions
        with collector_paused():
            documents, problem = parse_again(sound, source)
            result, is_whole = check_quickly(source, (documents, problem), self._options, self._past)
        if problem is not None:
            self._sound = sound
        elif is_whole:
            self._sound = Sound(source, documents)
        return result


class Past:
    """What was computed in checks of much the same networks: at least so many steps of operators, and the last traces.

    After a check that took over traces, not all steps that it needed are known to be; where too many are kept, the next
    check takes over none, and tells.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._needed = 0
        self._steps: dict[object, Step] = {}
        self._traces: Mapping[tuple[str, Shapes], Trace] = {}

    @property
    def computed(self) -> Computed:
        """What the next check may take over."""
        return Computed(self._steps, self._traces)

    def add(self, study: Study) -> None:
        """Keeps what came of a check that was given what is kept."""
        found = {key: step for key, step in study.computed.items() if isinstance(step, Step)}
        if self._traces:
            self._steps.update(found)
        else:
            self._steps, self._needed = found, len(found)
        few = len(self._steps) <= min(max(self._least, 2 * self._needed), MOST_COMPUTED // 2)
        self._traces = study.past.traces if few else {}


def check_quickly(source: Source, parsed: Parsed, options: Options, past: Past) -> tuple[FileResult, bool]:
    """The result of a text without advice, and whether it was checked to its end; `past` is that of such texts.

    Of a text that asks for more steps than it may, nothing is kept: with more, it could ask for less.
    """
    options = options._replace(advice="none")
    with lookup.extended(options.extension), collector_paused(), within(Budget(len(source.text))):
        study = study_parsed(source, parsed, options, past.computed)
        result = without_fixes(conclude(study, options), "none")
        is_whole = not left_out()
    if is_whole and parsed[1] is None:
        past.add(study)
    return result, is_whole
