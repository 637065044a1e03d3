"""Applies fixes to texts, and proves each one first: the finding goes away, and no other comes up.

An offset is always that of the text before; edits of one round do not overlap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from convlint.domain.values import UNKNOWN, Shape
from convlint.engine.trace import Trace
from convlint.findings import Edit, FileResult, Finding, Fix, Part
from convlint.source.nodes import AnyNode, Document, Mapping, Source
from convlint.source.nodes import Sequence as SequenceNode
from convlint.typed import NamedTuple

MOST_CHECKS = 40
"""Checks that prove the fixes of one text; a fix that is not proved is left out, and may come up in a later round."""
MOST_CHARACTERS = 400_000
"""Characters that are checked again to prove the fixes of one text; one check is made of any text."""
MOST_ROUNDS = 20
_OF_COMMENTS = "unused-suppression"
_HIDE_ALL = ("missing-version", "yaml-syntax")
"""The rules that are broken where nothing of a network could be checked."""
_OF_THE_TEXT = "file"
"""The group of rules whose fixes keep every value, so that they may change what an alias repeats."""


class Checker(NamedTuple):
    """How the text at hand is checked: what is found in a text, where its layers stand, and at which not all is known.

    The `starts` are by name; both are asked of a text that was checked last, or to begin with.
    """

    check: Callable[[Source], FileResult]
    starts: Callable[[Source], dict[str, int]]
    hidden: Callable[[Source], set[int]]


class Fixed(NamedTuple):
    """A text after fixes: what is still wrong with it, and the findings that are gone because of a fix."""

    source: Source
    result: FileResult
    applied: tuple[Finding, ...]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits that do not overlap; those at one place go in in their order."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def chosen(findings: Iterable[Finding], unsafe: bool) -> list[tuple[Finding, Fix]]:
    """The fixes that may be applied, with their findings."""
    return [(finding, finding.fix) for finding in findings if finding.fix is not None and (finding.fix.safe or unsafe)]


def without_overlaps(candidates: Iterable[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
    """The candidates that can be applied together: of two that touch one stretch the first, unless they are alike."""
    kept: list[tuple[Finding, Fix]] = []
    taken: list[Edit] = []
    for finding, fix in candidates:
        new = [edit for edit in fix.edits if not _is_among(edit, taken)]
        if not any(_touches_one(edit, taken) for edit in new):
            kept.append((finding, fix))
            for edit in new:
                insort(taken, edit)
    return kept


def _is_among(edit: Edit, taken: list[Edit]) -> bool:
    index = bisect_left(taken, edit)
    return index < len(taken) and taken[index] == edit


def _touches_one(edit: Edit, taken: list[Edit]) -> bool:
    """Whether an edit touches one of those taken, which are sorted and do not touch each other."""
    index = bisect_left(taken, edit)
    return any(_clash(edit, other) for other in taken[max(0, index - 2) : index + 2])


def _clash(a: Edit, b: Edit) -> bool:
    if a.start == a.end == b.start == b.end:
        return True
    return a.start < b.end and b.start < a.end


def fixed(source: Source, result: FileResult, checker: Checker, unsafe: bool) -> Fixed:
    """The text after its fixes, and those that come up then, until there are none; the checks prove their fixes."""
    applied: list[Finding] = []
    for _ in range(MOST_ROUNDS):
        candidates = without_overlaps(chosen(result.findings, unsafe))
        if not candidates:
            break
        after = _after(source, result, candidates, checker)
        if after is None:
            candidates = candidates[:1]
            after = _after(source, result, candidates, checker)
        if after is None:
            break
        source, result = after
        applied += [finding for finding, _ in candidates]
    return Fixed(source, result, tuple(applied))


def _after(
    source: Source, result: FileResult, candidates: Sequence[tuple[Finding, Fix]], checker: Checker
) -> tuple[Source, FileResult] | None:
    """The text and its result after fixes; None where, together, they do not do what each does alone."""
    edits = tuple(dict.fromkeys(edit for _, fix in candidates for edit in fix.edits))
    changed = Source(source.path, apply_edits(source.text, edits))
    after = checker.check(changed)
    mended = [finding for finding, _ in candidates]
    moved = _Moved(edits)
    found = _found_only_after(result, after, mended, moved)
    if found is None or (found and not _were_hidden(found, checker.starts(changed), checker.hidden(source), moved)):
        return None
    return changed, after


# --- proof


def proved(source: Source, documents: Sequence[Document], result: FileResult, checker: Checker) -> FileResult:
    """The result with only those fixes that mend what they are offered for, and break nothing in their documents.

    A fix may bring up what could not be seen before: what is wrong with a layer whose input was not known. Safe fixes
    are proved together as far as they go together, unsafe ones one by one, and then together.
    """
    aliased = _aliased_spans(documents)
    candidates = [item for item in chosen(result.findings, True) if not _changes_what_is_repeated(item, aliased)]
    proof = _Proof(source, result, checker)
    together = without_overlaps([item for item in candidates if item[1].safe])
    alone = [item for item in candidates if item not in together]
    sound = [*proof.of_all(together), *proof.unsafe([item for item in alone if proof.of_all([item])])]
    kept = {id(finding) for finding, _ in sound}
    findings = [item if id(item) in kept else item._replace(fix=None) for item in result.findings]
    return result._replace(findings=tuple(findings))


def _changes_what_is_repeated(item: tuple[Finding, Fix], aliased: list[tuple[int, int]]) -> bool:
    finding, fix = item
    return finding.rule.group != _OF_THE_TEXT and any(_touches(edit, aliased) for edit in fix.edits)


class _Proof:
    """Checks a text again with fixes, as often as is worth it."""

    def __init__(self, source: Source, result: FileResult, checker: Checker) -> None:
        self._source = source
        self._result = result
        self._checker = checker
        self._left = min(MOST_CHECKS, max(1, MOST_CHARACTERS // (len(source.text) + 1)))

    def of_all(self, candidates: list[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
        """Those candidates that are sound: all, or else those of each half."""
        if not candidates:
            return []
        if self._is_sound(candidates):
            return candidates
        middle = len(candidates) // 2
        return [*self.of_all(candidates[:middle]), *self.of_all(candidates[middle:])] if middle else []

    def unsafe(self, candidates: list[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
        """Those of unsafe candidates, each sound alone, that are sound together; what torch refuses is mended first.

        One that touches what another changes is left: only one of the two is applied, and the text is checked again.
        """
        ordered = sorted(candidates, key=lambda item: not item[0].rule.stops)
        if len(ordered) < 2 or self._is_sound(without_overlaps(ordered)):
            return candidates
        kept: list[tuple[Finding, Fix]] = []
        for item in ordered:
            together = without_overlaps([*kept, item])
            if item not in together or self._is_sound(together):
                kept.append(item)
        return [item for item in candidates if item in kept]

    def _is_sound(self, candidates: list[tuple[Finding, Fix]]) -> bool:
        if self._left == 0:
            return False
        self._left -= 1
        return _after(self._source, self._result, candidates, self._checker) is not None


def _touches(edit: Edit, spans: list[tuple[int, int]]) -> bool:
    return any((start < edit.end and edit.start < end) or start <= edit.start == edit.end < end for start, end in spans)


def _aliased_spans(documents: Sequence[Document]) -> list[tuple[int, int]]:
    """Where nodes stand that aliases repeat."""
    spans = set()
    waiting: list[AnyNode] = [document.root for document in documents if document.root is not None]
    while waiting:
        node = waiting.pop()
        if node.origin is not None:
            spans.add((node.origin.start, node.origin.end))
        if isinstance(node, Mapping):
            waiting += [part for entry in node.entries for part in entry]
        elif isinstance(node, SequenceNode):
            waiting += node.items
    return sorted(spans)


_Key = tuple[str, int, tuple[str, ...]]


def _found_only_after(
    before: FileResult, after: FileResult, mended: Sequence[Finding], moved: _Moved
) -> list[Finding] | None:
    """What is found more after fixes, where all that speaks against them is that; None where a finding is not mended.

    A comment that has nothing to silence any more is no harm, and what hid all of a network lets anything come up.
    """
    old = Counter(_key(finding, moved(finding.place.start)) for finding in before.findings)
    new = Counter(_key(finding, finding.place.start) for finding in after.findings)
    for finding in mended:
        key = _key(finding, moved(finding.place.start))
        if new[key] >= old[key]:
            return None
    if any(finding.rule.name in _HIDE_ALL for finding in mended):
        return []
    more = new - old
    return [item for item in after.findings if _key(item, item.place.start) in more and item.rule.name != _OF_COMMENTS]


def _were_hidden(found: Iterable[Finding], starts: dict[str, int], hidden: set[int], moved: _Moved) -> bool:
    """Whether none of some findings after fixes could have been found before; `starts` are those after them."""
    hidden = {moved(start) for start in hidden}
    return all(item.layer is not None and starts.get(_top(item.layer)) in hidden for item in found)


def _top(path: str) -> str:
    """The layer of the network that a path of blocks begins with."""
    return path.split("/")[0].split("[")[0]


def _key(finding: Finding, start: int) -> _Key:
    return finding.rule.name, start, finding.variants


class _Moved:
    """Where an offset of the text before stands after edits; one inside an edit stands at its beginning."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = sorted(edits)
        self._starts = [edit.start for edit in self._edits]
        self._shifts = [0]
        for edit in self._edits:
            self._shifts.append(self._shifts[-1] + len(edit.text) - (edit.end - edit.start))

    def __call__(self, offset: int) -> int:
        count = bisect_right(self._starts, offset)
        last = self._edits[count - 1] if count else None
        if last is not None and last.start <= offset < last.end:
            return last.start + self._shifts[count - 1]
        return offset + self._shifts[count]


def starts_in(traces: Iterable[Trace]) -> dict[str, int]:
    """Where the layers of some networks stand, by their names."""
    return {layer.name: layer.places.at(Part.LAYER).start for trace in traces for layer in trace.graph.layers}


def hidden_in(traces: Iterable[Trace]) -> set[int]:
    """Where layers stand of which something was not known, so that not everything about them could be found."""
    hidden = set()
    for trace in traces:
        for layer, step in zip(trace.graph.layers, trace.steps):
            is_silent = not step.failures and not _is_whole(step.outputs)
            if is_silent or not _is_whole(step.inputs) or None in layer.sources:
                hidden.add(layer.places.at(Part.LAYER).start)
    return hidden


def _is_whole(shapes: Iterable[Shape]) -> bool:
    """Whether every size of some shapes is known, or depends on unknown ones in a known way."""
    return all(isinstance(shape, tuple) and UNKNOWN not in shape for shape in shapes)
