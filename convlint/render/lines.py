"""Line indexes of the sources that a report speaks of, each made once."""

from __future__ import annotations

from convlint.findings import Place
from convlint.source.nodes import LineIndex, Source


class Lines:
    """Keeps the index of the source used last: findings come file by file."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._index = LineIndex("")

    def of(self, source: Source) -> LineIndex:
        """The line index of a source."""
        if source is not self._source:
            self._source, self._index = source, LineIndex(source.text)
        return self._index

    def position(self, place: Place) -> tuple[int, int]:
        """(line, column) where a place begins, both 1-based."""
        return self.of(place.source).position(place.start)
