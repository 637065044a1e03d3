"""The scales of a model file: depth, width and channel limit of each, and the arithmetic that they do."""

# No `from __future__ import annotations` here: a named tuple compiles every annotation that is text, at start-up.

import math
import re
from typing import NamedTuple

DIVISOR = 8
NO_LIMIT = 2**31
"""Stands for no limit of the channels."""
_LETTER = re.compile(r"yolo(?:e-)?v?\d+([nslmx])")
_UNIFIED = re.compile(r"yolo(?:e-?)?v?\d+(?:-[a-z0-9]+)*")


class Scale(NamedTuple):
    """One variant: its letter (None where the file has no scales) and its multiples."""

    letter: str | None
    depth: float = 1.0
    width: float = 1.0
    max_channels: float = NO_LIMIT
    divisor: int = DIVISOR
    exempt: int = 0

    def channels(self, wanted: float) -> int:
        """Channels as the package builds them: clipped, multiplied, rounded up to a multiple of the divisor.

        `exempt` channels stay as they are: the forks take them for the output of a head.
        """
        if wanted == self.exempt:
            return self.exempt
        return math.ceil(min(wanted, self.max_channels) * self.width / self.divisor) * self.divisor

    def repeats(self, wanted: int) -> int:
        """Repeats as the package builds them; one and less are left as they are."""
        return max(round(wanted * self.depth), 1) if wanted > 1 else wanted


def letter_in(stem: str) -> str:
    """The scale letter that the package finds in a file name without its suffix; empty where there is none."""
    match = _LETTER.search(stem)
    return match[1] if match is not None else ""


def is_unified(stem: str) -> bool:
    """Whether a file name is one that a scale letter is put into when the file is used (`yolov8-seg`)."""
    return _UNIFIED.fullmatch(stem) is not None
