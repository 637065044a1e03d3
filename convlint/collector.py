"""The cyclic garbage collector, and when it rests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_pauses: list[bool] = []
"""The pauses at hand, of all threads: for each, whether the collector was at work when it began."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Within it the collector rests: a source tree is large, and holds no cycles to look for.

    `check examples/resnet18.yaml` takes 14 % longer without this. It rests until the last of several threads is done:
    a look through the tree of one hostile file would hold up all.
    """
    _pauses.append(gc.isenabled())
    gc.disable()
    try:
        yield
    finally:
        was_at_work = _pauses.pop()  # the one that is left at last is the one that began
        if was_at_work and not _pauses:
            gc.enable()


def collect_seldom() -> None:
    """Lets the collector run only where the process has grown by much, as one that lives long wants it.

    What is there now is never looked at again: it is code, for the most part. Of a check nothing is left for the
    collector; without this, it looks through all that is kept after every few of them.
    """
    gc.enable()
    gc.freeze()
    gc.set_threshold(100_000)
