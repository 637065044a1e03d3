"""Tells a layer that is two: the dash before the second is missing, so that all its keys stand twice."""

from __future__ import annotations

from convlint.source.nodes import Mapping, Scalar


def is_torn(layer: Mapping) -> bool:
    """Whether a layer names two operators; which of its keys belong to which cannot be told."""
    return len([key for key, _ in layer.entries if isinstance(key, Scalar) and key.value == "op"]) > 1
