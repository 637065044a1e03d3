"""From a module of torch to a native file: `convlint.from_torch` and `convlint import torch`.

Imported only where one of them is used. A module is run on two batches (`tracing`), each call becomes a layer
(`translation`), modules that repeat become blocks (`structure`), and the text is written (`writing`).
"""

from __future__ import annotations

from convlint.importing.imported import Imported, idle_modules
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


def from_torch(module: Module, *inputs: Tensor, name: str = "") -> Imported:
    """A native file of a `torch.nn.Module` in evaluation mode, for inputs such as these, each with its batch in front.

    The module runs twice on the CPU, with the first sample of each input. Raises ImportingError where it does not run,
    or where what it computes for a sample depends on the size of the batch.
    """
    from convlint.importing.structure import structured
    from convlint.importing.tracing import traced
    from convlint.importing.translation import translated
    from convlint.importing.writing import written

    network = translated(module, traced(module, inputs))
    imported = written(structured(network), network, name or type(module).__name__)
    idle = idle_modules(module.named_parameters(remove_duplicate=False), set(imported.names.values()))
    return imported._replace(idle=idle)
