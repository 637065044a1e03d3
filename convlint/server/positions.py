"""Offsets of a text as positions of the protocol, which counts lines from 0 and columns in UTF-16 units by default."""

from __future__ import annotations

from functools import cached_property

from lsprotocol import types

from convlint.findings import Place
from convlint.source.nodes import LineIndex

_UNIT_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


class Positions:
    """The positions of one text in the encoding that client and server agreed on (`utf-8`, `utf-16` or `utf-32`)."""

    def __init__(self, text: str, encoding: str) -> None:
        self._text = text
        self._codec, self._unit = _UNIT_BYTES[encoding]

    @cached_property
    def _index(self) -> LineIndex:
        return LineIndex(self._text)

    def at(self, offset: int) -> types.Position:
        """The position of an offset in code points."""
        line, column = self._index.position(offset)
        before = self._text[offset - column + 1 : offset]
        return types.Position(line - 1, self._units(before))

    def span(self, start: int, end: int) -> types.Range:
        """The range from one offset to another, which is no smaller."""
        return types.Range(self.at(start), self.at(max(start, end)))

    def of(self, place: Place) -> types.Range:
        """The range of a place."""
        return self.span(place.start, place.end)

    def offset(self, position: types.Position) -> int:
        """The offset of a position; one beyond the end of its line is the end of the line."""
        line = self._index.line(position.line + 1)
        start = self._index.start(position.line + 1)
        if line.isascii():
            return start + min(position.character, len(line))
        encoded = line.encode(self._codec, "surrogatepass")[: position.character * self._unit]
        return start + len(encoded.decode(self._codec, "ignore"))

    def end_of_line(self, offset: int) -> types.Position:
        """The end of the line that an offset is on, before spaces and the line end."""
        line, column = self._index.position(offset)
        return self.at(offset - column + 1 + len(self._index.line(line).rstrip()))

    def _units(self, text: str) -> int:
        return len(text) if text.isascii() else len(text.encode(self._codec, "surrogatepass")) // self._unit
