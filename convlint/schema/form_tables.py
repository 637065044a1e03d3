"""The tables of `docs/operator-language.md` that are made from the form of rule files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convlint.catalogue import form
from convlint.catalogue.takes import Key

_TABLES: dict[str, Mapping[str, Key]] = {
    "operator": form.OPERATOR,
    "parameter": form.PARAMETER,
    "requirement": form.REQUIREMENT,
    "fix": form.FIX,
    "row": form.ROW,
    "like": form.LIKE,
    "vocabulary": form.VOCABULARY,
    "page": form.PAGE,
    "entry": form.ENTRY,
    "parts": form.PARTS,
    "dictionary": form.DICTIONARY,
    "operator-word": form.OPERATOR_WORD,
    "key-word": form.KEY_WORD,
}
_PLACE = re.compile(r"(<!-- form: ([a-z]+) -->\n).*?(<!-- end -->)", flags=re.S)


def with_tables(text: str) -> str:
    """A page with its tables, each between `<!-- form: NAME -->` and `<!-- end -->`, as the form has them."""
    return _PLACE.sub(lambda place: f"{place[1]}{_table(place[2])}{place[3]}", text)


def _table(name: str) -> str:
    if name == "types":
        return _rows("type", form.TYPES)
    return _rows("key", {key: entry.means for key, entry in _TABLES[name].items()})


def _rows(what: str, meanings: Mapping[str, str]) -> str:
    lines = [f"| {what} | meaning |", "| --- | --- |"]
    lines += [f"| `{name}` | {meaning.replace('|', chr(92) + '|')} |" for name, meaning in meanings.items()]
    return "\n".join(lines) + "\n"
