"""What makes a finding the same finding in the next run: hashes that do not depend on line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from convlint.findings import FileResult, Finding, Place
from convlint.render.lines import Lines
from convlint.render.places import relative_path

_REACH = 500
_WINDOW = 100
_BASE = 37
_MASK = 2**64 - 1
_END_OF_FILE = "\uffff"


def fingerprinted(results: Iterable[FileResult]) -> Iterator[tuple[Finding, str]]:
    """Each finding with a fingerprint that no other finding of the run has.

    It is made of the rule, the path, the text of the line without blanks, and a number where these are the same: it
    survives layers that are added or moved elsewhere in the file.
    """
    lines, seen = Lines(), dict[tuple[str, str, str], int]()
    for result in results:
        for finding in result.findings:
            key = _identity(finding, lines)
            seen[key] = seen.get(key, 0) + 1
            yield finding, _hash(*key, str(seen[key]))


def _identity(finding: Finding, lines: Lines) -> tuple[str, str, str]:
    return finding.rule.name, relative_path(finding.place.source.path), "".join(_line(finding.place, lines).split())


def _line(place: Place, lines: Lines) -> str:
    """The line where a place begins; of a long one what is near, for a file may be one line of megabytes."""
    text, start = place.source.text, place.start
    before = min(lines.position(place)[1] - 1, _REACH)
    after = re.split(r"[\r\n]", text[start : start + _REACH], maxsplit=1)[0]
    return text[start - before : start] + after


def _hash(*parts: str) -> str:
    from hashlib import sha256

    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=1)
def line_hashes(text: str) -> tuple[str, ...]:
    """A hash for each line of a text, as GitHub's code scanning names lines (`primaryLocationLineHash`).

    A line is hashed with what follows it: the first 100 UTF-16 units from its start, without blanks, line ends as one
    line feed and the end of the file as U+FFFF, are the digits of a number to the base 37, modulo 2^64. After the
    colon stands how many lines so far have that hash.
    """
    for blank, replacement in (("\r\n", "\n"), ("\r", "\n"), (" ", ""), ("\t", "")):
        text = text.replace(blank, replacement)
    units = _utf16_units(text + _END_OF_FILE)
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == ord("\n"))]
    sums = list(accumulate([*units, *[0] * _WINDOW], lambda total, unit: (total * _BASE + unit) & _MASK, initial=0))
    weight = pow(_BASE, _WINDOW, _MASK + 1)
    hashes = (f"{(sums[start + _WINDOW] - sums[start] * weight) & _MASK:x}" for start in starts)
    return tuple(_numbered(hashes))


def _numbered(hashes: Iterable[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for value in hashes:
        seen[value] = seen.get(value, 0) + 1
        yield f"{value}:{seen[value]}"


def _utf16_units(text: str) -> memoryview:
    import sys

    order = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
    return memoryview(text.encode(order, "surrogatepass")).cast("H")
