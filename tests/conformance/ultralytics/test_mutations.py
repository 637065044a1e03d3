"""Stock files with one mistake in them: convlint finds an error exactly where the package fails, and in the same row.

The rates are those of `--mutations N --mutation-seed S`; `-rP` prints them, and every disagreement with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.conformance.ultralytics.judging import Verdict, judged, random_case, row_at, runs_without_text
from tests.conformance.ultralytics.oracle import stock_files
from tests.conformance.ultralytics.requirements import needs_dialect, needs_package

pytestmark = [needs_package, needs_dialect]
LEAST_AGREEMENT = 0.99
LEAST_AGREEMENT_ON_ROWS = 0.95
Reason = Callable[[Verdict], bool]


@pytest.fixture(scope="module")
def verdicts(request: pytest.FixtureRequest) -> list[Verdict]:
    """What both sides say of the mistakes."""
    count = int(request.config.getoption("--mutations"))
    seed = int(request.config.getoption("--mutation-seed"))
    paths = [path for path in stock_files() if runs_without_text(path)]
    return [judged(random_case(seed, number, paths)) for number in range(count)]


def test_an_error_is_found_where_the_package_fails(verdicts: list[Verdict]) -> None:
    print(Counter(verdict.failure.phase if verdict.failure else "runs" for verdict in verdicts))
    differing = [verdict for verdict in verdicts if not verdict.agrees()]
    assert rate("verdicts", differing, len(verdicts), UNDERSTOOD_VERDICTS) >= LEAST_AGREEMENT


def test_the_error_is_in_the_row_in_which_the_package_fails(verdicts: list[Verdict]) -> None:
    failing = [verdict for verdict in verdicts if verdict.failure and verdict.errors]
    differing = [verdict for verdict in failing if not verdict.agrees_on_row()]
    assert rate("rows", differing, len(failing), UNDERSTOOD_ROWS) >= LEAST_AGREEMENT_ON_ROWS


def rate(what: str, differing: list[Verdict], count: int, understood: Iterable[Reason]) -> float:
    """The share that agrees, or differs for a reason that is understood; prints what differs."""
    reasons = {reason.__name__: [verdict for verdict in differing if reason(verdict)] for reason in understood}
    for name, explained in reasons.items():
        print(f"{what}: {len(explained)} differ because of {name}")
    others = [verdict for verdict in differing if not any(verdict in explained for explained in reasons.values())]
    print(f"{what}: {count - len(differing)} of {count} agree, {len(others)} differ without a reason that is known")
    print(*others, sep="\n")
    return 1 - len(others) / count if count else 1.0


# --- differences that are understood


def unknown_module(verdict: Verdict) -> bool:
    """A module that convlint does not know may be one of the reader's own, registered in the package: a warning."""
    return warns_in_row(verdict, "unknown-module")


def fewer_repeats_than_one(verdict: Verdict) -> bool:
    """Rows are built all the same with 0 repeats and most with fewer: a warning, though some blocks then fail."""
    return warns_in_row(verdict, "invalid-value")


def repeats_with_a_fraction(verdict: Verdict) -> bool:
    """`1.0` as repeats fails only in modules that count with it: an error everywhere."""
    return says(verdict, "wrong-type", "repeats, is an integer")


def true_as_a_kernel(verdict: Verdict) -> bool:
    """A convolution with the kernel `True` is built as 1x1, which nobody means."""
    return says(verdict, "row-arguments", "cannot be true")


def weights(verdict: Verdict) -> bool:
    """The oracle loads no weights, so that the package never looks at their name."""
    return says(verdict, "row-arguments", "weights of TorchVision")


def read_by_the_model(verdict: Verdict) -> bool:
    """The package's parser builds a depth head without `nc`; the model around it does not."""
    return verdict.failure is None and {said.rule for said in verdict.errors} == {"missing-key"}


def built_before_run(verdict: Verdict) -> bool:
    """The package builds every row before it runs any: of several errors it names one that stands further below."""
    failure = verdict.failure
    is_build = failure is not None and failure.phase == "build"
    return is_build and failure is not None and failure.row in {said.row for said in verdict.errors[1:]}


def missing_key(verdict: Verdict) -> bool:
    """The package fails where the value is used, convlint names the file."""
    return verdict.errors[0].rule == "missing-key"


def cause_above(verdict: Verdict) -> bool:
    """convlint names the row with the mistake; the package builds it, and fails in one that reads it."""
    mutation, failure = verdict.case.mutation, verdict.failure
    row = row_at(mutation.text, mutation.offset)
    is_below = failure is not None and failure.row is not None and row is not None and row < failure.row
    return is_below and verdict.errors[0].row == row


def moved_rows(verdict: Verdict) -> bool:
    """A row was inserted or removed: convlint names what reads the wrong one, the package where that first shows."""
    return any(said.rule == "shifted-rows" for said in verdict.errors)


UNDERSTOOD_VERDICTS: tuple[Reason, ...] = (
    unknown_module,
    fewer_repeats_than_one,
    repeats_with_a_fraction,
    true_as_a_kernel,
    weights,
    read_by_the_model,
)
UNDERSTOOD_ROWS: tuple[Reason, ...] = (built_before_run, missing_key, cause_above, moved_rows)


def warns_in_row(verdict: Verdict, rule: str) -> bool:
    """Whether the package fails in a row in which a rule warns."""
    row = verdict.failure.row if verdict.failure is not None else None
    return row is not None and any(said.rule == rule and said.row == row for said in verdict.warnings)


def says(verdict: Verdict, rule: str, words: str) -> bool:
    """Whether the only error is of a rule, and has these words in its message."""
    return [(said.rule, words in said.message) for said in verdict.errors] == [(rule, True)]


def test_the_same_seed_gives_the_same_mistakes() -> None:
    paths = stock_files()
    assert random_case(5, 3, paths) == random_case(5, 3, paths)
