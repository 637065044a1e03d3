"""The collector rests while anything is checked, and works again after it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from convlint.collector import collector_paused


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leaves the collector of the tests' own process as it found it."""
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_pauses_of_two_threads_that_overlap_end_with_the_last() -> None:
    gc.enable()
    first, second = collector_paused(), collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_collector_that_did_not_work_before_a_pause_does_not_work_after_it() -> None:
    gc.disable()
    with collector_paused(), collector_paused():
        pass
    assert not gc.isenabled()
