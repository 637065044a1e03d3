"""The layers that a module becomes, before they are gathered into blocks."""

from __future__ import annotations

from collections.abc import Mapping

from convlint.importing.imported import TensorSource, Unwritten
from convlint.importing.tracing import Region
from convlint.typed import NamedTuple


class Wire(NamedTuple):
    """Output `output` of layer number `layer`; input number k of the network is layer -1 - k."""

    layer: int
    output: int = 0


class TracedLayer(NamedTuple):
    """One layer: the call of a module in which it stands, its operator and parameters, and where its tensors come from.

    `name` is that of what it does in its module; empty where the layer is all that its module is.
    """

    region: int
    name: str
    operator: str
    parameters: Mapping[str, object]
    sources: tuple[Wire, ...]
    tensors: Mapping[str, TensorSource]


class TracedNetwork(NamedTuple):
    """Layers in the order in which they run, the calls of modules around them, and what could not be said."""

    nodes: tuple[TracedLayer, ...]
    regions: tuple[Region, ...]
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, Wire], ...]
    unwritten: tuple[tuple[int, Unwritten], ...]
