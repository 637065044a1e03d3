"""Rule selection: names, codes, code prefixes and ALL, as `--select` and `--ignore` take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convlint.findings import Rule
from convlint.typed import NamedTuple

_ALL = "ALL"
_SHORTEST = len("CL")
"""Characters of a prefix: the letters that begin all codes of one kind."""
_EXACT = 100
"""Ranks: ALL is 0, a prefix its length, a name or a code this."""


class UnknownSelectorError(ValueError):
    """A selector that matches no rule."""

    def __init__(self, selector: str) -> None:
        super().__init__(f"no rule is called '{selector}'")
        self.selector = selector


class _Selector(NamedTuple):
    """What one selector stands for; a more specific one has a higher rank."""

    rank: int
    rules: list[str]


def enabled_rules(
    rules: Mapping[str, Rule],
    select: Iterable[str] = (),
    extend: Iterable[str] = (),
    ignore: Iterable[str] = (),
    enabled: Iterable[str] | None = None,
) -> frozenset[str]:
    """The names of the enabled rules: `select`, plus `extend`, less `ignore`.

    Without `select`, it begins with those that are `enabled` so far, by default with those that are on by default. The
    more specific selector wins (a name or a code, then a longer prefix, then ALL), and of two alike the ignored one. A
    rule that is off by default is not selected by a prefix. Raises UnknownSelectorError.
    """
    start = [name for name, rule in rules.items() if rule.default] if enabled is None else list(enabled)
    wanted = [_read(rules, text) for text in select] or [_Selector(0, start)]
    wanted += [_read(rules, text) for text in extend]
    unwanted = [_read(rules, text) for text in ignore]
    chosen: set[str] = set()
    for rank in sorted({selector.rank for selector in (*wanted, *unwanted)}):
        is_prefix = _SHORTEST <= rank < _EXACT
        for selector in wanted:
            if selector.rank == rank:
                chosen.update(name for name in selector.rules if rules[name].default or not is_prefix)
        for selector in unwanted:
            if selector.rank == rank:
                chosen.difference_update(selector.rules)
    return frozenset(chosen)


def rule_of(rules: Mapping[str, Rule], text: str) -> str:
    """The name of the one rule that a name or a code stands for; raises UnknownSelectorError."""
    for name, rule in rules.items():
        if text == name or (rule.code and text.upper() == rule.code):
            return name
    raise UnknownSelectorError(text)


def _read(rules: Mapping[str, Rule], text: str) -> _Selector:
    code = text.upper()
    if code == _ALL:
        return _Selector(0, list(rules))
    exact = [name for name, rule in rules.items() if text == name or (rule.code and code == rule.code)]
    if exact:
        return _Selector(_EXACT, exact)
    found = [name for name, rule in rules.items() if len(code) >= _SHORTEST and rule.code.startswith(code)]
    if not found:
        raise UnknownSelectorError(text)
    return _Selector(len(code), found)
