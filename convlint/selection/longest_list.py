"""Bounds how many findings are listed for one file, and says what is left out."""

from __future__ import annotations

from collections import Counter

from convlint.engine.reporting import report
from convlint.findings import Finding, Place
from convlint.limits import FINDINGS_A_FILE
from convlint.source.nodes import Source

RULE = "too-many-findings"


def shortened(source: Source, findings: list[Finding], enabled: frozenset[str]) -> list[Finding]:
    """As many findings as are listed, in their order; of each rule the first, so that no rule hides another."""
    turns: Counter[str] = Counter()
    ranked: list[tuple[int, int]] = []
    for position, finding in enumerate(findings):
        ranked.append((turns[finding.rule.name], position))
        turns[finding.rule.name] += 1
    ranked.sort()
    kept = [findings[position] for position in sorted([position for _, position in ranked[:FINDINGS_A_FILE]])]
    if RULE not in enabled:
        return kept
    left_out = turns - Counter(finding.rule.name for finding in kept)
    rules = ", ".join(f"{count:,} {name}" for name, count in left_out.most_common())
    place = Place(source, 0, min(1, len(source.text)))
    return [report(RULE, place, {"count": f"{left_out.total():,}", "rules": rules}), *kept]
