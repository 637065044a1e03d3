"""The scales of a model file: depth, width and channel limit of each, and the arithmetic that they do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from convlint.budget import allows
from convlint.typed import NamedTuple, TypeVar

_Scale = TypeVar("_Scale")
DIVISOR = 8
NO_LIMIT = 2**31
"""Stands for no limit of the channels."""
_LETTER = r"yolo(?:e-)?v?\d+([nslmx])"
_SEPARATORS = r"[-_. ]"


def afforded(scales: Sequence[_Scale], steps: int) -> list[_Scale]:
    """The scales for which a file has steps, where each takes so many: the first is as long as the file."""
    return [scale for at, scale in enumerate(scales) if not at or allows(steps, "the networks of some scales")]


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
    match = re.search(_LETTER, stem) if "yolo" in stem else None
    return match[1] if match is not None else ""


def seems_to_pick(stem: str, letters: list[str]) -> bool:
    """Whether a part of a file name is a scale letter where the package looks for none (`yolov8-s`, `custom_m`)."""
    return not set(letters).isdisjoint(re.split(_SEPARATORS, stem))
