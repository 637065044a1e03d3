"""What was meant by keys that are not known, and why others are missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable
from collections.abc import Mapping as MappingType

from convlint.nearest import nearest, unmistakable
from convlint.schema.other_words import KeyMeaning, key_meaning, said
from convlint.source.nodes import AnyNode, Mapping, Scalar, Sequence, plain_data
from convlint.typed import NamedTuple

Keys = Collection[str]
Schemas = MappingType[str, object]
"""The known keys of a mapping, with their schemas."""
_OF_RANGES = {
    "divisible_by": "multiple_of",
    "divisor": "multiple_of",
    "step": "multiple_of",
    "minimum": "min",
    "maximum": "max",
}
"""What people call the keys of what a size may be."""

_SIGN = r"(?<=\w):(?=.)|(?<=\w) *= *(?=\S)"
"""What stands between a key and its value where both are one key."""
ONE_LEVEL_UP = "write its keys one level up"
_PARAMETER_LISTS = ("args", "arguments", "parameters", "params")


def unknown_keys(node: Mapping, known: Container[str]) -> list[str]:
    """The keys of a mapping that are not known."""
    return [key for key in node.pairs if isinstance(key, str) and key not in known]


class KeySpelling(NamedTuple):
    """How a key is written, and whether nothing was guessed."""

    text: str
    is_sure: bool


def meant_key(key: str, node: Mapping, known: Schemas, needed: Keys) -> KeySpelling | None:
    """What to write in place of an unknown key, where that is one key; None where it is not clear or is there."""
    if has_no_space(key):
        return KeySpelling(_with_space(key), True)
    word = _word(key, node, known)
    sure = unmistakable(key, known) if word is None else None
    found = word.key if word is not None else sure or _meant(key, node, known, needed)
    if found is None or found in node.pairs:
        return None
    return KeySpelling(found, sure is not None or (word is not None and not word.note))


def unknown_key_hint(key: str, node: Mapping, known: Schemas, needed: Keys, readable: Keys) -> str:
    """What to write in place of an unknown key; `readable` are the names of what layers can read."""
    value = node.pairs[key][1]
    if has_no_space(key):
        return _space_hint(key)
    word = _word(key, node, known)
    if word is not None:
        return said(word.key, key, word.library, word.note)
    if isinstance(value, Mapping) and any(name in known for name in value.pairs):
        return ONE_LEVEL_UP + (", beside 'op'" if "op" in node.pairs else "")
    if "op" in node.pairs and key in _PARAMETER_LISTS and isinstance(value, Sequence):
        return "parameters are given by name, beside 'op'"
    found = _meant(key, node, known, needed)
    if found is None and "op" in node.pairs and "from" not in node.pairs and _are_names(value, readable):
        return "what a layer reads is named by 'from'"
    return f"did you mean '{found}'?" if found is not None else f"known keys: {', '.join(sorted(known))}"


def is_told_by_an_unknown_key(missing: str, node: Mapping, known: Schemas, needed: Keys) -> bool:
    """Whether a key is missing because it is misspelt, or stands, with others, where it is not known."""
    unknown = unknown_keys(node, known)
    if any(key in _PARAMETER_LISTS and isinstance(node.get(key), Sequence) for key in unknown):
        return True
    return _misspelt(missing, node, known, needed) is not None or missing in _one_level_down(node, unknown)


def missing_key_hint(missing: str, node: Mapping, known: Schemas, needed: Keys) -> str:
    """The key that was likely written in place of a missing one, if any."""
    misspelt = _misspelt(missing, node, known, needed)
    if misspelt is None:
        return ""
    return _space_hint(misspelt) if has_no_space(misspelt) else f"did you mean '{missing}' by '{misspelt}'?"


def key_of_operator(
    node: Mapping, known: Schemas, is_operator: Callable[[object], bool], meant: Callable[[str], str | None]
) -> tuple[Scalar, str] | None:
    """The key under which a layer without `op` names its operator, and the operator.

    Under a word for `op` it may be `meant` by a name; under any other key it is one.
    """
    for key in unknown_keys(node, known):
        value, word = node.pairs[key][1], key_meaning(key, known)
        name = value.value if isinstance(value, Scalar) else None
        if not isinstance(name, str):
            continue
        found = meant(name) if word is not None and word.key == "op" else name if is_operator(name) else None
        if found is not None:
            return node.pairs[key][0], found
    return None


def missing_op_hint(node: Mapping, is_operator: Callable[[object], bool]) -> str:
    """Where a layer without `op` names its operator, if it does."""
    for key, (_, value) in node.pairs.items():
        if is_operator(key):
            return f"write op: {key}, and its parameters beside it"
        if isinstance(value, Mapping) and "op" in value.pairs:
            return f"a layer holds its name: write name: {key} beside 'op'"
    return ""


def has_no_space(key: str) -> bool:
    """Whether a key is a key and its value, without the space that YAML wants between them, or with an equals sign."""
    return (":" in key or "=" in key) and re.search(_SIGN, key) is not None


def _space_hint(key: str) -> str:
    sign = re.search(_SIGN, key)
    if sign is not None and sign.group() == ":":
        return f"a space is missing behind the colon: {_with_space(key)}"
    return f"a key and its value have a colon between them: {_with_space(key)}"


def _with_space(key: str) -> str:
    return re.sub(_SIGN, ": ", key, count=1)


def _word(key: str, node: Mapping, known: Schemas) -> KeyMeaning | None:
    """What a key stands for as a word of another library, in a layer that lacks what it stands for."""
    if "op" not in known:
        return None
    found = key_meaning(key, known)
    return None if found is None or found.key in node.pairs else found


def _misspelt(missing: str, node: Mapping, known: Schemas, needed: Keys) -> str | None:
    return next((key for key in unknown_keys(node, known) if _meant(key, node, known, needed) == missing), None)


def _meant(key: str, node: Mapping, known: Schemas, needed: Keys) -> str | None:
    """The known key that an unknown one stands for, if any: one that is needed and lacking before all others."""
    begin = re.split(_SIGN, key, maxsplit=1)[0] if has_no_space(key) else key
    if begin in known:
        return begin
    word = _word(key, node, known)
    if word is not None:
        return word.key
    if _OF_RANGES.get(key) in known:
        return _OF_RANGES[key]
    lacking = [name for name in needed if name not in node.pairs]
    found = nearest(key, lacking) or nearest(key, known) or _completed(key, known)
    return found or _the_only_one(key, node, known, lacking)


def _the_only_one(key: str, node: Mapping, known: Schemas, lacking: list[str]) -> str | None:
    """The one parameter that the use of a block lacks, where one key alone is not known."""
    op = known.get("op")
    is_block = isinstance(op, dict) and "const" not in op and "params" not in known
    is_alone = len(lacking) == 1 and lacking[0] != "op" and unknown_keys(node, known) == [key]
    return lacking[0] if is_block and is_alone else None


def _completed(key: str, known: Schemas) -> str | None:
    """The known key that begins with an unknown one, as `out_channels` does with `out`."""
    longer = sorted((name for name in known if name.startswith(key)), key=len) if len(key) > 1 else []
    return longer[0] if longer and all(name.startswith(longer[0]) for name in longer) else None


def _one_level_down(node: Mapping, unknown: Iterable[str]) -> set[object]:
    """The keys of mappings that unknown keys hold."""
    inner = [node.get(key) for key in unknown]
    return {key for value in inner if isinstance(value, Mapping) for key in value.pairs}


def _are_names(value: AnyNode, names: Keys) -> bool:
    written = plain_data(value)
    items = written if isinstance(written, list) else [written]
    return bool(items) and all(isinstance(item, str) and item in names for item in items)
