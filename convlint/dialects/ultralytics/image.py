"""The image that a network of rows is given: its name, its shape, and the names by which its sizes are set."""

from __future__ import annotations

from collections.abc import Mapping

IMAGE = "image"
DEFAULT_SIZE = 640
SIZES = ("imgsz", "H", "W", f"{IMAGE}.0", f"{IMAGE}.1", f"{IMAGE}.2")
"""What may be given a value from outside."""


def image_shape(channels: int, sizes: Mapping[str, int]) -> tuple[int, int, int]:
    """The shape of the image: 640 pixels square unless told otherwise."""
    side = sizes.get("imgsz", DEFAULT_SIZE)
    height = sizes.get("H", sizes.get(f"{IMAGE}.1", side))
    width = sizes.get("W", sizes.get(f"{IMAGE}.2", side))
    return sizes.get(f"{IMAGE}.0", channels), height, width
