"""Opens the references of a `_target_` tree: what `@a::b`, `%a`, `${a.b}` and `$expressions` stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from convlint.dialects.targets.paths import part_at, steps_of
from convlint.domain.values import UNKNOWN
from convlint.source.nodes import AnyNode, Mapping, Node, Scalar, Sequence, plain_data
from convlint.source.substitutes import mapping_at, scalar_at, sequence_at

_REFERENCE = re.compile(r"@([\w-]+(?:(?:::|#)[\w-]+)*)")
_WHOLE = re.compile(rf"{_REFERENCE.pattern}\Z")
_INTERPOLATION = re.compile(r"\$\{([^${}:]+)\}\Z")
_MACRO = re.compile(r"%([\w-]+(?:(?:::|#)[\w-]+)*)\Z")
MOST_OPENED = 100_000
"""Nodes that the references of one file may stand for, taken together."""
MOST_INSIDE = 150
"""References and the lists and mappings around them that may be opened inside each other."""


class References:
    """The references of one tree.

    A node that came in through a reference stands where the reference is written, with the node it stands for as its
    origin: as after a YAML alias. What cannot be told without running Python is a scalar of the value UNKNOWN.
    """

    __slots__ = ("_left", "_open", "_root")

    def __init__(self, root: Mapping) -> None:
        self._root = root
        self._open: list[Node] = []
        self._left = MOST_OPENED

    def opened(self, node: AnyNode | None) -> AnyNode | None:
        """What a node stands for, as it stands at the node; only its own reference is opened, not those inside it."""
        found = self.found(node)
        if found is None or node is None or found is node or (found.start, found.end) == (node.start, node.end):
            return found
        return self._copied(found, node)

    def found(self, node: AnyNode | None) -> AnyNode | None:
        """What a node stands for, where that stands itself."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or node.value[:1] not in ("@", "$", "%"):
            return node
        if self._is_circle(node) or len(self._open) >= MOST_INSIDE:
            return scalar_at(node, UNKNOWN)
        self._open.append(_written(node))
        try:
            return self._meaning(node, node.value)
        finally:
            self._open.pop()

    def _is_circle(self, node: AnyNode) -> bool:
        """Whether a reference is met while it is itself being opened: it stands in what it stands for."""
        written = _written(node)
        return any(written is other for other in self._open)

    def get(self, mapping: Mapping, key: str) -> AnyNode | None:
        """What stands under a key, opened; None where the key is missing."""
        return self.opened(mapping.get(key))

    def whole(self, node: AnyNode) -> AnyNode:
        """A node with all references in it opened."""
        meant = self.opened(node) or node
        if isinstance(meant, Scalar):
            return meant
        self._left -= 1
        if self._left < 0 or len(self._open) >= MOST_INSIDE:
            return scalar_at(meant, UNKNOWN)
        self._open.append(_written(node))
        try:
            return self._inside(meant)
        finally:
            self._open.pop()

    def _inside(self, node: Sequence | Mapping) -> AnyNode:
        if isinstance(node, Sequence):
            return sequence_at(node, [self.whole(item) for item in node.items])
        return mapping_at(node, [(key, self.whole(value)) for key, value in node.entries])

    def value(self, node: AnyNode | None) -> object:
        """The value of a node as plain data, with UNKNOWN for what cannot be told."""
        return None if node is None else plain_data(self.whole(node))

    def _meaning(self, node: Scalar, text: str) -> AnyNode:
        reference = _WHOLE.match(text)
        if reference is not None:
            return self._at(steps_of(reference[1])) or scalar_at(node, UNKNOWN)
        macro = _MACRO.match(text)
        if macro is not None:
            return self._at(steps_of(macro[1])) or scalar_at(node, UNKNOWN)
        interpolation = _INTERPOLATION.match(text)
        if interpolation is not None and not interpolation[1].startswith("."):
            return self._at(re.split(r"\.|\[|\]", interpolation[1].replace("]", ""))) or scalar_at(node, UNKNOWN)
        if text.startswith("$") and not text.startswith("${"):
            return self._computed(node, text[1:].strip())
        return scalar_at(node, UNKNOWN)

    def _at(self, path: Iterable[str]) -> AnyNode | None:
        """The node at a path from the root; a step may itself be a reference."""
        found: AnyNode | None = self._root
        for step in path:
            found = part_at(self.found(found), step)
            if found is None:
                return None
        return self.found(found)

    def _copied(self, node: AnyNode, use: AnyNode) -> AnyNode:
        """A copy of a node that stands at `use`."""
        self._left -= 1
        if self._left < 0:
            return scalar_at(use, UNKNOWN)
        copied: AnyNode
        if isinstance(node, Scalar):
            copied = Scalar(node.value, node.text, node.plain, node.ambiguous, use.start, use.end)
        elif isinstance(node, Sequence):
            copied = sequence_at(node, [self._copied(item, use) for item in node.items])
        else:
            copied = mapping_at(node, [(key, self._copied(value, use)) for key, value in node.entries])
        copied.start, copied.end = use.start, use.end
        copied.origin = node.origin or node
        return copied

    # --- expressions

    def _computed(self, node: Scalar, text: str) -> AnyNode:
        """The value of an expression over literals and references; lists are put together as they stand."""
        joined = self._joined(node, text)
        if joined is not None:
            return joined
        names: dict[str, object] = {}

        def named(match: re.Match[str]) -> str:
            name = f"r{len(names)}_"
            names[name] = self.value(self._at(steps_of(match[1])) or scalar_at(node, UNKNOWN))
            return name

        expression = _REFERENCE.sub(named, text)
        if not all(map(_is_told, names.values())):
            return scalar_at(node, UNKNOWN)
        from convlint.dialects.targets.python_values import python_value

        return _literal(python_value(expression, names), node)

    def _joined(self, node: Scalar, text: str) -> AnyNode | None:
        """`@a + @b`, where both are lists of components; None where the text is anything else."""
        parts = [_WHOLE.match(part.strip()) for part in text.split("+")]
        paths = [steps_of(part[1]) for part in parts if part is not None]
        if len(paths) < len(parts):
            return None
        lists = [self._at(path) for path in paths]
        if len(lists) == 1 and lists[0] is not None:
            return lists[0]
        items: list[AnyNode] = []
        for found in lists:
            if not isinstance(found, Sequence):
                return None
            items += found.items
        return sequence_at(node, items)


def _written(node: Node) -> Node:
    """The node of the file that a node is or was copied from."""
    return node.origin or node


def _is_told(value: object) -> bool:
    """Whether nothing of a value is unknown."""
    if isinstance(value, list):
        return all(map(_is_told, value))
    if isinstance(value, dict):
        return all(map(_is_told, value.values()))
    return value is not UNKNOWN


def _literal(value: object, node: Scalar) -> AnyNode:
    """A computed value as a node at the place of its expression."""
    if isinstance(value, list):
        return sequence_at(node, [_literal(item, node) for item in value])
    plain = value is UNKNOWN or value is None or isinstance(value, (bool, int, float))
    return scalar_at(node, value if plain else str(value), node.text)
