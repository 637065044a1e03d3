"""Reads Ultralytics model files: rows of `[from, repeats, module, args]` under `backbone` and `head`."""

from convlint.dialects.ultralytics.recognition import recognises
from convlint.dialects.ultralytics.variants import Request, read

__all__ = ["Request", "read", "recognises"]
