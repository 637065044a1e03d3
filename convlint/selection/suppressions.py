"""Suppression comments: `# convlint: ignore[rule, ...] reason` on a line, above a line or a block, or for a file.

They may follow another remark (`# 12 # convlint: ignore[rule]`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from convlint.budget import allows
from convlint.catalogue import lookup
from convlint.editing import line_removed
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Place
from convlint.nearest import nearest_hint, unmistakable
from convlint.source.comments import Comment, find_comments
from convlint.source.nodes import AnyNode, Document, LineIndex, Mapping, Sequence, Source
from convlint.typed import NamedTuple

_DIRECTIVE = re.compile(
    r"#[ \t]*convlint[ \t]*:[ \t]*(?P<kind>ignore-file|ignore)(?![\w-])[ \t]*(?:\[(?P<rules>[^\]]*)\])?(?P<rest>.*)$"
)
_BEGINNING = re.compile(r"(?<![`'\"])#[ \t]*(?:convlint[ \t]*:|noqa[ \t]*:)")
_ATTEMPT = re.compile(r"#[ \t]*convlint(?:(?P<colon>[ \t]*:)|(?=[ \t]))[ \t]*(?P<verb>[A-Za-z-]+)(?P<bracket>[\[(])?")
_VERBS = ("ignore", "ignore-file", "ignore-next-line", "disable", "noqa", "nolint", "off", "skip", "suppress")
"""What people write who mean a suppression; other words after `convlint` are a remark."""
_DATA = re.compile(r"#[ \t]*(?:-[ \t]|[\w.-]+:[ \t])")
"""How a comment begins that is an entry of a list or of a mapping, taken out."""
_OTHER_SPELLING = re.compile(r"#[ \t]*(?:convlint\b[ \t:]*)?(?P<verb>[A-Za-z-]*)(?P<names>.*)$")
_WORD = re.compile(r"[\s,=:;()\[\]{}\"']*([A-Za-z0-9-]+)")
UNSUPPRESSABLE = ("unused-suppression", "unknown-rule")
_HOW = "write `# convlint: ignore[rule-name] reason`"


class Suppression(NamedTuple):
    """One name in one comment: which rule it silences, and on which lines (None: in the whole file).

    `removal` takes the name out of the text, with its comment where no other name stands in it. A dormant one came with
    data that was made a comment: it may silence nothing.
    """

    rule: str
    comment: Place
    lines: range | None
    removal: Edit
    is_dormant: bool = False


def apply_suppressions(
    source: Source,
    documents: list[Document],
    findings: list[Finding],
    enabled: frozenset[str],
    undecided: Callable[[], frozenset[str]],
) -> list[Finding]:
    """The findings that no comment silences, and findings about comments that silence nothing (of enabled rules).

    Of a comment for an `undecided` rule, which may have missed what the comment is for, nothing is said; "" stands
    there for comments for any rule.
    """
    reach = _Reach(source, documents)
    index = reach.index
    suppressions: list[Suppression] = []
    complaints: list[Finding] = []
    for comment in find_comments(source.text, documents):
        written = directive(source.text, comment)
        if written is not None:
            found, problems = _read(source, reach, written)
            is_dormant = written != comment and _DATA.match(source.text, comment.start) is not None
            suppressions += [item._replace(is_dormant=is_dormant) for item in found]
            complaints += problems
    used: set[Suppression] = set()
    by_rule: dict[str, list[Suppression]] = {}
    for item in suppressions:
        by_rule.setdefault(item.rule, []).append(item)
    kept = [
        finding
        for finding in findings
        if not _silenced(finding, [*by_rule.get("", ()), *by_rule.get(finding.rule.name, ())], index, used)
    ]
    idle = [item for item in suppressions if item not in used and not item.is_dormant]
    unsure = undecided() if idle else frozenset()
    complaints += [_unused(item) for item in idle if item.rule in {*enabled, ""} - unsure]
    return kept + [finding for finding in complaints if finding.rule.name in enabled]


def _unused(suppression: Suppression) -> Finding:
    fix = Fix("remove it", (suppression.removal,), True)
    return report("unused-suppression", suppression.comment, {"rules": suppression.rule or "any rule"}, fix=fix)


def _silenced(finding: Finding, suppressions: list[Suppression], index: LineIndex, used: set[Suppression]) -> bool:
    """Whether one of the suppressions of its rule, or of any rule, silences a finding."""
    if not suppressions or not allows(len(suppressions), "which findings comments silence"):
        return False
    first = index.position(finding.place.start)[0]
    last = index.position(max(finding.place.start, finding.place.end - 1))[0]
    silenced = False
    for suppression in suppressions:
        lines = suppression.lines
        if lines is None or any(line in lines for line in range(first, last + 1)):
            used.add(suppression)
            silenced = True
    return silenced


def directive(text: str, comment: Comment) -> Comment | None:
    """The part of a comment that is a suppression, or is meant as one; None where there is none."""
    written = text[comment.start : comment.end]
    if _is_attempt(written):
        return comment
    for match in _BEGINNING.finditer(written):
        part = written[match.start() :]
        if _is_attempt(part) or _meant(part) is not None:
            return Comment(part[1:].strip(), comment.start + match.start(), comment.end)
    return None


def _is_attempt(written: str) -> bool:
    """Whether a comment that begins with the name of this linter is meant to tell it something."""
    match = _ATTEMPT.match(written)
    if match is None:
        return False
    verb = match["verb"].lower()
    if match["colon"] is None:
        return verb in _VERBS
    return verb in _VERBS or match["bracket"] is not None or unmistakable(verb, _VERBS) is not None


def _meant(written: str) -> str | None:
    """The suppression that a comment in another spelling stands for (`ignore a, b`, `disable=a`, `noqa: CL201`)."""
    match = _OTHER_SPELLING.match(written)
    assert match is not None
    by_code = {rule.code: rule.name for rule in lookup.rules().values()}
    names, at = list[str](), match.start("names")
    for word in _WORD.finditer(written, at):
        name = by_code.get(word[1].upper(), word[1])
        if word.start() != at or name not in lookup.rules():
            break
        names.append(name)
        at = word.end()
    if not names:
        return None
    kind = "ignore-file" if "file" in match["verb"] else "ignore"
    reason = written[at:].strip(" \t,;:)]}\"'")
    return f"# convlint: {kind}[{', '.join(names)}] {reason}".rstrip()


def _no_suppression(place: Place) -> Finding:
    meant = _meant(place.source.text[place.start : place.end])
    fix = None if meant is None else Fix(f"write {meant}", (Edit(place.start, place.end, meant),), True)
    hint = _HOW if meant is None else f"write `{meant}`"
    return report("unused-suppression", place, message="this comment is no suppression", help=hint, fix=fix)


def _read(source: Source, reach: _Reach, comment: Comment) -> tuple[list[Suppression], list[Finding]]:
    place = Place(source, comment.start, comment.end)
    match = _DIRECTIVE.match(source.text[comment.start : comment.end])
    if match is None or not _says_which(match):
        return [], [_no_suppression(place)]
    lines = None if match["kind"] == "ignore-file" else reach.of(comment)
    if match["rules"] is None:
        return [Suppression("", place, lines, line_removed(source.text, place.start, place.end))], []
    suppressions, problems = [], []
    by_code = reach.by_code
    offset = comment.start + match.start("rules")
    removals = _removals(place, match["rules"], offset)
    for part, removal in zip(match["rules"].split(","), removals):
        name = part.strip()
        start = offset + len(part) - len(part.lstrip())
        offset += len(part) + 1
        where = Place(source, start, max(start + len(name), start + 1))
        if not name:  # a comma too many
            continue
        rule = by_code.get(name.upper(), name)
        if rule not in lookup.rules():
            hint = nearest_hint(name, lookup.rules()) or "comments take names and codes of single rules"
            meant = unmistakable(name, lookup.rules())
            fix = None if meant is None else Fix(f"write {meant}", (Edit(where.start, where.end, meant),), True)
            problems.append(report("unknown-rule", where, {"rule": name}, help=hint, fix=fix))
        elif rule not in UNSUPPRESSABLE:
            suppressions.append(Suppression(rule, where, lines, removal))
    return suppressions, problems


def _says_which(match: re.Match[str]) -> bool:
    """Whether a suppression names rules, or may go without (`ignore-file`)."""
    names: str | None = match["rules"]
    return match["kind"] == "ignore-file" if names is None else bool(names.strip(" \t,"))


def _removals(comment: Place, names: str, start: int) -> list[Edit]:
    """For each name of a list that begins at `start`, the edit that takes it out of its comment."""
    parts = names.split(",")
    if len(parts) == 1:
        return [line_removed(comment.source.text, comment.start, comment.end)]
    edits = []
    for number, part in enumerate(parts):
        end = start + len(part)
        if number == 0:
            after = len(parts[1]) - len(parts[1].lstrip())
            edits.append(Edit(start, end + 1 + after, ""))
        else:
            edits.append(Edit(start - 1, end, ""))
        start = end + 1
    return edits


class _Reach:
    """On which lines the comments of a text silence findings; what all of them need is found out once."""

    def __init__(self, source: Source, documents: list[Document]) -> None:
        self._source = source
        self._documents = documents
        self.index = LineIndex(source.text)

    @cached_property
    def by_code(self) -> dict[str, str]:
        """The names of all rules by their codes."""
        return {rule.code: rule.name for rule in lookup.rules().values()}

    @cached_property
    def _ends(self) -> dict[int, int]:
        """The last line of what begins on a line, for each line on which an entry begins."""
        ends: dict[int, int] = {}
        for document in self._documents:
            for start, node in _entries(document.root):
                line = self.index.position(start)[0]
                ends[line] = max(ends.get(line, 0), self.index.position(max(node.start, node.end - 1))[0])
        return ends

    @cached_property
    def _filled(self) -> list[int]:
        """For each line, the first one from there on that holds more than a comment; the last one where none does."""
        last = self.index.position(len(self._source.text))[0]
        filled = [last] * (last + 2)
        for line in range(last, 0, -1):
            text = self.index.line(line).lstrip()
            filled[line] = line if text and not text.startswith("#") else filled[line + 1]
        return filled

    def of(self, comment: Comment) -> range:
        """The line of a comment at the end of a line; else all of what begins on the next line that is no comment."""
        line, column = self.index.position(comment.start)
        if self.index.line(line)[: column - 1].strip():
            return range(line, line + 1)
        following = self._filled[line + 1]
        return range(following, max(following, self._ends.get(following, 0)) + 1)


def _entries(root: AnyNode | None) -> Iterator[tuple[int, AnyNode]]:
    """(where an entry of a mapping or a list begins, its value) for every entry in a document."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for key, value in node.entries:
                if value.origin is None:
                    yield key.start, value
                    waiting.append(value)
        elif isinstance(node, Sequence):
            for item in node.items:
                if item.origin is None:
                    yield item.start, item
                    waiting.append(item)
