"""Parses a text of which most was parsed before: only the items of a list between which it changed are parsed again.

What follows the change is moved, in place. Where the rest of a text may read otherwise after the change (anchors, tags,
directives, a block scalar before it, flow lists around it) nothing is spliced, and all of the text is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from collections.abc import Sequence as SequenceType

from convlint.limits import NODES
from convlint.source.changes import Stretch, changed
from convlint.source.nodes import AnyNode, Document, Mapping, Memory, Scalar, Sequence, Source
from convlint.source.problems import Limits, SourceProblem
from convlint.source.reader import Parsed, is_json, parse, parse_by_events
from convlint.typed import NamedTuple

_ANCHOR = r"(?:^|[\s\[{,:])[&*]\S"
_BLOCK_SCALAR = r"[|>][-+0-9]*[ \t]*(?:#.*)?$"
_REGION = "region.yaml"
_DOCUMENT_MARKS = ("\n---", "\n...", "\n%")


class Sound(NamedTuple):
    """A text without a mistake of YAML, and its documents, which are kept for a later version of it."""

    source: Source
    documents: SequenceType[Document]


class Splicer:
    """Parses one version of a text after the other; they share nodes, which stand as the last one has them."""

    def __init__(self, source: Source, parsed: Parsed) -> None:
        documents, problem = parsed
        self._sound = Sound(source, documents) if problem is None else None

    def parse(self, source: Source) -> Parsed:
        """As `parse` gives it."""
        documents, problem = parse_again(self._sound, source)
        if problem is None:
            self._sound = Sound(source, documents)
        return documents, problem


class _Site(NamedTuple):
    """Items `first` to `last` of a block list, which are whole lines: `start` to `end` of the text.

    `column` is that of their dashes, and `around` holds the (mapping, number of its entry) around the list, the
    outermost first.
    """

    items: Sequence
    around: tuple[tuple[Mapping, int], ...]
    first: int
    last: int
    start: int
    end: int
    column: int


def parse_again(before: Sound | None, source: Source) -> Parsed:
    """As `parse`, to be kept; without a problem the nodes of the text before are part of it, and were moved."""
    found = None if before is None else _spliced(before, source)
    if found is not None:
        return found
    documents, problem = parse(source)
    return [document._replace(memory=Memory(source)) for document in documents], problem


def _spliced(before: Sound, source: Source) -> Parsed | None:
    """What parsing gives; None where only all of the text can tell."""
    old, new = before.source.text, source.text
    if len(before.documents) != 1 or is_json(before.source) or is_json(source) or len(new) > NODES:
        return None
    (document,) = before.documents
    if document.root is None or "%" in old[: document.root.start] or "<<" in old or "<<" in new:
        return None
    change = changed(old, new)
    if not new[change.start : change.new_end].replace("\n", "").isprintable():
        return None
    site = _site(document.root, old, change)
    if site is None:
        return None
    by = change.new_end - change.old_end
    text = new[site.start : site.end + by]
    if (not text.endswith("\n") and site.end + by < len(new)) or any(mark in text for mark in _DOCUMENT_MARKS):
        return None
    if any(_has_anchor(part) or _has_block_scalar(part) for part in (old[site.start : site.end], text)):
        return None
    limits = Limits()
    found, problem = parse(Source(_REGION, text), limits._replace(depth=limits.depth - len(site.around)))
    if problem is not None:
        return None if _has_anchor(old) else _with_problem(site, source)
    root = found[0].root if len(found) == 1 else None
    if not isinstance(root, Sequence) or root.flow or text[: root.start] != " " * site.column:
        return None
    return [_joined(document, source, site, found[0], root, by)], None


def _has_anchor(text: str) -> bool:
    return ("&" in text or "*" in text) and re.search(_ANCHOR, text) is not None


def _has_block_scalar(text: str) -> bool:
    return ("|" in text or ">" in text) and re.search(_BLOCK_SCALAR, text, re.M) is not None


def _site(root: AnyNode | None, text: str, change: Stretch) -> _Site | None:
    """The items of the outermost block list that a change lies within; None where it lies elsewhere."""
    around: list[tuple[Mapping, int]] = []
    node, end = root, len(text)
    while isinstance(node, Mapping) and _is_block(node, text):
        starts = [key.start for key, _ in node.entries]
        number = bisect_right(starts, change.start) - 1
        if number < 0:
            return None
        if number + 1 < len(starts):
            end = _line(text, starts[number + 1])
            if text[end : starts[number + 1]].strip(" "):
                return None
        around.append((node, number))
        node = node.entries[number][1]
    if not isinstance(node, Sequence) or not _is_block(node, text):
        return None
    return _touched(node, tuple(around), text, change, end)


def _is_block(node: Mapping | Sequence, text: str) -> bool:
    """Whether a collection is in block style, and has neither an anchor nor a tag."""
    return not node.flow and node.origin is None and text[node.start] not in "&!"


def _touched(
    items: Sequence, around: tuple[tuple[Mapping, int], ...], text: str, change: Stretch, end: int
) -> _Site | None:
    """The site of a change in a list that ends at `end`; None where it is not within its items."""
    starts = [item.start for item in items.items]
    first = last = max(0, bisect_right(starts, change.start) - 1)
    while last + 1 < len(starts) and _line(text, starts[last + 1]) < change.old_end:
        last += 1
    start = _line(text, starts[first])
    if last + 1 < len(starts):
        end = _line(text, starts[last + 1])
        if text[end : starts[last + 1]].replace(" ", "") != "-":
            return None
    if text[start : starts[first]].replace(" ", "") != "-" or not start <= change.start <= change.old_end <= end:
        return None
    return _Site(items, around, first, last, start, end, text.index("-", start) - start)


def _line(text: str, offset: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, offset) + 1


def _with_problem(site: _Site, source: Source) -> Parsed | None:
    """What keeps a text from being parsed that was sound before its site; None where only all of it can tell.

    In place of what stands before the site, the parser is given as few lines as bring it into the same state.
    """
    stub, places = "", dict[int, int]()
    for mapping, _ in site.around:
        column = mapping.start - _line(source.text, mapping.start)
        if source.text[mapping.start - column : mapping.start].strip(" "):
            return None
        places[len(stub) + column] = mapping.start
        stub += " " * column + "key:\n"
    if site.first:
        places[len(stub) + site.column] = site.items.start
        stub += " " * site.column + "-\n"
    documents, problem = parse_by_events(Source(_REGION, stub + source.text[site.start :]))
    if documents or problem is None:
        return None
    by = site.start - len(stub)
    spans = [(problem.start, problem.end), *[(start, end) for _, start, end in problem.related]]
    moved = []
    for start, end in spans:
        if start < len(stub) and start not in places:
            return None
        begin = places[start] if start < len(stub) else start + by
        moved.append((begin, begin + end - start))
    related = tuple([(text, *span) for (text, _, _), span in zip(problem.related, moved[1:])])
    return [], SourceProblem(problem.rule, problem.message, *moved[0], related)


def _joined(document: Document, source: Source, site: _Site, found: Document, root: Sequence, by: int) -> Document:
    """The document with the new items in place of those of the site; what follows them is moved."""
    items, end = site.items.items, site.end
    memory = Memory(source) if document.memory is None else document.memory
    memory.source = source
    for item in items[site.first : site.last + 1]:
        memory.notes.pop(id(item), None)

    def outside(node: AnyNode) -> bool:
        return not site.start <= node.start < end

    ambiguous = [node for node in document.ambiguous if outside(node)]
    repeated = [pair for pair in document.repeated_keys if outside(pair[1])]
    tagged = [item for item in document.tagged if outside(item[1])]
    _move(root.items, site.start)
    _move(items[site.last + 1 :], by)
    is_last = site.last + 1 == len(items)
    items[site.first : site.last + 1] = root.items
    site.items.end = max(site.items.start, items[-1].end) if is_last else site.items.end + by
    for mapping, number in reversed(site.around):
        following = mapping.entries[number + 1 :]
        _move([node for entry in following for node in entry], by)
        mapping.end = mapping.end + by if following else max(mapping.start, mapping.entries[-1][1].end)
    return Document(
        source,
        document.root,
        tuple(sorted([*ambiguous, *found.ambiguous], key=lambda node: node.start)),
        tuple(sorted([*repeated, *found.repeated_keys], key=lambda pair: pair[1].start)),
        tuple(sorted([*tagged, *found.tagged], key=lambda item: item[1].start)),
        memory,
    )


def _move(nodes: Iterable[AnyNode], by: int) -> None:
    """Moves nodes and what is in them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        node.start += by
        node.end += by
        if isinstance(node, Mapping):
            for key, value in node.entries:
                key.start += by
                key.end += by
                if type(value) is Scalar:  # most are: they need not wait
                    value.start += by
                    value.end += by
                else:
                    waiting.append(value)
        elif isinstance(node, Sequence):
            waiting += node.items
