"""The collector rests while anything is checked, and works again after it."""

from __future__ import annotations

import gc

from convlint.collector import collector_paused


def test_pauses_of_two_threads_that_overlap_end_with_the_last() -> None:
    assert gc.isenabled()
    first, second = collector_paused(), collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_collector_that_did_not_work_before_a_pause_does_not_work_after_it() -> None:
    gc.disable()
    try:
        with collector_paused(), collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
