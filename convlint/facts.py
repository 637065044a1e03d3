"""What `convlint show` says of a network; only the commands that ask for it import this."""

from __future__ import annotations

from typing import NamedTuple

from convlint.findings import Place
from convlint.model import Shape


class LayerFacts(NamedTuple):
    """One row of `convlint show`.

    `outputs` holds one shape for each output (None where it is unknown), or is None where nothing is known; a size is
    an integer, None where it is unknown, or a `SizeTable` where it is a function of an unknown size. `receptive_field`
    is counted in pixels of the input, one number an axis. `repeat` says how many copies stand in sequence, and
    `arguments` what a row format gives the operator.
    """

    number: int
    name: str
    operator: str
    sources: tuple[str, ...]
    outputs: tuple[Shape | None, ...] | None
    parameters: int | None
    macs: int | None
    receptive_field: tuple[int, ...] | None
    place: Place
    repeat: int = 1
    arguments: str = ""


class NetworkFacts(NamedTuple):
    """What `convlint show` says of one variant; totals are None where a layer's count is unknown."""

    variant: str | None
    inputs: tuple[tuple[str, Shape | None], ...]
    layers: tuple[LayerFacts, ...]
    parameters: int | None
    macs: int | None
