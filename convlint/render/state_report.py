"""The tensors of networks, as text and as JSON: what `convlint state` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import prod

from convlint.source.nodes import LineIndex
from convlint.tensors.state import NetworkState, StateTensor


def render_json(path: str, dialect: str | None, networks: Sequence[NetworkState]) -> Iterator[str]:
    """One object for the file, with a list of tensors for each variant."""
    models = [_model(network) for network in networks]
    yield json.dumps({"version": 1, "path": path, "dialect": dialect, "models": models}, indent=1) + "\n"


def _model(network: NetworkState) -> dict[str, object]:
    tensors = network.tensors
    index = LineIndex(tensors[0].place.source.text if tensors else "")
    return {
        "variant": network.variant,
        "tensors": [_tensor(tensor, index) for tensor in tensors],
        "unknown": list(network.unknown),
    }


def _tensor(tensor: StateTensor, index: LineIndex) -> dict[str, object]:
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "buffer": tensor.is_buffer,
        "layer": tensor.layer,
        "line": index.position(tensor.place.start)[0],
    }


def render_text(path: str, networks: Sequence[NetworkState]) -> Iterator[str]:
    """A line for each tensor: its name, its shape, and whether it is a buffer; then how many there are."""
    for number, network in enumerate(networks):
        title = f"{path} ({network.variant})" if network.variant else path
        yield f"{title}\n" if number == 0 else f"\n{title}\n"
        width = max((len(tensor.name) for tensor in network.tensors), default=0)
        yield from (_line(tensor, width) for tensor in network.tensors)
        yield _summary(network)


def _line(tensor: StateTensor, width: int) -> str:
    shape = "x".join("?" if size is None else str(size) for size in tensor.shape) or "scalar"
    remark = "  buffer" if tensor.is_buffer else ""
    listed = "  (again)" if tensor.is_alias else "  (shared)" if tensor.is_shared else ""
    return f"  {tensor.name:<{width}}  {shape}{remark}{listed}\n"


def _summary(network: NetworkState) -> str:
    own = [tensor for tensor in network.tensors if not tensor.is_buffer and not tensor.is_alias]
    in_common = {tensor.name.rpartition(".")[2]: tensor for tensor in own if tensor.is_shared}  # of one module
    learned = [*(tensor for tensor in own if not tensor.is_shared), *in_common.values()]
    buffers = sum(tensor.is_buffer for tensor in network.tensors)
    known = [prod(size for size in tensor.shape if size is not None) for tensor in learned if None not in tensor.shape]
    is_told = len(known) == len(learned) and not network.unknown
    values = f"{sum(known):,} parameters" if is_told else "? parameters"
    lines = [f"{len(network.tensors)} tensors ({buffers} buffers), {values}\n"]
    if network.unknown:
        lines.append(f"unknown: the tensors of layers {', '.join(network.unknown)}\n")
    return "".join(lines)
