"""Text to a tree of nodes with exact spans; knows YAML and JSON, and nothing of networks."""

from convlint.source.nodes import Document, Mapping, Node, Scalar, Sequence, Source
from convlint.source.reader import Limits, SourceProblem, parse, read

__all__ = [
    "Document",
    "Limits",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Source",
    "SourceProblem",
    "parse",
    "read",
]
