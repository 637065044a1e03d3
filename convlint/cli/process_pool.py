"""The processes that `check` shares its files among."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import active_children, get_context

from convlint.typed import Any


class RenewedPool(Executor):
    """A process pool that starts anew after one of its processes died; each process begins with `initializer`."""

    def __init__(self, processes: int, initializer: Callable[..., object], *arguments: Any) -> None:
        self._start = partial(ProcessPoolExecutor, processes, _context(), _begin, (initializer, *arguments))
        self._pool = self._start()

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[Any]:
        try:
            return self._pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self._pool.shutdown()
            self._pool = self._start()
            return self._pool.submit(fn, *args, **kwargs)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """What is stopped early, by Ctrl-C for example, does not wait for the files that are being checked."""
        said = threading.excepthook
        if kind is not None:
            threading.excepthook = lambda _: None  # the thread of a pool may fail over futures that were cancelled
            for process in active_children():
                process.terminate()
        self.shutdown()
        threading.excepthook = said

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _context() -> object:
    """Where it is safe, processes are forked: they then know what this one has loaded."""
    return get_context("fork" if sys.platform == "linux" else None)


def _begin(initializer: Callable[..., object], *arguments: object) -> None:
    """Ctrl-C is for the process that holds the terminal, which then ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    initializer(*arguments)
