"""convlint: a static linter for neural-network architecture YAML.

The public API, on one page:

* `check_text(text, path)`, `check_file(path)`, `check_paths(paths)`: findings; `check_each(paths)` one by one;
* `Template(text)`: a text that is parsed once and checked for many values of its constants;
* `build(path)`: the network as a torch.nn.Module (needs torch); `BuildError` where there is none;
* `from_torch(module, *inputs)`: the other way round, a torch.nn.Module as the text of a file; gives an `Imported`,
  raises `ImportingError`;
* `describe(path)`: the layers with their shapes, parameters and costs; `load(path)`: the graph of layers itself;
* `state(path)`: the tensors as `state_dict()` names them; gives a `NetworkState` of `StateTensor`s for each variant;
* `diff(old, new)`: what changed between two architectures, a `Difference`; `weights(path, weights)`: what of a weight
  file loads into a network, a `Loading`; they raise `NoNetworkError`, `WeightsError`;
* `Options`: values for named sizes, the dialect, and whether torch is asked (`TorchLimits`); `options_for(path)`: what
  the settings files say of a file;
* `FileResult`, `Finding`, `Place`, `Related`, `Fix`, `Edit`, `Rule`: what comes back.

Names are loaded on first use, so that `import convlint` costs next to nothing.
"""

from __future__ import annotations

from convlint._version import __version__
from convlint.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.api import (
        build,
        check_each,
        check_file,
        check_paths,
        check_text,
        describe,
        diff,
        load,
        options_for,
        state,
        weights,
    )
    from convlint.comparing.difference import Difference
    from convlint.facts import LayerFacts, NetworkFacts
    from convlint.findings import Edit, FileResult, Finding, Fix, Place, Related, Rule
    from convlint.importing import from_torch
    from convlint.importing.imported import Imported, ImportingError
    from convlint.model import Architecture, Layer
    from convlint.networks import NoNetworkError
    from convlint.options import Options, TorchLimits
    from convlint.template import Template
    from convlint.tensors.loading import Loading
    from convlint.tensors.state import NetworkState, StateTensor
    from convlint.torch_check import BuildError
    from convlint.weight_files.tensors import WeightsError

_HOMES = {
    "convlint.api": (
        "build",
        "check_each",
        "check_file",
        "check_paths",
        "check_text",
        "describe",
        "diff",
        "load",
        "options_for",
        "state",
        "weights",
    ),
    "convlint.tensors.state": ("NetworkState", "StateTensor"),
    "convlint.importing": ("from_torch",),
    "convlint.importing.imported": ("Imported", "ImportingError"),
    "convlint.comparing.difference": ("Difference",),
    "convlint.networks": ("NoNetworkError",),
    "convlint.tensors.loading": ("Loading",),
    "convlint.weight_files.tensors": ("WeightsError",),
    "convlint.options": ("Options", "TorchLimits"),
    "convlint.template": ("Template",),
    "convlint.findings": ("Edit", "FileResult", "Finding", "Fix", "Place", "Related", "Rule"),
    "convlint.facts": ("LayerFacts", "NetworkFacts"),
    "convlint.model": ("Architecture", "Layer"),
    "convlint.torch_check": ("BuildError",),
}

__all__ = [
    "Architecture",
    "BuildError",
    "Difference",
    "Edit",
    "FileResult",
    "Finding",
    "Fix",
    "Imported",
    "ImportingError",
    "Layer",
    "LayerFacts",
    "Loading",
    "NetworkFacts",
    "NetworkState",
    "NoNetworkError",
    "Options",
    "Place",
    "Related",
    "Rule",
    "StateTensor",
    "Template",
    "TorchLimits",
    "WeightsError",
    "__version__",
    "build",
    "check_each",
    "check_file",
    "check_paths",
    "check_text",
    "describe",
    "diff",
    "from_torch",
    "load",
    "options_for",
    "state",
    "weights",
]


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            import importlib

            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'convlint' has no attribute {name!r}")
