"""A desk for each open file: what is asked of the file is done there, one thing after the other, in its own thread.

So a file that takes long delays no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from convlint.server.documents import Analysis, OpenDocument
from convlint.typed import TypeVar

Answer = TypeVar("Answer")


class Desk:
    """The desk of one open file."""

    def __init__(self, document: OpenDocument) -> None:
        self._document = document
        self._thread = ThreadPoolExecutor(1, "convlint")

    async def ask(
        self, text: str, encoding: str, question: Callable[[Analysis], Answer]
    ) -> tuple[Analysis, Answer] | None:
        """The analysis of a text, and what is asked of it; None for a file that the settings leave out.

        Where the asker is cancelled before its turn, nothing is done. Raises SettingsError.
        """

        def answered() -> tuple[Analysis, Answer] | None:
            analysis = self._document.analysis(text, encoding)
            return None if analysis is None else (analysis, question(analysis))

        return await asyncio.get_running_loop().run_in_executor(self._thread, answered)

    def close(self) -> None:
        """Ends what was not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)
