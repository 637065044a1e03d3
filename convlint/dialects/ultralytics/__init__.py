"""Reads Ultralytics model files: rows of `[from, repeats, module, args]` under `backbone` and `head`."""

from convlint.dialects.ultralytics.recognition import admits, nearly, recognises
from convlint.dialects.ultralytics.variants import misfit, read

__all__ = ["admits", "misfit", "nearly", "read", "recognises"]
