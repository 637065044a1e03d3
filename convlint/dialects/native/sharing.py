"""Reads `share`: a layer that is the module of a layer above once more. Imported only where a file has one."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence

from convlint.dialects.mistakes import Mistakes
from convlint.dialects.native.keys import SHARING_KEYS
from convlint.model import Layer, Port
from convlint.nearest import nearest_hint
from convlint.source.nodes import Mapping, Scalar


def shared_layer(
    node: Mapping, above: Sequence[Layer], ports: MappingType[str, Port], mistakes: Mistakes
) -> int | None:
    """The number of the layer whose module a layer is once more; None where that is not told as it should be."""
    found = _named(node.get("share"), above, ports, mistakes)
    if found is None:
        return None
    first = above[found]
    if _check_operator(node.get("op"), first, mistakes) and not SHARING_KEYS.issuperset(node.pairs):
        mistakes.stumble()
    return found if first.shares is None else first.shares


def _named(node: object, above: Sequence[Layer], ports: MappingType[str, Port], mistakes: Mistakes) -> int | None:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        mistakes.stumble()
        return None
    port = ports.get(node.value)
    if port is None:
        hint = (
            nearest_hint(node.value, [layer.name for layer in above]) or "it shares with a layer above in the same list"
        )
        mistakes.report("undefined-input", node, {"name": node.value}, hint=hint)
        return None
    if not 0 <= port.layer < len(above):
        arguments = {"key": "share", "expected": "the name of a layer above", "found": f"'{node.value}'"}
        mistakes.report("invalid-value", node, arguments)
        return None
    return port.layer


def _check_operator(node: object, first: Layer, mistakes: Mistakes) -> bool:
    """Whether the operator, which may stand there for people, is the same."""
    if not isinstance(node, Scalar):
        if node is not None:
            mistakes.stumble()
        return node is None
    operator = first.operator
    name = operator if operator is None or isinstance(operator, str) else operator.name
    if name is None or node.value == name:
        return True
    arguments = {"key": "op", "expected": f"{name}, which '{first.name}' is", "found": f"'{node.text}'"}
    mistakes.report("invalid-value", node, arguments, hint="leave it out: a layer that shares is the same operator")
    return False
