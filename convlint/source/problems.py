"""What keeps a file from being read or parsed, and how much of one is taken."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """What one file may cost: its size in bytes, its nodes after aliases are expanded, its nesting."""

    bytes: int = 4 * 1024 * 1024
    nodes: int = 400_000
    depth: int = 100


class SourceProblem(NamedTuple):
    """Why a file cannot be read or parsed: a rule name, a message, a span, and a second span that explains it."""

    rule: str
    message: str
    start: int = 0
    end: int = 0
    related: tuple[tuple[str, int, int], ...] = ()


class Stop(Exception):
    """Ends the parsing of a text with the problem that was met."""

    def __init__(self, problem: SourceProblem) -> None:
        self.problem = problem
