"""What is wrong with a text before a dialect reads it: that it cannot be had or parsed, its keys and its scalars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convlint.dialects.places import place_of
from convlint.dialects.syntax_advice import Advice, syntax_advice
from convlint.editing import quoted, rewriting, rewritten, together, value_text, without_entry
from convlint.engine.reporting import report
from convlint.findings import Edit, Finding, Fix, Place, Related
from convlint.source.nodes import AnyNode, Document, Mapping, Scalar, Sequence, Source
from convlint.source.reader import SourceProblem, is_json, parse
from convlint.source.tuples import parts_of_tuples

_SINGLE_QUOTED = r"'([^'\"\\\n]*)'"
_THOUSANDS = r" \d{3}(?!\d)"
_MOST_MENDED = 100
"""Repeated keys of a document up to which there are fixes: each of them takes a look at its whole mapping."""
_ARGUMENTS = {"unreadable-file": "reason", "yaml-syntax": "problem", "yaml-limit": "limit"}


def problem_finding(source: Source, problem: SourceProblem) -> Finding:
    """The finding of a file that cannot be read or parsed."""
    related = tuple(Related(Place(source, start, end), message) for message, start, end in problem.related)
    place = Place(source, problem.start, problem.end)
    is_yaml = problem.rule == "yaml-syntax" and not is_json(source)
    advice = syntax_advice(source.text, problem) if is_yaml else _json_advice(source, problem)
    if advice.slip is not None and not related:
        related = (Related(Place(source, *advice.slip), "this is meant to be a key and its value"),)
    arguments = {_ARGUMENTS[problem.rule]: problem.message}
    return report(problem.rule, place, arguments, help=advice.help, related=related, fix=advice.fix)


def _json_advice(source: Source, problem: SourceProblem) -> Advice:
    """Writes a word of Python as JSON has it, or a comma that is missing, where a text is no JSON."""
    if problem.message.startswith("a comma or"):
        return _with_comma(source, problem)
    if problem.message.startswith("no comma may"):
        at = len(source.text[: problem.start].rstrip()) - 1
        return Advice("", Fix("leave the comma out", (Edit(at, at + 1, ""),), True))
    single = re.compile(_SINGLE_QUOTED).match(source.text, problem.start)
    if single is not None:
        fix = Fix("put it in double quotes", (Edit(single.start(), single.end(), f'"{single[1]}"'),), True)
        return Advice(f'write "{single[1]}"', fix)
    said = re.fullmatch(r"JSON writes (null|true|false), not (\w+)", problem.message)
    if said is None or not source.text.startswith(said[2], problem.start):
        return Advice("")
    edit = Edit(problem.start, problem.start + len(said[2]), said[1])
    return Advice("", Fix(f"write {said[1]}", (edit,), True))


def _with_comma(source: Source, problem: SourceProblem) -> Advice:
    """A comma behind what stands before a problem, where the text is JSON up to another place then.

    Digits on both sides of a space may be one number: `16 384`.
    """
    at = len(source.text[: problem.start].rstrip())
    text = f"{source.text[:at]},{source.text[at:]}"
    left = parse(Source(source.path, text))[1]
    if left is not None and left.start <= problem.start + 1:
        return Advice("")
    line = source.text.count("\n", 0, at) + 1
    is_behind = "\n" in source.text[at : problem.start]
    hint = f"a comma is missing at the end of line {line}" if is_behind else "put a comma before it"
    is_one_number = re.compile(_THOUSANDS).match(source.text, at) is not None and source.text[at - 1].isdigit()
    return Advice(hint, Fix("put a comma there", (Edit(at, at, ","),), left is None and not is_one_number))


def document_findings(document: Document) -> list[Finding]:
    """Repeated keys, scalars that YAML 1.1 and 1.2 read differently, and tags that are never constructed."""
    source = document.source
    findings = list(_repeated_key_findings(document, _repeated_keys(document)))
    for scalar in document.ambiguous:
        arguments = {"text": scalar.text, "read": _in_words(scalar.value), "other": _yaml_12(scalar)}
        hint, fix = _way_out(scalar), _unambiguous(source, scalar)
        findings.append(report("ambiguous-scalar", place_of(source, scalar), arguments, help=hint, fix=fix))
    for tag, node in document.tagged:
        arguments = {"key": "the tag", "expected": "no tag", "found": tag}
        findings.append(report("wrong-type", place_of(source, node), arguments))
    return findings


def _repeated_key_findings(document: Document, repeated: list[tuple[Scalar, Scalar]]) -> Iterator[Finding]:
    """One finding for each key that stands twice, and one for all keys of an item whose dash is missing."""
    source = document.source
    torn: tuple[Scalar, Scalar] | None = None
    mended = [second for _, second in repeated] if len(repeated) <= _MOST_MENDED else []
    mappings = _mappings_with(document.root, mended) if mended else {}
    for number, (first, second) in enumerate(repeated):
        if torn is not None and torn[0].start < first.start < torn[1].start < second.start:
            continue
        further = repeated[number + 1][0] if number + 1 < len(repeated) else None
        is_torn = further is not None and first.start < further.start < second.start
        dash = _missing_dash(source.text, first, second) if is_torn else None
        torn = (first, second) if dash is not None else None
        hint = "the last one is read: leave one of them out" if dash is None else "a dash is missing before this key"
        related = (Related(place_of(source, first), "the first one stands here"),)
        where = place_of(source, second)
        around = mappings.get(id(second))
        fix = dash or (_without_the_second(source.text, around, first, second) if around is not None else None)
        yield report("duplicate-key", where, {"key": second.text}, help=hint, related=related, fix=fix)


def _without_the_second(text: str, node: Mapping, first: Scalar, second: Scalar) -> Fix | None:
    """The value that is read at the first key of a mapping, and no second one; safe where both have the same value."""
    if second.text not in node.pairs or node.pairs[second.text][0] is not second:
        return None  # a number or a truth as a key has no fix
    before = next(value for key, value in node.entries if key is first)
    read = node.pairs[second.text][1]
    if not isinstance(before, Scalar) or not isinstance(read, Scalar):
        return None
    is_same = before.value == read.value and type(before.value) is type(read.value)
    written = () if is_same else rewritten(text, before, text[read.start : read.end])
    edits = together(written, without_entry(text, node, second.text))
    return None if edits is None else Fix(f"keep {second.text}: {read.text}", edits, is_same)


def _mappings_with(root: AnyNode | None, keys: Iterable[Scalar]) -> dict[int, Mapping]:
    """The mappings that some keys stand in, by the identities of these."""
    wanted, found = set(map(id, keys)), dict[int, Mapping]()
    left, seen = [root], set[int]()
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            found |= dict.fromkeys([id(name) for name, _ in node.entries if id(name) in wanted], node)
            left += [value for _, value in node.entries]
        elif isinstance(node, Sequence):
            left += node.items
    return found


def _missing_dash(text: str, first: Scalar, second: Scalar) -> Fix | None:
    """A dash before a key that stands alone in its line, below the key with which an item of a list begins."""
    before_first = text[text.rfind("\n", 0, first.start) + 1 : first.start]
    before = text[text.rfind("\n", 0, second.start) + 1 : second.start]
    if before.strip() or len(before) < 2 or before_first.strip() != "-" or len(before_first) != len(before):
        return None
    edit = Edit(second.start - len(before), second.start, before_first)
    return Fix("begin a new item with a dash", (edit,), False)


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
    return rewriting(source.text, scalar, written, True)


def _way_out(scalar: Scalar) -> str:
    value = scalar.value
    if isinstance(value, str):
        return f"quote it ('{scalar.text}') if text is meant, or write the number out"
    return f"write {_in_words(value)}, or quote it if text is meant"
