"""Bytes to documents: reading and decoding; JSON goes to its own parser, YAML is built from libyaml's events."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Sequence as SequenceType

from convlint.source.libyaml import Binding, binding
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, Source
from convlint.source.problems import Limits, SourceProblem, Stop
from convlint.source.rows import Rows, fill_row, with_quoted_rows
from convlint.source.scalars import kept_plain, plain_values, resolve_tagged
from convlint.typed import Any

_STR_TAG = "tag:yaml.org,2002:str"
_CORE_TAGS = frozenset("tag:yaml.org,2002:" + name for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_MERGE = "<<"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_JSON_BEGINS = r"[ \t\r\n]*\{[ \t\r\n]*\""

__all__ = ["Limits", "Parsed", "SourceProblem", "UnreadableError", "decode", "is_json", "parse", "read", "read_bytes"]


Parsed = tuple[SequenceType[Document], SourceProblem | None]
"""What parsing a text gives: its documents, and what keeps it from being parsed any further."""


class UnreadableError(Exception):
    """Why a file cannot be read, in words that follow its name."""


def read_bytes(path: str, most: int) -> bytes:
    """The first `most` bytes of a regular file: a pipe or a device, whose bytes need not end, is none.

    Raises UnreadableError.
    """
    import os
    import stat

    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()  # one that may not be listed says so here
            raise UnreadableError("is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("is no regular file")
        with open(path, "rb") as file:
            data = file.read(min(most, status.st_size + 1))  # room for `most` takes longer to make than a file to read
            return data if len(data) <= status.st_size else data + file.read(most - len(data))
    except OSError as error:
        raise UnreadableError(_lower_first(error.strerror or str(error))) from None
    except ValueError as error:
        raise UnreadableError(str(error)) from None


def read(path: str, limits: Limits = Limits()) -> Source | SourceProblem:
    """The text of a file, or why it cannot be had (`unreadable-file`)."""
    try:
        data = read_bytes(path, limits.bytes + 1)
    except UnreadableError as error:
        return SourceProblem("unreadable-file", str(error))
    return decode(path, data, limits)


def decode(path: str, data: bytes, limits: Limits = Limits()) -> Source | SourceProblem:
    """UTF-8 bytes as a source, without the byte order marks at their beginning."""
    if len(data) > limits.bytes:
        return SourceProblem("unreadable-file", f"is larger than {limits.bytes // 1024} KiB")
    try:
        return Source(path, data.decode("utf-8").lstrip("\ufeff"))
    except UnicodeDecodeError as error:
        if data.startswith(_UTF_16):
            return SourceProblem("unreadable-file", "is UTF-16; save it as UTF-8")
        return SourceProblem("unreadable-file", f"is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}")


def is_json(source: Source) -> bool:
    """Whether a text is JSON: by the ending of its name, or, where that says nothing, by how the text begins."""
    name = source.path.lower()
    if name.endswith((".yaml", ".yml")):
        return False
    return name.endswith(".json") or re.match(_JSON_BEGINS, source.text) is not None


def parse(source: Source, limits: Limits = Limits()) -> tuple[list[Document], SourceProblem | None]:
    """The documents of a source; on a mistake, those before it and the problem (`yaml-syntax`, `yaml-limit`)."""
    if is_json(source):
        from convlint.source.json_reader import parse_json

        return parse_json(source, limits)
    yaml = binding()
    quoted, rows = with_quoted_rows(source.text)
    if rows:
        builder = _Builder(source, limits, yaml, rows)
        parsed = _parsed(quoted, builder, yaml)
        if parsed[1] is None and builder.rows_read == len(rows):  # else one is part of a text, or something is wrong
            return parsed
    return parse_by_events(source, limits)


def parse_by_events(source: Source, limits: Limits = Limits()) -> tuple[list[Document], SourceProblem | None]:
    """As `parse`, for YAML in which a mistake is to be expected: no row behind it is looked at."""
    yaml = binding()
    return _parsed(source.text, _Builder(source, limits, yaml, {}), yaml)


def _parsed(text: str, builder: _Builder, yaml: Binding) -> tuple[list[Document], SourceProblem | None]:
    documents: list[Document] = []
    try:
        _collect(documents, text, builder, yaml)
    except Stop as stop:
        return documents, stop.problem
    except yaml.marked_error as error:
        return documents, _syntax_problem(error, len(text))
    except yaml.reader_error as error:
        return documents, _character_problem(error, text)
    except UnicodeError:
        return documents, SourceProblem("yaml-syntax", "the text holds a character that UTF-8 cannot encode")
    return documents, None


def _collect(documents: list[Document], text: str, builder: _Builder, yaml: Binding) -> None:
    """Adds the documents of a text one by one, so that those before a mistake are there when it is met."""
    parser = yaml.parser(text)
    start, end = yaml.events.DocumentStartEvent, yaml.events.StreamEndEvent
    try:
        get_event = parser.get_event
        while True:
            event = get_event()
            kind = type(event)
            if kind is start:
                documents.append(builder.document(get_event))
            elif kind is end or event is None:
                return
    finally:
        parser.dispose()


class _Builder:
    """Builds the tree of one document at a time; counts nodes, and rows that are read, over the whole file.

    `rows` are those that the parser is given as quoted texts.
    """

    def __init__(self, source: Source, limits: Limits, yaml: Binding, rows: Rows) -> None:
        self.source = source
        self.rows_read = 0
        self._rows = rows
        self._limits = limits
        self._most_nodes = limits.nodes
        self._count = self._copies = 0
        events = yaml.events
        self._scalar_event = events.ScalarEvent
        self._mapping_event, self._mapping_end = events.MappingStartEvent, events.MappingEndEvent
        self._sequence_event, self._sequence_end = events.SequenceStartEvent, events.SequenceEndEvent

    def document(self, get_event: Callable[[], Any]) -> Document:
        self._get_event = get_event
        self._anchors: dict[str, AnyNode] = {}
        self._open: list[Sequence | Mapping] = []
        self._ambiguous: list[Scalar] = []
        self._repeated: list[tuple[Scalar, Scalar]] = []
        self._tagged: list[tuple[str, AnyNode]] = []
        root = self._node(get_event())
        get_event()  # the end of the document
        return Document(self.source, root, tuple(self._ambiguous), tuple(self._repeated), tuple(self._tagged))

    def _node(self, event: Any) -> AnyNode:
        kind = type(event)
        if kind is Scalar:
            if event.ambiguous:
                self._ambiguous.append(event)
            return event  # type: ignore[no-any-return]
        if kind is self._scalar_event:
            return self._scalar(event)
        if kind is self._mapping_event:
            return self._mapping(event)
        if kind is self._sequence_event:
            return self._sequence(event)
        return self._alias(event)

    def _mapping(self, event: Any) -> Mapping:
        node = Mapping(event.flow_style, event.start_mark.index)
        self._begin(node, event)
        entries, pairs, most_nodes = node.entries, node.pairs, self._most_nodes
        get_event, scalar_event, end_event = self._get_event, self._scalar_event, self._mapping_end
        make_node, make_scalar = self._node, self._scalar
        while True:
            key = get_event()
            kind = type(key)
            if kind is end_event:
                break
            if kind is scalar_event:
                key = make_scalar(key)
            elif kind is not Scalar or key.ambiguous:
                key = make_node(key)
            value = get_event()
            kind = type(value)
            if kind is scalar_event:
                value = make_scalar(value)
            elif kind is not Scalar or value.ambiguous:
                value = make_node(value)
            self._count += 2
            if self._count > most_nodes:
                raise self._too_many(key)
            if type(key) is Scalar:
                pair = (key, value)
                entries.append(pair)
                pairs[key.value] = pair
            else:
                entries.append((key, value))
        self._finish(node, key.end_mark.index)
        if len(pairs) < len(entries) or _MERGE in pairs:
            self._index(node)
        return node

    def _sequence(self, event: Any) -> Sequence:
        node = Sequence(event.flow_style, event.start_mark.index)
        self._begin(node, event)
        items, most_nodes = node.items, self._most_nodes
        get_event, end_event, make_node = self._get_event, self._sequence_end, self._node
        while True:
            event = get_event()
            if type(event) is end_event:
                break
            item = event if type(event) is Scalar and not event.ambiguous else make_node(event)
            self._count += 1
            if self._count > most_nodes:
                raise self._too_many(item)
            items.append(item)
        self._finish(node, event.end_mark.index)
        return node

    def _begin(self, node: Sequence | Mapping, event: Any) -> None:
        """Notes a collection that begins."""
        if len(self._open) >= self._limits.depth:
            raise self._too_deep(node)
        self._open.append(node)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if event.tag is not None and event.tag not in _CORE_TAGS:
            self._tagged.append((event.tag, node))

    def _finish(self, node: Sequence | Mapping, end: int) -> None:
        """Notes where a collection ends."""
        node.end = end if node.flow else _trimmed_end(node, end)
        self._open.pop()

    def _too_deep(self, node: AnyNode) -> Stop:
        return Stop(_limit(node, f"nested more than {self._limits.depth} levels deep"))

    def _too_many(self, node: AnyNode) -> Stop:
        return Stop(_limit(node, f"more than {self._most_nodes:,} nodes"))

    def _row(self, start: int, end: int) -> Mapping:
        """The row that stands in the source where the parser was given a text."""
        row = Mapping(True, start)
        if len(self._open) >= self._limits.depth:
            raise self._too_deep(row)
        fill_row(row, self._rows[start], self._ambiguous)
        row.end = end
        self.rows_read += 1
        self._count += 2 * len(row.entries)
        if self._count > self._most_nodes:
            raise self._too_many(row)
        if len(row.pairs) < len(row.entries):
            self._index(row)
        return row

    def _scalar(self, event: Any) -> Scalar | Mapping:
        text = event.value
        tag = event.tag
        if event.implicit[0]:
            value, is_ambiguous, text = plain_values.get(text) or kept_plain(text)
            node = Scalar(value, text, True, is_ambiguous, event.start_mark.index, event.end_mark.index)
            if is_ambiguous:
                self._ambiguous.append(node)
        else:
            start, end = event.start_mark.index, event.end_mark.index
            if start in self._rows:
                return self._row(start, end)
            is_text = tag is None or tag == _STR_TAG or tag == "!"
            value = text if is_text else resolve_tagged(tag, text)
            node = Scalar(value, text, False, False, start, end)
            if not is_text and tag not in _CORE_TAGS:
                self._tagged.append((tag, node))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> AnyNode:
        start, end = event.start_mark.index, event.end_mark.index
        target = self._anchors.get(event.anchor)
        if target is None:
            raise Stop(SourceProblem("yaml-syntax", f"alias *{event.anchor} has no anchor &{event.anchor}", start, end))
        if any(node is target for node in self._open):
            raise Stop(SourceProblem("yaml-syntax", f"anchor &{event.anchor} contains itself", start, end))
        return self._copy(target, start, end)

    def _copy(self, node: AnyNode, start: int, end: int) -> AnyNode:
        self._copies += 1
        if self._copies > self._limits.copies:
            spot = Scalar(None, "", True, False, start, end)
            raise Stop(_limit(spot, f"more than {self._limits.copies:,} nodes that its aliases add"))
        copied: AnyNode
        if isinstance(node, Scalar):
            copied = Scalar(node.value, node.text, node.plain, node.ambiguous, start, end)
        elif isinstance(node, Sequence):
            copied = Sequence(node.flow, start)
            copied.items = [self._copy(item, start, end) for item in node.items]
        else:
            copied = Mapping(node.flow, start)
            copied.entries = [
                (self._copy(key, start, end), self._copy(value, start, end)) for key, value in node.entries
            ]
            pairs = {key.value: (key, value) for key, value in copied.entries if isinstance(key, Scalar)}
            copied.pairs = {key: pairs[key] for key in node.pairs}
        copied.end = end
        copied.origin = node.origin or node
        return copied

    def _index(self, mapping: Mapping) -> None:
        """Indexes a complete mapping with repeated keys, with `<<`, or with a key that cannot be one."""
        pairs = mapping.pairs
        pairs.clear()
        merges: list[tuple[AnyNode, AnyNode]] = []
        for entry in mapping.entries:
            key = entry[0]
            if type(key) is not Scalar:
                raise Stop(SourceProblem("yaml-syntax", "a list or a mapping cannot be a key", key.start, key.end))
            value = key.value
            if value == _MERGE and key.plain:
                merges.append(entry)
                continue
            if value in pairs:
                self._repeated.append((pairs[value][0], key))
            pairs[value] = (key, entry[1])
        if merges:
            self._merge(mapping, merges)

    def _merge(self, mapping: Mapping, merges: list[tuple[AnyNode, AnyNode]]) -> None:
        mapping.entries = [entry for entry in mapping.entries if not any(entry is merge for merge in merges)]
        order: dict[Any, None] = {}
        for _, value in merges:
            sources = value.items if isinstance(value, Sequence) else [value]
            for source in sources:
                if not isinstance(source, Mapping):
                    problem = "a merge key (<<) takes a mapping or a list of mappings"
                    raise Stop(SourceProblem("yaml-syntax", problem, value.start, value.end))
                for key, (key_node, value_node) in source.pairs.items():
                    order[key] = None
                    if key not in mapping.pairs:
                        mapping.pairs[key] = (key_node, value_node)
                        mapping.entries.append((key_node, value_node))
        order.update(dict.fromkeys(mapping.pairs))  # as PyYAML has it: what is merged stands before the keys of its own
        mapping.pairs = {key: mapping.pairs[key] for key in order}


def _trimmed_end(node: Sequence | Mapping, end: int) -> int:
    """Where a block collection really ends: libyaml ends it at the next token."""
    last: AnyNode | None = None
    if isinstance(node, Sequence):
        last = node.items[-1] if node.items else None
    elif node.entries:
        last = node.entries[-1][1]
        if last.end <= last.start:
            last = node.entries[-1][0]
    return max(node.start, min(end, last.end)) if last is not None else end


def _limit(node: AnyNode, what: str) -> SourceProblem:
    return SourceProblem("yaml-limit", what, node.start, max(node.end, node.start + 1))


def _syntax_problem(error: Any, length: int) -> SourceProblem:
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, length) if mark is not None else 0
    related: tuple[tuple[str, int, int], ...] = ()
    if error.context and error.context_mark is not None and error.context_mark.index != at:
        opened = min(error.context_mark.index, length)
        related = ((error.context, opened, min(opened + 1, length)),)
    return SourceProblem("yaml-syntax", str(error.problem or error.context), at, min(at + 1, length), related)


def _character_problem(error: Any, text: str) -> SourceProblem:
    """A character that YAML does not allow; libyaml gives its place in bytes, so it is looked up in the text."""
    code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or " ")
    at = max(0, text.find(chr(code)))
    return SourceProblem("yaml-syntax", f"{error.reason}: U+{code:04X}", at, min(at + 1, len(text)))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
