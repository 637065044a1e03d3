"""What autograd keeps of a forward pass, as torch tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def saved_bytes(module: Any, inputs: Sequence[torch.Tensor]) -> int:
    """The bytes of the distinct storages that are kept; inputs and parameters are left out."""
    apart = {tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *inputs)}
    kept: dict[int, int] = {}
    alive: list[torch.Tensor] = []  # a storage that is gone would lend its address to another

    def note(tensor: torch.Tensor) -> torch.Tensor:
        alive.append(tensor)
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in apart:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        outputs = module(*inputs)
    del outputs
    return sum(kept.values())
