"""The opt-in comparison with torch: builds a network, runs it, and says where torch disagrees with the engine.

`asking` is what a check calls; it starts a child process (`worker`) that reads the file anew, builds it (`network`),
runs it and compares it with the engine (`comparison`). Only the child, and `convlint.build`, import torch.
"""

from __future__ import annotations


class BuildError(ValueError):
    """Why no module can be made of a network; `layer` is the path of the layer at fault, "" for the whole."""

    def __init__(self, message: str, layer: str = "") -> None:
        super().__init__(f"{layer}: {message}" if layer else message)
        self.message = message
        self.layer = layer


class MissingPackageError(BuildError):
    """A package that builds the networks of a dialect cannot be imported."""

    def __init__(self, package: str, reason: str) -> None:
        super().__init__(f"the package {package} cannot be imported ({reason}); pip install {package}")
        self.package = package
        self.reason = reason
