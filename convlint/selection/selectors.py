"""Rule selection: names, codes, code prefixes and ALL, as `--select` and `--ignore` take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convlint.findings import Rule


class UnknownSelectorError(ValueError):
    """A selector that matches no rule."""

    def __init__(self, selector: str) -> None:
        super().__init__(f"no rule is called '{selector}'")
        self.selector = selector


def enabled_rules(
    rules: Mapping[str, Rule], select: Iterable[str] = (), extend: Iterable[str] = (), ignore: Iterable[str] = ()
) -> frozenset[str]:
    """The names of the enabled rules: `select` (else those that are on by default), plus `extend`, less `ignore`.

    A rule that is off by default needs its full name or code, or ALL. Raises UnknownSelectorError.
    """
    chosen = {name for name, rule in rules.items() if rule.default}
    selected = [match for selector in select for match in _matches(rules, selector)]
    if selected or select:
        chosen = set(selected)
    chosen |= {match for selector in extend for match in _matches(rules, selector)}
    chosen -= {match for selector in ignore for match in _matches(rules, selector)}
    return frozenset(chosen)


def _matches(rules: Mapping[str, Rule], selector: str) -> list[str]:
    if selector.upper() == "ALL":
        return list(rules)
    if selector in rules:
        return [selector]
    code = selector.upper()
    exact = [name for name, rule in rules.items() if rule.code == code]
    if exact:
        return exact
    found = [
        name for name, rule in rules.items() if code.startswith("CL") and rule.code.startswith(code) and rule.default
    ]
    if not found:
        raise UnknownSelectorError(selector)
    return found
