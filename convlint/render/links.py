"""Where convlint and its rules are described on the web."""

from __future__ import annotations

from convlint.findings import OWN_GROUP, Rule

HOMEPAGE = "https://github.com/convlint/convlint"


def rule_page(rule: Rule) -> str:
    """The address of a rule's page; for one of a user's own, of the page that says what such rules are."""
    if rule.group == OWN_GROUP:
        return f"{HOMEPAGE}/blob/main/docs/own-rules.md"
    return f"{HOMEPAGE}/blob/main/rules/{rule.group}/{rule.name}.md"
