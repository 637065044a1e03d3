"""The text of an architecture: a file's own, or the YAML that a weight file carries."""

from __future__ import annotations

from convlint.source.nodes import Source
from convlint.source.reader import SourceProblem, read

CARRIERS = (".pt", ".pth")
"""How the names of weight files end that may carry the architecture that they were trained with."""


def is_carrier(path: str) -> bool:
    """Whether a name is that of a weight file, in which nothing can be fixed."""
    return path.lower().endswith(CARRIERS)


def text_of(path: str) -> Source | SourceProblem:
    """The text of a file that was named, or why it cannot be had."""
    if not is_carrier(path):
        return read(path)
    from convlint.weight_files.carried import carried_text

    return carried_text(path)
