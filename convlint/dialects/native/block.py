"""A block of a native file as it is declared."""

from __future__ import annotations

from convlint.source.nodes import Scalar, Sequence
from convlint.typed import NamedTuple


class Block(NamedTuple):
    """A block as it is declared. `parameters` holds the defaults, None for one that is required."""

    name: str
    key: Scalar
    layers: Sequence
    inputs: tuple[str, ...]
    input_nodes: tuple[Scalar, ...]
    parameters: dict[str, object]
    output: Scalar | None
