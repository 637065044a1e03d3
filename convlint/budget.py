"""What one file may make convlint compute beyond reading and propagation: one budget of steps, on which all draw.

A step is what a quarter of a microsecond does on an ordinary machine. Where the budget is spent, what was asked for is
left out, and said to be: the file gets a finding, and the other files are checked as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from convlint.limits import STEPS_A_BYTE, STEPS_A_FILE


class Budget:
    """The steps that a file has left, and what was left out for want of them."""

    __slots__ = ("left", "left_out")

    def __init__(self, length: int) -> None:
        self.left = STEPS_A_FILE + STEPS_A_BYTE * length
        self.left_out: dict[str, None] = {}


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def within(budget: Budget) -> Iterator[None]:
    """Within it everything draws on a budget."""
    token = _current.set(budget)
    try:
        yield
    finally:
        _current.reset(token)


def allows(steps: int, purpose: str) -> bool:
    """Takes steps from the budget at hand; false where it has no such many left, and `purpose` is noted as left out."""
    budget = _current.get()
    if budget is None:
        return True
    if steps > budget.left:
        budget.left_out[purpose] = None
        return False
    budget.left -= steps
    return True


def note(purpose: str) -> None:
    """Says that something was left out for want of steps."""
    budget = _current.get()
    if budget is not None:
        budget.left_out[purpose] = None


def left_out() -> tuple[str, ...]:
    """What was left out so far, in the order in which the steps for it ran out."""
    budget = _current.get()
    return () if budget is None else tuple(budget.left_out)


def steps_left(most: int) -> int:
    """How many of at most so many steps the budget at hand still has."""
    budget = _current.get()
    return most if budget is None else max(0, min(most, budget.left))


def take(steps: int) -> None:
    """Takes steps that were made already."""
    budget = _current.get()
    if budget is not None:
        budget.left -= steps
