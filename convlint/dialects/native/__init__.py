"""Reads the native format: a document with the key `convlint`.

Reading is the gate of the schema: what is not read as it should be makes the reader stumble, and only then
`convlint.schema` is imported to say why. What stumbled is unknown to the engine.
"""

from convlint.dialects.native.recognition import misfit, nearly, recognises
from convlint.dialects.registry import Request
from convlint.model import Reading
from convlint.source.nodes import Document

admits = recognises

__all__ = ["admits", "misfit", "nearly", "read", "recognises"]


def read(document: Document, request: Request = Request()) -> Reading:
    """The architecture of a document that `recognises` accepts."""
    # files of other formats hold the word `layers` too: the reader takes a millisecond to import
    from convlint.dialects.native.document import read_document

    return read_document(document, request)
