"""What mends a text that is no YAML, in the words of those who write it; its parser speaks in its own."""

from __future__ import annotations

import re

from convlint.findings import Edit, Fix
from convlint.nearest import unmistakable
from convlint.source.reader import SourceProblem
from convlint.typed import NamedTuple

_TEMPLATE = "this is a template: render it first, and lint what comes out"
_QUOTES = 'an expression needs quotes inside { } and [ ]: "${...}"'
_MOST_ANCHORS = 8
_TABS = "YAML takes no tabs for indentation: use spaces"
_DASH = "a space is missing behind the dash"
_BARE = re.compile(r"\"[^\"]*\"|'[^']*'|(?P<bare>\$\{[^{}\"]*\})")
_COLUMNS = "the keys of one mapping stand in one column, and so do the dashes of one list"
_COLONS = f"{_COLUMNS}; a text that holds ': ' needs quotes"
_BRACKETS = "a comma or the closing bracket is missing before this"
_ENTRY = re.compile(r"[ -]*(?P<key>\w+)(?P<sign>:| *= *)(?P<value>[^\s:=]+)\s*")
"""A line that is meant to be `key: value`."""
_HEADLESS = re.compile(r"[ -]*\w+\s*")
_OPENING = {"[": "]", "{": "}"}
_OUTSIDE = re.compile(r"\"[^\"]*\"|'[^']*'|(?<!\S)#.*|[\[\]{}]")
"""Brackets, and what they do not count in: quotes and comments."""


class Advice(NamedTuple):
    """What mends a syntax error in words, the edit, and from where to where what was meant otherwise stands."""

    help: str
    fix: Fix | None = None
    slip: tuple[int, int] | None = None


def syntax_advice(text: str, problem: SourceProblem) -> Advice:
    """What mends a syntax error; empty where that cannot be told."""
    at, said = problem.start, problem.message
    begin, line = _line_at(text, at)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Advice(_TABS, _without_tabs(text, at))
    if _has_bare_expression(text, at):
        return Advice(_QUOTES, _quoting(text, at))
    if "{{" in line or "{%" in line:
        return Advice(_TEMPLATE)
    if said.startswith("mapping values are not allowed"):
        return _meant_entry(text, _end_above(text, begin)) or Advice(_COLONS)
    if said.startswith("could not find expected ':'") and problem.related:
        return _meant_entry(text, problem.related[0][1]) or _meant_item(text, problem.related[0][1]) or Advice("")
    if said.startswith("did not find expected ',"):
        return (_unclosed(text, problem.related[0][1], at) if problem.related else None) or Advice(_BRACKETS)
    if re.match(r"-[^\s-]", text[at : at + 2]):
        return Advice(_DASH, Fix("put a space behind the dash", (Edit(at + 1, at + 1, " "),), True))
    if said == "found unexpected ':'":
        return Advice("a value is missing behind the colon")
    if said == "found unexpected end of stream":
        return Advice("a quote is not closed")
    if said.startswith("alias "):
        return _meant_alias(text, problem)
    if said == "a list or a mapping cannot be a key":
        return _meant_merge(text, problem) or Advice("")
    is_first = not text[begin:at].strip()
    if not (said.startswith("did not find expected") and is_first):
        return Advice("")
    return Advice(_COLUMNS, _reindented(text, begin, line))


def _reindented(text: str, begin: int, line: str) -> Fix | None:
    """The column of the keys of the line above for a line that begins a little beside it."""
    above = [other for other in text[:begin].splitlines() if other.strip()]
    is_item = line.lstrip().startswith("-")
    keys = re.match(r" *(?=-)" if is_item else r"[ -]*", above[-1]) if above else None
    width = len(line) - len(line.lstrip())
    if keys is None or not 0 < abs(keys.end() - width) < 3:
        return None
    edit = Edit(begin, begin + width, " " * keys.end())
    return Fix(f"begin in column {keys.end() + 1}, as the line above", (edit,), False)


def _meant_alias(text: str, problem: SourceProblem) -> Advice:
    """The anchor that an alias without one is a slip of."""
    anchors = dict.fromkeys(re.findall(r"(?<!\S)&([\w-]+)", text[: problem.start]))
    name = text[problem.start + 1 : problem.end]
    if not anchors:
        return Advice("an anchor stands above its aliases: &name before the value")
    meant = unmistakable(name, anchors)
    if meant is None:
        return Advice(f"there is {', '.join(f'&{anchor}' for anchor in list(anchors)[:_MOST_ANCHORS])}")
    return Advice(
        f"did you mean *{meant}?", Fix(f"write *{meant}", (Edit(problem.start, problem.end, f"*{meant}"),), True)
    )


