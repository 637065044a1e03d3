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


class Verdict(NamedTuple):
    """What both sides say; `row` is that of the first error, None where there is none or it is in no row."""

    case: Case
    failure: Failure | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    row: int | None

    def agrees(self) -> bool:
        """Whether there is an error exactly where the package fails."""
        return bool(self.errors) == (self.failure is not None)

    def agrees_on_row(self) -> bool:
        """Whether the first error is in the row in which the package fails."""
        return self.failure is not None and self.row == self.failure.row

    def __str__(self) -> str:
        said = [f"{finding.rule.name} {finding.layer}: {finding.message}" for finding in self.errors[:2]]
        case = self.case
        place = f"{case.path.name} scale {case.scale} size {case.size}"
        change = f"{case.mutation.kind}: {case.mutation.note}"
        return f"{place}\n  {change}\n  package: {self.failure}\n  convlint: row {self.row} {said}"


def random_case(seed: int, number: int, paths: list[Path]) -> Case:
    """The same case for the same seed and number, whatever came before."""
    rng = random.Random(f"{seed}/{number}")
    while True:
        path = rng.choice(paths)
        mutation = mutate(rng, path.read_text(encoding="utf-8"))
        config = yaml.safe_load(mutation.text)
        if isinstance(config, dict):
            return Case(path, mutation, rng.choice(scales_of(config)), rng.choice(SIZES))


def judged(case: Case, device: str = "meta") -> Verdict:
    """What both sides say of a case."""
    failure = examine(yaml.safe_load(case.mutation.text), case.scale, case.size, device).failure
    scales = () if case.scale is None else (case.scale,)
    options = convlint.Options(sizes=(("imgsz", case.size),), scales=scales)
    findings = convlint.check_text(case.mutation.text, case.path.name, options).findings
    errors = tuple(finding for finding in findings if finding.severity == "error")
    warnings = tuple(finding for finding in findings if finding.severity == "warning")
    row = row_at(case.mutation.text, errors[0].place.start) if errors else None
    return Verdict(case, failure, errors, warnings, row)


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
