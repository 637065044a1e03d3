"""The tensors of an architecture, and their comparison with those of a weight file or of another architecture."""

from __future__ import annotations

from convlint.engine.trace import Trace
from convlint.model import Architecture
from convlint.tensors.comparison import Comparison, compare
from convlint.tensors.state import network_state
from convlint.typed import NamedTuple
from convlint.weight_files.tensors import StoredTensor


class Tensors(NamedTuple):
    """The tensors of a network in the order of torch.

    `unknown` names the layers whose tensors cannot be told, and `modules` the modules that they are.
    """

    known: tuple[StoredTensor, ...]
    unknown: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


def tensors_of(architecture: Architecture, trace: Trace | None = None) -> Tensors:
    """The tensors of an architecture; a layer with a shape that is not known counts as unknown."""
    state = network_state(architecture, trace)
    open_layers = {tensor.layer for tensor in state.tensors if None in tensor.shape}
    known = [
        StoredTensor(tensor.name, tuple([size for size in tensor.shape if size is not None]))
        for tensor in state.tensors
        if tensor.layer not in open_layers
    ]
    layers = [layer.name for layer in architecture.graph.layers if layer.name in {*open_layers, *state.unknown}]
    return Tensors(tuple(known), tuple(layers), tuple([architecture.path_of(layer) for layer in layers]))


def compared(network: Architecture, trained: Architecture) -> Comparison | None:
    """What of one architecture's tensors loads into another; None where those of neither are known."""
    new, old = tensors_of(network), tensors_of(trained)
    if not new.known or not old.known:
        return None
    return compare(new.known, old.known, (*new.modules, *old.modules))
