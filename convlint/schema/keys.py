"""What was meant by keys that are not known, and why others are missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from convlint.engine.reporting import nearest
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data

_PARAMETER_LISTS = ("args", "arguments", "parameters", "params")


def unknown_keys(node: Mapping, known: Collection[str]) -> list[str]:
    """The keys of a mapping that are not known."""
    return [key for key in node.pairs if isinstance(key, str) and key not in known]


def unknown_key_hint(key: str, node: Mapping, known: Collection[str], readable: Collection[str]) -> str:
    """What to write in place of an unknown key; `readable` are the names of what layers can read."""
    value = node.pairs[key][1]
    if has_no_space(key):
        return _space_hint(key)
    if isinstance(value, Mapping) and any(name in known for name in value.pairs):
        return "write its keys one level up, beside 'op'"
    if "op" in node.pairs and key in _PARAMETER_LISTS and isinstance(value, Sequence):
        return "parameters are given by name, beside 'op'"
    found = nearest(key, known)
    if found is None and "op" in node.pairs and "from" not in node.pairs and _are_names(value, readable):
        return "what a layer reads is named by 'from'"
    return f"did you mean '{found}'?" if found is not None else f"known keys: {', '.join(sorted(known))}"


def is_told_by_an_unknown_key(missing: str, node: Mapping, known: Collection[str]) -> bool:
    """Whether a key is missing because it is misspelt, or stands, with others, where it is not known."""
    unknown = unknown_keys(node, known)
    if any(key in _PARAMETER_LISTS and isinstance(node.get(key), Sequence) for key in unknown):
        return True
    return _misspelt(missing, unknown, known) is not None or missing in _one_level_down(node, unknown)


def missing_key_hint(missing: str, node: Mapping, known: Collection[str]) -> str:
    """The key that was likely written in place of a missing one, if any."""
    misspelt = _misspelt(missing, unknown_keys(node, known), known)
    if misspelt is None:
        return ""
    return _space_hint(misspelt) if has_no_space(misspelt) else f"did you mean '{missing}' by '{misspelt}'?"


def missing_op_hint(node: Mapping, known: Collection[str], is_operator: Callable[[Any], bool]) -> str:
    """Where a layer without `op` names its operator, if it does."""
    for key in unknown_keys(node, known):
        value = node.pairs[key][1]
        if isinstance(value, Scalar) and is_operator(value.value):
            return f"write op: {value.value} in place of {key}: {value.value}"
        if is_operator(key):
            return f"write op: {key}, and its parameters beside it"
        if isinstance(value, Mapping) and "op" in value.pairs:
            return f"a layer holds its name: write name: {key} beside 'op'"
    return ""


def has_no_space(key: str) -> bool:
    """Whether a key is a key and its value, without the space that YAML wants between them."""
    name, colon, value = key.partition(":")
    return bool(name and colon and value)


def _space_hint(key: str) -> str:
    name, _, value = key.partition(":")
    return f"a space is missing behind the colon: {name}: {value}"


def _misspelt(missing: str, unknown: Iterable[str], known: Collection[str]) -> str | None:
    return next((key for key in unknown if _meant(key, known) == missing), None)


def _meant(key: str, known: Collection[str]) -> str | None:
    """The known key that an unknown one stands for, if any."""
    begin = key.partition(":")[0]
    return begin if begin in known else nearest(key, known)


def _one_level_down(node: Mapping, unknown: Iterable[str]) -> set[Any]:
    """The keys of mappings that unknown keys hold."""
    inner = [node.get(key) for key in unknown]
    return {key for value in inner if isinstance(value, Mapping) for key in value.pairs}


def _are_names(value: AnyNode, names: Collection[str]) -> bool:
    written = plain_data(value)
    items = written if isinstance(written, list) else [written]
    return bool(items) and all(isinstance(item, str) and item in names for item in items)
