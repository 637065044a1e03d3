"""The nodes of a YAML document; they change only when we need to know more about the text."""

from __future__ import annotations

import re
from bisect import bisect_right

from convlint.typed import Any, NamedTuple

_LINE_END = r"\r\n|\n|\r"


class Source(NamedTuple):
    """One text and where it came from. Offsets everywhere are code points into `text`."""

    path: str
    text: str


class Node:
    """What every node knows: where it stands, as code-point offsets `start` (inclusive) to `end` (exclusive).

    A node that came in through an alias stands where the alias is used; `origin` is then the node at the anchor.
    """

    __slots__ = ("end", "origin", "start")

    start: int
    end: int
    origin: Node | None


class Scalar(Node):
    """A scalar with the value that PyYAML would give it (`int`, `float`, `bool`, `None` or `str`).

    `plain` is false for quoted and block scalars; `ambiguous` says that YAML 1.2 reads a plain one differently.
    """

    __slots__ = ("ambiguous", "plain", "text", "value")

    def __init__(self, value: Any, text: str, plain: bool, ambiguous: bool, start: int, end: int) -> None:
        self.value = value
        self.text = text
        self.plain = plain
        self.ambiguous = ambiguous
        self.start = start
        self.end = end
        self.origin = None


class Sequence(Node):
    """A list; `flow` is true for `[a, b]`."""

    __slots__ = ("flow", "items")

    def __init__(self, flow: bool, start: int) -> None:
        self.items: list[AnyNode] = []
        self.flow = flow
        self.start = start
        self.end = start
        self.origin = None


class Mapping(Node):
    """A mapping; `entries` keeps the order of the file, duplicates and all, with merge keys already resolved.

    `pairs` maps each plain key to its (key node, value node), the last one winning, and merged ones first, as in
    PyYAML.
    """

    __slots__ = ("entries", "flow", "pairs")

    def __init__(self, flow: bool, start: int) -> None:
        self.entries: list[tuple[AnyNode, AnyNode]] = []
        self.pairs: dict[Any, tuple[Scalar, AnyNode]] = {}
        self.flow = flow
        self.start = start
        self.end = start
        self.origin = None

    def get(self, key: str) -> AnyNode | None:
        """The value node of `key`, or None."""
        pair = self.pairs.get(key)
        return pair[1] if pair is not None else None


AnyNode = Scalar | Sequence | Mapping


class Memory:
    """What is kept of a document whose nodes are read again in each version of its text.

    `source` is the version in which they stand now. `notes` holds what a reader made of nodes in which it found nothing
    wrong, and `lists` what it made of lists, both by the identity of the node, which they hold.
    """

    __slots__ = ("lists", "notes", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.notes: dict[int, Any] = {}
        self.lists: dict[int, Any] = {}


class Document(NamedTuple):
    """One document of a file; `root` is None for an empty one.

    What only matters once the document turns out to be an architecture is noted here in passing: scalars that YAML 1.1
    and 1.2 read differently, (first, second) key nodes of a repeated key, and nodes with a tag of their own.
    Where its nodes will be read again, as of a text that is typed, `memory` holds what a reader made of some of them.
    """

    source: Source
    root: AnyNode | None
    ambiguous: tuple[Scalar, ...]
    repeated_keys: tuple[tuple[Scalar, Scalar], ...]
    tagged: tuple[tuple[str, AnyNode], ...]
    memory: Memory | None = None


def plain_data(node: AnyNode | None) -> Any:
    """The node as plain `dict`, `list` and scalars, for libraries that know nothing of spans."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain_data(item) for item in node.items]
    return {key: plain_data(value) for key, (_, value) in node.pairs.items()}


class LineIndex:
    """Turns offsets into 1-based lines and columns (columns in code points)."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(_LINE_END, text))]
        self._text = text

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, both 1-based."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def start(self, number: int) -> int:
        """The offset at which a 1-based line begins; the end of the text for a line behind its last."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self._text)

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its end."""
        if not 1 <= number <= len(self._starts):
            return ""
        begin = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[begin:end].rstrip("\r\n")
