"""Reads nnU-Net plans: each configuration is a network with the patch size that it is trained with."""

from convlint.dialects.nnunet.reading import misfit, nearly, read, recognises

admits = recognises

__all__ = ["admits", "misfit", "nearly", "read", "recognises"]
