"""How statements end: at their last, by `break`, `continue` or `return`."""

from __future__ import annotations

NORMAL, BREAK, CONTINUE = 0, 1, 2


class Returned:
    """The value that a function returned."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


Flow = int | Returned
