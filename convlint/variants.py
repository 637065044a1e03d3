"""Findings of the variants of one network as one list: what holds for several variants is said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convlint.engine.examination import Examined
from convlint.findings import SEVERITIES, Finding, Severity

Key = tuple[str, int, int, str | None]


def merged(networks: Sequence[Examined], severities: Mapping[str, Severity]) -> Sequence[Finding]:
    """What was found in the variants of a network, each mistake once, with the severities that its format gives rules.

    `variants` of a finding names where it holds, and is empty where it holds everywhere.
    """
    word = networks[0].architecture.variant_word if networks else ""
    found = merged_findings([(network.architecture.variant, network.findings) for network in networks], word)
    return [finding._replace(severity=severities.get(finding.rule.name, finding.severity)) for finding in found]


def merged_findings(found: Sequence[tuple[str | None, Sequence[Finding]]], word: str) -> list[Finding]:
    """One finding for each mistake of some variants, of which `word` is what their format calls one.

    A message whose numbers differ from variant to variant is that of the first, and says so.
    """
    if len(found) == 1:
        return list(found[0][1])
    groups: dict[Key, list[tuple[str, Finding]]] = {}
    for variant, findings in found:
        for finding in findings:
            group = groups.setdefault(_key(finding), [])
            if not group or group[-1][0] != variant:
                group.append((variant or "", finding))
    return [_one(group, len(found), word) for group in groups.values()]


def cover(said: Sequence[Finding], findings: Sequence[Finding]) -> bool:
    """Whether none of the findings of a variant stands for its mistake: those of variants before it do."""
    ranks: dict[Key, int] = {}
    for finding in said:
        key, rank = _key(finding), SEVERITIES.index(finding.severity)
        ranks[key] = min(rank, ranks.get(key, rank))
    return all(ranks.get(_key(item), len(SEVERITIES)) <= SEVERITIES.index(item.severity) for item in findings)


def _key(finding: Finding) -> Key:
    return finding.rule.name, finding.place.start, finding.place.end, finding.layer


def _one(group: list[tuple[str, Finding]], count: int, word: str) -> Finding:
    variant, first = min(group, key=lambda item: SEVERITIES.index(item[1].severity))
    if any(finding.message != first.message for _, finding in group):
        first = first._replace(message=f"{first.message} (at {word} {variant})")
    if len(group) == count:
        return first
    return first._replace(variants=tuple(name for name, _ in group), variant_word=word)


def is_named_for(path: str, variant: str) -> bool:
    """Whether the name of a file is that of a variant: `yolov8s.yaml`, `net-small.yaml`."""
    import re

    name = path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return re.search(rf"(?:\d|[-_.]){re.escape(variant)}(?:$|[-_.])", name) is not None
