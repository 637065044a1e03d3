"""Reads the native format: a document with the key `convlint`.

Reading is the gate of the schema: what is not read as it should be makes the reader stumble, and only then
`convlint.schema` is imported to say why. What stumbled is unknown to the engine.
"""

from convlint.dialects.native.document import misfit, nearly, read, recognises

admits = recognises

__all__ = ["admits", "misfit", "nearly", "read", "recognises"]
