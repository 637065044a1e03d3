"""The keys of a settings file and what they take; `schemas/config.schema.json` says the same to editors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from convlint.checking import DIALECTS
from convlint.engine.reporting import nearest_hint
from convlint.findings import SEVERITIES

PROFILES: dict[str, dict[str, Any]] = {
    "default": {},
    "strict": {"select": ["ALL"], "fail-on": "warning"},
}
LARGEST_SIZE = 2**40
Check = Callable[[str, Any], None]


class ConfigError(ValueError):
    """What is wrong with the settings: a sentence that begins with the file and the key."""


class Misfit(ValueError):
    """A key or a value that does not fit: the key with its tables (`severity.x`), and a sentence."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


def check_values(values: Any) -> None:
    """Raises Misfit for the first key or value of a settings file that does not fit."""
    _table(_KEYS)("", values)


def _text(key: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise Misfit(key, f"expected text, found {_found(value)}")


def _flag(key: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise Misfit(key, f"expected true or false, found {_found(value)}")


def _texts(key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise Misfit(key, f"expected a list of texts, found {_found(value)}")
    for item in value:
        if not isinstance(item, str) or not item:
            raise Misfit(key, f"expected a list of texts, found {_found(item)} in it")


def _size(key: str, value: Any) -> None:
    if type(value) is not int or not 1 <= value <= LARGEST_SIZE:
        raise Misfit(key, f"expected an integer from 1 to {LARGEST_SIZE}, found {_found(value)}")


def _one_of(choices: Iterable[str]) -> Check:
    known = tuple(choices)

    def check(key: str, value: Any) -> None:
        if not isinstance(value, str) or value not in known:
            hint = nearest_hint(value, known) if isinstance(value, str) else ""
            expected = ", ".join(f"'{choice}'" for choice in known)
            raise Misfit(key, f"expected one of {expected}, found {_found(value)}" + (f"; {hint}" if hint else ""))

    return check


def _table_of(check_item: Check) -> Check:
    """A table with keys that the user chooses."""

    def check(key: str, value: Any) -> None:
        _expect_table(key, value)
        for name, item in value.items():
            check_item(_within(key, name), item)

    return check


def _table(keys: dict[str, Check], required: tuple[str, ...] = ()) -> Check:
    """A table with the keys that are known."""

    def check(key: str, value: Any) -> None:
        _expect_table(key, value)
        for name, item in value.items():
            if name not in keys:
                hint = nearest_hint(name, keys) or f"it is one of {', '.join(keys)}"
                raise Misfit(_within(key, name), f"no setting is called '{name}'; {hint}")
            keys[name](_within(key, name), item)
        for name in required:
            if name not in value:
                raise Misfit(key, f"the key '{name}' is missing")

    return check


def _list_of(check_item: Check) -> Check:
    def check(key: str, value: Any) -> None:
        if not isinstance(value, list):
            raise Misfit(key, f"expected a list of tables [[{key}]], found {_found(value)}")
        for number, item in enumerate(value, 1):
            check_item(f"{key}[{number}]", item)

    return check


def _on(key: str, value: Any) -> None:
    (_text if isinstance(value, str) else _texts)(key, value)


def _expect_table(key: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise Misfit(key, f"expected a table, found {_found(value)}")


def _within(key: str, name: str) -> str:
    shown = name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
    return f"{key}.{shown}" if key else shown


def _found(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value}'"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return str(value)


_SEVERITY = _one_of(SEVERITIES)
_SELECTION: dict[str, Check] = {"select": _texts, "extend-select": _texts, "ignore": _texts}
OWN_RULE: dict[str, Check] = {
    "name": _text,
    "on": _on,
    "assert": _text,
    "message": _text,
    "help": _text,
    "at": _text,
    "severity": _SEVERITY,
    "code": _text,
    "summary": _text,
    "default": _flag,
}
DIALECT_TABLES: dict[str, dict[str, Check]] = {"ultralytics": {"vocabulary": _text, "scales": _texts}}
_KEYS: dict[str, Check] = {
    "extend": _text,
    "profile": _one_of(PROFILES),
    **_SELECTION,
    "severity": _table_of(_SEVERITY),
    "per-file": _table_of(_table({**_SELECTION, "severity": _table_of(_SEVERITY)})),
    "include": _texts,
    "exclude": _texts,
    "dialect": _one_of(DIALECTS),
    "sizes": _table_of(_size),
    "fail-on": _SEVERITY,
    "operators": _texts,
    "rules": _texts,
    "rule": _list_of(_table(OWN_RULE, required=("name", "on", "assert", "message"))),
    **{dialect: _table(keys) for dialect, keys in DIALECT_TABLES.items()},
}
