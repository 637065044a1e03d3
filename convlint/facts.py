"""What `convlint show` says of a network; only the commands that ask for it import this."""

from __future__ import annotations

from fractions import Fraction

from convlint.domain.values import KnownShape
from convlint.findings import Place
from convlint.model import Port
from convlint.typed import NamedTuple


class LayerFacts(NamedTuple):
    """One row of `convlint show`.

    `outputs` holds one shape for each output (None where it is unknown), or is None where nothing is known; a size is
    an integer, None where it is unknown, or a `SizeTable` where it is a function of an unknown size. `receptive_field`
    is counted in pixels of the input, one number an axis, and `jump` is the number of input pixels from one output to
    the next (a fraction after upsampling). `activation_bytes` is the memory of all outputs for a batch of one in
    float32; outputs whose number of axes is unknown do not count. The counts of a block are totals. `repeat` says how
    many copies stand in sequence, and `arguments` what a row format gives the operator.

    `layers` holds the rows inside a block, as deep as was asked for; `path` names the row from the top of the network
    (`enc1/conv`; `enc1[1..3]/conv` stands for three copies that are alike, and counts all of them).

    `ports` says where each of `sources` is: an output of a row by its number in the same table or block, or an input of
    it as row -1, -2, ...; `results` holds the outputs of a block, as ports inside it. `shares` names the row whose
    module this one is once more; its parameters count there. `kept_bytes` is the least memory of what the layer makes
    and autograd keeps for the backward pass, in float32 for one sample; None for a row inside another.
    """

    number: int
    name: str
    operator: str
    sources: tuple[str, ...]
    outputs: tuple[KnownShape | None, ...] | None
    parameters: int | None
    macs: int | None
    receptive_field: tuple[int, ...] | None
    place: Place
    activation_bytes: int | None = None
    jump: tuple[Fraction, ...] | None = None
    repeat: int = 1
    arguments: str = ""
    path: str = ""
    layers: tuple[LayerFacts, ...] = ()
    ports: tuple[Port | None, ...] = ()
    results: tuple[Port | None, ...] = ()
    shares: str = ""
    kept_bytes: int | None = None

    @property
    def title(self) -> str:
        """The operator for people: of a module once more, whose it is."""
        return f"{self.operator} of {self.shares}" if self.shares else self.operator


class NetworkFacts(NamedTuple):
    """What `convlint show` says of one variant; totals are None where a layer's count is unknown.

    The receptive field and the jump of a network are those of its output; of several, the largest on each axis.
    `kept_bytes` is what training takes at least for each sample, beside weights, gradients and the optimiser.
    `results` names its outputs; the name of one that the file does not declare is empty. `variant_word` is what its
    format calls a variant.
    """

    variant: str | None
    inputs: tuple[tuple[str, KnownShape | None], ...]
    layers: tuple[LayerFacts, ...]
    parameters: int | None
    macs: int | None
    activation_bytes: int | None = None
    receptive_field: tuple[int, ...] | None = None
    jump: tuple[Fraction, ...] | None = None
    results: tuple[tuple[str, Port | None], ...] = ()
    variant_word: str = "variant"
    kept_bytes: int | None = None
