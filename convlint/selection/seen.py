"""How much was seen of a text that is checked."""

from __future__ import annotations

from convlint.engine.trace import Trace
from convlint.typed import NamedTuple


class Seen(NamedTuple):
    """What was seen of a text: whether it could be parsed to its end, and each of its networks in all variants.

    `for_some_sizes` says that sizes were given for this check alone.
    """

    is_parsed: bool
    is_whole: bool
    for_some_sizes: bool
    traces: tuple[Trace, ...]
