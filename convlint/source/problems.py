"""What keeps a file from being read or parsed, and how much of one is taken."""

from __future__ import annotations

from convlint.limits import FILE_BYTES, NESTING, NODES, NODES_BY_ALIASES
from convlint.typed import NamedTuple


class Limits(NamedTuple):
    """What one file may be: its size in bytes, the nodes in it, those that its aliases add, and its nesting."""

    bytes: int = FILE_BYTES
    nodes: int = NODES
    copies: int = NODES_BY_ALIASES
    depth: int = NESTING


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
