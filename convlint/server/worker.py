"""A process in which huge texts are worked on: it answers one question after the other, and ends with its input."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from queue import SimpleQueue

from convlint.child_process import limit_memory
from convlint.collector import collect_seldom
from convlint.server.documents import FindHeld, OpenDocument, SettingsError
from convlint.server.workers import HugeRequest

_NICENESS = 5
"""How far it stands back behind the server, which answers what is asked of the other files."""


def main() -> None:
    """Answers until the input ends; the first thing in it is what reads the settings."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything else prints must not mix with the answers
    if sys.platform != "win32":
        os.nice(_NICENESS)
    limit_memory(int(sys.argv[1]))
    find: FindHeld = pickle.load(sys.stdin.buffer)()
    requests: SimpleQueue[HugeRequest] = SimpleQueue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    collect_seldom()
    path, document = "", None
    while True:
        request = requests.get()
        try:
            if document is None or request.path != path:
                document = None  # before the next one takes its memory
                path, document = request.path, OpenDocument(request.path, find(request.path))
            reply: object = document.answer(request.text, request.encoding, request.question)
        except SettingsError as error:
            reply = error
        pickle.dump(reply, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _read(requests: SimpleQueue[HugeRequest]) -> None:
    """Hands the requests on; the process ends with the input, even in the middle of an answer: nobody waits for it."""
    try:
        while True:
            requests.put(pickle.load(sys.stdin.buffer))
    finally:
        os._exit(0)
