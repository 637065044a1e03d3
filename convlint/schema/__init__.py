"""Says in plain words what is wrong with a document that the reader stumbled over; never imported by a clean run."""

from convlint.schema.explanation import explain

__all__ = ["explain"]
