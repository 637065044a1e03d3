"""Reads `_target_` trees: MONAI bundles and other files that say which class is built with which arguments."""

from convlint.dialects.targets.reading import misfit, nearly, read, recognises

admits = recognises

__all__ = ["admits", "misfit", "nearly", "read", "recognises"]
