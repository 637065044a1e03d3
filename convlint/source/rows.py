"""Finds flow mappings of plain scalars that fill a line, and reads each in one go.

The layers of native files are mostly such rows. For a mapping of eight scalars libyaml makes eighteen events, for a
quoted text one: so the parser is given each row as a text in double quotes, of the same length at the same place. A
flow mapping and a quoted text leave the parser in the same state behind them, and neither begins inside another text or
a comment. That halves the parsing, and takes a fifth off the check of a file.
"""

from __future__ import annotations

import re

from convlint.source.nodes import Mapping, Scalar
from convlint.source.scalars import kept_plain
from convlint.typed import NamedTuple

_ROW = r"^( *(?:- |\w+: ))\{(\w+: -?[.\w][-.\w]*(?:, \w+: -?[.\w][-.\w]*)*)\}(?= *$| +#)"
_BETWEEN_PAIRS = ", "
_BETWEEN_KEY_AND_VALUE = ": "


class _Pair(NamedTuple):
    """What a pair of a row holds, wherever it stands: offsets count from where the pair begins."""

    key: object
    key_is_ambiguous: bool
    key_text: str
    value: object
    value_is_ambiguous: bool
    value_text: str
    key_end: int
    value_start: int
    value_end: int


_pairs: dict[str, _Pair] = {}
"""The pairs of this process, by their texts: the same few stand in all files."""
_MOST_KEPT = 4096
_LONGEST_KEPT = 48


def with_quoted_rows(text: str) -> tuple[str, int]:
    """(the text with double quotes in place of the braces around each row, how many rows there are)."""
    if "{" not in text:
        return text, 0
    return re.subn(_ROW, r'\1"\2"', text, flags=re.ASCII | re.MULTILINE)


def fill_row(row: Mapping, text: str, ambiguous: list[Scalar]) -> None:
    """Adds its pairs to a row, of which `text` is what stands in its braces, and those of its scalars that are so."""
    entries, pairs, known = row.entries, row.pairs, _pairs.get
    new, at = object.__new__, row.start + 1
    for written in text.split(_BETWEEN_PAIRS):
        pair = known(written) or _kept_pair(written)
        key, value = new(Scalar), new(Scalar)
        key.value, key.ambiguous, key.text, value.value, value.ambiguous, value.text, key_end, start, end = pair
        key.plain = value.plain = True
        key.origin = value.origin = None
        key.start = at
        key.end = at + key_end
        value.start = at + start
        value.end = at + end
        at = value.end + len(_BETWEEN_PAIRS)
        if key.ambiguous or value.ambiguous:
            ambiguous += [item for item in (key, value) if item.ambiguous]
        entry = (key, value)
        entries.append(entry)
        pairs[key.value] = entry


def _kept_pair(written: str) -> _Pair:
    key, _, value = written.partition(_BETWEEN_KEY_AND_VALUE)
    start = len(key) + len(_BETWEEN_KEY_AND_VALUE)
    pair = _Pair(*kept_plain(key), *kept_plain(value), len(key), start, len(written))
    if len(written) <= _LONGEST_KEPT:
        if len(_pairs) >= _MOST_KEPT:
            _pairs.clear()
        _pairs[written] = pair
    return pair
