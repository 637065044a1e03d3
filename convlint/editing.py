"""Edits of nodes: values, keys, entries and items, in the style in which the text around them is written.

Each function gives None where the text cannot be edited so: an anchor or a tag in the way, or a layout that it does
not know. Nothing but what is named is touched.
"""

from __future__ import annotations

import re
import sys

from convlint.findings import Edit, Fix
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.source.scalars import resolve_plain

Edits = tuple[Edit, ...]
_WORD = r"[A-Za-z_][\w.-]*"
_LINE_END = r"\r\n|\n|\r"


def together(*parts: Edits | None) -> Edits | None:
    """The edits of one change with several parts; None where one of them cannot be made."""
    edits: list[Edit] = []
    for part in parts:
        if part is None:
            return None
        edits += part
    return tuple(edits)


def rewritten(text: str, node: Scalar, new: str) -> Edits | None:
    """Another scalar in the place of one, at the anchor where the scalar came in through an alias."""
    found = node.origin or node
    if not isinstance(found, Scalar) or not _is_bare(text, found):
        return None
    return (Edit(found.start, found.end, _like(text, found, new)),)


def rewriting(text: str, node: AnyNode | None, new: str | None, is_safe: bool) -> Fix | None:
    """The fix that writes another scalar; None where nothing else is meant, or the node is none that can be edited."""
    edits = rewritten(text, node, new) if new and isinstance(node, Scalar) else None
    return None if edits is None else Fix(f"write {new}", edits, is_safe)


def with_value(text: str, node: AnyNode, value: object) -> Edits | None:
    """Another value (a number, a flag or a list of such) in the place of one; of a list, only what differs."""
    if node.origin is not None:
        return None
    items = list(value) if isinstance(value, (list, tuple)) else None
    if isinstance(node, Scalar):
        new = value_text(value if items is None or len(set(items)) > 1 else items[0])
        return None if new is None or not _is_bare(text, node) else (Edit(node.start, node.end, new),)
    if not isinstance(node, Sequence) or items is None:
        return None
    if len(items) != len(node.items):
        new = value_text(items)
        is_in_a_line = node.flow and not _line_break(text, node.start, node.end)
        return (Edit(node.start, node.end, new),) if new is not None and is_in_a_line else None
    edits: list[Edit] = []
    for item, wanted in zip(node.items, items):
        if isinstance(item, Scalar) and item.value == wanted and type(item.value) is type(wanted):
            continue
        part = with_value(text, item, wanted)
        if part is None:
            return None
        edits += part
    return tuple(edits)


def with_entry(text: str, node: Mapping, key: str, value: object) -> Edits | None:
    """A further entry of a mapping: after its last one in `{ }`, else on a line of its own below the first."""
    new = value_text(list(value) if isinstance(value, tuple) else value)
    if new is None or node.origin is not None or not node.entries:
        return None
    if node.flow:
        end = max(max(part.end for part in entry) for entry in node.entries)
        return (Edit(end, end, f", {_like(text, node.entries[0][0], key)}: {new}"),)
    first_key, first = node.entries[0]
    if not isinstance(first, Scalar) or first.origin is not None or not _is_bare(text, first):
        return None
    column = first_key.start - _line_start(text, first_key.start)
    return (_line_after(text, first.end, f"{' ' * column}{key}: {new}"),)


def entry_before_all(text: str, node: Mapping, key: str, value: str) -> Edits | None:
    """A further entry of a mapping, before its first one; as JSON where the keys are in double quotes."""
    if not node.entries:
        return None
    start = node.entries[0][0].start
    if node.flow:
        name = f'"{key}"' if text[start : start + 1] == '"' else key
        return (Edit(start, start, f"{name}: {value}, "),)
    before = text[_line_start(text, start) : start]
    if before.strip():
        return None
    return (Edit(start, start, f"{key}: {value}{_line_end(text, start)}{before}"),)


def item_before(text: str, node: AnyNode, item: str) -> Edits | None:
    """A further item of the list that a node is in, before it."""
    begin = _line_start(text, node.start)
    before = text[begin : node.start]
    if _is_dash(before):
        return (Edit(begin, begin, f"{before[: before.index('-')]}- {item}{_line_end(text, begin)}"),)
    if text[: node.start].rstrip().endswith(("[", ",")):
        return (Edit(node.start, node.start, f"{item}, "),)
    return None


def item_after(text: str, node: AnyNode, item: str) -> Edits | None:
    """A further item of the list that a node is in, after it, with a dash of its own; None where it has none."""
    begin = _line_start(text, node.start)
    before = text[begin : node.start]
    if not _is_dash(before) or node.origin is not None:
        return None
    end = len(text[: node.end].rstrip())
    return (_line_after(text, end, f"{before[: before.index('-')]}- {item}"),)


