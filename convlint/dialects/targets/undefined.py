"""Finds what the references of a bundle's file name and nothing in the bundle defines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convlint.budget import allows
from convlint.dialects.mistakes import Mistakes
from convlint.dialects.targets.bundle import Bundle
from convlint.dialects.targets.paths import steps_of
from convlint.findings import Severity
from convlint.nearest import unmistakable
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence
from convlint.source.substitutes import scalar_at

_REFERENCE = re.compile(r"@([A-Za-z_][\w-]*(?:(?:::|#)[\w-]+)*)")
_MACRO = re.compile(r"%([A-Za-z_][\w-]*(?:(?:::|#)[\w-]+)*)\Z")
_WHOLE_BY_THEMSELVES = ("train", "inference")
"""What the files are for that others are laid over, and that are not themselves laid over another."""
_DEEPEST = 32
_MOST_SAID = 100
"""References of one file that are reported: where more are undefined, the file is none of the bundle."""
_WHAT = "what references name"


def report_undefined(root: Mapping, bundle: Bundle, mistakes: Mistakes) -> None:
    """Reports references that no file of a bundle defines, each once.

    The command line may still define one, so it is an error only where it is clearly a slip of what is defined.
    """
    if bundle.purpose not in _WHOLE_BY_THEMSELVES:
        return
    roots = (root, *(item.root for item in bundle.files))
    said: set[tuple[str, ...]] = set()
    for node, written in references_in(root):
        path = steps_of(written)
        if path in said or any(_defines(other, path) for other in roots):
            continue
        if len(said) >= _MOST_SAID:
            return
        said.add(path)
        meant = _meant(root, path)
        severity: Severity = "warning" if meant is None else "error"
        message = f"nothing in the bundle defines '{written}'"
        hint = f"did you mean '{meant}'?" if meant is not None else "define it, or give it on the command line"
        where = part_written(node, written, mistakes.source.text)
        mistakes.report("undefined-input", where, message=message, hint=hint, severity=severity)


def part_written(node: Scalar, written: str, text: str) -> Scalar:
    """The part of a scalar in which a reference is written; the whole, where it is written in another way."""
    start = text.find(written, node.start, node.end)
    if start < 0:
        return node
    part = scalar_at(node, written)
    part.start, part.end = start, start + len(written)
    return part


def references_in(node: AnyNode, depth: int = 0) -> Iterator[tuple[Scalar, str]]:
    """(scalar, path as it is written) of all references in a tree, those of parts that are switched off left out."""
    if isinstance(node, Scalar):
        yield from _written_in(node)
    elif depth >= _DEEPEST:
        return
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from references_in(item, depth + 1)
    elif not _is_off(node):
        for _, value in node.pairs.values():
            yield from references_in(value, depth + 1)


def _written_in(node: Scalar) -> Iterator[tuple[Scalar, str]]:
    text = node.value
    if not isinstance(text, str):
        return
    macro = _MACRO.match(text)
    if macro is not None:
        yield node, macro[1]
    elif text.startswith("$") or _REFERENCE.fullmatch(text):
        for match in _REFERENCE.finditer(text):
            yield node, match[1]


def _is_off(node: Mapping) -> bool:
    """Whether a component is not built, or may not be."""
    return "_disabled_" in node.pairs


def _defines(node: AnyNode | None, path: tuple[str, ...]) -> bool:
    """Whether a tree has something at a path; what a text stands for may have anything in it."""
    if not path:
        return True
    if isinstance(node, Sequence):
        return not path[0].isdecimal() or _defines_behind(node.items, path)
    if isinstance(node, Mapping):
        if path[0] in node.pairs and _defines(node.get(path[0]), path[1:]):
            return True
        if not allows(len(node.pairs), _WHAT):
            return True
        return any(_leads_to(str(key), value, path) for key, (_, value) in node.pairs.items() if _is_path(key))
    return isinstance(node, Scalar) and isinstance(node.value, str)


def _defines_behind(items: list[AnyNode], path: tuple[str, ...]) -> bool:
    return int(path[0]) < len(items) and _defines(items[int(path[0])], path[1:])


def _is_path(key: object) -> bool:
    return isinstance(key, str) and len(steps_of(key)) > 1


def _leads_to(key: str, value: AnyNode, path: tuple[str, ...]) -> bool:
    """Whether a path goes through a key, which may itself be a path, as in a file that is laid over another."""
    steps = steps_of(key)
    shared = min(len(steps), len(path))
    return steps[:shared] == path[:shared] and _defines(value if shared == len(steps) else None, path[len(steps) :])


def _meant(root: Mapping, path: tuple[str, ...]) -> str | None:
    """The path that a reference is clearly a slip of: one step of it is another name; None where it may be anything."""
    node: AnyNode | None = root
    for at, step in enumerate(path):
        if not isinstance(node, Mapping):
            return None
        if step in node.pairs:
            node = node.get(step)
            continue
        found = unmistakable(step, [key for key in node.pairs if isinstance(key, str)])
        whole = None if found is None else (*path[:at], found, *path[at + 1 :])
        return "::".join(whole) if whole is not None and _defines(root, whole) else None
    return None
