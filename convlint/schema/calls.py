"""Reads an operator that is written as a call of Python, `Conv2d(3, 64, 3, padding=1)`, as keys of its layer."""

from __future__ import annotations

from convlint.catalogue import lookup
from convlint.editing import Edits, rewritten, with_entry
from convlint.schema.other_words import key_meaning, why_left_out
from convlint.source.nodes import Mapping, Scalar

_LONGEST = 300


def call_edits(text: str, node: Mapping, op: Scalar, call: str, operator: str) -> Edits | None:
    """What writes an operator, and the arguments of its call as further keys; None where they are not all plain."""
    if len(call) > _LONGEST or lookup.operator(operator) is None:
        return None
    given = _arguments(call)
    edits = rewritten(text, op, operator)
    if given is None or edits is None:
        return None
    names = [parameter.name for parameter in lookup.declaration(operator).parameters]
    for name, value in _by_name(given, names).items():
        if name not in names and not why_left_out(name):
            return None
        added = with_entry(text, node, name, value) if name in names and name not in node.pairs else ()
        if added is None:
            return None
        edits += added
    return edits


def _by_name(given: tuple[list[object], dict[str, object]], names: list[str]) -> dict[str, object]:
    """The arguments by the names of parameters: those without a name in their order, the others by their words."""
    positional, named = given
    found = dict(zip([*names, *[""] * len(positional)], positional))
    for word, value in named.items():
        meant = key_meaning(word, names) if word not in names else None
        found[meant.key if meant is not None else word] = value
    return found


def _arguments(call: str) -> tuple[list[object], dict[str, object]] | None:
    """The arguments of a call, without and with a name; None where one is no literal."""
    import ast

    try:
        tree = ast.parse(call.strip(), mode="eval").body
        if not isinstance(tree, ast.Call) or any(keyword.arg is None for keyword in tree.keywords):
            return None
        positional = [ast.literal_eval(value) for value in tree.args]
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in tree.keywords}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return None
    return positional, named