def without_entry(text: str, node: Mapping, key: str) -> Edits | None:
    """A mapping without one of its entries, which is not its first."""
    number = next((index for index, (name, _) in enumerate(node.entries) if name is node.pairs[key][0]), 0)
    if number == 0 or node.origin is not None:
        return None
    (name, value), (above, value_above) = node.entries[number], node.entries[number - 1]
    if not isinstance(value, Scalar) or value.origin is not None or not _is_bare(text, value):
        return None
    end_above = max(above.end, value_above.end)
    between = text[end_above : name.start]
    if node.flow:
        return (Edit(end_above, value.end, ""),) if between.strip() == "," else None
    begin, line_end = _line_start(text, name.start), _line_break(text, value.end)
    is_alone = not text[begin : name.start].strip()
    return (Edit(begin, len(text) if line_end is None else line_end.end(), ""),) if is_alone else None


def lifted(text: str, node: Mapping, key: str) -> Edits | None:
    """A mapping that has the entries of the mapping under one of its keys itself, in place of that key."""
    name, inner = node.pairs[key]
    if not isinstance(inner, Mapping) or not inner.entries or inner.origin is not None or node.origin is not None:
        return None
    spans = [(first.start, max(first.end, last.end)) for first, last in inner.entries]
    parts = [text[start:end] for start, end in spans]
    if any(_line_break(part) for part in parts) or any(inner_key in node.pairs for inner_key in inner.pairs):
        return None
    end = inner.end if inner.flow else spans[-1][1]
    if node.flow:
        return (Edit(name.start, end, ", ".join(parts)),)
    begin = _line_start(text, name.start)
    column = name.start - begin
    return (Edit(name.start, end, f"{_line_end(text, end)}{' ' * column}".join(parts)),)


def as_items(text: str, node: Mapping) -> Edits | None:
    """A mapping from names to mappings as a list of these, each with its name as its first entry."""
    edits: list[Edit] = []
    for name, part in node.entries:
        column = name.start - _line_start(text, name.start)
        if not isinstance(part, Mapping) or not part.entries or part.origin is not None or node.flow:
            return None
        if part.flow and _line_break(text, name.end, part.entries[0][0].start) is None:
            edits.append(Edit(name.start, part.entries[0][0].start, f"- {{name: {text[name.start : name.end]}, "))
            continue
        inner_column = part.entries[0][0].start - _line_start(text, part.entries[0][0].start)
        if part.flow or inner_column != column + 2 or text[name.end : part.start].strip(": \t\r\n"):
            return None
        first = f"- name: {text[name.start : name.end]}{_line_end(text, name.end)}"
        edits.append(Edit(name.start, part.start - inner_column, first))
    return tuple(edits)


def line_removed(text: str, start: int, end: int) -> Edit:
    """Removes a stretch at the end of a line with the space before it, and the line where nothing is left on it."""
    begin = _line_start(text, start)
    before = text[begin:start]
    if before.strip():
        return Edit(start - (len(before) - len(before.rstrip())), end, "")
    match = _line_break(text, end)
    return Edit(begin, len(text) if match is None else match.end(), "")


def value_text(value: object) -> str | None:
    """A value as YAML of both versions reads it; None for one that cannot be written so."""
    if isinstance(value, (list, tuple)):
        parts = [value_text(item) for item in value]
        return None if not parts or None in parts else f"[{', '.join(map(str, parts))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is int:
        return str(value)
    if type(value) is float:
        return number_text(repr(value))
    return None


def number_text(text: str) -> str | None:
    """A number with an exponent as PyYAML wants it: with a point, and with a sign in the exponent."""
    mantissa, _, exponent = text.lower().partition("e")
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[:1] in ("", "+", "-") else "+"
    new = f"{mantissa}{point}e{sign}{exponent}" if exponent else text
    value, is_ambiguous = resolve_plain(new)
    return new if isinstance(value, float) and not is_ambiguous else None


def quoted(text: str) -> str:
    """A text in single quotes."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def _like(text: str, node: AnyNode, word: str) -> str:
    """A word in double quotes where a node has them, as JSON must; what YAML reads as no text stays bare."""
    is_word = re.fullmatch(_WORD, word) is not None and isinstance(resolve_plain(word)[0], str)
    return f'"{word}"' if is_word and text[node.start : node.start + 1] == '"' else word


def _is_bare(text: str, node: Scalar) -> bool:
    """Whether a scalar stands in one line with no anchor and no tag."""
    written = text[node.start : node.end]
    if node.plain:
        return written == node.text
    return len(written) >= 2 and written[0] == written[-1] and written[0] in "'\"" and "\n" not in written


def _is_dash(before: str) -> bool:
    """Whether what stands before the item of a list on its line is a dash alone."""
    return before.strip(" \t") == "-" and not before.endswith("-")


def _line_break(text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
    """The first line end in a stretch of a text."""
    return re.compile(_LINE_END).search(text, start, end)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_end(text: str, offset: int) -> str:
    """The line end that the line at an offset has, or the text has elsewhere."""
    match = _line_break(text, offset) or _line_break(text)
    return match.group() if match is not None else "\n"


def _line_after(text: str, offset: int, line: str) -> Edit:
    match = _line_break(text, offset)
    end = len(text) if match is None else match.start()
    return Edit(end, end, _line_end(text, offset) + line)
