"""Holds what convlint says of a model file against what the package makes of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import yaml

import convlint
from convlint.findings import Finding
from tests.conformance.ultralytics.mutations import Mutation, mutate
from tests.conformance.ultralytics.oracle import TEXT_GUIDED, Failure, examine, scales_of

SIZES = (640, 640, 640, 512, 416, 320, 256)


class Case(NamedTuple):
    """A mutated stock file, at one scale and image size."""

    path: Path
    mutation: Mutation
    scale: str | None
    size: int


class Said(NamedTuple):
    """One finding; `row` is the index of the row that it is in, None where it is in none."""

    rule: str
    row: int | None
    message: str


class Verdict(NamedTuple):
    """What both sides say, each side in the order of its findings."""

    case: Case
    failure: Failure | None
    errors: tuple[Said, ...]
    warnings: tuple[Said, ...]

    def agrees(self) -> bool:
        """Whether there is an error exactly where the package fails."""
        return bool(self.errors) == (self.failure is not None)

    def agrees_on_row(self) -> bool:
        """Whether the first error is in the row in which the package fails."""
        return self.failure is not None and bool(self.errors) and self.errors[0].row == self.failure.row

    def __str__(self) -> str:
        case = self.case
        return "\n  ".join(
            [
                f"{case.path.name}, scale {case.scale}, {case.size} pixels: {case.mutation.kind}, {case.mutation.note}",
                f"package: {self.failure}",
                *[f"error in row {said.row}: {said.rule}: {said.message}" for said in self.errors[:3]],
                *[f"warning in row {said.row}: {said.rule}: {said.message}" for said in self.warnings[:3]],
            ]
        )


def random_case(seed: int, number: int, paths: list[Path]) -> Case:
    """The same case for the same seed and number, whatever came before."""
    rng = random.Random(f"{seed}/{number}")
    while True:
        path = rng.choice(paths)
        mutation = mutate(rng, path.read_text(encoding="utf-8"))
        config = yaml.safe_load(mutation.text)
        if isinstance(config, dict):
            return Case(path, mutation, rng.choice(scales_of(config)), rng.choice(SIZES))


def judged(case: Case) -> Verdict:
    """What both sides say of a case; the meta device lets some mistakes pass, so that in doubt the CPU is asked."""
    scales = () if case.scale is None else (case.scale,)
    options = convlint.Options(sizes=(("imgsz", case.size),), scales=scales)
    findings = convlint.check_text(case.mutation.text, case.path.name, options).findings
    errors, warnings = (_said(case, findings, severity) for severity in ("error", "warning"))
    verdict = Verdict(case, _failure(case, "meta"), errors, warnings)
    is_doubtful = verdict.failure is None or verdict.failure.phase == "forward"
    if errors and is_doubtful and not verdict.agrees_on_row():
        return verdict._replace(failure=_failure(case, "cpu"))
    return verdict


def _failure(case: Case, device: str) -> Failure | None:
    return examine(yaml.safe_load(case.mutation.text), case.scale, case.size, device).failure


def _said(case: Case, findings: tuple[Finding, ...], severity: str) -> tuple[Said, ...]:
    text = case.mutation.text
    return tuple(
        Said(finding.rule.name, row_at(text, finding.place.start), finding.message)
        for finding in findings
        if finding.severity == severity
    )


def row_at(text: str, offset: int) -> int | None:
    """The index of the row in which an offset of the text lies; None between rows."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    parts = [value for key, value in root.value if key.value in ("backbone", "head")]
    rows = [row for part in parts if isinstance(part, yaml.SequenceNode) for row in part.value]
    spans = [(row.start_mark.index, row.end_mark.index) for row in rows]
    return next((index for index, (start, end) in enumerate(spans) if start <= offset < end), None)


def runs_without_text(path: Path) -> bool:
    """Whether the package can run a file's model on an image alone."""
    return not any(module in path.read_text(encoding="utf-8") for module in TEXT_GUIDED)
