"""The cyclic garbage collector, and when it rests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Within it the collector rests: a source tree is large, and holds no cycles to look for.

    `check examples/resnet18.yaml` takes 14 % longer without this.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect_seldom() -> None:
    """Lets the collector run only where the process has grown by much, as one that lives long wants it.

    What is there now is never looked at again: it is code, for the most part. Of a check nothing is left for the
    collector; without this, it looks through all that is kept after every few of them.
    """
    gc.enable()
    gc.freeze()
    gc.set_threshold(100_000)
