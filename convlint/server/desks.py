"""A desk for each open file: what is asked of the file is done there, one thing after the other, in its own thread.

So a file that takes long delays no other. One that is huge, or took very long, is worked on in a process, since threads
of one process run in turns, and none while the collector looks through a tree.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from convlint.server.documents import Answer, Held, OpenDocument
from convlint.server.workers import Question, Seat, Workers

HUGE = 256 * 1024
"""Characters of a text from which on it is worked on in a process: 3,000 to 5,000 layers, more than people write.

Up to that many, the collector takes at most a tenth of a second to look through its tree.
"""
SLOW = 0.25
"""Seconds of CPU time that an answer may take, before the next one is asked of a process."""


class Desk:
    """The desk of one open file."""

    def __init__(self, path: str, held: Held, workers: Workers) -> None:
        self._path = path
        self._held = held
        self._document: OpenDocument | None = None
        self._is_slow = False
        self._seat = Seat(workers)
        self._thread = ThreadPoolExecutor(1, "convlint")

    async def ask(self, text: str, encoding: str, question: Question[Answer]) -> tuple[str, Answer] | None:
        """Why the check of a text did not come to an end, else empty, and what is asked of the text.

        None for a file that the settings leave out. Where the asker is cancelled before its turn, nothing is done.
        Raises SettingsError and WorkerEndedError.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answered, text, encoding, question)

    def close(self) -> None:
        """Ends what was not begun, and what is done in a process."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._seat.give_up()

    def _answered(self, text: str, encoding: str, question: Question[Answer]) -> tuple[str, Answer] | None:
        if (self._is_slow or len(text) >= HUGE) and not self._held.is_left_out:
            self._document = None
            return self._seat.ask(self._path, text, encoding, question)
        if self._document is None:
            self._seat.leave()
            self._document = OpenDocument(self._path, self._held)
        begun = time.thread_time()
        answered = self._document.answer(text, encoding, question)
        self._is_slow = time.thread_time() - begun > SLOW
        return answered
