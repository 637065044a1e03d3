"""Checks of data that people write, key by key: what a key takes, and the sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from convlint.nearest import nearest_hint
from convlint.typed import Any

Data = Mapping[str, Any]
"""A table of a file of `rules/` whose form was checked: what a key holds depends on the key."""
Check = Callable[[str, object], None]
"""Takes a key with its tables (`severity.x`) and its value; raises Misfit."""


class Misfit(ValueError):
    """A key or a value that does not fit: the key with its tables (`severity.x`), and a sentence."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


def text(key: str, value: object) -> None:
    """Text that is not empty."""
    if not isinstance(value, str) or not value:
        raise Misfit(key, f"expected text, found {found(value)}")


def flag(key: str, value: object) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise Misfit(key, f"expected true or false, found {found(value)}")


def texts(key: str, value: object) -> None:
    """A list of texts that are not empty."""
    if not isinstance(value, list):
        raise Misfit(key, f"expected a list of texts, found {found(value)}")
    for item in value:
        if not isinstance(item, str) or not item:
            raise Misfit(key, f"expected a list of texts, found {found(item)} in it")


def one_of(choices: Iterable[str]) -> Check:
    """One of some texts."""
    known = tuple(choices)

    def check(key: str, value: object) -> None:
        if not isinstance(value, str) or value not in known:
            hint = nearest_hint(value, known) if isinstance(value, str) else ""
            expected = ", ".join(f"'{choice}'" for choice in known)
            raise Misfit(key, f"expected one of {expected}, found {found(value)}" + (f"; {hint}" if hint else ""))

    return check


def table_of(check_item: Check) -> Check:
    """A table with keys that the user chooses."""

    def check(key: str, value: object) -> None:
        for name, item in expect_table(key, value).items():
            check_item(within(key, name), item)

    return check


def table(keys: Mapping[str, Check], required: tuple[str, ...] = (), what: str = "key") -> Check:
    """A table with the keys that are known; `what` is the word for them."""

    def check(key: str, value: object) -> None:
        table = expect_table(key, value)
        for name, item in table.items():
            if name not in keys:
                hint = nearest_hint(name, keys) or f"it is one of {', '.join(keys)}"
                raise Misfit(within(key, name), f"no {what} is called '{name}'; {hint}")
            keys[name](within(key, name), item)
        for name in required:
            if name not in table:
                raise Misfit(key, f"the key '{name}' is missing")

    return check


def list_of(check_item: Check) -> Check:
    """A list of tables."""

    def check(key: str, value: object) -> None:
        if not isinstance(value, list):
            raise Misfit(key, f"expected a list of tables [[{key}]], found {found(value)}")
        for number, item in enumerate(value, 1):
            check_item(f"{key}[{number}]", item)

    return check


def expect_table(key: str, value: object) -> dict[str, object]:
    """A table, with whatever keys."""
    if not isinstance(value, dict):
        raise Misfit(key, f"expected a table, found {found(value)}")
    return value


def within(key: str, name: str) -> str:
    """The key of an entry of a table: `severity.cycle`."""
    shown = name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
    return f"{key}.{shown}" if key else shown


def found(value: object) -> str:
    """A value as a message names it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value}'"
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return str(value)
