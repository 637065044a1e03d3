"""Random edits of row files and of native networks, with what they are called; rows are renumbered without a mistake."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any, NamedTuple

Truth = set[tuple[str, str | None, str | None]]


class Line(NamedTuple):
    """One row: who it is through all edits, its operator and args, and whom it reads (None is the input).

    A row of a native network has the name that the file gives it, and its arguments are pairs of a key and a value.
    """

    identity: int
    operator: str
    repeats: int
    arguments: tuple[Any, ...]
    sources: tuple[int | None, ...]
    is_list: bool
    name: str = ""


class Words(NamedTuple):
    """What edits of a format insert, and how they change what a row is given; None for a row that is given nothing."""

    modules: tuple[tuple[str, tuple[Any, ...]], ...]
    changed: Callable[[random.Random, Line], tuple[Any, ...] | None]


MODULES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("Conv", (48, 3, 1)),
    ("C2f", (96, True)),
    ("SPPF", (112, 5)),
    ("C3", (72,)),
    ("nn.Identity", ()),
    ("GhostConv", (40, 3)),
    ("C3k2", (80, False)),
)


def _wider_row(rng: random.Random, line: Line) -> tuple[Any, ...] | None:
    if not line.arguments or type(line.arguments[0]) is not int or len(line.sources) != 1:
        return None
    return (line.arguments[0] + rng.choice((8, 64)), *line.arguments[1:])


ROWS = Words(MODULES, _wider_row)


def lines_of(data: dict[str, Any]) -> list[Line]:
    """The rows of a file, with sources by identity."""
    lines = []
    for index, (source, repeats, operator, arguments) in enumerate(data["backbone"] + data["head"]):
        given = source if isinstance(source, list) else [source]
        sources = tuple(None if index == 0 else (index + one if one < 0 else one) for one in given)
        lines.append(Line(index, operator, repeats, tuple(arguments), sources, isinstance(source, list)))
    return lines


def rows_of(lines: list[Line]) -> list[list[Any]]:
    """The rows as a file writes them: by number, -1 for the row above."""
    numbers = {line.identity: number for number, line in enumerate(lines)}

    def written(source: int | None, at: int) -> int:
        return -1 if source is None or numbers[source] == at - 1 else numbers[source]

    rows = []
    for at, line in enumerate(lines):
        sources = [written(source, at) for source in line.sources]
        rows.append([sources if line.is_list else sources[0], line.repeats, line.operator, list(line.arguments)])
    return rows


def edited(rng: random.Random, lines: list[Line], count: int, words: Words = ROWS) -> tuple[list[Line], Truth]:
    """The rows after so many edits of different rows, and what was done, by the names of old and new rows."""
    old_names = _names(lines)
    lines = copy.copy(lines)
    done: list[tuple[str, int | None, int | None]] = []
    touched: set[int] = set()
    while len(done) < count:
        kind = rng.choice(("insert", "remove", "replace", "rewire", "change"))
        at = rng.randrange(1, len(lines) - 1)
        line = lines[at]
        if line.identity in touched or (kind == "insert" and lines[at - 1].identity in touched):
            continue
        above = {other.identity for other in lines[:at]}
        if kind == "insert":
            operator, arguments = rng.choice(words.modules)
            source = lines[at - 1].identity
            new = Line(1000 + len(done), operator, 1, arguments, (source,), False)
            if source in line.sources:
                sources = tuple(new.identity if one == source else one for one in line.sources)
                lines[at] = line._replace(sources=sources)
            lines.insert(at, new)
            touched |= {new.identity, source}
            done.append(("added", None, new.identity))
        elif kind == "remove" and len(line.sources) == 1:
            (before,) = line.sources
            for index, reader in enumerate(lines):
                sources = tuple(before if one == line.identity else one for one in reader.sources)
                lines[index] = reader._replace(sources=sources)
            del lines[at]
            touched.add(line.identity)
            done.append(("removed", line.identity, None))
        elif kind == "replace" and len(line.sources) == 1:
            operator, arguments = rng.choice([module for module in words.modules if module[0] != line.operator])
            lines[at] = line._replace(operator=operator, arguments=arguments, repeats=1)
            touched.add(line.identity)
            done.append(("replaced", line.identity, line.identity))
        elif kind == "rewire" and at > 2:
            place = rng.randrange(len(line.sources))
            choices = sorted(above - {line.sources[place]} - touched)
            if not choices:
                continue
            other = rng.choice(choices)
            if other in line.sources:
                continue
            lines[at] = line._replace(sources=(*line.sources[:place], other, *line.sources[place + 1 :]))
            touched |= {line.identity, *[one for one in line.sources if one is not None]}
            done.append(("rewired", line.identity, line.identity))
        elif kind == "change":
            changed = words.changed(rng, line)
            if changed is None:
                continue
            lines[at] = line._replace(arguments=changed)
            touched.add(line.identity)
            done.append(("changed", line.identity, line.identity))
    new_names = _names(lines)
    return lines, {
        (kind, None if old is None else old_names[old], None if new is None else new_names[new])
        for kind, old, new in done
    }


def _names(lines: list[Line]) -> dict[int, str]:
    """What findings call each row: its name, or its number."""
    return {line.identity: line.name or str(number) for number, line in enumerate(lines)}
