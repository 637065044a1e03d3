"""convlint: a static linter for neural-network architecture YAML.

The public API, on one page:

* `check_text(text, path)`, `check_file(path)`, `check_paths(paths)`: findings;
* `describe(path)`: the layers with their shapes, parameters and costs; `load(path)`: the graph of layers itself;
* `Options`: values for named sizes, and the dialect;
* `FileResult`, `Finding`, `Place`, `Related`, `Fix`, `Edit`, `Rule`: what comes back.

Names are loaded on first use, so that `import convlint` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convlint._version import __version__

if TYPE_CHECKING:
    from convlint.api import check_file, check_paths, check_text, describe, load
    from convlint.checking import Options
    from convlint.facts import LayerFacts, NetworkFacts
    from convlint.findings import Edit, FileResult, Finding, Fix, Place, Related, Rule
    from convlint.model import Architecture, Layer

_HOMES = {
    "convlint.api": ("check_file", "check_paths", "check_text", "describe", "load"),
    "convlint.checking": ("Options",),
    "convlint.findings": ("Edit", "FileResult", "Finding", "Fix", "Place", "Related", "Rule"),
    "convlint.facts": ("LayerFacts", "NetworkFacts"),
    "convlint.model": ("Architecture", "Layer"),
}

__all__ = [
    "Architecture",
    "Edit",
    "FileResult",
    "Finding",
    "Fix",
    "Layer",
    "LayerFacts",
    "NetworkFacts",
    "Options",
    "Place",
    "Related",
    "Rule",
    "__version__",
    "check_file",
    "check_paths",
    "check_text",
    "describe",
    "load",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            import importlib

            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'convlint' has no attribute {name!r}")
