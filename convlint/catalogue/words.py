"""Dictionaries: what other libraries call operators and the keys of layers, as files of `words_of` say it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping

from convlint.catalogue.data_checks import Data, within
from convlint.catalogue.operators import Declaration
from convlint.catalogue.parameters import REJECTED, accept
from convlint.catalogue.rule_file_error import RuleFileError
from convlint.nearest import nearest_hint
from convlint.typed import Any, NamedTuple

WORDS_OF = "words_of"
"""The key that makes a file a dictionary; its value is the library whose words it holds, if it is of one."""
LAYER_KEYS = ("name", "op", "from", "repeat", "expect")
_AXES = "{axes}"
_MOST_AXES = 3
Wrong = Callable[[str, str], RuleFileError]


class OperatorWord(NamedTuple):
    """What a library calls an operator.

    `operators` are those that may be meant, the likeliest first; `keys` are its words for their parameters, where they
    are words for this operator alone, `settings` the parameters that the word says, and `note` says how it differs.
    """

    word: str
    library: str
    operators: tuple[str, ...]
    keys: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    note: str = ""


class KeyWord(NamedTuple):
    """What a library calls a key of layers: the keys that it may be, the likeliest first, and how it differs.

    Without keys, nothing here is like it, and the note says why it can be left out.
    """

    word: str
    library: str
    keys: tuple[str, ...]
    note: str = ""


class Words(NamedTuple):
    """The words of other libraries: for operators, by `plain(word)`, and for the keys of layers, as they stand."""

    operators: MutableMapping[str, OperatorWord]
    keys: MutableMapping[str, KeyWord]


class KnownBefore(NamedTuple):
    """The words that were known before any file was read, which a file may give another meaning."""

    operators: frozenset[str]
    keys: frozenset[str]


def plain(name: str) -> str:
    """The name of an operator without what people vary: prefix, case, underscores and hyphens."""
    return name.rpartition(".")[2].lower().replace("_", "").replace("-", "")


def add_words(
    words: Words, data: Data, declarations: Mapping[str, Declaration], before: KnownBefore, wrong: Wrong
) -> None:
    """Adds a dictionary to words; raises RuleFileError for one that means nothing, or another thing than another's."""
    library = data[WORDS_OF] or ""
    for word, entry in data.get("operators", {}).items():
        key = within("operators", word)
        for found in _operator_words(word, library, entry, declarations, key, wrong):
            _add(words.operators, plain(found.word), found, before.operators, key, wrong)
    known = {parameter.name for item in declarations.values() for parameter in item.parameters} | set(LAYER_KEYS)
    for word, entry in data.get("keys", {}).items():
        key = within("keys", word)
        table = entry if isinstance(entry, dict) else {"key": entry}
        keys = () if table["key"] is None else _texts(table["key"])
        meant = KeyWord(word, library, keys, table.get("note", ""))
        for name in meant.keys:
            if name not in known:
                raise wrong(key, f"no key of a layer is called '{name}'; {nearest_hint(name, known)}".rstrip("; "))
        _add(words.keys, word, meant, before.keys, key, wrong)


def _add(
    known: MutableMapping[str, Any], name: str, found: Any, before: frozenset[str], key: str, wrong: Wrong
) -> None:
    """Adds a word; one of two files may not mean two things, and the first of two that agree stays."""
    other = known.get(name)
    if other is None or name in before:
        known[name] = found
    elif found._replace(word="", library="") != other._replace(word="", library=""):
        raise wrong(
            key, f"'{found.word}' is a word of {other.library or 'many'} already, and means another thing there"
        )


def _operator_words(
    word: str, library: str, entry: object, declarations: Mapping[str, Declaration], key: str, wrong: Wrong
) -> Iterator[OperatorWord]:
    """The words of an entry: one, or one for each number of axes that its operator is declared for."""
    table = entry if isinstance(entry, dict) else {"op": entry}
    names = _texts(table["op"])
    if _AXES not in word:
        yield _operator_word(word, library, names, table, declarations, key, wrong)
        return
    found = False
    for count in range(1, _MOST_AXES + 1):
        meant = tuple(name.replace(_AXES, str(count)) for name in names)
        if all(name in declarations for name in meant):
            found = True
            yield _operator_word(word.replace(_AXES, str(count)), library, meant, table, declarations, key, wrong)
    if not found:
        raise wrong(key, f"no operator is called '{names[0]}', whatever the number of axes")


def _operator_word(
    word: str,
    library: str,
    operators: tuple[str, ...],
    table: Data,
    declarations: Mapping[str, Declaration],
    key: str,
    wrong: Wrong,
) -> OperatorWord:
    keys, settings = table.get("keys", {}), table.get("set", {})
    for name in operators:
        if name not in declarations:
            hint = nearest_hint(name, declarations) or "'convlint operator' lists all"
            raise wrong(key, f"no operator is called '{name}'; {hint}")
        item = declarations[name]
        parameters = {parameter.name: parameter for parameter in item.parameters}
        for parameter in (*keys.values(), *settings):
            if parameter not in parameters:
                hint = nearest_hint(parameter, parameters) or f"there are {', '.join(parameters) or 'none'}"
                raise wrong(key, f"{name} has no parameter '{parameter}'; {hint}")
        for parameter, value in settings.items():
            if accept(parameters[parameter], item.axes, value) is REJECTED:
                raise wrong(key, f"{parameter} of {name} cannot be {value}")
    return OperatorWord(
        word, library, operators, tuple(keys.items()), tuple(_frozen(settings).items()), table.get("note", "")
    )


def _frozen(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
