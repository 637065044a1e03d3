"""The keys of a settings file and what they take; `schemas/config.schema.json` says the same to editors."""

from __future__ import annotations

from convlint.catalogue import takes
from convlint.catalogue.data_checks import Check, Misfit, found, list_of, one_of, table, table_of, text, texts
from convlint.catalogue.form import PAGE
from convlint.dialects import registry
from convlint.findings import SEVERITIES
from convlint.limits import LARGEST_SIZE

PROFILES: dict[str, dict[str, object]] = {
    "default": {},
    "strict": {"select": ["ALL"], "fail-on": "warning"},
}


class ConfigError(ValueError):
    """What is wrong with the settings: a sentence that begins with the file and the key."""


def check_values(values: object) -> None:
    """Raises Misfit for the first key or value of a settings file that does not fit."""
    brought = values.get("dialects") if isinstance(values, dict) else None
    if brought is None:
        table(_KEYS, what="setting")("", values)
        return
    texts("dialects", brought)
    try:
        tables = dialect_tables(tuple(brought))
        choices = registry.names(tuple(brought))
    except registry.UnknownDialectError as error:
        raise Misfit("dialects", str(error)) from None
    table({**_KEYS, **tables, "dialect": one_of(choices)}, what="setting")("", values)


def dialect_tables(brought: tuple[str, ...] = ()) -> dict[str, Check]:
    """What the table of each dialect takes, by its name; raises UnknownDialectError."""
    return {
        dialect.name: table({key: _KINDS[kind] for key, kind in dialect.settings.items()}, what="setting")
        for dialect in registry.dialects(brought)
        if dialect.settings
    }


def _size(key: str, value: object) -> None:
    if type(value) is not int or not 1 <= value <= LARGEST_SIZE:
        raise Misfit(key, f"expected an integer from 1 to {LARGEST_SIZE}, found {found(value)}")


_SEVERITY = one_of(SEVERITIES)
_SELECTION: dict[str, Check] = {"select": texts, "extend-select": texts, "ignore": texts}
_ALL_RULES = ("name", "message", "help", "at", "severity", "code", "summary", "default", "fix")
_NEIGHBOURS_RULE = takes.table({key: PAGE[key] for key in (*_ALL_RULES, "neighbours")}, required=("name", "message"))
OWN_RULE = _NEIGHBOURS_RULE.where(
    "neighbours",
    otherwise=takes.table(
        {key: PAGE[key] for key in ("name", "on", "assert", *_ALL_RULES[1:], "size_effect")},
        required=("name", "on", "assert", "message"),
    ),
)
_KINDS: dict[str, Check] = {"text": text, "texts": texts}
_KEYS: dict[str, Check] = {
    "extend": text,
    "profile": one_of(PROFILES),
    **_SELECTION,
    "severity": table_of(_SEVERITY),
    "per-file": table_of(table({**_SELECTION, "severity": table_of(_SEVERITY)}, what="setting")),
    "include": texts,
    "exclude": texts,
    "dialect": one_of(registry.names()),
    "dialects": texts,
    "sizes": table_of(_size),
    "fail-on": _SEVERITY,
    "baseline": text,
    "operators": texts,
    "rules": texts,
    "rule": list_of(OWN_RULE.check),
    **dialect_tables(),
}
