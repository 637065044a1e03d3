"""Finds flow mappings of plain scalars that fill a line, and reads each in one go.

The layers of native files are mostly such rows. For a mapping of eight scalars libyaml makes eighteen events, for a
quoted text one: so the parser is given each row as a text in double quotes, of the same length at the same place. A
flow mapping and a quoted text leave the parser in the same state behind them, and neither begins inside another text or
a comment. That takes a third off the parsing, and a sixth off the check of a file.
"""

from __future__ import annotations

from convlint.source.nodes import Mapping, Scalar
from convlint.source.scalars import kept_plain
from convlint.typed import NamedTuple

_BETWEEN_PAIRS = ", "
_BETWEEN_KEY_AND_VALUE = ": "


class Pair(NamedTuple):
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


Rows = dict[int, list[Pair]]
"""The pairs of each row of a text, by the offset of its brace."""
_kept: dict[str, Pair] = {}
"""Pairs that were read in this process, by their texts: the same few stand in all files."""
_MOST_KEPT = 4096
_LONGEST = 48
"""Characters of a pair that is kept, and read so."""


def with_quoted_rows(text: str) -> tuple[str, Rows]:
    """(the text with double quotes in place of the braces around each row, the rows)."""
    rows: Rows = {}
    if "{" not in text:
        return text, rows
    lines, at = text.split("\n"), 0
    for number, line in enumerate(lines):
        start, end = line.find("{"), line.find("}")
        if 0 < start < end and _may_lead(line[:start].lstrip(" ")) and _may_follow(line[end + 1 :]):
            pairs = _pairs(line[start + 1 : end])
            if pairs is not None:
                rows[at + start] = pairs
                lines[number] = f'{line[:start]}"{line[start + 1 : end]}"{line[end + 1 :]}'
        at += len(line) + 1
    return ("\n".join(lines) if rows else text), rows


def _may_lead(text: str) -> bool:
    """Whether a text before a row is the dash of an item or a plain key."""
    return text == "- " or (text.endswith(_BETWEEN_KEY_AND_VALUE) and _is_word(text[:-2]))


def _may_follow(text: str) -> bool:
    """Whether there is nothing behind a row but a comment."""
    return text in ("", "\r") or (text[0] == " " and text.lstrip(" ")[:1] in ("", "#"))


def _is_word(text: str) -> bool:
    return text.isascii() and text.replace("_", "0").isalnum()


def _pairs(written: str) -> list[Pair] | None:
    """The pairs between two braces; None where there is anything else between them."""
    pairs = []
    for text in written.split(_BETWEEN_PAIRS):
        pair = _kept.get(text) or _pair(text)
        if pair is None:
            return None
        pairs.append(pair)
    return pairs


def _pair(written: str) -> Pair | None:
    """A short pair of plain scalars that need no second look; None for any other text."""
    if len(written) > _LONGEST:  # libyaml takes no key of more than 1,024 characters here
        return None
    key, _, value = written.partition(_BETWEEN_KEY_AND_VALUE)
    if not (_is_word(key) and _is_word(value.replace("-", "0").replace(".", "0")) and value[-1] != "-"):
        return None
    start = len(key) + len(_BETWEEN_KEY_AND_VALUE)
    pair = Pair(*kept_plain(key), *kept_plain(value), len(key), start, len(written))
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[written] = pair
    return pair


def fill_row(row: Mapping, pairs: list[Pair], ambiguous: list[Scalar]) -> None:
    """Adds its pairs to a row, and those of their scalars that are so to the ambiguous ones."""
    entries, by_key = row.entries, row.pairs
    new, at = object.__new__, row.start + 1
    for pair in pairs:
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
        by_key[key.value] = entry
