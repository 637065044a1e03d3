"""What can fail at a layer, one value a kind; `failure_findings` says it in words."""

from __future__ import annotations

from convlint.typed import NamedTuple


class Unmet(NamedTuple):
    """Requirement number `requirement` of the operator does not hold, on the 0-based spatial axes `axes`."""

    requirement: int
    axes: tuple[int, ...]


class WrongInputCount(NamedTuple):
    """The layer reads more or fewer inputs than its operator, or its block, takes."""


class WrongRank(NamedTuple):
    """The first input has a number of axes that the operator does not take."""


class Contradicted(NamedTuple):
    """Output number `output` is not what the file expects it to be."""

    output: int


class MissingOutput(NamedTuple):
    """Source number `source` is an output that its layer does not have."""

    source: int


class NothingBehind(NamedTuple):
    """Source number `source` lacks the axes that the layer goes over, or has others than the first."""

    source: int


class Miscounted(NamedTuple):
    """So many channels come out, and not as many as the format counts: later layers are built for those."""

    channels: int


class UnfitCopies(NamedTuple):
    """Of copies in sequence that are built alike, a further one does not take what the one before it gives."""


class ChangingCopies(NamedTuple):
    """Each copy in sequence changes the shape, though all fit."""


Failure = (
    Unmet
    | WrongInputCount
    | WrongRank
    | Contradicted
    | MissingOutput
    | NothingBehind
    | Miscounted
    | UnfitCopies
    | ChangingCopies
)
