"""What is wrong with a text before a dialect reads it: that it cannot be had or parsed, its keys and its scalars."""

from __future__ import annotations

import re

from convlint.dialects.places import place_of
from convlint.editing import quoted, rewritten, value_text
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Place, Related
from convlint.source.nodes import Document, Scalar, Source
from convlint.source.reader import SourceProblem, is_json
from convlint.source.tuples import parts_of_tuples

_TEMPLATE = "this is a template: render it first, and lint what comes out"
_QUOTES = 'an expression needs quotes inside { } and [ ]: "${...}"'
_TABS = "YAML takes no tabs for indentation: use spaces"
_DASH = "a space is missing behind the dash"
_BARE = re.compile(r"\"[^\"]*\"|'[^']*'|(?P<bare>\$\{[^{}\"]*\})")
_COLUMNS = "the keys of one mapping stand in one column, and so do the dashes of one list"
_COLONS = f"{_COLUMNS}; a text that holds ': ' needs quotes"
_BRACKETS = "a comma or the closing bracket is missing before this"
_NO_SPACE = re.compile(r"[ -]*(\w+):(\S+)\s*")
_ARGUMENTS = {"unreadable-file": "reason", "yaml-syntax": "problem", "yaml-limit": "limit"}


def problem_finding(source: Source, problem: SourceProblem) -> Finding:
    """The finding of a file that cannot be read or parsed."""
    related = tuple(Related(Place(source, start, end), message) for message, start, end in problem.related)
    place = Place(source, problem.start, problem.end)
    is_yaml = problem.rule == "yaml-syntax" and not is_json(source)
    hint = _syntax_hint(source.text, problem.start, problem.message) if is_yaml else ""
    fix = _syntax_fix(source.text, problem.start, hint)
    return report(problem.rule, place, {_ARGUMENTS[problem.rule]: problem.message}, help=hint, related=related, fix=fix)


def _syntax_fix(text: str, at: int, hint: str) -> Fix | None:
    """The edit that a hint asks for, where there is one way to make it."""
    if hint == _QUOTES:
        return _quoting(text, at)
    if hint == _TABS:
        return _without_tabs(text, at)
    if hint == _DASH:
        return Fix("put a space behind the dash", (Edit(at + 1, at + 1, " "),), True)
    return None


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


def _syntax_hint(text: str, at: int, problem: str) -> str:
    """What mends a syntax error, in the words of YAML's user; `problem` is said in those of its parser."""
    *above, before = text[:at].split("\n")
    line = before + text[at:].split("\n", 1)[0]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return _TABS
    if _has_bare_expression(text, at):
        return _QUOTES
    if "{{" in line or "{%" in line:
        return _TEMPLATE
    if problem.startswith("mapping values are not allowed"):
        key = _key_without_space(above)
        return f"a space is missing behind the colon: {key}" if key is not None else _COLONS
    if problem.startswith("did not find expected ','"):
        return _BRACKETS
    if re.match(r"-[^\s-]", text[at : at + 2]):
        return _DASH
    if problem == "found unexpected ':'":
        return "a value is missing behind the colon"
    if problem == "found unexpected end of stream":
        return "a quote is not closed"
    return _COLUMNS if problem.startswith("did not find expected") and not before.strip() else ""


def _key_without_space(above: list[str]) -> str | None:
    """How the key in the last of the lines above is written, if no space follows its colon."""
    filled = [line for line in above if line.strip()]
    found = _NO_SPACE.fullmatch(filled[-1]) if filled else None
    return f"{found[1]}: {found[2]}" if found is not None else None


def _has_bare_expression(text: str, at: int) -> bool:
    """Whether a `${` without quotes stands in the line of a syntax error, before it."""
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    begin = line.rfind("${")
    return begin >= 0 and line[:begin].count('"') % 2 == 0 and line[:begin].count("'") % 2 == 0


def document_findings(document: Document) -> list[Finding]:
    """Repeated keys, scalars that YAML 1.1 and 1.2 read differently, and tags that are never constructed."""
    source = document.source
    findings = []
    for first, second in _repeated_keys(document):
        related = (Related(place_of(source, first), "the first one stands here"),)
        findings.append(report("duplicate-key", place_of(source, second), {"key": second.text}, related=related))
    for scalar in document.ambiguous:
        arguments = {"text": scalar.text, "read": _in_words(scalar.value), "other": _yaml_12(scalar)}
        hint, fix = _way_out(scalar), _unambiguous(source, scalar)
        findings.append(report("ambiguous-scalar", place_of(source, scalar), arguments, help=hint, fix=fix))
    for tag, node in document.tagged:
        arguments = {"key": "the tag", "expected": "no tag", "found": tag}
        findings.append(report("wrong-type", place_of(source, node), arguments))
    return findings


def _repeated_keys(document: Document) -> list[tuple[Scalar, Scalar]]:
    """(first, second) of keys that stand twice, but for those that are the rest of a Python tuple."""
    if not document.repeated_keys:
        return []
    of_tuples = set(parts_of_tuples(document.root, document.source.text))
    return [(first, second) for first, second in document.repeated_keys if second not in of_tuples]


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the text '{value}'" if isinstance(value, str) else str(value)


def _yaml_12(scalar: Scalar) -> str:
    from convlint.source.scalars import resolve_yaml_12

    return _in_words(resolve_yaml_12(scalar.text))


def _unambiguous(source: Source, scalar: Scalar) -> Fix | None:
    """Writes what PyYAML reads in a way in which YAML 1.2 reads it too."""
    value = scalar.value
    written = quoted(scalar.text) if isinstance(value, str) else value_text(value)
    edits = rewritten(source.text, scalar, written) if written is not None else None
    return None if edits is None else Fix(f"write {written}", edits, True)


def _way_out(scalar: Scalar) -> str:
    value = scalar.value
    if isinstance(value, str):
        return f"quote it ('{scalar.text}') if text is meant, or write the number out"
    return f"write {_in_words(value)}, or quote it if text is meant"
