"""The keys of a settings file and what they take; `schemas/config.schema.json` says the same to editors."""

from __future__ import annotations

from typing import Any

from convlint.catalogue import takes
from convlint.catalogue.data_checks import Check, Misfit, found, list_of, one_of, table, table_of, text, texts
from convlint.catalogue.form import PAGE
from convlint.findings import SEVERITIES
from convlint.options import DIALECTS

PROFILES: dict[str, dict[str, Any]] = {
    "default": {},
    "strict": {"select": ["ALL"], "fail-on": "warning"},
}
LARGEST_SIZE = 2**40


class ConfigError(ValueError):
    """What is wrong with the settings: a sentence that begins with the file and the key."""


def check_values(values: Any) -> None:
    """Raises Misfit for the first key or value of a settings file that does not fit."""
    table(_KEYS, what="setting")("", values)


def _size(key: str, value: Any) -> None:
    if type(value) is not int or not 1 <= value <= LARGEST_SIZE:
        raise Misfit(key, f"expected an integer from 1 to {LARGEST_SIZE}, found {found(value)}")


_SEVERITY = one_of(SEVERITIES)
_SELECTION: dict[str, Check] = {"select": texts, "extend-select": texts, "ignore": texts}
_OWN_RULE_KEYS = ("name", "on", "assert", "message", "help", "at", "severity", "code", "summary", "default", "fix")
OWN_RULE = takes.table(
    {key: PAGE[key] for key in (*_OWN_RULE_KEYS, "size_effect")}, required=("name", "on", "assert", "message")
)
DIALECT_TABLES: dict[str, dict[str, Check]] = {"ultralytics": {"vocabulary": text, "scales": texts}}
_KEYS: dict[str, Check] = {
    "extend": text,
    "profile": one_of(PROFILES),
    **_SELECTION,
    "severity": table_of(_SEVERITY),
    "per-file": table_of(table({**_SELECTION, "severity": table_of(_SEVERITY)}, what="setting")),
    "include": texts,
    "exclude": texts,
    "dialect": one_of(DIALECTS),
    "sizes": table_of(_size),
    "fail-on": _SEVERITY,
    "baseline": text,
    "operators": texts,
    "rules": texts,
    "rule": list_of(OWN_RULE.check),
    **{dialect: table(keys, what="setting") for dialect, keys in DIALECT_TABLES.items()},
}
