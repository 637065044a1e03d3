"""Where a finding is, as machine formats want it: paths, URIs, regions in code points and in bytes."""

from __future__ import annotations

import os
from contextlib import suppress

from convlint.findings import Place
from convlint.render.lines import Lines
from convlint.typed import NamedTuple

_CURRENT = "./"


class TextRegion(NamedTuple):
    """A stretch of a text: 1-based lines and columns, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def region(place: Place, lines: Lines) -> TextRegion:
    """The region of a place, columns in code points."""
    index = lines.of(place.source)
    return TextRegion(*index.position(place.start), *index.position(max(place.start, place.end)))


def byte_region(place: Place, lines: Lines) -> TextRegion:
    """The region of a place, columns in UTF-8 bytes."""
    found = region(place, lines)
    if place.source.text.isascii():
        return found
    return found._replace(
        column=_byte_column(place.source.text, place.start, found.column),
        end_column=_byte_column(place.source.text, max(place.start, place.end), found.end_column),
    )


def _byte_column(text: str, offset: int, column: int) -> int:
    return len(text[offset - column + 1 : offset].encode("utf-8", "surrogatepass")) + 1


def relative_path(path: str) -> str:
    """The path from the working folder, with forward slashes; a file on another drive keeps its own.

    A relative path stays as it was named, `..` included: behind a link, it is not the folder that the name says.
    """
    if os.path.isabs(path):
        with suppress(ValueError):
            path = os.path.relpath(path)
    path = path.replace(os.sep, "/")
    while path.startswith(_CURRENT):
        path = path[len(_CURRENT) :].lstrip("/")
    return path


def relative_uri(path: str) -> str:
    """The path from the working folder as a relative URI reference (RFC 3986)."""
    from urllib.parse import quote

    return quote(os.fsencode(relative_path(path)), safe="/")