def _meant_merge(text: str, problem: SourceProblem) -> Advice | None:
    """`<<: *conv` for an alias of a mapping that stands where a key does."""
    alias = text[problem.start : problem.end]
    if re.fullmatch(r"\*[\w-]+", alias) is None or text[problem.end : problem.end + 1] == ":":
        return None
    written = f"<<: {alias}"
    fix = Fix(f"write {written}", (Edit(problem.start, problem.end, written),), True)
    return Advice(f"what an anchor holds is merged in by {written}", fix)


def _meant_item(text: str, at: int) -> Advice | None:
    """A line that begins with a dash and no space behind it."""
    begin, line = _line_at(text, at)
    found = re.match(r"[ ]*-(?=[\[{\w])", line)
    if found is None:
        return None
    place = begin + found.end()
    return Advice(_DASH, Fix("put a space behind the dash", (Edit(place, place, " "),), True))


def _meant_entry(text: str, at: int) -> Advice | None:
    """`key: value` for a line that has no space behind its colon, or another sign; `key:` for a key alone."""
    begin, line = _line_at(text, at)
    found = _ENTRY.fullmatch(line)
    if found is not None:
        written = f"{found['key']}: {found['value']}"
        is_colon = found["sign"] == ":"
        says = "a space is missing behind the colon" if is_colon else "a key and its value have a colon between them"
        start, end = begin + found.start("key"), begin + found.end("value")
    elif _HEADLESS.fullmatch(line):
        written, says = f"{line.strip(' -')}:", "a colon is missing"
        start, end = begin + line.index(written[:-1]), begin + len(line.rstrip())
    else:
        return None
    return Advice(f"{says}: {written}", Fix(f"write {written}", (Edit(start, end, written),), True), (start, end))


def _end_above(text: str, begin: int) -> int:
    """The end of the last line above an offset that is not empty."""
    return max(0, len(text[:begin].rstrip()) - 1)


def _unclosed(text: str, opened: int, at: int) -> Advice | None:
    """The brackets that close what was `opened` in one line and goes on in the next, where nothing else is missing."""
    begin, line = _line_at(text, opened)
    if text[begin + len(line) : at].strip(" -\r\n"):
        return None
    waiting: list[str] = []
    end = opened - begin
    for found in _OUTSIDE.finditer(line, end):
        bracket = found.group()
        if bracket.startswith("#"):
            break
        if bracket in _OPENING:
            waiting.append(_OPENING[bracket])
        elif bracket in _OPENING.values() and (not waiting or waiting.pop() != bracket):
            return None
        end = found.end()
    comment = re.search(r"(?<!\S)#", line[end:])
    code = line[: end + comment.start()] if comment is not None else line
    if not waiting or code.rstrip().endswith(","):
        return None
    place, closing = begin + len(code.rstrip()), "".join(reversed(waiting))
    number = text.count("\n", 0, begin) + 1
    fix = Fix(f"close it with {closing}", (Edit(place, place, closing),), True)
    return Advice(f"{closing} is missing at the end of line {number}", fix)


def _quoting(text: str, at: int) -> Fix | None:
    """Quotes around each `${...}` without them in a line."""
    begin, line = _line_at(text, at)
    bare = [found for found in _BARE.finditer(line) if found["bare"] is not None]
    edits = [Edit(begin + found.start(), begin + found.end(), f'"{found["bare"]}"') for found in bare]
    return Fix("put quotes around the expression", tuple(edits), True) if edits else None


def _without_tabs(text: str, at: int) -> Fix | None:
    """The indentation of the keys of the line above, in place of one with tabs."""
    begin, line = _line_at(text, at)
    above = [other for other in text[:begin].splitlines() if other.strip()]
    keys = re.match(r"[ -]*", above[-1]) if above else None
    if keys is None:
        return None
    width = len(line) - len(line.lstrip())
    return Fix("indent by spaces", (Edit(begin, begin + width, " " * keys.end()),), False)


def _line_at(text: str, at: int) -> tuple[int, str]:
    """Where the line of an offset begins, and its text."""
    begin = text.rfind("\n", 0, at) + 1
    return begin, text[begin:].split("\n", 1)[0].rstrip("\r")


def _has_bare_expression(text: str, at: int) -> bool:
    """Whether a `${` without quotes stands in the line of a syntax error, before it."""
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    begin = line.rfind("${")
    return begin >= 0 and line[:begin].count('"') % 2 == 0 and line[:begin].count("'") % 2 == 0
