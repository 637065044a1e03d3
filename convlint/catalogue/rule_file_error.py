"""What is said of a file of rules or operators that is not as it should be."""

from __future__ import annotations


class RuleFileError(ValueError):
    """One mistake in a file of rules or operators, as one sentence.

    `path`, `line` (1-based, 0 where it is not known) and `key` (`Conv2d.params.stride`) say where it stands.
    """

    def __init__(self, problem: str, path: str = "", line: int = 0, key: str = "") -> None:
        place = f"{path}:{line}" if path and line else path
        super().__init__(": ".join(part for part in (place, key, problem) if part))
        self.problem = problem
        self.path = path
        self.line = line
        self.key = key
