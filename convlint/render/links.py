"""Where convlint and its rules are described on the web."""

from __future__ import annotations

from convlint.findings import Rule

HOMEPAGE = "https://github.com/convlint/convlint"


def rule_page(rule: Rule) -> str:
    """The address of a rule's page."""
    return f"{HOMEPAGE}/blob/main/rules/{rule.group}/{rule.name}.md"
